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

/// Returns true if a struct or union has two members of one name, counting those of anonymous members. C does not allow
/// this, and loaders find different members.
[[nodiscard]] bool has_repeated_member(const btf::View& view);

}  // namespace minbtf::test
