// SPDX-License-Identifier: BSD-2-Clause
// How split BTF is recognized. libbpf's btf__new_split() and the kernel's btf_parse_module() read BTF on top of a base.
// With a base, both accept two things that they reject in full BTF (btf_parse_str_sec(), in libbpf and in the kernel):
// an empty string section, and a first string that is not empty. libbpf and pahole always write split BTF in this form,
// because the empty string belongs to the base (btf_new_empty(), btf_dedup_strings()).
//
// Bytes are split BTF if all of these rules hold:
// 1. The header is valid, and the sections fill the file. (The kernel's btf_check_sec_info() requires this of modules.)
// 2. The string section is empty, or it begins with a byte other than NUL and ends with NUL.
// 3. Every record lies within the type section. Its kind is known, or the layout section has the size of its kind.
// 4. One of these leads into a base, because ids and offsets of split BTF continue those of the base:
//    a) a type id beyond the types of the file,
//    b) a string offset beyond the string section, if the file has strings,
//    c) a string offset into the middle of an own string, if the file has fewer types than any kernel
//       (fewest_of_kernel). The base of such a file may have fewer bytes of strings than the file itself, and an offset
//       into the base then lies within the file's own strings. (No known writer of BTF shares the ends of strings.)
//    A file with neither types nor strings needs no reference.
//
// A damaged full BTF breaks a rule. A truncated file, or a header that lost the length of the strings, breaks rule 1 or
// 4. A file whose strings were overwritten still refers to its own types and strings, and breaks rule 4.
#include "btf/split_btf.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "btf/bytes.hpp"
#include "btf/kinds.hpp"

namespace minbtf::btf {

namespace {

struct SplitSections {
  ByteView types;
  ByteView strings;
  ByteView layout;
};

/// Returns the bytes in their byte order if they begin with a header.
std::optional<ByteView> with_header(std::span<const std::uint8_t> bytes) {
  ByteView file(bytes.data(), bytes.size(), ByteOrder::little);
  if (file.size() < header_size) return std::nullopt;
  if (file.u16(0) != btf_magic) file = ByteView(bytes.data(), bytes.size(), ByteOrder::big);
  if (file.u16(0) != btf_magic || file.u8(2) != btf_version || file.u8(3) != 0) return std::nullopt;
  return file;
}

/// Checks rule 1. Returns the sections, or nothing if the rule is broken.
std::optional<SplitSections> sections_of(std::span<const std::uint8_t> bytes) {
  const std::optional<ByteView> whole = with_header(bytes);
  if (!whole) return std::nullopt;
  const ByteView& file = *whole;
  const std::size_t length = file.u32(4);
  if (length < header_size || length > file.size()) return std::nullopt;
  const ByteView body = file.sub(length, file.size() - length);
  std::size_t filled = 0;
  const auto section = [&](std::size_t at) -> std::optional<ByteView> {
    const std::size_t offset = file.u32(at);
    const std::size_t size = file.u32(at + 4);
    if (!body.contains(offset, size)) return std::nullopt;
    filled += size;
    return body.sub(offset, size);
  };
  const auto types = section(8);
  const auto strings = section(16);
  const auto layout = length >= layout_header_size ? section(24) : ByteView();
  if (!types || !strings || !layout || filled != body.size()) return std::nullopt;
  if (types->data() + types->size() > strings->data() || file.u32(8) % 4 != 0) return std::nullopt;
  return SplitSections{.types = *types, .strings = *strings, .layout = *layout};
}

/// A kernel has over 30,000 types, a module some hundreds.
constexpr std::size_t fewest_of_kernel = 5000;

/// Goes through the records of the type section and collects their references.
class BaseReferences {
 public:
  explicit BaseReferences(const SplitSections& sections) : sections_(sections), types_(sections.types) {}

