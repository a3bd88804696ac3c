// SPDX-License-Identifier: BSD-2-Clause
// Leaving out types and members can change an outcome:
//  - a second member of the same name is found if the first one, of another type, is left out;
//  - a zero-length array becomes the last member, and is flexible then;
//  - a pointer that lost its pointee matches a local `void *`.
// The code does not predict these cases for all combinations of questions. Each attempt does this:
//  1. It selects the parts of the BTF on which the outcomes depend (core::Trace), and writes them.
//  2. It evaluates all questions against the written BTF.
//  3. Where an outcome changed, the next attempt uses a thorough trace for that question and candidate.
//  4. A type that became a candidate with influence is kept as a candidate in the next attempt.
// What is selected is written in a normal form (normalize()). If an outcome depends on more than was noted, point 3
// keeps the types of the thorough trace as they are.
//
// With modules there is a fifth point. A type of a module that vmlinux shadows (core::CandidateFinder::shadowed()) is
// written without its name, so that it does not become a candidate: the result has no boundary between vmlinux and
// modules. If an outcome changed because a question compares that name, no selection keeps the outcome. This is an
// error.
//
// The loop ends: the kept parts only grow, and a thorough trace has everything that a search depends on. For real
// kernels the first attempt nearly always suffices.
//
// Worked example: a kernel has `struct s { int a; long b[0]; int c; }`. Question 1 is the offset of s.b, question 2 the
// offset of s.b[1]. Question 1 matches with offset 8. Question 2 does not match: b has no elements and is not the last
// member. Attempt 1 keeps only member b. Now b is the last member, is flexible, and question 2 matches: an outcome
// changed. Attempt 2 takes a thorough trace of question 2, which also has the last member c. It writes `struct s { long
// b[0]; int c; }`, for which both outcomes are those of the full BTF.
#include "minimize/reduce/reduce.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/short_text.hpp"
#include "btf/essential_name.hpp"
#include "minbtf/error.hpp"
#include "minimize/query/kept_candidates.hpp"
#include "minimize/reduce/kept_types.hpp"
#include "minimize/reduce/normalize.hpp"
#include "minimize/reduce/read_parts.hpp"
#include "minimize/reduce/shadowed.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

/// After `max_minimal_attempts`, all traces are thorough. After `attempt_limit`, reduce() throws. Real kernels take one
/// or two attempts.
constexpr int max_minimal_attempts = 16;
constexpr int attempt_limit = 64;

/// Where the BTF does not tell its pointer size, a 32-bit loader has other outcomes.
std::vector<std::vector<std::uint32_t>> kept_for_all_loaders(const QueryPlan& plan, const btf::View& source,
                                                             const OutcomeTable& table) {
  constexpr std::uint32_t narrow_pointer_bytes = 4;
  if (source.pointer_size().bytes != 0) return kept_candidates(plan, table);
  const OutcomeTable narrow = ask_all_questions(plan, source, {.pointer_bytes = narrow_pointer_bytes});
  return kept_candidates(plan, table, &narrow);
}

class Reducer {
 public:
  Reducer(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table)
      : plan_(plan), source_(source), table_(table), kept_(kept_for_all_loaders(plan, source, table)) {
    if (plan.keeps != nullptr) by_name_ = find_kept_types(*plan.keeps, source);
    shadowed_ = shadowed_types(plan, source);
    for (const Group& group : plan.groups) {
      const bool is_new = root_names_.all.insert(group.root.name).second;
      if (!is_new) root_names_.of_several_kinds.insert(group.root.name);
    }
    if (plan.keeps != nullptr) {
      for (const Keep& keep : plan.keeps->keeps()) root_names_.all.insert(btf::essential_name(keep.name));
    }
  }

