// SPDX-License-Identifier: BSD-2-Clause
// The resolution of every record on one kernel, with all programs loaded. Records that resolve alike share one result.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "minbtf/resolutions.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// The resolutions of all records of a plan on one kernel. Stored resolutions have neither `object` nor `relocation`
/// set; resolution() sets both.
struct Resolved {
  /// Resolutions of a group in which the order of the records matters: some relocation of the group can narrow the list
  /// of candidates for a later one. `of_record` then has one entry for each of Group::records. In nearly all groups the
  /// order does not matter, and both vectors are empty.
  struct InOrder {
    std::vector<std::uint32_t> of_record;  ///< indices into `distinct`
    std::vector<Resolution> distinct;
  };

  std::shared_ptr<const QueryPlan> plan;
  std::vector<Resolution> by_class;  ///< by QueryPlan::classes; unused in groups that are resolved in order
  std::vector<InOrder> by_group;     ///< by QueryPlan::groups
  ResolutionCounts counts;

  /// Returns the resolution of one record.
  [[nodiscard]] Resolution resolution(std::size_t object, std::size_t record) const;
};

/// Resolves all records of `plan` from the outcomes in `table`.
[[nodiscard]] std::shared_ptr<const Resolved> resolve_all(std::shared_ptr<const QueryPlan> plan,
                                                          const OutcomeTable& table);

/// Resolves the records of `group` in order. `list` is libbpf's list of candidates before the first record of an object
/// and a local type.
[[nodiscard]] Resolved::InOrder resolve_in_order(const QueryPlan& plan, const Group& group, const OutcomeTable& table,
                                                 std::vector<core::CandidateClass> list);

/// Makes Resolutions for the library's own files.
struct Access {
  [[nodiscard]] static Resolutions resolutions_of(std::shared_ptr<const Resolved> resolved) {
    return Resolutions(std::move(resolved));
  }
};

/// Returns the public form of `resolved`, which it keeps alive.
[[nodiscard]] inline Resolutions resolutions_of(std::shared_ptr<const Resolved> resolved) {
  return Access::resolutions_of(std::move(resolved));
}

}  // namespace minbtf::minimize
