// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/compare.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "minimize/compare/loader_models.hpp"
#include "minimize/compare/narrowing.hpp"
#include "minimize/compare/type_identity.hpp"
#include "minimize/diagnose/difference_text.hpp"
#include "minimize/query/kept_candidates.hpp"
#include "minimize/query/outcome_table.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::Outcome;

bool same_type(const btf::View& full, std::uint32_t before, const btf::View& reduced, std::uint32_t after) {
  return identity_of(full, before) == identity_of(reduced, after);
}

/// The outcomes of both BTFs for one pair of pointer sizes. All loaders that assume this pair get these outcomes.
///
/// Worked examples: the outcomes of a group's candidates on both BTFs. "-" is "does not match".
///
///                     full                  reduced
///     1               A    B    C           A
///       question 1    8    8    -           8
///     2               A    B                B    A
///       question 1    8    -                -    8
///       question 2    -    4                4    -
///     3               A                     A    D
///       question 1    8                     8    16
///
///  1. A stands in for B, and C takes no part: neither is kept. The kept candidates have equal outcomes in the same
///     order, so every subset of programs resolves alike. The narrowing of the list is not followed.
///  2. The order differs. The narrowing is followed for all subsets of programs. Question 1 alone resolves to 8 on both
///     BTFs, question 2 alone to 4. After question 1 only A is left on both lists, and question 2 is poisoned on both.
///     The other way round, question 1 is poisoned on both. There is no difference.
///  3. The reduced BTF has one more candidate. Question 1 resolves to 8 on the full BTF and is ambiguous on the reduced
///     BTF: a difference.
class PairView {
 public:
  PairView(const QueryPlan& plan, const btf::View& full, const btf::View& reduced, PointerBytes pointers)
      : plan_(plan),
        full_(full),
        reduced_(reduced),
        // Shifts of bitfields follow the byte order of the machine, which is that of the full BTF. libbpf reads the
        // reduced BTF in either byte order.
        on_full_(ask_all_questions(plan, full, {.pointer_bytes = pointers.full, .order = full.byte_order()})),
        on_reduced_(ask_all_questions(plan, reduced, {.pointer_bytes = pointers.reduced, .order = full.byte_order()})) {
    const auto kept_full = kept_candidates(plan, on_full_);
    const auto kept_reduced = kept_candidates(plan, on_reduced_);
    for (std::size_t group = 0; group < plan.groups.size(); ++group) {
      asked_ += on_full_[group].outcomes.size();
      if (!same_columns(group, kept_full[group], kept_reduced[group])) unlike_.push_back(group);
    }
  }

  /// Returns the number of outcomes on the full BTF: each question evaluated against each of its candidates.
  [[nodiscard]] std::size_t asked() const noexcept { return asked_; }

  /// Returns the records that resolve differently, by object and record. Records of an object that is given more than
  /// once are listed once, with the object's first index.
  [[nodiscard]] std::map<RecordIndex, Disagreement> disagreements(core::ArrayLoad arrays,
                                                                  NarrowingBudget& budget) const {
    std::map<RecordIndex, Disagreement> found;
    for (const std::size_t group : unlike_) follow(group, arrays, budget, found);
    return found;
  }

  [[nodiscard]] const OutcomeTable& on_full() const noexcept { return on_full_; }
  [[nodiscard]] const OutcomeTable& on_reduced() const noexcept { return on_reduced_; }

