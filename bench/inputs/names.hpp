// Names as kernels have them: few subsystems, few words, many combinations that begin alike.
#pragma once

#include <string>
#include <string_view>

#include "inputs/random.hpp"

namespace minbtf::bench::names {

[[nodiscard]] std::string structure(Random& random);
[[nodiscard]] std::string typedef_(Random& random);
[[nodiscard]] std::string function(Random& random);
[[nodiscard]] std::string variable(Random& random);
/// What the names of one struct's members or one enum's enumerators begin with; may be empty.
[[nodiscard]] std::string member_prefix(Random& random);
[[nodiscard]] std::string enumerator_prefix(Random& random);
[[nodiscard]] std::string member(Random& random, std::string_view prefix);
[[nodiscard]] std::string enumerator(Random& random, std::string_view prefix);

}  // namespace minbtf::bench::names
