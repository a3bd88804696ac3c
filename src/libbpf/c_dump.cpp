#include "libbpf/c_dump.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "btf/bytes.hpp"
#include "btf/kinds.hpp"
#include "io/file_descriptor.hpp"
#include "libbpf/c_checks.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

namespace {

using btf::Kind;
using btf::Type;
using LibbpfBtf = std::unique_ptr<struct btf, decltype(&btf__free)>;
using LibbpfDump = std::unique_ptr<btf_dump, decltype(&btf_dump__free)>;

constexpr auto guard_start = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n";
constexpr auto guard_end = "\n#endif /* __VMLINUX_H__ */\n";
// Without it clang would take the offsets of this BTF for granted wherever the types are used.
constexpr auto attribute_start =
    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
    "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
    "#endif\n\n";
constexpr auto attribute_end = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n";

constexpr std::size_t most_others = 5;

/// What libbpf calls, which is C: nothing may be thrown through it.
struct Printer {
  std::string& text;
  bool out_of_memory = false;
  bool is_list_open = false;  ///< "(" was the last that was printed

  static void print(void* context, const char* format, va_list arguments) noexcept {
    auto& self = *static_cast<Printer*>(context);
    const std::string_view literally = format;
    try {
      // libbpf 1.1 says so of functions without parameters, which to C are functions of which nothing is known; newer
      // ones write it as here.
      if (self.is_list_open && literally == ")") self.text += "void";
      self.is_list_open = literally == "(";
      self.append(format, arguments);
    } catch (const std::bad_alloc&) {
      self.out_of_memory = true;
    }
  }

 private:
  void append(const char* format, va_list arguments) {
    constexpr std::size_t usual = 512;
    const std::size_t before = text.size();
    va_list again;
    va_copy(again, arguments);
    text.resize(before + usual);
    const int wanted = std::vsnprintf(text.data() + before, usual, format, arguments);
    const auto size = static_cast<std::size_t>(std::max(wanted, 0));
    text.resize(before + size + 1);
    if (size >= usual) std::vsnprintf(text.data() + before, size + 1, format, again);
    va_end(again);
    text.resize(before + size);
  }
};

std::size_t header_length(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  return btf::ByteView(bytes.data(), bytes.size(), btf.byte_order()).u32(4);
}

/// Offsets in the header count from its end.
std::vector<std::uint8_t> with_short_header(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  std::vector<std::uint8_t> shorter(bytes.begin(), bytes.begin() + std::ptrdiff_t{btf::header_size});
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned shift = 8 * (btf.byte_order() == ByteOrder::little ? i : 3 - i);
    shorter[4 + i] = static_cast<std::uint8_t>(btf::header_size >> shift);
  }
  const auto rest = bytes.subspan(header_length(bytes, btf));
  shorter.insert(shorter.end(), rest.begin(), rest.end());
  return shorter;
}

LibbpfBtf read_by_libbpf(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  // libbpf 1.1 takes the other byte order only behind a header of 24 bytes.
  std::vector<std::uint8_t> shorter;
  if (btf.byte_order() != btf::host_order && header_length(bytes, btf) != btf::header_size) {
    shorter = with_short_header(bytes, btf);
    bytes = shorter;
  }
  libbpf_set_print(nullptr);
  LibbpfBtf parsed(btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())), &btf__free);
  if (parsed == nullptr) {
    throw Error(ErrorKind::internal, btf.name(), "", "libbpf refuses it: " + io::system_reason(errno));
  }
  return parsed;
}

class Dumper {
 public:
  Dumper(std::span<const std::uint8_t> bytes, const btf::View& btf, const io::Write& write)
      : btf_(btf),
        buffer_(write),
        printer_{.text = buffer_.text()},
        parsed_(read_by_libbpf(bytes, btf)),
        dump_(btf_dump__new(parsed_.get(), &Printer::print, &printer_, nullptr), &btf_dump__free) {
    if (dump_ == nullptr) refused(0, -errno);
  }

