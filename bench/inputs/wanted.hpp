// What the objects ask for: the forged kernels hold it, among much else, and the generated objects declare it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::bench {

/// A member as C declares it: TYPE NAME[elements] or TYPE NAME : bits. TYPE is an integer, `struct X` or `struct X*`.
struct WantedMember {
  std::string type;
  std::string name;
  std::uint32_t elements = 0;  ///< 0: no array
  std::uint32_t bits = 0;      ///< 0: no bitfield
};

struct WantedStruct {
  std::string name;
  std::uint32_t others = 0;  ///< members that a kernel has besides
  std::vector<WantedMember> members;
};

struct WantedEnum {
  std::string name;
  std::uint32_t others = 0;
  std::vector<std::string> enumerators;
};

/// In kernels; what is a member of another comes before it.
[[nodiscard]] const std::vector<WantedStruct>& wanted_structs();
/// Flavors that only objects declare: some members are in the kernels, under the name before `___`, and some are not.
[[nodiscard]] const std::vector<WantedStruct>& local_flavors();
[[nodiscard]] const std::vector<WantedEnum>& wanted_enums();

}  // namespace minbtf::bench
