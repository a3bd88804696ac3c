// Why a relocation did not come to what its program hopes for.
#pragma once

#include "minbtf/cxx20.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/resolution.hpp"

namespace minbtf {

enum class Reason : std::uint8_t {
  none,                ///< it is resolved
  no_such_type,        ///< no type of that name and kind
  no_such_member,      ///< no member of that name in it
  no_such_enumerator,  ///< no enumerator of that name in it
  incompatible,        ///< it is there, but of another type, too short, or not to be loaded as the object does
  ambiguous,           ///< several types of that name, which disagree
  cut_value,           ///< it is resolved, to a value of which the kernel's BTF has the low 32 bits only
  other_byte_order,    ///< of the object, not of a relocation: nobody loads it on this kernel
  other,               ///< see Failure
};

/// "no such member", ...; for Reason::other "failed".
[[nodiscard]] std::string_view to_string(Reason reason) noexcept;

/// The words are the same for any two kernels on which a relocation comes to the same for the same reason: there are no
/// type ids, offsets or numbers of candidates in them.
struct Explanation {
  Reason reason = Reason::none;
  /// The part of the access that the reason is about, in C's way: "request_queue.disk", "task_struct.cpus_mask[3]",
  /// "struct bio" for a type, "foo.A" for an enumerator. Names of types are those that a kernel has: without flavor.
  std::string subject = {};
  /// More than the reason says, in words ("int there, pointer in the object"); may be empty.
  std::string detail = {};

  bool operator==(const Explanation&) const = default;
};

/// "request_queue.disk: no such member", "task_struct.state: incompatible: int there, pointer in the object".
[[nodiscard]] std::string to_string(const Explanation& explanation);

/// Why a poisoned instruction may do no harm.
enum class Guard : std::uint8_t {
  none,
  exists,       ///< the program, or what it calls, asks whether what is accessed exists, or what leads to it: no
  unreachable,  ///< with the other constants of this kernel in place, control does not get there
};

/// A number in read-only data that keeps control from a poisoned instruction as long as it is what the object has. Who
/// loads the object may write another before.
struct DataCondition {
  std::string variable = {};  ///< "enable_x", "config.enable_x", "limits[3]"; "config+0x8" or ".rodata+0x8" if need be
  std::string section = {};   ///< ".rodata", or ".rodata.NAME"
  std::uint64_t value = 0;
  bool is_signed = false;  ///< `value` is that of a std::int64_t

  bool operator==(const DataCondition&) const = default;
  auto operator<=>(const DataCondition&) const = default;
};

/// "enable_x is 0 in .rodata"; several, in one section: "enable_x is 0 and enable_y is -1 in .rodata".
[[nodiscard]] std::string to_string(const std::vector<DataCondition>& conditions);

/// "none", "exists", "unreachable".
[[nodiscard]] std::string_view to_string(Guard guard) noexcept;

/// A relocation that is not resolved on a kernel, or resolved to a cut value, all programs taken together. One in a
/// subprogram counts for each program that calls it, directly or not, and for the subprogram itself if there is none.
/// The first one in a subprogram that fails counts for every program of the object: libbpf relocates subprograms with
/// any of them.
struct UnresolvedRelocation {
  std::size_t object = 0;            ///< index of the object in the plan
  std::size_t relocation = 0;        ///< index of the record in that object
  std::size_t program = 0;           ///< the program that it counts for: index into the object's programs()
  Status status = Status::poisoned;  ///< resolved for Reason::cut_value
  Failure failure = Failure::none;   ///< set if status is failed
  Guard guard = Guard::none;         ///< set if status is poisoned
  Explanation why = {};
  /// If it is unreachable only while these hold, all of them; none of them can be left out.
  std::vector<DataCondition> conditions = {};

  bool operator==(const UnresolvedRelocation&) const = default;
};

}  // namespace minbtf
