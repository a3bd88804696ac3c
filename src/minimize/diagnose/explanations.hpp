// Why the records of a class came to what they did on one kernel, in words.
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

/// Of one kernel, each worked out once. What it is made from has to live as long.
class Explanations {
 public:
  Explanations(const QueryPlan& plan, const OutcomeTable& table, const btf::View& kernel)
      : plan_(plan), table_(table), kernel_(kernel) {}

  /// `resolution` is what the class, an index into QueryPlan::classes, came to. Of a record that asks nothing the
  /// subject stays empty, and if it is resolved there is nothing to explain.
  [[nodiscard]] const Explanation& of(std::uint32_t index, const Resolution& resolution);
  /// The same for a class that asked whether something exists, and was told no.
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
