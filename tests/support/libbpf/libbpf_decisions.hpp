// The law as libbpf's own resolver sees it, and ours beside it, for a plan of one object.
#pragma once

#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

/// One object, one kernel, and what is left of it.
struct LibbpfCase {
  const Plan& plan;
  const ResolverObject& object;
  const Btf& full;
  ResolverTarget& on_full;
  ResolverTarget& on_reduced;
};

/// Which of libbpf's rules the law is checked with. Those of 1.1 read behind the last type of a file: only for files
/// whose last type has something to be read.
enum class LawRules { newest, newest_and_1_1 };

/// Empty if libbpf decides alike on both for each relocation of the `loaded` programs, and Plan::resolve() as the
/// newest libbpf does; else the first difference. `ours` becomes what Plan::resolve() said.
[[nodiscard]] std::string wrong_by_libbpf(const LibbpfCase& each, const std::vector<bool>& loaded, LawRules rules,
                                          std::vector<Resolution>& ours);

}  // namespace minbtf::test
