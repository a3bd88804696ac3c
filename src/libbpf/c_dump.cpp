// SPDX-License-Identifier: BSD-2-Clause
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
#include "io/read/file_descriptor.hpp"
#include "libbpf/c_attributes.hpp"
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
// Without this attribute clang would use the offsets of this BTF, without CO-RE relocations.
constexpr auto attribute_start =
    "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
    "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
    "#endif\n\n";
constexpr auto attribute_end = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n";

// The macros that bpftool writes. bpf_helpers.h defines some of them in the same way.
constexpr auto kfunc_words =
    "#ifndef __ksym\n"
    "#define __ksym __attribute__((section(\".ksyms\")))\n"
    "#endif\n\n"
    "#ifndef __weak\n"
    "#define __weak __attribute__((weak))\n"
    "#endif\n\n"
    "#ifndef __bpf_fastcall\n"
    "#if __has_attribute(bpf_fastcall)\n"
    "#define __bpf_fastcall __attribute__((bpf_fastcall))\n"
    "#else\n"
    "#define __bpf_fastcall\n"
    "#endif\n"
    "#endif\n\n";
constexpr auto kfuncs_start = "\n/* BPF kfuncs */\n#ifndef BPF_NO_KFUNC_PROTOTYPES\n";
constexpr auto kfuncs_end = "#endif\n\n";

constexpr std::size_t most_others = 5;

/// The print function for libbpf. No exception may leave it, because libbpf is C.
struct Printer {
  const btf::View& btf;
  std::string& text;
  bool out_of_memory = false;
  bool is_list_open = false;  ///< the last printed text was "("

  static void print(void* context, const char* format, va_list arguments) noexcept {
    auto& self = *static_cast<Printer*>(context);
    const std::string_view literally = format;
    try {
      // libbpf 1.1 writes "()" for a function without parameters. In C that declares a function with unknown
      // parameters. Newer libbpf writes "(void)", as here.
      if (self.is_list_open && literally == ")") self.text += "void";
      self.is_list_open = literally == "(";
      if (literally == type_tag_format && self.is_attribute_added(arguments)) return;
      self.append(format, arguments);
    } catch (const std::bad_alloc&) {
      self.out_of_memory = true;
    }
  }

 private:
  static constexpr std::string_view type_tag_format = " __attribute__((btf_type_tag(\"%s\")))";

  /// Writes the attribute as libbpf does since 2025, if the name was marked. Returns false for other names.
  bool is_attribute_added(va_list arguments) {
    va_list own;
    va_copy(own, arguments);
    const auto id = marked_type(va_arg(own, const char*));
    va_end(own);
    if (!id) return false;
    text += " __attribute__((";
    text += btf.string(btf.type(*id).name_off);
    text += "))";
    return true;
  }

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

LibbpfBtf read_by_libbpf(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  // libbpf 1.1 reads BTF of the other byte order only if the header has 24 bytes.
  const bool is_header_too_long = btf.byte_order() != btf::host_order && header_length(bytes, btf) != btf::header_size;
  std::vector<std::uint8_t> other;
  if (is_header_too_long || has_attributes(btf)) {
    other = with_marked_attributes(bytes, btf);
    bytes = other;
  }
  libbpf_set_print(nullptr);
  LibbpfBtf parsed(btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())), &btf__free);
  if (parsed == nullptr) {
    // libbpf 1.3 and newer check references between types that View does not check, such as that of a function.
    throw Error(ErrorKind::damaged, btf.name(), "", "libbpf refuses it: " + io::system_reason(errno));
  }
  return parsed;
}

/// Writes C with one btf_dump of libbpf.
class Dumper {
 public:
  Dumper(std::span<const std::uint8_t> bytes, const btf::View& btf, const io::Write& write)
      : btf_(btf),
        buffer_(write),
        printer_{.btf = btf, .text = buffer_.text()},
        parsed_(read_by_libbpf(bytes, btf)),
        dump_(btf_dump__new(parsed_.get(), &Printer::print, &printer_, nullptr), &btf_dump__free) {
    if (dump_ == nullptr) refused(0, -errno);
  }

  void all(const std::vector<Kfunc>& kfuncs) {
    text() += guard_start;
    text() += attribute_start;
    if (!kfuncs.empty()) text() += kfunc_words;
    for (std::uint32_t id = 1; id < btf_.id_end(); ++id) define(id);
    if (!kfuncs.empty()) declare_all(kfuncs);
    text() += attribute_end;
    text() += guard_end;
    buffer_.hand_on();
  }

  void some(const std::string& comment, const Statements& plan) {
    text() += comment;
    // clang warns about an attribute that applies to no record.
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

  /// Writes the definitions that the type needs, and its own if it has a name.
  void define(std::uint32_t id) { after(id, btf_dump__dump_type(dump_.get(), id)); }

  /// Writes a declaration of `name` with the type. `name` may be empty. The types that it needs were written before.
  void declare(std::uint32_t id, const std::string& name) {
    btf_dump_emit_type_decl_opts options = {};
    options.sz = sizeof options;
    options.field_name = name.c_str();
    after(id, btf_dump__emit_type_decl(dump_.get(), id, &options));
  }

  void declare_all(const std::vector<Kfunc>& kfuncs) {
    text() += kfuncs_start;
    for (const Kfunc& kfunc : kfuncs) {
      const Type func = btf_.type(kfunc.func);
      if (kfunc.is_name_taken) {
        text() += "/* no prototype of " + std::string(btf_.string(func.name_off)) + " [" + std::to_string(kfunc.func) +
                  "]: C has another meaning for the name */\n";
        continue;
      }
      text() += kfunc.is_fastcall ? "extern __bpf_fastcall " : "extern ";
      declare(func.size_or_type, std::string(btf_.string(func.name_off)));
      text() += " __weak __ksym;\n";
    }
    text() += kfuncs_end;
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
    // Names that are not identifiers are left out: a name could close the comment.
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
  CheckForC check(btf);
  check.check_all();
  CDump dump(bytes, btf);
  dump.all_ = true;
  dump.kfuncs_ = kfuncs_of(btf);
  for (const Kfunc& kfunc : dump.kfuncs_) {
    const std::uint32_t prototype = btf.type(kfunc.func).size_or_type;
    check.check_name(kfunc.func);
    if (btf.type(prototype).kind != Kind::func_proto) check.refuse(ErrorKind::damaged, kfunc.func, "has no prototype");
    check.check_declared(prototype);
  }
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
    dumper.all(kfuncs_);
  } else {
    dumper.some(comment_, plan_);
  }
}

}  // namespace minbtf::libbpf
