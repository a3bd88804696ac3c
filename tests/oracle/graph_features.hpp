// SPDX-License-Identifier: BSD-2-Clause
// Features of a type graph that make CO-RE hard. They show whether random cases have all of them.
#pragma once

#include <set>
#include <string>

#include "btf/view.hpp"

namespace minbtf::test {

/// All features that features_of() can find.
extern const std::set<std::string> all_features;

/// Returns the features of the graph: "flavor", "bitfield", ...
[[nodiscard]] std::set<std::string> features_of(const btf::View& view);

}  // namespace minbtf::test
