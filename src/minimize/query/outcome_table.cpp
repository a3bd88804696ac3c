// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/outcome_table.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/short_text.hpp"
#include "minbtf/error.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// Limits on the outcomes of one kernel: those of a small kernel, plus `outcomes_per_byte` for each byte of its whole
/// BTF, and never more than `outcome_limit`. The largest real tables come from hundreds of types of one name and
/// thousands of questions. Even there the BTF has a thousand bytes for each outcome.
constexpr std::uint64_t outcome_limit = 1U << 22U;
constexpr std::uint64_t outcomes_of_a_small_kernel = 1U << 17U;
constexpr std::uint64_t outcomes_per_byte = 2;

static_assert(outcomes_of_a_small_kernel + outcomes_per_byte * bytes_of_largest_limit >= outcome_limit);

/// Returns the number of outcomes that a kernel with `source_bytes` bytes of BTF may have.
std::uint64_t most_outcomes(std::uint64_t source_bytes) {
  // The product of this size cannot overflow.
  const std::uint64_t bytes = std::min(source_bytes, outcome_limit);
  return std::min(outcome_limit, outcomes_of_a_small_kernel + outcomes_per_byte * bytes);
}

std::uint64_t mixed_hash(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x9e3779b97f4a7c15U ^ (hash >> 31U);
}

std::uint64_t mixed_hash(std::uint64_t hash, const core::Outcome& outcome) {
  const core::FieldValue& value = outcome.value;
  hash = mixed_hash(hash, static_cast<std::uint64_t>(outcome.state) << 40U |
                              static_cast<std::uint64_t>(outcome.failure) << 32U | outcome.bit_offset);
  if (outcome.state != core::Answer::State::yes) return hash;
  hash = mixed_hash(hash, value.value);
  return mixed_hash(hash, std::uint64_t{value.element_bytes} << 32U | value.total_bytes);
}

/// Finds candidates (columns of a group's table) with equal outcomes for all questions.
///
/// Worked example: three questions, and the outcomes of five candidates ("-" is "does not match").
///
///           A    B    C    D    E
///     q0    8    16   8    8    16
///     q1    -    4    -    4    4
///     q2    0    0    0    0    0
///
/// The classes are {A C}, {B E} and {D}, given as (first, size): (A, 2), (B, 2), (D, 1).
class Columns {
 public:
  Columns(const CandidateOutcomes& group, std::size_t questions) : group_(group), questions_(questions) {}

  std::vector<core::CandidateClass> classes() {
    for (std::uint32_t column = 0; column < group_.candidates.size(); ++column) {
      order_.push_back({hash_of(column), column});
    }
    std::ranges::sort(order_);
    for (auto begin = order_.begin(); begin != order_.end();) {
      const auto end =
          std::find_if(begin, order_.end(), [&](const Hashed& each) { return each.first != begin->first; });
      if (std::all_of(begin, end, [&](const Hashed& each) { return same(begin->second, each.second); })) {
        classes_.push_back({.first = begin->second, .size = static_cast<std::uint32_t>(end - begin)});
      } else {
        // Different columns with one hash. Sorting bounds the time, even for input that was made to collide.
        std::stable_sort(begin, end, [&](const Hashed& a, const Hashed& b) { return less(a.second, b.second); });
        add_runs(begin, end);
      }
      begin = end;
    }
    std::ranges::sort(classes_, {}, &core::CandidateClass::first);
    return std::move(classes_);
  }

 private:
  using Hashed = std::pair<std::uint64_t, std::uint32_t>;  // hash and column

  [[nodiscard]] std::uint64_t hash_of(std::uint32_t column) const {
    std::uint64_t hash = 0;
    for (std::size_t slot = 0; slot < questions_; ++slot) hash = mixed_hash(hash, group_.row(slot)[column]);
    return hash;
  }

  [[nodiscard]] bool same(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t slot = 0; slot < questions_; ++slot) {
      if (group_.row(slot)[a] != group_.row(slot)[b]) return false;
    }
    return true;
  }

  [[nodiscard]] bool less(std::uint32_t a, std::uint32_t b) const {
    for (std::size_t slot = 0; slot < questions_; ++slot) {
      const auto order = group_.row(slot)[a] <=> group_.row(slot)[b];
      if (order != 0) return order < 0;
    }
    return false;
  }

  /// Adds a class for each run of equal columns. Equal columns are neighbours here, in ascending order.
  void add_runs(std::vector<Hashed>::const_iterator begin, std::vector<Hashed>::const_iterator end) {
    for (auto each = begin; each != end; ++each) {
      if (each != begin && same(classes_.back().first, each->second)) {
        ++classes_.back().size;
      } else {
        classes_.push_back({.first = each->second, .size = 1});
      }
    }
  }

  const CandidateOutcomes& group_;
  std::size_t questions_;
  std::vector<Hashed> order_;
  std::vector<core::CandidateClass> classes_;
};

}  // namespace

