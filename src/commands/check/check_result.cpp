// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check_result.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "base/sorted.hpp"
#include "object/calls.hpp"

namespace minbtf::cli {

namespace {

struct Sorted {
  std::vector<Release> releases;
  std::vector<CheckedKernel> kernels;
};

Sorted sorted(std::vector<CheckedKernel> kernels) {
  std::vector<Release> releases;
  for (const CheckedKernel& kernel : kernels) releases.push_back(parse_release(kernel.path));
  std::vector<std::size_t> order(kernels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return comes_before(releases[a], releases[b]); });
  Sorted out;
  for (const std::size_t index : order) {
    out.releases.push_back(std::move(releases[index]));
    out.kernels.push_back(std::move(kernels[index]));
  }
  return out;
}

/// Distinct outcomes of one object: from the address of the outcome (CheckOutcomeStore makes equal outcomes one) to its
/// index in outcomes().
using Known = std::map<const void*, std::uint32_t>;

}  // namespace

Standing standing_of(const UnresolvedRelocation& failing) noexcept {
  if (failing.status == Status::failed) return Standing::fails;
  if (failing.status == Status::resolved) return Standing::relocates;
  return failing.guard == Guard::none ? Standing::poisoned : Standing::guarded;
}

Standing standing_of(std::span<const UnresolvedRelocation> unresolved) noexcept {
  Standing worst = Standing::relocates;
  for (const UnresolvedRelocation& failing : unresolved) worst = std::max(worst, standing_of(failing));
  return worst;
}

CheckResult::CheckResult(const Plan& plan, std::vector<CheckedKernel> kernels)
    : plan_(plan), kernels_({}), outcomes_(plan.objects().size()) {
  for (const BpfObject& object : plan.objects()) programs_.push_back(object::loaded_programs(object::data_of(object)));
  Sorted all = sorted(std::move(kernels));
  kernels_ = KernelList(std::move(all.releases));
  std::vector<Known> known(outcomes_.size());
  std::map<const void*, std::uint32_t> known_outcomes;
  std::map<const void*, std::uint32_t> known_lists;
  for (CheckedKernel& kernel : all.kernels) {
    paths_.push_back(std::move(kernel.path));
    module_list_of_.push_back(no_modules);
    if (kernel.module_roots != nullptr) {
      const auto [list, is_new_list] =
          known_lists.try_emplace(kernel.module_roots.get(), static_cast<std::uint32_t>(module_lists_.size()));
      if (is_new_list) module_lists_.push_back(kernel.module_roots);
      module_list_of_.back() = list->second;
    }
    const auto [entry, is_new] =
        known_outcomes.try_emplace(kernel.outcome.get(), static_cast<std::uint32_t>(combinations_.size()));
    combination_of_.push_back(entry->second);
    if (!is_new) continue;
    std::vector<std::uint32_t>& combination = combinations_.emplace_back();
    for (std::size_t object = 0; object < outcomes_.size(); ++object) {
      const ObjectUnresolved& unresolved = (*kernel.outcome)[object];
      if (unresolved == nullptr) {
        combination.push_back(not_used);
        continue;
      }
      const auto [outcome, is_new_outcome] =
          known[object].try_emplace(unresolved.get(), static_cast<std::uint32_t>(outcomes_[object].size()));
      combination.push_back(outcome->second);
      if (is_new_outcome) outcomes_[object].push_back({.standing = standing_of(*unresolved), .shared = unresolved});
    }
  }
}

std::size_t CheckResult::function_of(const UnresolvedRelocation& failing) const {
  if (failing.relocation == no_relocation) return failing.program;
  return object::data_of(objects()[failing.object]).records[failing.relocation].program;
}

std::uint32_t CheckResult::insn_of(const UnresolvedRelocation& failing) const {
  return object::data_of(objects()[failing.object]).records[failing.relocation].insn;
}

std::vector<bool> CheckResult::kernels_of(std::size_t object, const std::vector<bool>& wanted) const {
  std::vector<bool> chosen(kernels_.size());
  for (std::size_t kernel = 0; kernel < chosen.size(); ++kernel) {
    const std::uint32_t outcome = combinations_[combination_of_[kernel]][object];
    chosen[kernel] = outcome != not_used && wanted[outcome];
  }
  return chosen;
}

std::vector<bool> CheckResult::kernels_of(std::size_t object) const {
  return kernels_of(object, std::vector<bool>(outcomes_[object].size(), true));
}

