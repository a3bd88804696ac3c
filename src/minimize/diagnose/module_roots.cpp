// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/module_roots.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/short_text.hpp"
#include "base/sorted.hpp"
#include "core/mismatch_text.hpp"
#include "minbtf/error.hpp"
#include "minimize/query/resolved.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::CandidateClass;

/// Limit on the resolutions of all roots of one kernel. Real kernels take some thousands.
constexpr std::uint64_t resolution_limit = 1U << 24U;

/// Orders the candidates of a group by their outcomes. Candidates with equal outcomes for all questions are equivalent.
class ByOutcomes {
 public:
  ByOutcomes(const CandidateOutcomes& group, std::size_t questions) : group_(&group), questions_(questions) {}

  bool operator()(std::uint32_t one, std::uint32_t other) const {
    for (std::size_t slot = 0; slot < questions_; ++slot) {
      const auto order = group_->row(slot)[one] <=> group_->row(slot)[other];
      if (order != 0) return order < 0;
    }
    return false;
  }

 private:
  const CandidateOutcomes* group_;
  std::size_t questions_;
};

/// Modules whose candidates have the same outcomes in the same order.
struct EqualModules {
  std::vector<std::string> names;
  std::vector<std::uint32_t> candidates;  ///< the first of each distinct outcome, as indices into a row of outcomes
  Resolved::InOrder alone;                ///< with only one of these modules loaded
  Resolved::InOrder first;                ///< with all modules of the root loaded, these before the others
};

[[nodiscard]] bool same_result(const ModuleAnswer& one, const ModuleAnswer& other) noexcept {
  return one.status == other.status && one.failure == other.failure && one.value == other.value &&
         one.load_size == other.load_size;
}

/// Compares the modules of one root. They agree if two conditions hold for each record:
///  1. Its result is the same with each module alone.
///  2. The candidates that match first, one of each module, have the same offset and value.
/// Then the result is the same for every union of modules. The list of candidates that libbpf has for the union is made
/// of the lists that the modules have alone. Some of these can be missing as a whole: another module has a candidate
/// that matched, and this one has none. If no candidate on the list matches, the result is the one of each module
/// alone. Otherwise the candidates that match agree (within a module by rule 1, between modules by rule 2), and the
/// first one decides: the result is the one of its module alone. If a candidate fails, the result of each module alone
/// is this failure.
class ModuleComparison {
 public:
  ModuleComparison(const QueryPlan& plan, std::size_t index, const OutcomeTable& table, const btf::View& kernel)
      : plan_(plan), index_(index), group_(plan.groups[index]), table_(table), kernel_(kernel) {}

  /// Reduces `left`, the number of resolutions that are possible, by those that it makes.
  ModuleRoot run(std::uint64_t& left) {
    find_modules();
    ModuleRoot root = {.type = type_text(), .modules = {}, .differences = {}};
    for (const EqualModules& each : modules_)
      root.modules.insert(root.modules.end(), each.names.begin(), each.names.end());
    base::sort_unique(root.modules);
    if (modules_.size() == 1) return root;
    const std::uint64_t runs = 2 * modules_.size() + 1;
    if (group_.records.size() > left / runs) {
      throw Error(ErrorKind::unsupported, kernel_.name(), "types",
                  std::to_string(root.modules.size()) + " modules with different types of the name '" +
                      base::short_text(group_.root.name) + "' are more than can be compared");
    }
    left -= runs * group_.records.size();
    resolve_modules();
    find_differences(root);
    return root;
  }

 private:
  [[nodiscard]] std::string type_text() const {
    std::string text(btf::message_word(group_.root.kind));
    base::add_text(text, " ");
    base::add_text(text, group_.root.name);
    return text;
  }

  /// Fills modules_: one entry for each distinct list of candidates.
  void find_modules() {
    const std::vector<std::uint32_t>& candidates = table_[index_].candidates;
    std::map<std::uint32_t, std::uint32_t, ByOutcomes> known(ByOutcomes(table_[index_], group_.questions.size()));
    std::map<std::vector<std::uint32_t>, std::size_t> lists;
    for (std::uint32_t next = 0; next < candidates.size();) {
      const KernelModule& module = kernel_.module_of(candidates[next]);
      std::vector<std::uint32_t> list;
      std::set<std::uint32_t> in_list;
      for (; next < candidates.size() && &kernel_.module_of(candidates[next]) == &module; ++next) {
        const std::uint32_t first = known.try_emplace(next, next).first->second;
        if (in_list.insert(first).second) list.push_back(first);
      }
      const auto [entry, is_new] = lists.try_emplace(list, modules_.size());
      if (is_new) modules_.push_back({.names = {}, .candidates = std::move(list), .alone = {}, .first = {}});
      modules_[entry->second].names.push_back(module.name);
    }
    for (EqualModules& each : modules_) base::sort_unique(each.names);
  }

  void resolve_modules() {
    std::vector<std::uint32_t> all;
    for (const EqualModules& each : modules_) all.insert(all.end(), each.candidates.begin(), each.candidates.end());
    together_ = resolve_with(all);
    for (EqualModules& each : modules_) {
      each.alone = resolve_with(each.candidates);
      std::vector<std::uint32_t> reordered = each.candidates;
      reordered.insert(reordered.end(), all.begin(), all.end());
      each.first = resolve_with(reordered);
    }
  }

