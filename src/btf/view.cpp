// SPDX-License-Identifier: BSD-2-Clause
// Parses and checks the header of untrusted BTF; scan.cpp checks the types. Afterwards all of this is true: the
// sections lie within the file, the string section starts and ends with NUL, every record lies within the type section,
// every name offset lies within the string section, and every type id refers to a type of this file. References may
// still form a loop.
//
// The rules are those of libbpf's btf_parse_hdr(), btf_parse_str_sec(), btf_parse_type_sec() and btf_sanity_check(),
// with the layout section of 2026 (include/uapi/linux/btf.h, struct btf_layout).
#include "btf/view.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/short_text.hpp"
#include "btf/fault.hpp"
#include "btf/joined.hpp"
#include "btf/scan.hpp"
#include "btf/split_btf.hpp"
#include "minbtf/error.hpp"

namespace minbtf::btf {

namespace {

/// Spellings of `long` in the order of libbpf's btf.c, determine_ptr_size(). libbpf before 1.0 knew only the first two.
constexpr std::array<std::string_view, 11> long_spellings = {
    "long int",          "long unsigned int", "long",
    "int long",          "unsigned long",     "long unsigned",
    "unsigned long int", "unsigned int long", "long int unsigned",
    "int unsigned long", "int long unsigned"};
constexpr std::size_t old_long_spellings = 2;

}  // namespace

class Validator {
 public:
  Validator(View& view, std::span<const std::uint8_t> bytes)
      : view_(view), bytes_(bytes), file_(bytes.data(), bytes.size(), ByteOrder::little) {}

  void run() {
    header();
    if (!scan(view_.types_, view_.layout_, view_.strings_.size(), view_.index_)) {
      throw_fault({.types = view_.types_, .strings = view_.strings_, .layout = view_.layout_}, view_.name_);
    }
    check_modules();
    pointer_size();
  }

 private:
  struct Section {
    std::size_t offset = 0;
    std::size_t length = 0;
  };

  [[noreturn]] void fail(ErrorKind kind, const std::string& where, const std::string& reason) const {
    throw Error(kind, view_.name_, where, reason);
  }
  [[noreturn]] void damaged(const char* section, std::size_t offset, const std::string& reason) const {
    fail(ErrorKind::damaged, base::place(section, offset), reason);
  }

  void header() {
    if (file_.size() < 2) fail(ErrorKind::wrong_file, "", "not BTF: " + std::to_string(file_.size()) + " bytes");
    const std::uint8_t first = file_.u8(0);
    const std::uint8_t second = file_.u8(1);
    if (first == 0x9f && second == 0xeb) {
      view_.order_ = ByteOrder::little;
    } else if (first == 0xeb && second == 0x9f) {
      view_.order_ = ByteOrder::big;
    } else {
      fail(ErrorKind::wrong_file, "header+0x0", "not BTF: the magic number is missing");
    }
    file_ = btf::ByteView(bytes_.data(), bytes_.size(), view_.order_);
    if (!file_.contains(0, btf::header_size)) {
      damaged("header", 0, "truncated: " + std::to_string(file_.size()) + " bytes, the header has 24");
    }
    if (file_.u8(2) != btf::btf_version) {
      fail(ErrorKind::unsupported, "header+0x2", "BTF version " + std::to_string(file_.u8(2)) + ", known is 1");
    }
    if (file_.u8(3) != 0) {
      fail(ErrorKind::unsupported, "header+0x3", "BTF flags " + base::hex(file_.u8(3)) + ", none are known");
    }
    const std::size_t length = file_.u32(4);
    if (length < btf::header_size) damaged("header", 4, "header length " + std::to_string(length) + " is below 24");
    if (length > file_.size()) {
      damaged(
          "header", 4,
          "header length " + std::to_string(length) + " is over the file's " + std::to_string(file_.size()) + " bytes");
    }
    const btf::ByteView body = file_.sub(length, file_.size() - length);
    const Section types = section(body, 8, "type");
    const Section strings = section(body, 16, "string");
    if (types.offset % 4 != 0) damaged("header", 8, "the type section is not aligned to 4 bytes");
    if (types.offset + types.length > strings.offset) {
      damaged("header", 16, "the string section begins before the type section ends");
    }
    view_.types_ = body.sub(types.offset, types.length);
    view_.strings_ = body.sub(strings.offset, strings.length);
    if ((strings.length == 0 || view_.strings_.u8(0) != 0) && is_split_btf(bytes_)) {
      fail(ErrorKind::wrong_file, "", std::string(split_btf_reason));
    }
    if (strings.length == 0) damaged("header", 20, "the string section is empty");
    if (view_.strings_.u8(0) != 0) damaged("strings", 0, "the string section does not begin with NUL");
    if (view_.strings_.u8(strings.length - 1) != 0) {
      damaged("strings", strings.length - 1, "the string section does not end with NUL");
    }
    if (length >= btf::layout_header_size) {
      const Section layout = section(body, 24, "layout");
      if (layout.offset % 4 != 0 || layout.length % btf::layout_entry_size != 0) {
        damaged("header", 24, "the layout section is not aligned to 4 bytes");
      }
      view_.layout_ = body.sub(layout.offset, layout.length);
    }
  }

