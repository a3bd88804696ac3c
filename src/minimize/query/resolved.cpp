// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/resolved.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <unordered_map>
#include <utility>

#include "core/verdict.hpp"
#include "minimize/query/outcome_table.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::Answer;
using core::CandidateClass;

/// Returns true if a relocation with the outcomes `row` removes some candidates from the list, and keeps others. A row
/// with a failure removes none: the relocation fails.
bool narrows(std::span<const core::Outcome> row, std::span<const CandidateClass> classes) {
  bool some_fit = false;
  bool some_do_not = false;
  for (const CandidateClass& each : classes) {
    const core::Outcome& outcome = row[each.first];
    if (outcome.state == Answer::State::failed) return false;
    (outcome.state == Answer::State::yes ? some_fit : some_do_not) = true;
  }
  return some_fit && some_do_not;
}

void add(Status status, std::uint64_t times, ResolutionCounts& counts) {
  std::size_t& count = status == Status::resolved   ? counts.resolved
                       : status == Status::poisoned ? counts.poisoned
                                                    : counts.failed;
  count += times;
}

/// Limit on the entries of all remembered lists of a group, 8 bytes each. Real groups have a few classes and thousands
/// of records. Above the limit, OrderedRecords remembers only the current list of each local type.
constexpr std::size_t remembered_limit = std::size_t{1} << 22U;

/// Resolves the records of one group in order. libbpf's list of candidates belongs to an object and a local type id,
/// and is narrowed from record to record. Each distinct pair of a list and a class is resolved once.
///
/// Worked example: candidates A, B and C. All three match class x. Only A and B match class y. List 0 is {A B C}. An
/// object has three records of one local type, with the classes y, x, y:
///
///     y with list 0    is resolution 0, and leaves {A B}: list 1
///     x with list 1    is resolution 1, and leaves list 1
///     y with list 1    is resolution 2, and leaves list 1
///
/// The next local type starts with list 0 again. If its first record has class y, the result is resolution 0, which is
/// already known.
class OrderedRecords {
 public:
  OrderedRecords(const QueryPlan& plan, const Group& group, const OutcomeTable& table,
                 std::vector<CandidateClass> classes)
      : plan_(plan),
        group_(group),
        table_(table),
        remembers_(classes.size() <= remembered_limit / (group.records.size() + 1)) {
    state_of(std::move(classes));
  }

  Resolved::InOrder run() {
    std::unordered_map<std::uint32_t, std::uint32_t> state_by_type;  // of one object, by local type id
    std::uint32_t object = 0;
    for (const RecordIndex& index : group_.records) {
      if (index.object != object) {
        state_by_type.clear();
        if (!remembers_) lists_.resize(1);
      }
      object = index.object;
      const std::uint32_t type = object::data_of(plan_.objects[object]).records[index.record].type_id;
      std::uint32_t& state = state_by_type.try_emplace(type, 0).first->second;
      const std::uint32_t class_index = plan_.records[object][index.record];
      const Transition transition = remembers_ ? transition_of(state, class_index) : new_transition(state, class_index);
      out_.of_record.push_back(transition.resolution);
      state = transition.next;
    }
    return std::move(out_);
  }

 private:
  struct Transition {
    std::uint32_t resolution = 0;
    std::uint32_t next = 0;
  };

  /// Returns the number of a list of candidates. A new list gets the next number. List 0 has all candidates.
  std::uint32_t state_of(std::vector<CandidateClass> list) {
    std::vector<std::uint32_t> key;
    for (const CandidateClass& each : list) key.push_back(each.first);
    const auto [known, is_new] = states_.try_emplace(std::move(key), static_cast<std::uint32_t>(lists_.size()));
    if (is_new) lists_.push_back(std::move(list));
    return known->second;
  }

  Transition transition_of(std::uint32_t state, std::uint32_t class_index) {
    const auto [known, is_new] = transitions_.try_emplace(std::uint64_t{state} << 32U | class_index);
    if (is_new) {
      const RelocationClass& each = plan_.classes[class_index];
      std::vector<CandidateClass> list = lists_[state];
      known->second.resolution = static_cast<std::uint32_t>(out_.distinct.size());
      out_.distinct.push_back(resolve(each, table_, list));
      known->second.next = state_of(std::move(list));
    }
    return known->second;
  }

  /// As transition_of(), without remembering transitions: each local type of the current object has a list of its own,
  /// which is narrowed in place.
  Transition new_transition(std::uint32_t state, std::uint32_t class_index) {
    if (state == 0) {
      state = static_cast<std::uint32_t>(lists_.size());
      lists_.push_back(lists_.front());
    }
    const RelocationClass& each = plan_.classes[class_index];
    const auto resolution = static_cast<std::uint32_t>(out_.distinct.size());
    out_.distinct.push_back(resolve(each, table_, lists_[state]));
    return {.resolution = resolution, .next = state};
  }

