// SPDX-License-Identifier: BSD-2-Clause
// The law, checked with libbpf's own resolver, and Plan::resolve() compared with it, for a plan of one object.
#pragma once

#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

/// One object, and one kernel as full and as reduced BTF.
struct LibbpfCase {
  const Plan& plan;
  const ResolverObject& object;
  const Btf& full;
  ResolverTarget& on_full;
  ResolverTarget& on_reduced;
};

/// Versions of libbpf's rules that the law is checked with. The rules of the linked libbpf can read the word that
/// follows the `struct btf_type` of the last type: use them only for files whose last type has such a word.
enum class LawRules { newest, newest_and_linked };

/// Returns the first difference; empty if libbpf resolves each relocation of the `loaded` programs alike on both BTFs,
/// and Plan::resolve() as the newest libbpf does. Stores the result of Plan::resolve() in `ours`.
[[nodiscard]] std::string wrong_by_libbpf(const LibbpfCase& each, const std::vector<bool>& loaded, LawRules rules,
                                          std::vector<Resolution>& ours);

}  // namespace minbtf::test
