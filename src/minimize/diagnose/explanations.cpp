// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/explanations.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/short_text.hpp"
#include "base/sorted.hpp"
#include "core/mismatch_text.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;
using core::Answer;
using core::Mismatch;

/// Limit on the candidates whose mismatch is examined. More candidates rarely have another mismatch.
constexpr std::size_t most_candidates = 512;

/// Returns for each group without candidates the kind of a type that has the root's name and another kind. Returns
/// void_ for groups that have candidates, and for groups without such a type. Visits the kernel's types once.
std::vector<Kind> other_kinds(const QueryPlan& plan, const OutcomeTable& table, const btf::View& kernel) {
  constexpr std::array kinds = {Kind::struct_, Kind::union_, Kind::enum_, Kind::typedef_, Kind::int_};
  std::vector<core::Root> roots;
  std::vector<std::size_t> groups;
  for (std::size_t group = 0; group < plan.groups.size(); ++group) {
    if (!table[group].candidates.empty()) continue;
    for (const Kind kind : kinds) {
      if (kind == plan.groups[group].root.kind) continue;
      roots.push_back({.kind = kind, .name = plan.groups[group].root.name});
      groups.push_back(group);
    }
  }
  std::vector<const core::Root*> wanted;
  for (const core::Root& each : roots) wanted.push_back(&each);
  const auto found = core::CandidateFinder(wanted).find(kernel);
  std::vector<Kind> others(plan.groups.size(), Kind::void_);
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (!found[i].empty() && others[groups[i]] == Kind::void_) others[groups[i]] = roots[i].kind;
  }
  return others;
}

/// Returns a word for the property in which ambiguous candidates differ.
const char* disputed(RelocationKind kind, Failure failure) {
  if (failure == Failure::ambiguous_offset) return "offset";
  switch (kind) {
    case RelocationKind::field_byte_offset:
      return "offset";
    case RelocationKind::field_byte_size:
    case RelocationKind::type_size:
      return "size";
    case RelocationKind::field_signed:
      return "sign";
    case RelocationKind::field_lshift_u64:
    case RelocationKind::field_rshift_u64:
      return "bits";
    case RelocationKind::enumval_value:
    case RelocationKind::type_id_target:
      break;
    case RelocationKind::field_exists:
    case RelocationKind::type_id_local:
    case RelocationKind::type_exists:
    case RelocationKind::enumval_exists:
    case RelocationKind::type_matches:
      break;  // all candidates have one value
  }
  return "value";
}

/// Most modules that an explanation names.
constexpr std::size_t most_named_modules = 3;

/// Returns "module btrfs", "modules a and b", or "modules a, b, c and others". `names` are sorted, each once.
std::string modules_text(const std::vector<std::string_view>& names) {
  std::string text = names.size() == 1 ? "module " : "modules ";
  const std::size_t shown = std::min(names.size(), most_named_modules);
  for (std::size_t i = 0; i < shown; ++i) {
    base::add_text(text, i == 0 ? "" : i + 1 == names.size() ? " and " : ", ");
    base::add_text(text, names[i]);
  }
  if (shown < names.size()) text += " and others";
  return text;
}