OutcomeTable ask_all_questions(const QueryPlan& plan, const btf::View& target, const core::AskOptions& options) {
  auto found = plan.finder->find(target);
  OutcomeTable table(plan.groups.size());
  std::uint64_t left = most_outcomes(target.source_bytes());
  core::WorkBudget budget;
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    CandidateOutcomes& group = table[i];
    const std::size_t outcomes = found[i].size() * plan.groups[i].questions.size();
    if (outcomes > left) {
      throw Error(ErrorKind::unsupported, target.name(), "types",
                  std::to_string(found[i].size()) + " types of the name '" +
                      base::short_text(plan.groups[i].root.name) + "' are more than can be compared for " +
                      std::to_string(plan.groups[i].questions.size()) + " questions");
    }
    left -= outcomes;
    group.candidates = std::move(found[i]);
    group.outcomes.reserve(group.candidates.size() * plan.groups[i].questions.size());
    for (std::size_t slot = 0; slot < plan.groups[i].questions.size(); ++slot) {
      // What no relocation reads must not make candidates different.
      const core::OutcomeUse use = plan.use_of(i, slot, group.candidates.size());
      for (const std::uint32_t candidate : group.candidates) {
        group.outcomes.push_back(
            core::visible(core::ask(plan.groups[i].questions[slot], target, candidate, budget, options), use));
      }
    }
  }
  return table;
}

Resolution resolve(const RelocationClass& each, const OutcomeTable& table, std::vector<core::CandidateClass>& list,
                   core::ArrayLoad arrays) {
  if (each.place.group == no_question) return core::patch(each.rule, core::decide(each.rule, {}, list), arrays);
  const CandidateOutcomes& group = table[each.place.group];
  const core::Verdict verdict = core::decide(each.rule, group.row(each.place.slot), list);
  Resolution resolution = core::patch(each.rule, verdict, arrays);
  if (verdict.matched) resolution.target_type = group.candidates[verdict.first];
  return resolution;
}

/// bpf_object__relocate_core() and bpf_core_resolve_relo() of libbpf.c:
///  1. Records are processed in the order of .BTF.ext.
///  2. A record that belongs to no program is skipped. A weak subprogram that the linker dropped leaves such records.
///  3. A record of a program that is not loaded (bpf_program__set_autoload()) is skipped.
///  4. The list of candidates belongs to the local type id (`cand_cache`). The first record with that id starts with
///     all candidates of its root. type_id_local needs no candidates.
///  5. bpf_core_calc_relo_insn() resolves the record and narrows the list: core::decide().
///  6. bpf_core_patch_insn() patches the instruction: core::patch().
///  7. libbpf stops at the first record that fails. Here the next record is resolved as if the failed one did not
///     exist: a failure leaves the list as it was.
/// Rules 2 and 3 apply only if `programs` is not empty.
std::vector<Resolution> resolve_object(const QueryPlan& plan, const OutcomeTable& table, std::size_t object,
                                       const std::vector<bool>& programs) {
  const auto& records = object::data_of(plan.objects[object]).records;
  const RecordClasses& query_plan = plan.records[plan.same_as[object]];
  // By local type id (rule 4).
  std::unordered_map<std::uint32_t, std::vector<core::CandidateClass>> lists;
  std::vector<Resolution> resolutions;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const object::Record& record = records[i];
    if (!programs.empty() && (record.program == object::no_program || !programs[record.program])) continue;
    const RelocationClass& each = plan.classes[query_plan[i]];
    std::vector<core::CandidateClass> none;
    std::vector<core::CandidateClass>* list = &none;
    if (each.place.group != no_question) {
      const auto [entry, is_new] = lists.try_emplace(record.type_id);
      list = &entry->second;
      const std::size_t candidates = table[each.place.group].candidates.size();
      for (std::uint32_t n = 0; is_new && n < candidates; ++n) list->push_back({.first = n, .size = 1});
    }
    Resolution resolution = resolve(each, table, *list);
    resolution.object = object;
    resolution.relocation = i;
    resolutions.push_back(resolution);
  }
  return resolutions;
}

std::vector<core::CandidateClass> candidate_classes(const CandidateOutcomes& group, std::size_t questions) {
  if (group.candidates.empty()) return {};
  if (group.candidates.size() == 1) return {{.first = 0, .size = 1}};
  return Columns(group, questions).classes();
}

}  // namespace minbtf::minimize