 private:
  /// Returns true if what is read of the outcomes of the kept candidates is equal on both BTFs, in the same order.
  [[nodiscard]] bool same_columns(std::size_t group, const std::vector<std::uint32_t>& full,
                                  const std::vector<std::uint32_t>& reduced) const {
    if (full.size() != reduced.size()) return false;
    for (std::size_t slot = 0; slot < plan_.groups[group].questions.size(); ++slot) {
      const auto before = on_full_[group].row(slot);
      const auto after = on_reduced_[group].row(slot);
      const bool is_id = plan_.groups[group].questions[slot].kind == RelocationKind::type_id_target;
      const core::OutcomeUse use = plan_.use_by_instructions(group, slot, full.size());
      std::map<std::uint64_t, std::uint64_t> ids;  // value on REDUCED by value on FULL
      for (std::size_t i = 0; i < full.size(); ++i) {
        const Outcome& ours = before[full[i]];
        const Outcome& theirs = after[reduced[i]];
        if (!is_id || ours.state != Answer::State::yes || theirs.state != Answer::State::yes) {
          if (!same_outcome(core::visible(ours, use), core::visible(theirs, use))) return false;
          continue;
        }
        // The id itself means nothing in the other BTF. Types of two modules can have the same one: then it is not
        // ambiguous (btf::View::own_id()).
        if (ids.try_emplace(ours.value.value, theirs.value.value).first->second != theirs.value.value) return false;
        if (!same_type(full_, on_full_[group].candidates[full[i]], reduced_,
                       on_reduced_[group].candidates[reduced[i]])) {
          return false;
        }
      }
    }
    return true;
  }

  /// Returns true if libbpf cannot resolve differently by these two outcomes. libbpf has no result for an endless type
  /// or an unknown kind, so there every outcome is accepted.
  [[nodiscard]] static bool same_outcome(const Outcome& before, const Outcome& after) {
    if (before.state == Answer::State::failed && core::decides_nothing(before)) return true;
    return before == after;
  }

  /// Adds to `found` the records of `group` that resolve differently for some subset of an object's programs.
  void follow(std::size_t group, core::ArrayLoad arrays, NarrowingBudget& budget,
              std::map<RecordIndex, Disagreement>& found) const {
    const std::size_t questions = plan_.groups[group].questions.size();
    const NarrowingSides sides = {.full = {on_full_, candidate_classes(on_full_[group], questions)},
                                  .reduced = {on_reduced_, candidate_classes(on_reduced_[group], questions)},
                                  .arrays = arrays,
                                  .name = full_.name()};
    const auto is_same = [&](const RelocationClass& each, const Resolution& before, const Resolution& after) {
      return same_decision(each, before, after);
    };
    const auto& records = plan_.groups[group].records;
    for (auto begin = records.begin(); begin != records.end();) {
      const std::uint32_t object = begin->object;
      const auto end = std::find_if(begin, records.end(), [&](const RecordIndex& at) { return at.object != object; });
      // libbpf keeps a list of candidates for each local type id.
      std::map<std::uint32_t, std::vector<std::uint32_t>> by_type;
      for (; begin != end; ++begin) {
        by_type[object::data_of(plan_.objects[object]).records[begin->record].type_id].push_back(begin->record);
      }
      for (const auto& [type, of_type] : by_type) {
        for (Disagreement& each : follow_narrowing(plan_, object, of_type, sides, budget, is_same)) {
          const RecordIndex index = {.object = object, .record = static_cast<std::uint32_t>(each.record)};
          found.emplace(index, std::move(each));
        }
      }
    }
  }

  /// Returns true if libbpf does the same with the instruction: equal status, and equal value and load size, or equal
  /// failure.
  [[nodiscard]] bool same_decision(const RelocationClass& each, const Resolution& before,
                                   const Resolution& after) const {
    if (before.failure == Failure::endless_type || before.failure == Failure::unsupported_kind) return true;
    if (before.status != after.status) return false;
    // A record that fails on every kernel may fail with another Failure on each BTF. That is not a difference.
    if (before.status != Status::resolved) {
      return before.failure == after.failure || core::fails_everywhere(each.rule);
    }
    if (each.rule.kind == RelocationKind::type_id_target) {
      return same_type(full_, before.target_type, reduced_, after.target_type);
    }
    return before.value == after.value && before.load_size == after.load_size;
  }

  const QueryPlan& plan_;
  const btf::View& full_;
  const btf::View& reduced_;
  OutcomeTable on_full_;
  OutcomeTable on_reduced_;
  std::size_t asked_ = 0;
  std::vector<std::size_t> unlike_;  ///< groups for which same_columns() is false
};

/// Compares for each loader model, with one PairView for each pair of pointer sizes.
class Comparer {
 public:
  Comparer(const QueryPlan& plan, const btf::View& full, const btf::View& reduced)
      : plan_(plan), full_(full), reduced_(reduced), models_(loader_models(full, reduced)) {}

