// Verdicts side by side: libbpf on the full and on the reduced BTF, libbpf and Plan::resolve().
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

/// Which programs are loaded, one vector<bool> for each case.
using Subsets = std::vector<std::vector<bool>>;
using SubsetsOf = std::function<Subsets(std::size_t programs)>;

[[nodiscard]] SubsetsOf all_programs();
[[nodiscard]] SubsetsOf each_program_alone();
/// `count` subsets for each object; each program is in with probability 1/2.
[[nodiscard]] SubsetsOf random_subsets(std::mt19937& random, std::size_t count);

/// What was compared, and what was not equal.
struct Comparison {
  std::size_t minimized = 0;    ///< calls of Plan::minimize()
  std::size_t loads = 0;        ///< (objects, kernel, subset of programs)
  std::size_t relocations = 0;  ///< (object, kernel, subset, relocation)
  std::size_t failed = 0;       ///< of these, libbpf gives up
  std::size_t poisoned = 0;     ///< of these, poisoned
  std::size_t newer_rules = 0;  ///< of these, libbpf 1.1 and the newest differ: see Rules
  std::map<std::uint32_t, std::size_t> by_kind;
  std::vector<std::string> differences;

  void operator+=(const Comparison& other);
  /// Several lines for stdout.
  [[nodiscard]] std::string summary() const;
  /// Prints the summary and the differences. True if something was compared and nothing differs.
  [[nodiscard]] bool report(const std::string& title) const;
};

/// Reduces `kernel` for `objects` together, and compares every relocation of every object for each subset of its
/// programs: libbpf's verdict on the full and on the reduced BTF, by its own rules and the newest; Plan::resolve() on
/// both with libbpf by the newest rules.
[[nodiscard]] Comparison compare(std::span<const OracleObject* const> objects, OracleKernel& kernel,
                                 const SubsetsOf& subsets);

/// compare() for each object alone.
[[nodiscard]] Comparison compare_each(std::span<const OracleObject* const> objects, OracleKernel& kernel,
                                      const SubsetsOf& subsets);

[[nodiscard]] std::vector<const OracleObject*> pointers(const std::vector<OracleObject>& objects);

/// A relocation in words, for messages.
[[nodiscard]] std::string describe(const Plan& plan, std::size_t object, std::size_t relocation);

}  // namespace minbtf::test
