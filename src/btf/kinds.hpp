// SPDX-License-Identifier: BSD-2-Clause
// The shape of every BTF kind, in one table that validation, selection and writing use.
//
// Source: include/uapi/linux/btf.h of the kernel and Documentation/bpf/btf.rst. A type is a 12-byte record
// (name_off, info, size or type) followed by `info_size` bytes and by vlen elements of `elem_size` bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "btf/bytes.hpp"

namespace minbtf::btf {

inline constexpr std::uint16_t btf_magic = 0xEB9F;
inline constexpr std::uint8_t btf_version = 1;
inline constexpr std::size_t header_size = 24;         ///< magic, version, flags, hdr_len, type_off/len, str_off/len
inline constexpr std::size_t layout_header_size = 32;  ///< the same, with layout_off and layout_len
inline constexpr std::size_t layout_entry_size = 4;    ///< u8 info_sz, u8 elem_sz, u16 flags; indexed by kind
inline constexpr std::size_t type_header_size = 12;

/// `info` of a type: vlen in bits 0-23, kind in bits 24-30, kind_flag in bit 31. Before 2026 vlen had 16 bits and kind
/// had 5; the bits between were zero, so these functions read both forms.
constexpr std::uint32_t info_vlen(std::uint32_t info) noexcept { return info & 0xffffffU; }
constexpr std::uint8_t info_kind(std::uint32_t info) noexcept { return (info >> 24U) & 0x7fU; }
constexpr bool info_kind_flag(std::uint32_t info) noexcept { return (info >> 31U) != 0; }
constexpr std::uint32_t make_info(std::uint8_t kind, std::uint32_t vlen, bool kind_flag) noexcept {
  return (vlen & 0xffffffU) | (static_cast<std::uint32_t>(kind) << 24U) | (kind_flag ? 1U << 31U : 0U);
}

enum class Kind : std::uint8_t {
  void_,  ///< BTF_KIND_UNKN: type id 0 only
  int_,
  ptr,
  array,
  struct_,
  union_,
  enum_,
  fwd,
  typedef_,
  volatile_,
  const_,
  restrict_,
  func,
  func_proto,
  var,
  datasec,
  float_,
  decl_tag,
  type_tag,
  enum64,
};
inline constexpr std::size_t kind_count = 20;

/// Meaning of the third word of a record.
enum class Third : std::uint8_t { unused, size, type };

struct KindShape {
  std::string_view name;
  Third third = Third::unused;
  std::uint8_t info_size = 0;
  std::uint8_t elem_size = 0;  ///< 0: no elements are stored; vlen may hold something else (linkage of a FUNC)
  /// Offsets of the fields that are type ids or names, within the info part or within an element. -1: no such field.
  std::array<std::int8_t, 2> info_types = {-1, -1};
  std::int8_t elem_name = -1;
  std::int8_t elem_type = -1;
};

inline constexpr std::array<KindShape, kind_count> kind_shapes = {{
    {.name = "void"},
    {.name = "int", .third = Third::size, .info_size = 4},
    {.name = "ptr", .third = Third::type},
    {.name = "array", .info_size = 12, .info_types = {0, 4}},
    {.name = "struct", .third = Third::size, .elem_size = 12, .elem_name = 0, .elem_type = 4},
    {.name = "union", .third = Third::size, .elem_size = 12, .elem_name = 0, .elem_type = 4},
    {.name = "enum", .third = Third::size, .elem_size = 8, .elem_name = 0},
    {.name = "fwd"},
    {.name = "typedef", .third = Third::type},
    {.name = "volatile", .third = Third::type},
    {.name = "const", .third = Third::type},
    {.name = "restrict", .third = Third::type},
    {.name = "func", .third = Third::type},
    {.name = "func_proto", .third = Third::type, .elem_size = 8, .elem_name = 0, .elem_type = 4},
    {.name = "var", .third = Third::type, .info_size = 4},
    {.name = "datasec", .third = Third::size, .elem_size = 12, .elem_type = 0},
    {.name = "float", .third = Third::size},
    {.name = "decl_tag", .third = Third::type, .info_size = 4},
    {.name = "type_tag", .third = Third::type},
    {.name = "enum64", .third = Third::size, .elem_size = 12, .elem_name = 0},
}};

constexpr bool is_known(Kind kind) noexcept { return static_cast<std::size_t>(kind) < kind_count; }

/// Returns the shape of a known kind.
constexpr const KindShape& shape(Kind kind) noexcept { return kind_shapes[static_cast<std::size_t>(kind)]; }

/// Returns the word for a kind in messages: "struct", "enum64", ...; "unknown" for an unknown kind.
constexpr std::string_view message_word(Kind kind) noexcept { return is_known(kind) ? shape(kind).name : "unknown"; }

/// The field of a type that holds a type id.
enum class TypeIdField : std::uint8_t {
  target,         ///< the third word: the pointee of a PTR, the return type of a FUNC_PROTO, the type of other kinds
  array_element,  ///< the element type of an ARRAY
  array_index,    ///< the index type of an ARRAY
  element,        ///< the type of a member, of a parameter, or of a variable of a DATASEC
};

/// Calls visit(field, offset) for the type ids of a known kind that precede its elements, in their order. Offsets
/// are bytes from the start of the record.
template <typename Visit>
constexpr void for_each_fixed_type_id(Kind kind, Visit&& visit) {
  const KindShape& own = shape(kind);
  if (own.third == Third::type) visit(TypeIdField::target, std::size_t{8});
  const auto behind = [](std::int8_t offset) { return type_header_size + static_cast<std::size_t>(offset); };
  if (own.info_types[0] >= 0) visit(TypeIdField::array_element, behind(own.info_types[0]));
  if (own.info_types[1] >= 0) visit(TypeIdField::array_index, behind(own.info_types[1]));
}

/// True if the elements of a known kind have type ids.
constexpr bool has_element_type_ids(Kind kind) noexcept { return shape(kind).elem_type >= 0; }

/// Returns the offset of the type id of element `n`, in bytes from the start of the record. The elements of `kind` must
/// have type ids.
constexpr std::size_t element_type_id(Kind kind, std::uint32_t n) noexcept {
  const KindShape& own = shape(kind);
  return type_header_size + own.info_size + std::size_t{n} * own.elem_size + static_cast<std::size_t>(own.elem_type);
}

constexpr bool is_composite(Kind kind) noexcept { return kind == Kind::struct_ || kind == Kind::union_; }
constexpr bool is_any_enum(Kind kind) noexcept { return kind == Kind::enum_ || kind == Kind::enum64; }

/// True for the kinds that clang writes into CO-RE records as local types. (A record written by hand can name another
/// kind. libbpf searches for candidates of that kind as well.)
constexpr bool is_sought(Kind kind) noexcept {
  return kind == Kind::int_ || is_composite(kind) || is_any_enum(kind) || kind == Kind::fwd || kind == Kind::typedef_ ||
         kind == Kind::float_;
}

/// True if libbpf's btf_is_mod() or btf_is_typedef() is. libbpf skips these kinds wherever it compares types
/// (skip_mods_and_typedefs()).
constexpr bool is_modifier_or_typedef(Kind kind) noexcept {
  return kind == Kind::typedef_ || kind == Kind::volatile_ || kind == Kind::const_ || kind == Kind::restrict_ ||
         kind == Kind::type_tag;
}

/// Returns the kind for comparisons as in libbpf's btf_kind_core_compat(): ENUM for ENUM64, else `kind` itself.
constexpr Kind core_kind(Kind kind) noexcept { return kind == Kind::enum64 ? Kind::enum_ : kind; }

/// Sizes of a kind that this version does not know. They come from the layout section, which was added to BTF in 2026
/// so that readers can skip unknown kinds (include/uapi/linux/btf.h, struct btf_layout).
struct UnknownSizes {
  std::size_t info_size = 0;  ///< bytes that follow the type's 12
  std::size_t elem_size = 0;
};

/// Returns the offset of the entry for `kind` in the layout section.
constexpr std::size_t layout_entry(std::uint8_t kind) noexcept { return std::size_t{kind} * layout_entry_size; }

/// Returns the sizes of `kind`. Returns nothing if `kind` is 0, if the section has no entry for it, or if a size in the
/// entry is not a multiple of 4.
[[nodiscard]] inline std::optional<UnknownSizes> sizes_of_unknown(const ByteView& layout, std::uint8_t kind) {
  const std::size_t entry = layout_entry(kind);
  if (kind == 0 || !layout.contains(entry, layout_entry_size)) return std::nullopt;
  const UnknownSizes sizes = {.info_size = layout.u8(entry), .elem_size = layout.u8(entry + 1)};
  if (sizes.info_size % 4 != 0 || sizes.elem_size % 4 != 0) return std::nullopt;
  return sizes;
}

}  // namespace minbtf::btf
