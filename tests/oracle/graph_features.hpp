// What there is in a type graph that makes CO-RE hard: to see that random cases have all of it.
#pragma once

#include <set>
#include <string>

#include "btf/view.hpp"

namespace minbtf::test {

/// All that features_of() can find.
extern const std::set<std::string> all_features;

/// "flavor", "bitfield", ...
[[nodiscard]] std::set<std::string> features_of(const btf::View& view);

}  // namespace minbtf::test