  Comparison run() {
    std::set<PointerBytes> done;
    for (const LoaderModel& loader : models_) {
      if (done.insert(loader.pointers).second) compare(loader.pointers);
    }
    for (auto& [index, noted] : found_) add(index.object, std::move(noted.difference));
    std::ranges::stable_sort(out_.differences, {},
                             [](const Difference& each) { return std::pair(each.object, each.relocation); });
    out_.relocations = plan_.record_count();
    out_.questions = plan_.question_count;
    out_.same_byte_order = full_.byte_order() == reduced_.byte_order();
    return std::move(out_);
  }

 private:
  struct FoundDifference {
    std::size_t loader = 0;  ///< index into models_
    Difference difference;
  };

  /// Compares for all loaders with this pair of pointer sizes. A PairView takes much memory: this function keeps one at
  /// a time.
  void compare(PointerBytes pointers) {
    std::set<std::size_t> with_news;  // indices into models_
    {
      const PairView seen(plan_, full_, reduced_, pointers);
      DifferenceText text(plan_, full_, seen.on_full(), reduced_, seen.on_reduced());
      if (pointers == models_.front().pointers) out_.asked = seen.asked();
      for (std::size_t i = 0; i < models_.size(); ++i) {
        if (models_[i].pointers == pointers && note_differences(i, seen, text)) with_news.insert(i);
      }
    }
    if (pointers.full == pointers.reduced || with_news.empty()) return;
    // A difference that disappears when both pointer sizes are equal comes from the pointer size: its text says so.
    const PairView alike(plan_, full_, reduced_, {.full = pointers.full, .reduced = pointers.full});
    for (const std::size_t i : with_news) {
      const auto whatever_pointers = alike.disagreements(models_[i].arrays, narrowing_budget_);
      for (auto& [index, noted] : found_) {
        if (noted.loader != i || whatever_pointers.contains(index)) continue;
        noted.difference.reduced.text += ", " + pointer_text(models_[i], reduced_);
      }
    }
  }

  /// Records for each relocation the difference that the first of models_ finds. Returns true if `loader` is now the
  /// first for some relocation.
  bool note_differences(std::size_t loader, const PairView& seen, DifferenceText& text) {
    const core::ArrayLoad arrays = models_[loader].arrays;
    bool any = false;
    for (auto& [index, found] : seen.disagreements(arrays, narrowing_budget_)) {
      const auto [noted, is_new] = found_.try_emplace(index);
      if (!is_new && noted->second.loader <= loader) continue;
      const std::uint32_t class_index = plan_.records[index.object][index.record];
      noted->second = {.loader = loader,
                       .difference = {.object = index.object,
                                      .relocation = index.record,
                                      .subject = text.subject(class_index),
                                      .programs = found.programs,
                                      .loader = models_[loader].name,
                                      .for_foreign_loader = models_[loader].is_foreign,
                                      .full = text.on_full(class_index, found.full, arrays),
                                      .reduced = text.on_reduced(class_index, found.reduced, arrays)}};
      any = true;
    }
    return any;
  }

  /// Adds the difference for `object` and for each repeated entry of that object.
  void add(std::size_t object, Difference difference) {
    for (std::size_t same = object; same < plan_.objects.size(); ++same) {
      if (plan_.same_as[same] != object) continue;
      for (Decision* decision : {&difference.full, &difference.reduced}) {
        decision->resolution.object = same;
        decision->resolution.relocation = difference.relocation;
      }
      difference.object = same;
      out_.differences.push_back(difference);
    }
  }

  const QueryPlan& plan_;
  const btf::View& full_;
  const btf::View& reduced_;
  const std::vector<LoaderModel> models_;  ///< the first is current libbpf on a 64-bit machine
  Comparison out_;
  std::map<RecordIndex, FoundDifference> found_;
  NarrowingBudget narrowing_budget_;
};

}  // namespace

Comparison compare(const QueryPlan& plan, const btf::View& full, const btf::View& reduced) {
  return Comparer(plan, full, reduced).run();
}

}  // namespace minbtf::minimize