  /// Resolves the records if libbpf's list has `candidates`. A repeated one counts once, at its first place.
  [[nodiscard]] Resolved::InOrder resolve_with(const std::vector<std::uint32_t>& candidates) const {
    std::vector<CandidateClass> list;
    std::set<std::uint32_t> known;
    for (const std::uint32_t each : candidates) {
      if (known.insert(each).second) list.push_back({.first = each, .size = 1});
    }
    return resolve_in_order(plan_, group_, table_, std::move(list));
  }

  void find_differences(ModuleRoot& root) const {
    std::vector<bool> done(group_.questions.size());
    for (std::size_t i = 0; i < group_.records.size(); ++i) {
      const RecordIndex& index = group_.records[i];
      // libbpf skips records that belong to no program.
      if (object::data_of(plan_.objects[index.object]).records[index.record].program == object::no_program) continue;
      const RelocationClass& each = plan_.classes[plan_.records[index.object][index.record]];
      if (done[each.place.slot] || !differs(i, each)) continue;
      done[each.place.slot] = true;
      root.differences.push_back(difference(i, each, root.modules));
    }
  }

  [[nodiscard]] static ModuleAnswer answer(const Resolved::InOrder& answers, std::size_t record,
                                           const RelocationClass& each) {
    const Resolution& found = answers.distinct[answers.of_record[record]];
    const bool is_type_id = each.rule.kind == RelocationKind::type_id_target;
    return {.modules = {},
            .status = found.status,
            .failure = found.failure,
            .value = is_type_id ? (found.value == 0 ? 0U : 1U) : found.value,
            .load_size = found.load_size};
  }

  [[nodiscard]] bool differs(std::size_t record, const RelocationClass& each) const {
    const ModuleAnswer together = answer(together_, record, each);
    const core::Outcome* match = nullptr;
    for (const EqualModules& modules : modules_) {
      if (!same_result(answer(modules.alone, record, each), together)) return true;
      const core::Outcome* const own = first_match(modules, record, each.place.slot);
      if (own == nullptr) continue;
      if (match != nullptr && (own->bit_offset != match->bit_offset || own->value.value != match->value.value))
        return true;
      match = own;
    }
    return false;
  }

  /// Returns the outcome of the candidate that matches first if only these modules are loaded; null if none matches.
  [[nodiscard]] const core::Outcome* first_match(const EqualModules& modules, std::size_t record,
                                                 std::uint32_t slot) const {
    const std::uint32_t type = modules.alone.distinct[modules.alone.of_record[record]].target_type;
    if (type == 0) return nullptr;
    const CandidateOutcomes& outcomes = table_[index_];
    const auto column = std::ranges::lower_bound(outcomes.candidates, type) - outcomes.candidates.begin();
    return &outcomes.row(slot)[static_cast<std::size_t>(column)];
  }

  [[nodiscard]] ModuleDifference difference(std::size_t record, const RelocationClass& each,
                                            const std::vector<std::string>& all) const {
    const core::Question& question = group_.questions[each.place.slot];
    ModuleDifference out = {.object = group_.records[record].object,
                            .relocation = group_.records[record].record,
                            .kind = question.kind,
                            .subject = core::access_text(question, question.accessors.size()),
                            .alone = {},
                            .together = answer(together_, record, each)};
    for (const EqualModules& modules : modules_) {
      ModuleAnswer alone = answer(modules.alone, record, each);
      const auto known =
          std::ranges::find_if(out.alone, [&](const ModuleAnswer& other) { return same_result(other, alone); });
      ModuleAnswer& entry = known != out.alone.end() ? *known : out.alone.emplace_back(std::move(alone));
      entry.modules.insert(entry.modules.end(), modules.names.begin(), modules.names.end());
      const ModuleAnswer first = answer(modules.first, record, each);
      // libbpf stops at any failure: which one it is does not matter.
      out.depends_on_order = out.depends_on_order || first.status != out.together.status ||
                             first.value != out.together.value || first.load_size != out.together.load_size;
    }
    for (ModuleAnswer& alone : out.alone) base::sort_unique(alone.modules);
    std::ranges::sort(out.alone, {}, &ModuleAnswer::modules);
    out.together.modules = all;
    return out;
  }

  const QueryPlan& plan_;
  std::size_t index_;
  const Group& group_;
  const OutcomeTable& table_;
  const btf::View& kernel_;
  std::vector<EqualModules> modules_;
  Resolved::InOrder together_;
};

}  // namespace

std::vector<ModuleRoot> module_roots(const QueryPlan& plan, const OutcomeTable& table, const btf::View& kernel) {
  std::vector<ModuleRoot> roots;
  std::uint64_t left = resolution_limit;
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    const std::vector<std::uint32_t>& candidates = table[i].candidates;
    // If vmlinux has candidates, those of modules are not in the table.
    if (candidates.empty() || candidates.front() < kernel.base_end()) continue;
    roots.push_back(ModuleComparison(plan, i, table, kernel).run(left));
  }
  std::ranges::sort(roots, {}, &ModuleRoot::type);
  return roots;
}

}  // namespace minbtf::minimize
