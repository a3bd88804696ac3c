// SPDX-License-Identifier: BSD-2-Clause
// The types that the generated objects declare and use. The forged kernels contain them among many other types.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::bench {

/// A member as C declares it: TYPE NAME[elements] or TYPE NAME : bits. TYPE is an integer, a pointer to a basic type,
/// `struct X` or `struct X*`.
struct WantedMember {
  std::string type;
  std::string name;
  std::uint32_t elements = 0;  ///< 0: not an array
  std::uint32_t bits = 0;      ///< 0: not a bitfield
};

struct WantedStruct {
  std::string name;
  std::uint32_t others = 0;  ///< number of further members in a kernel
  std::vector<WantedMember> members;
};

struct WantedEnum {
  std::string name;
  std::uint32_t others = 0;  ///< number of further enumerators in a kernel
  std::vector<std::string> enumerators;
};

/// Returns the structs of a kernel. A struct comes before the structs that contain it as a member.
[[nodiscard]] const std::vector<WantedStruct>& wanted_structs();
/// Returns flavors that only objects declare. The kernels' structs, named without `___` and its suffix, have some of
/// the members and lack others.
[[nodiscard]] const std::vector<WantedStruct>& local_flavors();
[[nodiscard]] const std::vector<WantedEnum>& wanted_enums();

}  // namespace minbtf::bench