  Encoded run() {
    do {
      ++attempts_;
      attempt();
      compare();
    } while (learnt_ && attempts_ < attempt_limit);
    if (learnt_) difference_ = "no selection keeps all outcomes";
    if (!difference_.empty() && !conflict_.empty()) {
      throw Error(ErrorKind::unsupported, source_.name(), "", conflict_);
    }
    if (!difference_.empty()) throw Error(ErrorKind::internal, source_.name(), "", difference_);
    return std::move(encoded_);
  }

  /// Returns true if reducing the result again may give a smaller result:
  ///  - There was more than one attempt, or an outcome is a failure. A trace then has parts that the search tried in
  ///    vain. The result has fewer parts that can be tried.
  ///  - A search that matched passed over a member of the right name and the wrong type. In the result that member may
  ///    match, because its pointer lost its pointee. A later member of the same name is not needed then.
  ///  - The normal form has types that may need less than was noted for all their uses (NormalGraph::can_shrink).
  /// Returns false if a type is endless: that outcome does not have to be kept, and a second reduction would take as
  /// long as the first.
  [[nodiscard]] bool can_shrink() const {
    const auto any = [&](const auto& is_so) {
      return std::ranges::any_of(
          table_, [&](const CandidateOutcomes& group) { return std::ranges::any_of(group.outcomes, is_so); });
    };
    if (any([](const Outcome& outcome) { return outcome.failure == Failure::endless_type; })) return false;
    return attempts_ > 1 || has_rejected_member_ || has_spare_parts_ || any([](const Outcome& outcome) {
             return outcome.state == Answer::State::failed && !core::decides_nothing(outcome);
           });
  }

 private:
  void attempt() {
    const std::vector<core::Dependency> needed = dependencies();
    Graph graph = graph_of(source_, select(source_, needed, shadowed_));
    if (plan_.layout == Layout::normal) {
      NormalGraph normal = normalize(graph, ReadParts(needed), root_names_);
      graph = std::move(normal.graph);
      has_spare_parts_ = normal.can_shrink;
    }
    const CanonicalOrder order = canonical_order(graph, ranked(graph));
    encoded_ = encode(graph, order, source_.byte_order());
    reduced_ = btf::View::parse(encoded_.bytes, source_.name() + " (reduced)");
    new_ids_.clear();
    for (std::size_t i = 0; i < graph.types.size(); ++i) new_ids_[graph.types[i].id] = order.new_ids[i];
  }

