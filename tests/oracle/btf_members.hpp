// BTF as sets of things that can be looked for in another BTF, read by libbpf.
#pragma once

#include <bpf/btf.h>

#include <map>
#include <set>
#include <string>

#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

/// Every named member of every struct and union, every enumerator.
[[nodiscard]] std::set<PathStep> members_of(const struct btf* btf);

/// How often each type occurs, by kind, name and size.
[[nodiscard]] std::map<std::string, int> types_of(const struct btf* btf);

/// What `left` has more of than `right`.
[[nodiscard]] std::map<std::string, int> surplus(const std::map<std::string, int>& left,
                                                 const std::map<std::string, int>& right);

}  // namespace minbtf::test