  void all() {
    text() += guard_start;
    text() += attribute_start;
    for (std::uint32_t id = 1; id < btf_.id_end(); ++id) define(id);
    text() += attribute_end;
    text() += guard_end;
    buffer_.hand_on();
  }

  void some(const std::string& comment, const Statements& plan) {
    text() += comment;
    // clang warns of an attribute that goes to nothing.
    if (plan.has_record) text() += attribute_start;
    for (const Statement& statement : plan.statements) say(statement);
    if (plan.has_record) text() += attribute_end;
    buffer_.hand_on();
  }

 private:
  std::string& text() noexcept { return buffer_.text(); }

  [[noreturn]] void refused(std::uint32_t id, int error) const {
    if (error == -ENOMEM) throw std::bad_alloc();
    throw Error(ErrorKind::internal, btf_.name(), "",
                "libbpf refuses type [" + std::to_string(id) + "]: " + io::system_reason(-error));
  }

  void after(std::uint32_t id, int error) {
    if (printer_.out_of_memory) throw std::bad_alloc();
    if (error != 0) refused(id, error);
    buffer_.hand_on_if_large();
  }

  /// The definitions of what it needs, and its own if it has a name.
  void define(std::uint32_t id) { after(id, btf_dump__dump_type(dump_.get(), id)); }

  /// A declaration of `name`, which may be empty, in terms of what was defined.
  void declare(std::uint32_t id, const std::string& name) {
    btf_dump_emit_type_decl_opts options = {};
    options.sz = sizeof options;
    options.field_name = name.c_str();
    after(id, btf_dump__emit_type_decl(dump_.get(), id, &options));
  }

  void say(const Statement& statement) {
    switch (statement.what) {
      case Statement::What::definition:
        return define(statement.type);
      case Statement::What::forward:
        declare(statement.type, "");
        break;
      case Statement::What::external:
        text() += "extern ";
        declare(statement.type, std::string(btf_.string(btf_.type(statement.named_by).name_off)));
        break;
      case Statement::What::alias:
        text() += "typedef ";
        declare(statement.type, "type_" + std::to_string(statement.type));
        break;
    }
    text() += ";\n\n";
  }

  const btf::View& btf_;
  io::TextBuffer buffer_;
  Printer printer_;
  LibbpfBtf parsed_;
  LibbpfDump dump_;
};

std::string comment(const btf::View& btf, const std::vector<std::uint32_t>& ids,
                    const std::vector<std::uint32_t>& others) {
  const auto kind = [&](std::uint32_t id) { return btf::shape(btf.type(id).kind).name; };
  std::string line = "/*";
  for (const std::uint32_t id : ids) {
    line += id == ids.front() ? " " : ", ";
    line += kind(id);
    // Other names are left out: a comment can be closed by a name.
    const std::string_view name = start_of_name(btf, btf.type(id).name_off);
    if (is_identifier(name)) line += " " + std::string(name);
    line += " [" + std::to_string(id) + "]";
  }
  for (std::size_t i = 0; i < std::min(others.size(), most_others); ++i) {
    line += i == 0 ? "; not shown, of the same name: " : ", ";
    line += std::string(kind(others[i])) + " [" + std::to_string(others[i]) + "]";
  }
  if (others.size() > most_others) line += " and " + std::to_string(others.size() - most_others) + " more";
  return line + " */\n\n";
}

}  // namespace

CDump CDump::all(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  CheckForC(btf).check_all();
  CDump dump(bytes, btf);
  dump.all_ = true;
  return dump;
}

CDump CDump::some(std::span<const std::uint8_t> bytes, const btf::View& btf, const std::vector<std::uint32_t>& ids,
                  const std::vector<std::uint32_t>& others) {
  CDump dump(bytes, btf);
  dump.plan_ = plan_statements(btf, ids);
  dump.comment_ = comment(btf, ids, others);
  return dump;
}

void CDump::write(const io::Write& write) const {
  Dumper dumper(bytes_, *btf_, write);
  if (all_) {
    dumper.all();
  } else {
    dumper.some(comment_, plan_);
  }
}

}  // namespace minbtf::libbpf
