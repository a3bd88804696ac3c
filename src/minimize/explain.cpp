#include "minimize/explain.hpp"

#include <algorithm>
#include <string>

#include "core/explain.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Mismatch;

/// Candidates whose mismatch is looked at. Beyond, one more says nothing new.
constexpr std::size_t most_candidates = 32;

class Explainer {
 public:
  Explainer(const core::Question& question, const core::PatchRule& rule, const GroupAnswers& group, std::size_t slot,
            const btf::View& kernel)
      : question_(question), rule_(rule), group_(group), row_(group.row(slot)), kernel_(kernel) {}

  [[nodiscard]] Explanation failed(Failure failure) const {
    if (!is_ambiguous(failure)) return with(Reason::other, std::string(to_string(failure)));
    const auto fitting = std::ranges::count(row_, Answer::State::yes, &core::Outcome::state);
    return with(Reason::ambiguous, std::to_string(fitting) + " types " + question_.root.name + " disagree about the " +
                                       (failure == Failure::ambiguous_offset ? "offset" : "value"));
  }

  [[nodiscard]] Explanation poisoned(const Resolution& resolution) const {
    if (resolution.matching != 0) return of_other_size(resolution.target_type);
    if (group_.candidates.empty()) return core::explain_no_candidate(question_);
    if (std::ranges::find(row_, Answer::State::yes, &core::Outcome::state) != row_.end()) {
      return with(Reason::incompatible, "only in a type of that name which earlier relocations ruled out");
    }
    return core::explain(question_, kernel_, deepest_mismatch());
  }

 private:
  [[nodiscard]] Explanation with(Reason reason, std::string detail) const {
    return {.reason = reason,
            .subject = core::access_text(question_, question_.accessors.size()),
            .detail = std::move(detail)};
  }

  /// It is there; a load of the size it has there cannot take the place of the object's.
  [[nodiscard]] Explanation of_other_size(std::uint32_t type) const {
    const auto found = std::ranges::find(group_.candidates, type);
    const auto& outcome = row_[static_cast<std::size_t>(found - group_.candidates.begin())];
    return with(Reason::incompatible, std::to_string(outcome.value.element_bytes) + " bytes there, " +
                                          std::to_string(rule_.original_bytes) +
                                          " in the object, and neither pointer nor unsigned");
  }

  /// Of the candidate that came nearest.
  [[nodiscard]] Mismatch deepest_mismatch() const {
    Mismatch deepest;
    core::Patience patience;
    for (std::size_t i = 0; i < std::min(group_.candidates.size(), most_candidates); ++i) {
      Mismatch mismatch;
      (void)core::ask(question_, kernel_, group_.candidates[i], patience, {.mismatch = &mismatch});
      if (deepest.what == Mismatch::What::none || mismatch.accessor > deepest.accessor) deepest = mismatch;
    }
    return deepest;
  }

  const core::Question& question_;
  const core::PatchRule& rule_;
  const GroupAnswers& group_;
  std::span<const core::Outcome> row_;
  const btf::View& kernel_;
};

}  // namespace

Explanation explain(const Planned& plan, const Case& each, const Answers& answers, const btf::View& kernel,
                    const Resolution& resolution) {
  if (resolution.status == Status::resolved) return {};
  if (each.place.group == no_question) {
    return {.reason = Reason::other, .subject = "", .detail = std::string(to_string(resolution.failure))};
  }
  const Explainer explainer(plan.groups[each.place.group].questions[each.place.slot], each.rule,
                            answers[each.place.group], each.place.slot, kernel);
  return resolution.status == Status::failed ? explainer.failed(resolution.failure) : explainer.poisoned(resolution);
}

}  // namespace minbtf::minimize
