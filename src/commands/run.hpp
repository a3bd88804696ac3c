// The tool from its arguments to its exit status.
#pragma once

#include <string>
#include <vector>

namespace minbtf::cli {

/// `arguments` are those of main() without the program's name. Takes over the interrupting signals. Throws nothing.
[[nodiscard]] int run(const std::vector<std::string>& arguments) noexcept;

}  // namespace minbtf::cli