  Section section(const btf::ByteView& body, std::size_t at, const char* what) const {
    const Section found = {.offset = file_.u32(at), .length = file_.u32(at + 4)};
    if (!body.contains(found.offset, found.length)) {
      damaged("header", at,
              std::string("the ") + what + " section (" + std::to_string(found.length) + " bytes at " +
                  std::to_string(found.offset) + ") reaches beyond the end of the data, " +
                  std::to_string(body.size()) + " bytes");
    }
    return found;
  }

  /// The caller gives the boundaries of modules: they are no part of the file.
  void check_modules() const {
    std::uint32_t previous = 1;
    for (const KernelModule& module : view_.modules_) {
      if (module.first_type < previous || module.first_type > view_.id_end()) {
        fail(ErrorKind::damaged, "types",
             "module " + base::short_text(module.name) + " cannot begin at type id " +
                 std::to_string(module.first_type) + ": the ids from " + std::to_string(previous) + " to " +
                 std::to_string(view_.id_end()) + " are possible");
      }
      previous = module.first_type;
    }
  }

  /// Finds the INTs that determine the pointer size. A second visit to the INTs is cheap: kernels have few of them.
  /// libbpf takes the pointer size of split BTF from its base, so INTs of modules do not count. If the base has no such
  /// INT, libbpf uses its own pointer size for types of vmlinux, and for types of a module the first INT of that
  /// module. One BTF can have only one pointer size: others are an error. No compiled kernel is without `long`.
  void pointer_size() {
    for (const std::uint32_t id : view_.index_.integers()) {
      const bool is_of_module = id >= view_.base_end();
      if (is_of_module && view_.pointer_size_.type != 0 && view_.pointer_size_.type < view_.base_end()) break;
      const Type type = view_.type(id);
      if (note_long(id, type) && is_of_module && type.size_or_type != default_pointer_bytes) {
        fail(ErrorKind::unsupported, "types",
             "module " + base::short_text(view_.module_of(id).name) + " has pointers of " +
                 std::to_string(type.size_or_type) + " bytes, by its INT " +
                 base::short_text(view_.text(type.name_off)) + "; vmlinux has no INT long, and pointers of " +
                 std::to_string(default_pointer_bytes) + " bytes");
      }
    }
  }

  /// Returns true if the INT is a `long` from which a pointer size follows.
  bool note_long(std::uint32_t id, const Type& type) {
    if (type.size_or_type != 4 && type.size_or_type != 8) return false;
    const std::string_view name = view_.string(type.name_off);
    const auto* const found = std::find(long_spellings.begin(), long_spellings.end(), name);
    if (found == long_spellings.end()) return false;
    PointerSize& size = view_.pointer_size_;
    if (size.type == 0) {
      size.type = id;
      size.bytes = type.size_or_type;
    }
    const bool is_old = found - long_spellings.begin() < static_cast<std::ptrdiff_t>(old_long_spellings);
    if (is_old) size.old_types.push_back(id);
    return true;
  }

