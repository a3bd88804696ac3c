// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/resolution.hpp"

namespace minbtf {

std::string_view to_string(RelocationKind kind) noexcept {
  switch (kind) {
    case RelocationKind::field_byte_offset:
      return "field_byte_offset";
    case RelocationKind::field_byte_size:
      return "field_byte_size";
    case RelocationKind::field_exists:
      return "field_exists";
    case RelocationKind::field_signed:
      return "field_signed";
    case RelocationKind::field_lshift_u64:
      return "field_lshift_u64";
    case RelocationKind::field_rshift_u64:
      return "field_rshift_u64";
    case RelocationKind::type_id_local:
      return "type_id_local";
    case RelocationKind::type_id_target:
      return "type_id_target";
    case RelocationKind::type_exists:
      return "type_exists";
    case RelocationKind::type_size:
      return "type_size";
    case RelocationKind::enumval_exists:
      return "enumval_exists";
    case RelocationKind::enumval_value:
      return "enumval_value";
    case RelocationKind::type_matches:
      return "type_matches";
  }
  return "unknown";
}

std::string_view to_string(Failure failure) noexcept {
  switch (failure) {
    case Failure::none:
      return "no failure";
    case Failure::unknown_relocation_kind:
      return "unknown relocation kind";
    case Failure::unknown_local_type:
      return "the object's BTF has no such type";
    case Failure::anonymous_local_type:
      return "the type has no name to look for";
    case Failure::bad_access_string:
      return "the record describes no access to the type";
    case Failure::local_type_unusable:
      return "there is no such value for the object's own type";
    case Failure::bad_type:
      return "a type in the way has no size, or nests over 32 levels";
    case Failure::too_deep:
      return "over 64 nested accesses, or an array too large";
    case Failure::bitfield_too_wide:
      return "no load of up to 8 bytes covers the bitfield";
    case Failure::not_for_arrays:
      return "not possible for an array element";
    case Failure::ambiguous_offset:
      return "ambiguous: candidates disagree about the offset";
    case Failure::ambiguous_value:
      return "ambiguous: candidates disagree about the value";
    case Failure::offset_too_large:
      return "offset over 32767 in a load or store";
    case Failure::unexpected_instruction:
      return "the instruction does not hold what the record says";
    case Failure::bad_load_size:
      return "no load of 1, 2, 4 or 8 bytes fits the field";
    case Failure::unsupported_kind:
      return "a type of unknown BTF kind is in the way";
    case Failure::endless_type:
      return "types refer to each other without end";
    case Failure::other_byte_order:
      return "the object has another byte order than the kernel";
  }
  return "unknown failure";
}

bool is_ambiguous(Failure failure) noexcept {
  return failure == Failure::ambiguous_offset || failure == Failure::ambiguous_value;
}

}  // namespace minbtf
