// What libbpf makes of every record, all programs taken together: worked out once for all records that are alike.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "minbtf/resolutions.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// Resolutions here do not say which record they are of.
struct Resolved {
  /// Where the answers to one question can narrow the candidates that the next one is put to, the order of the records
  /// matters: then there is one entry for each of Group::records. Elsewhere, and nearly always, none.
  struct InOrder {
    std::vector<std::uint32_t> of_record;  ///< indices into `distinct`
    std::vector<Resolution> distinct;
  };

  std::shared_ptr<const QueryPlan> plan;
  std::vector<Resolution> by_class;  ///< unused where the group's records are resolved in order
  std::vector<InOrder> by_group;
  ResolutionCounts counts;

  [[nodiscard]] Resolution resolution(std::size_t object, std::size_t record) const;
};

[[nodiscard]] std::shared_ptr<const Resolved> resolve_all(std::shared_ptr<const QueryPlan> plan,
                                                          const OutcomeTable& table);

}  // namespace minbtf::minimize