std::string bytes_text(std::uint32_t bytes) { return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes"); }

/// Explains one relocation on one kernel.
class Explainer {
 public:
  Explainer(const core::Question& question, const core::PatchRule& rule, const CandidateOutcomes& group,
            std::size_t slot, const btf::View& kernel)
      : question_(question), rule_(rule), group_(group), row_(group.row(slot)), kernel_(kernel) {}

  [[nodiscard]] Explanation failed(Failure failure) const {
    const std::string where = found_in_modules(types_that_decide());
    if (!is_ambiguous(failure)) return with(Reason::other, std::string(to_string(failure)) + where);
    if (question_.kind == RelocationKind::type_id_target) return with(Reason::ambiguous, "there are several" + where);
    return with(Reason::ambiguous, "several types " + base::short_text(question_.root.name) + " disagree about the " +
                                       disputed(question_.kind, failure) + where);
  }

  /// `other` is the kind of a type with the root's name and another kind; void_ if there is none.
  [[nodiscard]] Explanation poisoned(const Resolution& resolution, Kind other) const {
    if (resolution.matching != 0) return of_other_size(resolution.target_type);
    return absent(other);
  }

  /// Explains why no candidate on the list matches.
  [[nodiscard]] Explanation absent(Kind other) const {
    if (group_.candidates.empty()) return core::explain_no_candidate(question_, other);
    if (std::ranges::find(row_, Answer::State::yes, &core::Outcome::state) != row_.end()) {
      return with(Reason::incompatible, "only a type " + base::short_text(question_.root.name) +
                                            " has it that earlier relocations ruled out" +
                                            found_in_modules(types_that_decide()));
    }
    return nearest_mismatch();
  }

 private:
  /// Returns the candidates that match the question, or fail on it.
  [[nodiscard]] std::vector<std::uint32_t> types_that_decide() const {
    std::vector<std::uint32_t> types;
    for (std::size_t i = 0; i < group_.candidates.size(); ++i) {
      if (row_[i].state != Answer::State::no) types.push_back(group_.candidates[i]);
    }
    return types;
  }

  /// Returns the names of the modules that have one of the types, sorted, each once. Empty if vmlinux has them.
  [[nodiscard]] std::vector<std::string_view> modules_of(const std::vector<std::uint32_t>& types) const {
    std::vector<std::string_view> names;
    for (const std::uint32_t type : types) {
      if (type >= kernel_.base_end()) names.push_back(kernel_.module_of(type).name);
    }
    base::sort_unique(names);
    return names;
  }

  /// Returns "; found in module btrfs", or an empty text if vmlinux has the types.
  [[nodiscard]] std::string found_in_modules(const std::vector<std::uint32_t>& types) const {
    const std::vector<std::string_view> names = modules_of(types);
    return names.empty() ? "" : "; found in " + modules_text(names);
  }

  /// Adds the modules of `types` to an explanation of a mismatch: "no such member in struct y, module btrfs".
  [[nodiscard]] Explanation in_modules(Explanation explanation, const std::vector<std::uint32_t>& types) const {
    const std::vector<std::string_view> names = modules_of(types);
    if (names.empty()) return explanation;
    std::string& detail = explanation.detail;
    if (explanation.reason == Reason::no_such_member || explanation.reason == Reason::no_such_enumerator) {
      detail += (detail.empty() ? "in " : ", ") + modules_text(names);
    } else {
      detail += "; found in " + modules_text(names);
    }
    return explanation;
  }

  [[nodiscard]] Explanation with(Reason reason, std::string detail) const {
    return {.reason = reason,
            .subject = core::access_text(question_, question_.accessors.size()),
            .detail = std::move(detail)};
  }

  /// Explains a field that exists and has another size, so that libbpf cannot adjust the load (core::patch()).
  [[nodiscard]] Explanation of_other_size(std::uint32_t type) const {
    const auto found = std::ranges::find(group_.candidates, type);
    const core::FieldValue& there = row_[static_cast<std::size_t>(found - group_.candidates.begin())].value;
    const char* const because = rule_.load_class == core::LoadClass::other   ? "not unsigned"
                                : there.load_class == core::LoadClass::other ? "not unsigned there"
                                                                             : "one of them a pointer";
    return with(Reason::incompatible, bytes_text(there.element_bytes) + " there, " +
                                          std::to_string(rule_.original_bytes) + " in the object, and " + because +
                                          found_in_modules({type}));
  }

  /// Returns the explanation for the candidate whose search got furthest (rank()). If several candidates have the
  /// highest rank, the alphabetically first text is taken: the order of types differs from kernel to kernel.
  ///
  /// Worked example: the question is s.a.b, and the kernel has three types s. The first type has no member a, the
  /// second has no s.a.b, and the third has s.a.b as an int instead of a pointer. The searches end at (a, missing), (b,
  /// missing) and (b, other type). The rank of the last one is the highest: "int there, pointer in the object".
  [[nodiscard]] Explanation nearest_mismatch() const {
    std::optional<Mismatch> nearest;
    Explanation best;
    std::vector<std::uint32_t> types;  // where the searches with this explanation ended
    core::WorkBudget budget;
    for (std::size_t i = 0; i < std::min(group_.candidates.size(), most_candidates); ++i) {
      Mismatch mismatch;
      (void)core::ask(question_, kernel_, group_.candidates[i], budget, {.mismatch = &mismatch});
      if (nearest && rank(mismatch) < rank(*nearest)) continue;
      const bool is_as_near = nearest && rank(mismatch) == rank(*nearest);
      if (is_as_near && mismatch.type == nearest->type && mismatch.member == nearest->member) continue;
      Explanation explanation = core::explain(question_, kernel_, mismatch);
      if (is_as_near && explanation == best) types.push_back(mismatch.type);
      if (is_as_near && explanation.detail >= best.detail) continue;
      nearest = mismatch;
      best = std::move(explanation);
      types = {mismatch.type};
    }
    return in_modules(std::move(best), types);
  }

  /// A higher rank is more informative: a later accessor first, then a member of another type before a missing one.
  static std::tuple<std::size_t, bool> rank(const Mismatch& mismatch) {
    return {mismatch.accessor, mismatch.what != Mismatch::What::no_member};
  }

  const core::Question& question_;
  const core::PatchRule& rule_;
  const CandidateOutcomes& group_;
  std::span<const core::Outcome> row_;
  const btf::View& kernel_;
};

}  // namespace

const Explanation& Explanations::of(std::uint32_t index, const Resolution& resolution) {
  const Key key = {index, false, resolution.status, resolution.failure, resolution.target_type};
  const auto [known, is_new] = known_.try_emplace(key);
  if (is_new) known->second = explain(plan_.classes[index], resolution, false);
  return known->second;
}

const Explanation& Explanations::of_absence(std::uint32_t index, const Resolution& resolution) {
  const auto [known, is_new] = known_.try_emplace(Key{index, true, resolution.status, resolution.failure, 0});
  if (is_new) known->second = explain(plan_.classes[index], resolution, true);
  return known->second;
}

Explanation Explanations::explain(const RelocationClass& each, const Resolution& resolution, bool is_absence) {
  if (resolution.status == Status::resolved && !is_absence) return {};
  const std::uint32_t group = each.place.group;
  if (group == no_question) {
    return {.reason = Reason::other, .subject = "", .detail = std::string(to_string(resolution.failure))};
  }
  const Explainer explainer(plan_.groups[group].questions[each.place.slot], each.rule, table_[group], each.place.slot,
                            kernel_);
  if (resolution.status == Status::failed) return explainer.failed(resolution.failure);
  const Kind other = table_[group].candidates.empty() ? other_kind(group) : Kind::void_;
  return is_absence ? explainer.absent(other) : explainer.poisoned(resolution, other);
}

Kind Explanations::other_kind(std::uint32_t group) {
  if (!other_kinds_) other_kinds_ = other_kinds(plan_, table_, kernel_);
  return (*other_kinds_)[group];
}

}  // namespace minbtf::minimize
