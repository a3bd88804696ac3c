// SPDX-License-Identifier: BSD-2-Clause
// Random names like those in kernels: combinations of few subsystems and few words, many with the same prefix.
#pragma once

#include <string>
#include <string_view>

#include "inputs/random.hpp"

namespace minbtf::bench::names {

[[nodiscard]] std::string structure(Random& random);
[[nodiscard]] std::string typedef_(Random& random);
[[nodiscard]] std::string function(Random& random);
[[nodiscard]] std::string variable(Random& random);
/// Returns the common prefix of the members of one struct. May be empty.
[[nodiscard]] std::string member_prefix(Random& random);
/// Returns the common prefix of the enumerators of one enum.
[[nodiscard]] std::string enumerator_prefix(Random& random);
[[nodiscard]] std::string member(Random& random, std::string_view prefix);
[[nodiscard]] std::string enumerator(Random& random, std::string_view prefix);

}  // namespace minbtf::bench::names