  const QueryPlan& plan_;
  const Group& group_;
  const OutcomeTable& table_;
  const bool remembers_;
  std::vector<std::vector<CandidateClass>> lists_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> states_;
  std::unordered_map<std::uint64_t, Transition> transitions_;
  Resolved::InOrder out_;
};

}  // namespace

Resolved::InOrder resolve_in_order(const QueryPlan& plan, const Group& group, const OutcomeTable& table,
                                   std::vector<CandidateClass> list) {
  return OrderedRecords(plan, group, table, std::move(list)).run();
}

std::shared_ptr<const Resolved> resolve_all(std::shared_ptr<const QueryPlan> shared_plan, const OutcomeTable& table) {
  const QueryPlan& plan = *shared_plan;
  auto out = std::make_shared<Resolved>();
  out->by_group.resize(plan.groups.size());
  out->by_class.resize(plan.classes.size());

  std::vector<std::vector<CandidateClass>> lists(plan.groups.size());
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const Group& group = plan.groups[i];
    lists[i] = candidate_classes(table[i], group.questions.size());
    bool in_order = false;
    for (std::size_t slot = 0; slot < group.questions.size() && !in_order; ++slot) {
      in_order = narrows(table[i].row(slot), lists[i]);
    }
    if (!in_order) continue;
    Resolved::InOrder& resolved = out->by_group[i];
    resolved = resolve_in_order(plan, group, table, lists[i]);
    for (std::size_t n = 0; n < group.records.size(); ++n) {
      add(resolved.distinct[resolved.of_record[n]].status, plan.times[group.records[n].object], out->counts);
    }
  }

  std::vector<CandidateClass> no_list;
  for (std::size_t i = 0; i < plan.classes.size(); ++i) {
    const RelocationClass& each = plan.classes[i];
    const std::uint32_t group = each.place.group;
    if (group != no_question && !out->by_group[group].of_record.empty()) continue;
    out->by_class[i] = resolve(each, table, group == no_question ? no_list : lists[group]);
    add(out->by_class[i].status, plan.class_records[i], out->counts);
  }
  out->plan = std::move(shared_plan);
  return out;
}

Resolution Resolved::resolution(std::size_t object, std::size_t record) const {
  const std::uint32_t first = plan->same_as[object];
  const std::uint32_t class_index = plan->records[first][record];
  const std::uint32_t group = plan->classes[class_index].place.group;
  Resolution found = by_class[class_index];
  if (group != no_question && !by_group[group].of_record.empty()) {
    const auto& records = plan->groups[group].records;
    const RecordIndex wanted = {.object = first, .record = static_cast<std::uint32_t>(record)};
    const auto at = std::ranges::lower_bound(records, wanted);
    const InOrder& in_order = by_group[group];
    found = in_order.distinct[in_order.of_record[static_cast<std::size_t>(at - records.begin())]];
  }
  found.object = object;
  found.relocation = record;
  return found;
}

}  // namespace minbtf::minimize

namespace minbtf {

std::size_t Resolutions::size() const noexcept { return resolved_ == nullptr ? 0 : resolved_->plan->record_count(); }

ResolutionCounts Resolutions::counts() const noexcept {
  return resolved_ == nullptr ? ResolutionCounts{} : resolved_->counts;
}

Resolution Resolutions::operator[](std::size_t index) const {
  assert(index < size());
  const minimize::QueryPlan& plan = *resolved_->plan;
  // An object without records has the same end as the object before it, so upper_bound() never returns it.
  const auto end = std::ranges::upper_bound(plan.record_ends, index);
  const auto object = static_cast<std::size_t>(end - plan.record_ends.begin());
  return resolved_->resolution(object, index - plan.first_record_of(object));
}

std::vector<Resolution> Resolutions::failures() const {
  std::vector<Resolution> failures;
  if (counts().failed == 0) return failures;
  for (const Resolution& resolution : *this) {
    if (resolution.status == Status::failed) failures.push_back(resolution);
  }
  return failures;
}

Resolutions::Iterator Resolutions::begin() const { return Iterator(resolved_.get(), 0); }

Resolutions::Iterator Resolutions::end() const {
  return Iterator(resolved_.get(), resolved_ == nullptr ? 0 : resolved_->plan->objects.size());
}

Resolutions::Iterator::Iterator(const minimize::Resolved* resolved, std::size_t object)
    : resolved_(resolved), object_(object) {
  skip_empty();
}

Resolution Resolutions::Iterator::operator*() const { return resolved_->resolution(object_, record_); }

Resolutions::Iterator& Resolutions::Iterator::operator++() {
  ++record_;
  skip_empty();
  return *this;
}

void Resolutions::Iterator::skip_empty() {
  if (resolved_ == nullptr) return;
  const minimize::QueryPlan& plan = *resolved_->plan;
  while (object_ < plan.objects.size() && record_ == plan.records_of(object_)) {
    ++object_;
    record_ = 0;
  }
}

}  // namespace minbtf
