// Leaving things out can change an answer: a second member of a name comes to light, an array becomes the last member
// and so flexible, a pointer to nothing fits a `void *`. Rather than foresee every such case for every combination of
// questions, each attempt starts from the least that the answers stand on, writes it, asks it everything again, and
// keeps more where an answer changed. What is kept only grows, and a thorough trace holds all that its walk turns on,
// so this ends; on real kernels nearly always with the first attempt.
#include "minimize/reduce/reduce.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/short_text.hpp"
#include "minbtf/error.hpp"
#include "minimize/query/kept_candidates.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

/// Attempts before everything is kept thoroughly, and before giving up. Kernels take one or two.
constexpr int max_minimal_attempts = 16;
constexpr int attempt_limit = 64;

class Reducer {
 public:
  Reducer(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table)
      : plan_(plan), source_(source), table_(table), kept_(kept_candidates(plan, table)) {}

  Encoded run() {
    do {
      ++attempts_;
      attempt();
      compare();
    } while (learnt_ && attempts_ < attempt_limit);
    if (learnt_) difference_ = "no selection keeps all answers";
    if (!difference_.empty()) throw Error(ErrorKind::internal, source_.name(), "", difference_);
    return std::move(encoded_);
  }

  /// Whether reducing the result again could leave less: traces of what was tried in vain follow what else is there,
  /// and a member that did not match may match once its pointer leads to nothing, in place of a later one of the name.
  /// Where answers have no end there is nothing to be kept exactly, and trying again would take as long.
  [[nodiscard]] bool can_shrink() const {
    const auto any = [&](const auto& is_so) {
      return std::ranges::any_of(
          table_, [&](const CandidateOutcomes& group) { return std::ranges::any_of(group.outcomes, is_so); });
    };
    if (any([](const Outcome& outcome) { return outcome.failure == Failure::endless_type; })) return false;
    return attempts_ > 1 || has_rejected_member_ || any([](const Outcome& outcome) {
             return outcome.state == Answer::State::failed && !core::decides_nothing(outcome);
           });
  }

 private:
  void attempt() {
    const Selection selection = select(source_, dependencies());
    const CanonicalOrder order = canonical_order(source_, selection, ranked());
    encoded_ = encode(source_, selection, order);
    reduced_ = btf::View::parse(encoded_.bytes, source_.name() + " (reduced)");
    new_ids_.clear();
    for (std::size_t i = 0; i < selection.types.size(); ++i) new_ids_[selection.types[i].id] = order.new_ids[i];
  }