Extent extent_of(const CheckResult& result, const std::function<bool(const UnresolvedRelocation&)>& is_meant) {
  Extent extent;
  std::vector<std::vector<bool>> meant;  // by object and outcome
  for (std::size_t object = 0; object < result.objects().size(); ++object) {
    std::set<std::size_t> programs;
    std::vector<bool>& outcomes = meant.emplace_back();
    for (const ObjectOutcome& outcome : result.outcomes(object)) {
      outcomes.push_back(std::ranges::any_of(outcome.unresolved(), is_meant));
      for (const UnresolvedRelocation& failing : outcome.unresolved()) {
        if (is_meant(failing)) programs.insert(failing.program);
      }
    }
    extent.objects += programs.empty() ? 0 : 1;
    extent.programs += programs.size();
  }
  std::vector<bool> combinations;
  for (const auto& combination : result.combinations()) {
    bool is_met = false;
    for (std::size_t object = 0; object < combination.size(); ++object) {
      is_met = is_met || (combination[object] != CheckResult::not_used && meant[object][combination[object]]);
    }
    combinations.push_back(is_met);
  }
  for (std::size_t kernel = 0; kernel < result.kernels().size(); ++kernel) {
    extent.kernels += combinations[result.combination_of(kernel)] ? 1 : 0;
  }
  return extent;
}

std::vector<std::size_t> programs_by_standing(const CheckResult& result) {
  std::vector<std::size_t> counts(static_cast<std::size_t>(Standing::fails) + 1, 0);
  for (std::size_t object = 0; object < result.objects().size(); ++object) {
    if (result.is_unused(object)) continue;
    std::vector<Standing> worst(result.objects()[object].programs().size(), Standing::relocates);
    for (const ObjectOutcome& outcome : result.outcomes(object)) {
      for (const UnresolvedRelocation& failing : outcome.unresolved()) {
        Standing& standing = worst[failing.program];
        standing = std::max(standing, standing_of(failing));
      }
    }
    for (const std::size_t program : result.programs(object)) ++counts[static_cast<std::size_t>(worst[program])];
  }
  return counts;
}

namespace {

/// Returns the programs of each place of `row`, without the instructions.
std::map<std::size_t, std::set<std::size_t>> programs_of(const CheckRow& row) {
  std::map<std::size_t, std::set<std::size_t>> programs;
  for (const auto& [function, place] : row.places) programs.emplace(function, place.programs);
  return programs;
}

}  // namespace

std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome) {
  using Key = std::tuple<Standing, Guard, std::vector<DataCondition>, Reason, std::string, std::string>;
  std::map<Key, std::size_t> known;
  std::vector<CheckRow> rows;
  for (const UnresolvedRelocation& failing : outcome.unresolved()) {
    const auto& [reason, subject, detail] = failing.why;
    const auto [entry, is_new] = known.try_emplace(
        Key(standing_of(failing), failing.guard, failing.conditions, reason, subject, detail), rows.size());
    if (is_new) {
      rows.push_back({.standing = standing_of(failing),
                      .guard = failing.guard,
                      .conditions = failing.conditions,
                      .reason = reason,
                      .detail = detail,
                      .subjects = {subject},
                      .places = {}});
    }
    CheckedPlace& place = rows[entry->second].places[result.function_of(failing)];
    if (failing.relocation != no_relocation) place.instructions.push_back(result.insn_of(failing));
    place.programs.insert(failing.program);
  }
  for (CheckRow& row : rows) {
    for (auto& [function, place] : row.places) base::sort_unique(place.instructions);
  }
  std::ranges::stable_sort(rows, std::ranges::greater{}, &CheckRow::standing);
  return rows;
}

std::vector<CheckRow> merged(std::vector<CheckRow> rows) {
  using Key = std::tuple<Standing, Guard, std::vector<DataCondition>, Reason, std::string,
                         std::map<std::size_t, std::set<std::size_t>>>;
  std::map<Key, std::size_t> known;
  std::vector<CheckRow> out;
  for (CheckRow& row : rows) {
    const auto [entry, is_new] = known.try_emplace(
        Key(row.standing, row.guard, row.conditions, row.reason, row.detail, programs_of(row)), out.size());
    if (is_new) {
      out.push_back(std::move(row));
      continue;
    }
    CheckRow& first = out[entry->second];
    std::ranges::move(row.subjects, std::back_inserter(first.subjects));
    for (auto& [function, place] : row.places) {
      std::vector<std::uint32_t>& all = first.places[function].instructions;
      all.insert(all.end(), place.instructions.begin(), place.instructions.end());
      base::sort_unique(all);
    }
  }
  return out;
}

}  // namespace minbtf::cli
