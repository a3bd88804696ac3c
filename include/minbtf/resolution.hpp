// SPDX-License-Identifier: BSD-2-Clause
// The result of one CO-RE relocation on one kernel.
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "minbtf/export.hpp"

namespace minbtf {

/// `enum bpf_core_relo_kind` of the kernel's include/uapi/linux/bpf.h.
enum class RelocationKind : std::uint32_t {
  field_byte_offset = 0,
  field_byte_size = 1,
  field_exists = 2,
  field_signed = 3,
  field_lshift_u64 = 4,
  field_rshift_u64 = 5,
  type_id_local = 6,
  type_id_target = 7,
  type_exists = 8,
  type_size = 9,
  enumval_exists = 10,
  enumval_value = 11,
  type_matches = 12,
};

/// Returns "field_byte_offset", ...; "unknown" for a number outside the enumeration.
[[nodiscard]] MINBTF_API std::string_view to_string(RelocationKind kind) noexcept;

enum class Status : std::uint8_t {
  resolved,  ///< the instruction is patched with Resolution::value
  poisoned,  ///< the instruction is replaced by an invalid one; loading fails only if the verifier reaches it
  failed,    ///< libbpf stops loading the object
};

/// Why a relocation failed. The comments name the error that libbpf returns.
enum class Failure : std::uint8_t {
  none,
  unknown_relocation_kind,  ///< EINVAL: a number above type_matches
  unknown_local_type,       ///< EINVAL: the record's type id is not in the object's BTF
  anonymous_local_type,     ///< EINVAL: candidates are found by name
  bad_access_string,        ///< EINVAL: the record does not describe an access to the local type
  local_type_unusable,      ///< EINVAL, E2BIG: the value cannot be computed for the local type
  bad_type,                 ///< EINVAL: a type without a size is in the way, or more than 32 levels of types
  too_deep,                 ///< E2BIG: over 64 nested accesses, or an array whose size overflows
  bitfield_too_wide,        ///< E2BIG: no load of up to 8 bytes covers the bitfield
  not_for_arrays,           ///< EINVAL: signedness or shifts of an array element
  ambiguous_offset,         ///< EINVAL: candidates have the field at different offsets
  ambiguous_value,          ///< EINVAL: candidates have different values
  offset_too_large,         ///< ERANGE: over 32767, in a load or store
  unexpected_instruction,   ///< EINVAL: the instruction cannot be patched, or does not hold the local value
  bad_load_size,            ///< EINVAL: the field cannot be loaded with 1, 2, 4 or 8 bytes
  unsupported_kind,         ///< a BTF kind that this library skips is in the way
  endless_type,             ///< libbpf would not return: a loop of typedefs, a search with too many steps
  other_byte_order,         ///< LIBBPF_ERRNO__ENDIAN: the whole object is not loaded. Not in a Resolution
};

/// Returns the failure in words, in one line without a newline.
[[nodiscard]] MINBTF_API std::string_view to_string(Failure failure) noexcept;

/// Returns true for ambiguous_offset and ambiguous_value.
[[nodiscard]] MINBTF_API bool is_ambiguous(Failure failure) noexcept;

/// The result of one relocation, as by libbpf 1.6 and newer.
struct Resolution {
  std::size_t object = 0;      ///< index of the object in the plan
  std::size_t relocation = 0;  ///< index of the record in that object
  Status status = Status::failed;
  Failure failure = Failure::none;  ///< set if status is failed
  /// The value that is patched into the instruction. For type_id_target: a type id of the BTF on which the relocation
  /// is resolved, or 0 if that has no such type.
  std::uint64_t value = 0;
  /// Bytes that the patched load or store instruction accesses; 0 for other instructions.
  std::uint32_t load_size = 0;
  std::uint32_t candidates = 0;   ///< candidates that earlier relocations left on the list
  std::uint32_t matching = 0;     ///< candidates on that list that match
  std::uint32_t target_type = 0;  ///< type id of the first candidate that matches; 0 if none matches
};

/// The contents of a CO-RE record, in words.
struct RelocationText {
  std::string program;  ///< empty if the instruction is in no program (libbpf then skips the record)
  std::string section;
  std::uint32_t insn = 0;  ///< instruction number within the program, or the section if there is no program
  RelocationKind kind = RelocationKind::field_byte_offset;
  std::string subject;  ///< "struct task_struct::real_parent", "enum foo::A", "typedef pid_t"
};

}  // namespace minbtf