  View& view_;
  std::span<const std::uint8_t> bytes_;
  btf::ByteView file_;
};

View View::parse_in_place(std::span<const std::uint8_t> bytes, std::string name, Index index,
                          std::uint64_t source_bytes, std::vector<KernelModule> modules) {
  View view;
  view.name_ = std::move(name);
  view.index_ = std::move(index);
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::wrong_file, view.name_, "", "over 4 GiB: BTF offsets have 32 bits");
  }
  view.byte_size_ = bytes.size();
  view.source_bytes_ = source_bytes;
  view.modules_ = std::move(modules);
  Validator(view, bytes).run();
  return view;
}

View View::parse(std::vector<std::uint8_t> bytes, std::string name, std::vector<KernelModule> modules) {
  View view = parse_in_place(bytes, std::move(name), {}, bytes.size(), std::move(modules));
  view.owned_ = std::move(bytes);  // the elements of a moved vector keep their addresses
  return view;
}

const KernelModule& View::module_of(std::uint32_t id) const noexcept {
  assert(id >= base_end() && !modules_.empty());
  // The last module that begins at or before the type. Modules without types begin where the next one does.
  return *(std::ranges::upper_bound(modules_, id, {}, &KernelModule::first_type) - 1);
}

void Index::make_room(std::size_t type_bytes) {
  const std::size_t most = type_bytes / btf::type_header_size + 1;  // and `void`
  if (named_ == nullptr || most > room_) {                          // a moved-from index has no arrays
    offsets_.reset();
    named_.reset();
    offsets_ = std::make_unique_for_overwrite<std::uint32_t[]>(most);
    named_ = std::make_unique_for_overwrite<NamedType[]>(most);
    room_ = most;
  }
  integers_.clear();
  id_end = 0;
  named_count = 0;
}

Enumerator View::enumerator(const Type& type, std::uint32_t index) const noexcept {
  if (type.kind == Kind::enum64) {
    const std::uint32_t at = type.at + index * 12;
    return {.name_off = types_.u32(at),
            .value = types_.u32(at + 4) | (static_cast<std::uint64_t>(types_.u32(at + 8)) << 32U)};
  }
  const std::uint32_t at = type.at + index * 8;
  const auto value = static_cast<std::int32_t>(types_.u32(at + 4));
  return {.name_off = types_.u32(at), .value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
}

}  // namespace minbtf::btf

namespace minbtf {

Btf Btf::parse(std::vector<std::uint8_t> bytes, std::string name) {
  return Btf(std::make_shared<const btf::View>(btf::View::parse(std::move(bytes), std::move(name))));
}

Btf Btf::with_modules(const Btf& vmlinux, std::span<const SplitBtf> modules) {
  const btf::View& base = btf::view_of(vmlinux);
  if (base.has_modules()) throw Error(ErrorKind::wrong_file, base.name(), "", "a kernel that has modules already");
  std::vector<btf::ModuleBtf> list;
  for (const SplitBtf& each : modules) list.push_back({.bytes = each.bytes, .file = each.name, .module = each.name});
  btf::Joined joined = btf::join(base, base.name(), list);
  return Btf(std::make_shared<const btf::View>(
      btf::View::parse(std::move(joined.bytes), base.name(), std::move(joined.modules))));
}

const std::string& Btf::name() const noexcept { return view_->name(); }
std::size_t Btf::size() const noexcept { return view_->byte_size(); }
std::uint32_t Btf::type_count() const noexcept { return view_->id_end() - 1; }
ByteOrder Btf::byte_order() const noexcept { return view_->byte_order(); }

}  // namespace minbtf
