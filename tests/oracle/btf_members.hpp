// SPDX-License-Identifier: BSD-2-Clause
// The members and types of a BTF as sets, to compare them with another BTF. The BTF is read by libbpf.
#pragma once

#include <bpf/btf.h>

#include <map>
#include <set>
#include <string>

#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

/// Returns every named member of every struct and union, and every enumerator.
[[nodiscard]] std::set<PathStep> members_of(const struct btf* btf);

/// Returns how often each type occurs. The key is kind, name and size.
[[nodiscard]] std::map<std::string, int> types_of(const struct btf* btf);

/// Returns the types that occur more often in `left` than in `right`, with the difference.
[[nodiscard]] std::map<std::string, int> surplus(const std::map<std::string, int>& left,
                                                 const std::map<std::string, int>& right);

}  // namespace minbtf::test
