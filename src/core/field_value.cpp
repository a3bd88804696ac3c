// SPDX-License-Identifier: BSD-2-Clause
#include "core/field_value.hpp"

namespace minbtf::core {

bool is_flexible(const btf::View& btf, const Accessor& holder, const btf::Array& array) {
  return holder.named && array.nelems == 0 && holder.index + 1 == btf.type(holder.type_id).vlen;
}

namespace {

LoadClass load_class(const MatchSide& side, std::uint32_t id) {
  const Type type = side.btf.type(id);
  if (type.kind == Kind::ptr) return LoadClass::pointer;
  // libbpf compares the complete encoding (btf_int_encoding(t) != BTF_INT_SIGNED), so a signed char counts as unsigned.
  if (type.kind == Kind::int_ && btf::int_encoding(side.btf.info_word(type)) != btf::int_signed) {
    return LoadClass::plain_integer;
  }
  return LoadClass::other;
}

/// Returns the size of an element for an array, and of the type itself otherwise: what a load takes since libbpf 1.6.
Size element_size(const MatchSide& side, std::uint32_t id, const HoldingMember* holder) {
  for (int depth = 0; depth < chain_limit; ++depth) {
    const Underlying element = skip_mods_and_typedefs(side, id);
    if (element.failure != Failure::none) return {.failure = element.failure};
    if (element.type.kind != Kind::array) return resolve_size(side, element.id, holder);
    id = side.btf.array(element.type).type;
  }
  return {.failure = Failure::endless_type};
}

/// libbpf returns EINVAL here, whatever the reason for a missing size.
Failure as_bad_type(Failure failure) { return failure == Failure::too_deep ? Failure::bad_type : failure; }

/// Sets the sizes and the class of a load of type `id`, or the failure.
void add_load(const MatchSide& side, const FoundField& field, std::uint32_t id, std::uint64_t total, FieldValue& out) {
  const Size element = element_size(side, id, field.holder);
  if (element.failure != Failure::none) {
    out.failure = as_bad_type(element.failure);
    return;
  }
  out.element_bytes = static_cast<std::uint32_t>(element.bytes);
  out.total_bytes = static_cast<std::uint32_t>(total);
  out.load_class = load_class(side, id);
}

FieldValue element_value(const MatchSide& side, RelocationKind kind, const FoundField& field) {
  if (kind != RelocationKind::field_byte_offset && kind != RelocationKind::field_byte_size) {
    return {.failure = Failure::not_for_arrays};
  }
  const Size size = resolve_size(side, field.last.type_id, field.holder);
  if (size.failure != Failure::none) return {.failure = as_bad_type(size.failure)};
  if (kind == RelocationKind::field_byte_size) return {.value = size.bytes};
  FieldValue out = {.value = field.bit_offset / 8};
  add_load(side, field, field.last.type_id, size.bytes, out);
  return out;
}

/// Returns true for kinds whose third word is a size. For a bitfield of any other kind libbpf takes a type id for a
/// size, or divides by zero; no compiler writes such a bitfield.
bool has_byte_size(Kind kind) { return btf::shape(kind).third == btf::Third::size; }

struct LoadExtent {
  Failure failure = Failure::none;
  std::uint32_t byte_offset = 0;
  std::uint32_t byte_size = 0;
  std::uint32_t bit_size = 0;
};

/// Returns the smallest aligned load that covers a bitfield. All numbers have 32 bits, as in libbpf.
///
/// Example: 6 bits at bit offset 30 of an int member. 4 bytes at byte 0 hold bits 0 to 31, too few for bit 35; 8 bytes
/// at byte 0 hold all. 6 bits at bit offset 62 of a long need more than 8 bytes, and fail.
LoadExtent bitfield_extent(const Type& type, std::uint32_t bit_offset, std::uint32_t bit_size) {
  if (!has_byte_size(type.kind) || type.size_or_type == 0) return {.failure = Failure::bad_type};
  LoadExtent out = {.byte_size = type.size_or_type, .bit_size = bit_size};
  out.byte_offset = bit_offset / 8 / out.byte_size * out.byte_size;
  while (bit_offset + bit_size - out.byte_offset * 8 > out.byte_size * 8) {
    if (out.byte_size >= 8) return {.failure = Failure::bitfield_too_wide};
    out.byte_size *= 2;
    out.byte_offset = bit_offset / 8 / out.byte_size * out.byte_size;
  }
  return out;
}

LoadExtent member_extent(const MatchSide& side, const btf::Member& member, const Underlying& type,
                         const FoundField& field) {
  if (member.bitfield_size != 0) return bitfield_extent(type.type, field.bit_offset, member.bitfield_size);
  const Size size = resolve_size(side, type.id, field.holder);
  if (size.failure != Failure::none) return {.failure = as_bad_type(size.failure)};
  const auto bytes = static_cast<std::uint32_t>(size.bytes);
  return {.byte_offset = field.bit_offset / 8, .byte_size = bytes, .bit_size = bytes * 8};
}

/// Returns the sign of an enum (its kind_flag) or of an INT (its encoding). libbpf before 1.3 read the word that
/// follows any other type as if it were that of an INT. It tested bit 24 of a name offset or type id, which is 0 in
/// real files because they are too small.
bool is_signed(const MatchSide& side, const Type& type) {
  if (btf::is_any_enum(type.kind)) return type.kind_flag;
  return type.kind == Kind::int_ && (btf::int_encoding(side.btf.info_word(type)) & btf::int_signed) != 0;
}

std::uint32_t left_shift(ByteOrder order, const LoadExtent& extent, std::uint32_t bit_offset) {
  if (order == ByteOrder::little) return 64 - (bit_offset + extent.bit_size - extent.byte_offset * 8);
  return (8 - extent.byte_size) * 8 + (bit_offset - extent.byte_offset * 8);
}

}  // namespace

/// bpf_core_calc_field_relo() of relo_core.c:
///  1. field_exists is 1.
///  2. The last accessor is an index: field_byte_size is the size of the element (btf__resolve_size()),
///     field_byte_offset is the bit offset / 8 and has the load size of rule 5. All other kinds fail.
///  3. The member is a bitfield: the bytes to load are those of the member's type, at a multiple of their number. Their
///     number is doubled until they hold all bits of the bitfield; over 8 bytes fail.
///  4. Any other member: the bytes to load are those of its type (btf__resolve_size()), at the bit offset / 8.
///  5. field_byte_offset is the offset of these bytes, field_byte_size their number. The offset of a member that is not
///     a bitfield also has a load size: that of the innermost element of an array, otherwise that of the type. No size:
///     fails.
///  6. field_signed is the kind_flag of an ENUM or ENUM64, the sign bit in the encoding of an INT, and 0 for other
///     kinds.
///  7. field_lshift_u64 moves the top bit of the field to bit 63 of a 64-bit register that holds the loaded bytes; it
///     depends on the byte order. field_rshift_u64 is 64 minus the number of bits.
FieldValue field_value(const MatchSide& side, RelocationKind kind, const FoundField& field) {
  if (kind == RelocationKind::field_exists) return {.value = 1};
  const Accessor& last = field.last;
  if (!last.named) return element_value(side, kind, field);

  const btf::Member member = side.btf.member(side.btf.type(last.type_id), last.index);
  const Underlying type = skip_mods_and_typedefs(side, member.type);
  if (type.failure != Failure::none) return {.failure = type.failure};
  // The sign of a field that is not a bitfield only needs a type that has a size.
  const bool reads_size = kind != RelocationKind::field_signed || field.is_local_bitfield || member.bitfield_size != 0;
  const MatchSide reader = reads_size ? side : side.untraced();
  if (member.bitfield_size != 0) reader.depend_on(Dependency::What::member_size, last.type_id, last.index);
  const LoadExtent extent = member_extent(reader, member, type, field);
  if (extent.failure != Failure::none) return {.failure = extent.failure};

  FieldValue out = {.is_bitfield = member.bitfield_size != 0};
  switch (kind) {
    case RelocationKind::field_byte_offset:
      out.value = extent.byte_offset;
      if (!out.is_bitfield) add_load(side, field, type.id, extent.byte_size, out);
      break;
    case RelocationKind::field_byte_size:
      out.value = extent.byte_size;
      break;
    case RelocationKind::field_signed:
      side.depend_on(Dependency::What::member_encoding, last.type_id, last.index);
      out.value = is_signed(side, type.type) ? 1 : 0;
      break;
    case RelocationKind::field_lshift_u64:
      out.value = left_shift(side.order, extent, field.bit_offset);
      break;
    case RelocationKind::field_rshift_u64:
      out.value = 64 - extent.bit_size;
      break;
    case RelocationKind::field_exists:
    case RelocationKind::type_id_local:
    case RelocationKind::type_id_target:
    case RelocationKind::type_exists:
    case RelocationKind::type_size:
    case RelocationKind::enumval_exists:
    case RelocationKind::enumval_value:
    case RelocationKind::type_matches:
      break;
  }
  return out;
}

}  // namespace minbtf::core