  std::vector<core::Dependency> dependencies() {
    std::vector<core::Dependency> all;
    core::WorkBudget budget;
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      for (const std::uint32_t column : kept_[group]) {
        const std::uint32_t id = table_[group].candidates[column];
        all.push_back({.what = core::Dependency::What::type, .id = id, .n = 0});
        for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
          if (core::decides_nothing(table_[group].row(slot)[column]) && !is_thorough(group, slot, column)) continue;
          core::Trace trace(is_thorough(group, slot, column));
          const Outcome outcome =
              core::ask(plan_.groups[group].questions[slot], source_, id, budget, {.trace = &trace});
          if (outcome.state == Answer::State::yes && trace.has_rejected_member()) has_rejected_member_ = true;
          all.insert(all.end(), trace.dependencies().begin(), trace.dependencies().end());
        }
      }
    }
    return all;
  }

  std::vector<RankedCandidate> ranked() const {
    std::vector<RankedCandidate> all;
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      for (std::uint32_t rank = 0; rank < kept_[group].size(); ++rank) {
        all.push_back({.id = table_[group].candidates[kept_[group][rank]], .rank = rank});
      }
    }
    return all;
  }

  /// Asks the attempt everything and notes what has to be kept more carefully.
  void compare() {
    learnt_ = false;
    difference_.clear();
    const OutcomeTable again = ask_all_questions(plan_, *reduced_);
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      compare_kept(group, again[group]);
      compare_others(group, again[group]);
    }
  }

  void compare_kept(std::size_t group, const CandidateOutcomes& again) {
    std::uint32_t previous = 0;
    for (const std::uint32_t column : kept_[group]) {
      const std::uint32_t id = new_ids_.at(table_[group].candidates[column]);
      const auto found = std::lower_bound(again.candidates.begin(), again.candidates.end(), id);
      if (found == again.candidates.end() || *found != id || id <= previous) {
        difference_ = "candidates of " + base::short_text(plan_.groups[group].root.name) + " lost their order";
        return;
      }
      previous = id;
      const auto new_column = static_cast<std::size_t>(found - again.candidates.begin());
      for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
        Outcome before = table_[group].row(slot)[column];
        // A type id is compared by the type that it names.
        const bool names_type = plan_.groups[group].questions[slot].kind == RelocationKind::type_id_target;
        if (names_type && before.state == Answer::State::yes) before.value.value = id;
        if (!same(before, again.row(slot)[new_column])) keep_more(group, slot, column);
      }
    }
  }

  /// A type that is kept for another reason is a candidate all the same. It may say less than it did, but nothing that
  /// decides anything: else it has to be kept as a candidate too.
  void compare_others(std::size_t group, const CandidateOutcomes& again) {
    const std::size_t questions = plan_.groups[group].questions.size();
    std::set<std::uint32_t> kept_columns;
    for (const std::uint32_t column : kept_[group]) {
      const std::uint32_t id = new_ids_.at(table_[group].candidates[column]);
      const auto found = std::lower_bound(again.candidates.begin(), again.candidates.end(), id);
      kept_columns.insert(static_cast<std::uint32_t>(found - again.candidates.begin()));
    }
    for (std::uint32_t column = 0; column < again.candidates.size(); ++column) {
      if (kept_columns.contains(column) || !takes_part(again, questions, column)) continue;
      const bool spare = std::any_of(kept_columns.begin(), kept_columns.end(), [&](std::uint32_t earlier) {
        return earlier < column && stands_in(again, questions, earlier, column);
      });
      if (!spare) promote(group, again.candidates[column]);
    }
  }

  static bool same(const Outcome& before, const Outcome& after) {
    if (before.state == Answer::State::failed && core::decides_nothing(before)) return true;
    return before == after;
  }

  [[nodiscard]] bool is_thorough(std::size_t group, std::size_t slot, std::uint32_t column) const {
    return attempts_ > max_minimal_attempts || thorough_.contains({group, slot, column});
  }

  void keep_more(std::size_t group, std::size_t slot, std::uint32_t column) {
    if (thorough_.emplace(group, slot, column).second && attempts_ <= max_minimal_attempts) {
      learnt_ = true;
    } else {
      difference_ = "an answer about " + base::short_text(plan_.groups[group].root.name) + " changed";
    }
  }

  void promote(std::size_t group, std::uint32_t new_id) {
    const auto& candidates = table_[group].candidates;
    for (std::uint32_t column = 0; column < candidates.size(); ++column) {
      const auto mapped = new_ids_.find(candidates[column]);
      auto& kept = kept_[group];
      const auto at = std::lower_bound(kept.begin(), kept.end(), column);
      if (mapped == new_ids_.end() || mapped->second != new_id || (at != kept.end() && *at == column)) continue;
      kept.insert(at, column);
      learnt_ = true;
      return;
    }
    difference_ = "a new candidate of " + base::short_text(plan_.groups[group].root.name) + " appeared";
  }

  const QueryPlan& plan_;
  const btf::View& source_;
  const OutcomeTable& table_;
  std::vector<std::vector<std::uint32_t>> kept_;
  std::set<std::tuple<std::size_t, std::size_t, std::uint32_t>> thorough_;

  Encoded encoded_;
  std::optional<btf::View> reduced_;
  std::unordered_map<std::uint32_t, std::uint32_t> new_ids_;
  bool learnt_ = false;
  bool has_rejected_member_ = false;  ///< of some walk that found what it sought
  int attempts_ = 0;
  std::string difference_;
};

}  // namespace

Encoded reduce(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table) {
  Reducer reducer(plan, source, table);
  Encoded encoded = reducer.run();
  // Less is left to be tried now, so that the same answers may stand on less. What is kept only shrinks: this ends.
  for (int round = 0; reducer.can_shrink() && round < attempt_limit; ++round) {
    const auto reduced = btf::View::parse(encoded.bytes, source.name());
    Encoded again = Reducer(plan, reduced, ask_all_questions(plan, reduced)).run();
    if (again.bytes == encoded.bytes) break;
    encoded = std::move(again);
  }
  return encoded;
}

}  // namespace minbtf::minimize