  /// Checks rule 3, and collects what rule 4 needs.
  bool read() {
    for (std::size_t at = 0; at < types_.size();) {
      if (!types_.contains(at, type_header_size)) return false;
      const std::optional<std::size_t> size = record(at);
      if (!size || !types_.contains(at, *size)) return false;
      note(at);
      at += *size;
      ++count_;
    }
    return true;
  }
  /// Checks rule 4. read() must have returned true.
  [[nodiscard]] bool lead_into_base() const {
    const bool is_empty = count_ == 0 && sections_.strings.size() == 0;
    return is_empty || largest_type_ > count_ || names_base_ || (cuts_string_ && count_ < fewest_of_kernel);
  }

 private:
  /// Returns the size of the record at `at` in bytes, which may exceed the section. Returns nothing if the kind has no
  /// known size.
  [[nodiscard]] std::optional<std::size_t> record(std::size_t at) const {
    const std::uint32_t info = types_.u32(at + 4);
    const auto kind = static_cast<Kind>(info_kind(info));
    if (kind == Kind::void_) return std::nullopt;
    if (is_known(kind)) {
      return type_header_size + shape(kind).info_size + std::size_t{info_vlen(info)} * shape(kind).elem_size;
    }
    const auto sizes = sizes_of_unknown(sections_.layout, info_kind(info));
    if (!sizes) return std::nullopt;
    return type_header_size + sizes->info_size + std::size_t{info_vlen(info)} * sizes->elem_size;
  }

  void note(std::size_t at) {
    const std::uint32_t info = types_.u32(at + 4);
    const auto kind = static_cast<Kind>(info_kind(info));
    note_name(at);
    if (!is_known(kind)) return;
    for_each_fixed_type_id(kind, [&](TypeIdField, std::size_t offset) { note_type(at + offset); });
    const KindShape& own = shape(kind);
    if (own.elem_size == 0) return;
    for (std::uint32_t n = 0; n < info_vlen(info); ++n) {
      const std::size_t element = at + type_header_size + own.info_size + std::size_t{n} * own.elem_size;
      if (own.elem_name >= 0) note_name(element + static_cast<std::size_t>(own.elem_name));
      if (own.elem_type >= 0) note_type(at + element_type_id(kind, n));
    }
  }
  void note_name(std::size_t at) {
    const std::uint32_t name = types_.u32(at);
    const ByteView& strings = sections_.strings;
    if (strings.size() == 0) return;
    names_base_ = names_base_ || name >= strings.size();
    // Offset 1 is left out: the byte before it is the first byte of the strings, which a damaged full BTF may have
    // lost.
    cuts_string_ = cuts_string_ || (name > 1 && name < strings.size() && strings.u8(name - 1) != 0);
  }
  void note_type(std::size_t at) { largest_type_ = std::max(largest_type_, types_.u32(at)); }

  const SplitSections& sections_;
  const ByteView& types_;
  std::size_t count_ = 0;
  std::uint32_t largest_type_ = 0;
  bool names_base_ = false;   ///< a name lies beyond the file's own strings
  bool cuts_string_ = false;  ///< a name begins in the middle of an own string
};

}  // namespace

std::optional<std::uint64_t> offset_of_strings(std::span<const std::uint8_t> head) {
  const std::optional<ByteView> file = with_header(head);
  if (!file || file->u32(20) == 0) return std::nullopt;
  return std::uint64_t{file->u32(4)} + file->u32(16);
}

bool begins_with_empty_string(std::span<const std::uint8_t> bytes) {
  const std::optional<std::uint64_t> at = offset_of_strings(bytes);
  return at && *at < bytes.size() && bytes[*at] == 0;
}

bool is_split_btf(std::span<const std::uint8_t> bytes) {
  const std::optional<SplitSections> sections = sections_of(bytes);
  if (!sections) return false;
  const ByteView& strings = sections->strings;
  if (strings.size() > 0 && (strings.u8(0) == 0 || strings.u8(strings.size() - 1) != 0)) return false;
  BaseReferences references(*sections);
  return references.read() && references.lead_into_base();
}

}  // namespace minbtf::btf
