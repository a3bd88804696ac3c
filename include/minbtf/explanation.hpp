// SPDX-License-Identifier: BSD-2-Clause
// Why a relocation is not resolved, and whether that matters.
#pragma once

#include "minbtf/cxx20.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/export.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf {

enum class Reason : std::uint8_t {
  none,                ///< the relocation is resolved
  no_such_type,        ///< the kernel has no type of that name and kind
  no_such_member,      ///< the type has no member of that name
  no_such_enumerator,  ///< the enum has no enumerator of that name
  incompatible,        ///< found, but of another type, too short, or of a size that the instruction cannot load
  ambiguous,           ///< several types of that name, with different results
  cut_value,           ///< resolved to a truncated value: the kernel's BTF has only the low 32 bits
  other_byte_order,    ///< of an object, not of a relocation: this kernel cannot load the object
  other,               ///< any other Failure
};

/// Returns "no such member", ...; "failed" for Reason::other.
[[nodiscard]] MINBTF_API std::string_view to_string(Reason reason) noexcept;

/// The reason in words. The words are equal for any two kernels on which a relocation has the same result for the same
/// reason: they contain no type ids, offsets or numbers of candidates. They name the modules that have the types that
/// the reason is about.
struct Explanation {
  Reason reason = Reason::none;
  /// The part of the access that the reason is about, as in C: "request_queue.disk", "task_struct.cpus_mask[3]",
  /// "struct bio" for a type, "foo.A" for an enumerator. Types have their essential name, without ___flavor.
  std::string subject = {};
  /// Details ("int there, pointer in the object"). May be empty.
  std::string detail = {};

  bool operator==(const Explanation&) const = default;
};

/// Returns one line without a newline: "request_queue.disk: no such member", "task_struct.state: incompatible: int
/// there, pointer in the object".
[[nodiscard]] MINBTF_API std::string to_string(const Explanation& explanation);

/// Why a poisoned instruction does not prevent loading. The kernel's verifier refuses a program only if it reaches the
/// instruction.
enum class Guard : std::uint8_t {
  none,         ///< not guarded
  exists,       ///< the program checks whether the access, or something that leads to it, exists; the check is 0
  unreachable,  ///< control does not reach the instruction with the values of the other relocations on this kernel
};

/// A number in read-only data. As long as it has the value that the object contains, control does not reach a poisoned
/// instruction. A loader may write another value before it loads the object.
struct DataCondition {
  /// "enable_x", "config.enable_x", "limits[3]". "config+0x8" or ".rodata+0x8" if the number has no name.
  std::string variable = {};
  std::string section = {};  ///< ".rodata", or ".rodata.NAME"
  std::uint64_t value = 0;
  bool is_signed = false;  ///< true if `value` holds a std::int64_t

  bool operator==(const DataCondition&) const = default;
  auto operator<=>(const DataCondition&) const = default;
};

/// Returns "enable_x is 0 in .rodata"; for several conditions "enable_x is 0 and enable_y is -1 in .rodata".
[[nodiscard]] MINBTF_API std::string to_string(const std::vector<DataCondition>& conditions);

/// Returns "none", "exists" or "unreachable".
[[nodiscard]] MINBTF_API std::string_view to_string(Guard guard) noexcept;

/// A relocation that is not resolved on a kernel if all programs are loaded, or that is resolved to a truncated value.
/// A relocation in a subprogram has an entry for each program that calls the subprogram, directly or indirectly, or for
/// the subprogram itself if no program calls it. The first relocation in a subprogram that fails has an entry for every
/// program of the object: libbpf relocates subprograms before it loads any program.
struct UnresolvedRelocation {
  std::size_t object = 0;            ///< index of the object in the plan
  std::size_t relocation = 0;        ///< index of the record in that object
  std::size_t program = 0;           ///< the program that it counts for: index into BpfObject::programs()
  Status status = Status::poisoned;  ///< resolved for Reason::cut_value
  Failure failure = Failure::none;   ///< set if status is failed
  Guard guard = Guard::none;         ///< set if status is poisoned
  Explanation why = {};
  /// The conditions under which the instruction is unreachable, all of them necessary. Empty if it is unreachable
  /// whatever the read-only data contains.
  std::vector<DataCondition> conditions = {};

  bool operator==(const UnresolvedRelocation&) const = default;
};

}  // namespace minbtf
