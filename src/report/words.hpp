// Small things that all reports say alike.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace minbtf::report {

/// "1 kernel", "2 kernels".
[[nodiscard]] inline std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace minbtf::report
