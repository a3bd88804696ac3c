// SPDX-License-Identifier: BSD-2-Clause
// Explains the resolutions of the records of a class on one kernel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// Explanations for one kernel. Equal explanations are made once. The plan, the table and the kernel's BTF must outlive
/// this object.
class Explanations {
 public:
  Explanations(const QueryPlan& plan, const OutcomeTable& table, const btf::View& kernel)
      : plan_(plan), table_(table), kernel_(kernel) {}

  /// Returns the explanation for `resolution` of the class with index `index` in QueryPlan::classes. For a resolved
  /// relocation the explanation is empty. For a class without a question (no_question) the subject is empty.
  [[nodiscard]] const Explanation& of(std::uint32_t index, const Resolution& resolution);
  /// Returns the explanation for an existence check (field_exists, type_exists, ...) that resolved to 0.
  [[nodiscard]] const Explanation& of_absence(std::uint32_t index, const Resolution& resolution);

 private:
  using Key = std::tuple<std::uint32_t, bool, Status, Failure, std::uint32_t>;

  [[nodiscard]] Explanation explain(const RelocationClass& each, const Resolution& resolution, bool is_absence);
  [[nodiscard]] btf::Kind other_kind(std::uint32_t group);

  const QueryPlan& plan_;
  const OutcomeTable& table_;
  const btf::View& kernel_;
  std::map<Key, Explanation> known_;
  std::optional<std::vector<btf::Kind>> other_kinds_;  ///< by group
};

}  // namespace minbtf::minimize
