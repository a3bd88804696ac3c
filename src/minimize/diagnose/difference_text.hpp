// SPDX-License-Identifier: BSD-2-Clause
// Describes the resolutions of a record on the two BTFs of a comparison. Nothing is resolved here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/walk.hpp"
#include "minbtf/comparison.hpp"
#include "minimize/diagnose/explanations.hpp"
#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// Makes the Decisions of a comparison: resolutions with their texts. Most records of one class resolve alike, so equal
/// texts are made once. The plan, the BTFs and the outcome tables must outlive this object.
class DifferenceText {
 public:
  DifferenceText(const QueryPlan& plan, const btf::View& full, const OutcomeTable& on_full, const btf::View& reduced,
                 const OutcomeTable& on_reduced)
      : plan_(plan),
        full_{full, on_full, Explanations(plan, on_full, full), {}},
        reduced_{reduced, on_reduced, Explanations(plan, on_reduced, reduced), {}} {}

  /// Returns Difference::subject for a record of this class. `class_index` is an index into QueryPlan::classes.
  [[nodiscard]] std::string subject(std::uint32_t class_index) const;
  /// Returns the Decision for `resolution`, which a loader with the rule `arrays` has on the full BTF.
  [[nodiscard]] Decision on_full(std::uint32_t class_index, const Resolution& resolution, core::ArrayLoad arrays) {
    return decision(class_index, resolution, full_, arrays);
  }
  /// The same for the reduced BTF.
  [[nodiscard]] Decision on_reduced(std::uint32_t class_index, const Resolution& resolution, core::ArrayLoad arrays) {
    return decision(class_index, resolution, reduced_, arrays);
  }

 private:
  /// Everything that a text depends on: the class, the loader's rule for arrays, and fields of the resolution.
  using TextKey = std::tuple<std::uint32_t, core::ArrayLoad, Status, Failure, std::uint64_t, std::uint32_t,
                             std::uint32_t, std::uint32_t>;
  /// The texts for one of the two BTFs.
  struct Texts {
    const btf::View& btf;
    const OutcomeTable& table;
    Explanations explanations;
    std::map<TextKey, std::string> known;
  };

  [[nodiscard]] Decision decision(std::uint32_t class_index, const Resolution& resolution, Texts& texts,
                                  core::ArrayLoad arrays);
  [[nodiscard]] std::string decision_text(std::uint32_t class_index, const Resolution& resolution, Texts& texts,
                                          core::ArrayLoad arrays);
  [[nodiscard]] std::string why(std::uint32_t class_index, const Resolution& resolution, Texts& texts);
  [[nodiscard]] std::string shape_of(const core::Question& question, const btf::View& btf,
                                     const std::vector<std::uint32_t>& candidates);

  const QueryPlan& plan_;
  Texts full_;
  Texts reduced_;
  core::StepCounter declaration_steps_{1U << 22U};  ///< for all texts together; real texts take some thousand steps
};

}  // namespace minbtf::minimize