  /// Returns the parts of the source that are kept by name, and those on which the outcomes of the kept candidates
  /// depend.
  std::vector<core::Dependency> dependencies() {
    std::vector<core::Dependency> all = by_name_.dependencies;
    keep_verbatim(by_name_.dependencies, all);
    core::WorkBudget budget;
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      for (const std::uint32_t column : kept_[group]) {
        const std::uint32_t id = table_[group].candidates[column];
        all.push_back({.what = core::Dependency::What::type, .id = id});
        for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
          if (core::decides_nothing(table_[group].row(slot)[column]) && !is_thorough(group, slot, column)) continue;
          core::Trace trace(is_thorough(group, slot, column));
          const Outcome outcome = core::ask(plan_.groups[group].questions[slot], source_, id, budget,
                                            {.trace = &trace, .use = use_of(group, slot)});
          if (outcome.state == Answer::State::yes && trace.has_rejected_member()) has_rejected_member_ = true;
          all.insert(all.end(), trace.dependencies().begin(), trace.dependencies().end());
          // A failure depends on more than a trace says about the parts that are read. All of them belong to the
          // candidate.
          if (trace.thorough() || outcome.state == Answer::State::failed) {
            all.push_back({.what = core::Dependency::What::verbatim, .id = id});
          }
        }
      }
    }
    return all;
  }

  static void keep_verbatim(const std::vector<core::Dependency>& parts, std::vector<core::Dependency>& all) {
    for (const core::Dependency& part : parts) all.push_back({.what = core::Dependency::What::verbatim, .id = part.id});
  }

  [[nodiscard]] core::OutcomeUse use_of(std::size_t group, std::size_t slot) const {
    return plan_.use_of(group, slot, kept_[group].size());
  }

  /// Returns the kept candidates with their positions in the list of their root.
  std::vector<RankedCandidate> ranked_candidates() const {
    std::vector<RankedCandidate> all;
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      for (std::uint32_t rank = 0; rank < kept_[group].size(); ++rank) {
        all.push_back({.id = table_[group].candidates[kept_[group][rank]], .rank = rank});
      }
    }
    return all;
  }

  /// The same with the types that are kept by name. They are in the list of their root too, in the order of the source.
  /// Those that are no candidates share a position if they are equal, so that they are written once: a kernel whose BTF
  /// was not deduplicated has hundreds of equal types of one name.
  std::vector<RankedCandidate> ranked(const Graph& graph) const {
    std::vector<RankedCandidate> candidates = ranked_candidates();
    if (by_name_.ids.empty()) return candidates;
    std::set<std::uint32_t> ids(by_name_.ids.begin(), by_name_.ids.end());
    std::set<std::uint32_t> candidate_ids;
    for (const RankedCandidate& each : candidates) candidate_ids.insert(each.id);
    ids.insert(candidate_ids.begin(), candidate_ids.end());
    struct List {
      std::uint32_t size = 0;
      std::map<std::uint32_t, std::uint32_t> ranks;  ///< by type id in `equal`
    };
    std::map<core::Root, List> lists;
    const CanonicalOrder equal = canonical_order(graph, candidates);
    std::vector<RankedCandidate> all;
    for (const std::uint32_t id : ids) {
      const btf::Type type = source_.type(id);
      List& list =
          lists[{.kind = btf::core_kind(type.kind), .name = btf::essential_name(source_.string(type.name_off))}];
      const auto at = std::ranges::lower_bound(graph.types, id, {}, &GraphType::id) - graph.types.begin();
      std::uint32_t rank = list.size;
      if (!candidate_ids.contains(id)) {
        rank = list.ranks.try_emplace(equal.new_ids[static_cast<std::size_t>(at)], rank).first->second;
      }
      if (rank == list.size) ++list.size;
      all.push_back({.id = id, .rank = rank});
    }
    return all;
  }

  /// Evaluates all questions against the result of the attempt, and notes what the next attempt must keep.
  void compare() {
    learnt_ = false;
    difference_.clear();
    conflict_.clear();
    const OutcomeTable again = ask_all_questions(plan_, *reduced_);
    for (std::size_t group = 0; group < kept_.size(); ++group) {
      compare_kept(group, again[group]);
      compare_others(group, again[group]);
    }
  }

  /// Kept candidates must have the same outcomes as in the source, and the same order.
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
        // For type_id_target the value is the candidate's own id, which is `id` in the result.
        const bool names_type = plan_.groups[group].questions[slot].kind == RelocationKind::type_id_target;
        if (names_type && before.state == Answer::State::yes) before.value.value = id;
        const core::OutcomeUse use = use_of(group, slot);
        if (!same(core::visible(before, use), core::visible(again.row(slot)[new_column], use))) {
          keep_more(group, slot, column);
        }
      }
    }
    if (source_.has_modules()) compare_own_ids(group);
  }

  /// Types of two modules can have the same id, each in its own file. For libbpf a type_id_target is then not
  /// ambiguous, but in the result these types have two ids, unless one stands in for the other.
  void compare_own_ids(std::size_t group) {
    const CandidateOutcomes& before = table_[group];
    std::map<std::uint64_t, std::uint32_t> ids;  // by value of the outcome
    for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
      if (plan_.groups[group].questions[slot].kind != RelocationKind::type_id_target) continue;
      ids.clear();
      for (const std::uint32_t column : kept_[group]) {
        const Outcome& outcome = before.row(slot)[column];
        if (outcome.state != Answer::State::yes) continue;
        const auto [known, is_new] = ids.try_emplace(outcome.value.value, before.candidates[column]);
        if (is_new) continue;
        difference_ = "type ids are different in the result";
        conflict_ = "type_id_target of " + base::short_text(plan_.groups[group].root.name) +
                    ": different types of the modules " + module_of(known->second) + " and " +
                    module_of(before.candidates[column]) + " have the same type id " +
                    std::to_string(outcome.value.value);
        return;
      }
    }
  }
  [[nodiscard]] std::string module_of(std::uint32_t id) const { return base::short_text(source_.module_of(id).name); }

  /// A type that is kept for another reason (as the type of a member) is also a candidate in the result. Its outcomes
  /// may differ from those in the source, but must not influence libbpf: it takes no part, or a kept candidate stands
  /// in for it. Otherwise the next attempt keeps it as a candidate.
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

  /// Returns true if `after` may take the place of `before`. libbpf has no outcome for an endless type or an unknown
  /// kind: there every outcome is accepted.
  static bool same(const Outcome& before, const Outcome& after) {
    if (before.state == Answer::State::failed && core::decides_nothing(before)) return true;
    return before == after;
  }

  [[nodiscard]] bool is_thorough(std::size_t group, std::size_t slot, std::uint32_t column) const {
    return attempts_ > max_minimal_attempts || thorough_.contains({group, slot, column});
  }

  /// Requests a thorough trace. If the trace was already thorough, the difference cannot be repaired.
  void keep_more(std::size_t group, std::size_t slot, std::uint32_t column) {
    if (thorough_.emplace(group, slot, column).second && attempts_ <= max_minimal_attempts) {
      learnt_ = true;
    } else {
      difference_ = "an outcome for " + base::short_text(plan_.groups[group].root.name) + " changed";
      find_conflict(group, slot, column);
    }
  }

  /// Looks for a type without its name among those on which the outcome depends. Sets conflict_ if there is one.
  void find_conflict(std::size_t group, std::size_t slot, std::uint32_t column) {
    core::WorkBudget budget;
    core::Trace trace(true);
    static_cast<void>(core::ask(plan_.groups[group].questions[slot], source_, table_[group].candidates[column], budget,
                                {.trace = &trace}));
    const std::string lost = lost_name(source_, trace.dependencies(), shadowed_);
    if (lost.empty()) return;
    conflict_ = "a relocation of " + base::short_text(plan_.groups[group].root.name) + " compares the name of " + lost;
  }

  /// Keeps a source type that became `new_id` as a candidate.
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
  KeptTypes by_name_;
  RootNames root_names_;
  std::vector<std::uint32_t> shadowed_ = {};  ///< types that are written without a name, sorted
  std::set<std::tuple<std::size_t, std::size_t, std::uint32_t>> thorough_;  ///< group, slot and column

  Encoded encoded_;
  std::optional<btf::View> reduced_;
  std::unordered_map<std::uint32_t, std::uint32_t> new_ids_;
  bool learnt_ = false;               ///< the last attempt changed an outcome, and the next one keeps more
  bool has_spare_parts_ = false;      ///< NormalGraph::can_shrink of the last attempt
  bool has_rejected_member_ = false;  ///< a search that matched has Trace::has_rejected_member()
  int attempts_ = 0;
  std::string conflict_;    ///< the reason, if modules are the reason for the change
  std::string difference_;  ///< a change that no further attempt can repair; empty if there is none
};

}  // namespace

Encoded reduce(const QueryPlan& plan, const btf::View& source, const OutcomeTable& table) {
  Reducer reducer(plan, source, table);
  Encoded encoded = reducer.run();
  // The reduced BTF has fewer parts that a search can try, so the same outcomes may depend on fewer parts. The kept
  // parts only shrink, so the loop ends.
  for (int round = 0; reducer.can_shrink() && round < attempt_limit; ++round) {
    const auto reduced = btf::View::parse(encoded.bytes, source.name());
    Encoded again = Reducer(plan, reduced, ask_all_questions(plan, reduced)).run();
    if (again.bytes == encoded.bytes) break;
    encoded = std::move(again);
  }
  return encoded;
}

}  // namespace minbtf::minimize
