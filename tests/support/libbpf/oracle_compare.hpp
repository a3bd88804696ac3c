// SPDX-License-Identifier: BSD-2-Clause
// Comparison of verdicts: libbpf on the full and on the reduced BTF, libbpf and Plan::resolve().
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

/// Sets of loaded programs. Each element is one set, with one bool for each program.
using Subsets = std::vector<std::vector<bool>>;
using SubsetsOf = std::function<Subsets(std::size_t programs)>;

[[nodiscard]] SubsetsOf all_programs();
[[nodiscard]] SubsetsOf each_program_alone();
/// Returns `count` random subsets for each object. Each program is in a subset with probability 1/2.
[[nodiscard]] SubsetsOf random_subsets(std::mt19937& random, std::size_t count);

/// Numbers of comparisons, and the differences.
struct Comparison {
  std::size_t minimized = 0;    ///< calls of Plan::minimize()
  std::size_t loads = 0;        ///< (objects, kernel, subset of programs)
  std::size_t relocations = 0;  ///< (object, kernel, subset, relocation)
  std::size_t failed = 0;       ///< relocations on which libbpf fails
  std::size_t poisoned = 0;     ///< poisoned relocations
  std::size_t newer_rules = 0;  ///< relocations for which the linked and the newest libbpf differ: see Rules
  std::map<std::uint32_t, std::size_t> by_kind;
  std::vector<std::string> differences;

  void operator+=(const Comparison& other);
  /// Returns several lines of text for standard output.
  [[nodiscard]] std::string summary() const;
  /// Prints the summary and the differences. Returns true if at least one relocation was compared and nothing differs.
  [[nodiscard]] bool report(const std::string& title) const;
};

/// Reduces `kernel` for all `objects` together. Compares every relocation of every object for each subset of its
/// programs: libbpf's verdicts on the full and on the reduced BTF, by the rules of the linked libbpf and by the newest
/// rules; and Plan::resolve() on both BTFs with libbpf by the newest rules.
[[nodiscard]] Comparison compare(std::span<const OracleObject* const> objects, OracleKernel& kernel,
                                 const SubsetsOf& subsets);

/// Calls compare() for each object alone.
[[nodiscard]] Comparison compare_each(std::span<const OracleObject* const> objects, OracleKernel& kernel,
                                      const SubsetsOf& subsets);

[[nodiscard]] std::vector<const OracleObject*> pointers(const std::vector<OracleObject>& objects);

/// Returns a relocation as text, for messages.
[[nodiscard]] std::string describe(const Plan& plan, std::size_t object, std::size_t relocation);

}  // namespace minbtf::test
