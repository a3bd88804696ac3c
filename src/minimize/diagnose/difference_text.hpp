// Texts for what libbpf decides about a record on two BTFs that are compared. Nothing is decided here.
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

/// Decisions on two BTFs, with their texts. Records of one class mostly end alike, so each text is made once. The plan,
/// the BTFs and the outcome tables have to outlive it.
class DifferenceText {
 public:
  DifferenceText(const QueryPlan& plan, const btf::View& full, const OutcomeTable& on_full, const btf::View& reduced,
                 const OutcomeTable& on_reduced)
      : plan_(plan),
        full_{full, on_full, Explanations(plan, on_full, full), {}},
        reduced_{reduced, on_reduced, Explanations(plan, on_reduced, reduced), {}} {}

  /// Difference::subject of a record of this class, an index into QueryPlan::classes.
  [[nodiscard]] std::string subject(std::uint32_t class_index) const;
  /// `resolution` is what a loader with these `arrays` comes to.
  [[nodiscard]] Decision on_full(std::uint32_t class_index, const Resolution& resolution, core::ArrayLoad arrays) {
    return decision(class_index, resolution, full_, arrays);
  }
  [[nodiscard]] Decision on_reduced(std::uint32_t class_index, const Resolution& resolution, core::ArrayLoad arrays) {
    return decision(class_index, resolution, reduced_, arrays);
  }

 private:
  /// What a text depends on: the class, the loader, and what came of it.
  using TextKey = std::tuple<std::uint32_t, core::ArrayLoad, Status, Failure, std::uint64_t, std::uint32_t,
                             std::uint32_t, std::uint32_t>;
  /// One of the two BTFs.
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
  core::StepCounter declaration_steps_{1U << 22U};  ///< of all texts: real ones take some thousand steps
};

/// Why a loader takes pointers for `reduced_bytes` long where it reads `reduced`, and for `full_bytes` in the full BTF.
[[nodiscard]] std::string pointer_text(const btf::View& reduced, std::uint32_t full_bytes, std::uint32_t reduced_bytes);

}  // namespace minbtf::minimize
