// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/plan.hpp"

#include <algorithm>
#include <utility>

#include "base/short_text.hpp"
#include "core/verifier.hpp"
#include "minbtf/error.hpp"
#include "minimize/compare/answers.hpp"
#include "minimize/compare/compare.hpp"
#include "minimize/compare/kept_parts.hpp"
#include "minimize/diagnose/module_roots.hpp"
#include "minimize/diagnose/unresolved.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/plans_by_order.hpp"
#include "minimize/query/query_plan.hpp"
#include "minimize/query/resolved.hpp"
#include "minimize/reduce/reduce.hpp"
#include "minimize/reduce/shadowed.hpp"
#include "object/object_data.hpp"

namespace minbtf {

struct Plan::Impl {
  minimize::PlansByOrder plans;

  [[nodiscard]] const std::shared_ptr<const minimize::QueryPlan>& for_kernel(const btf::View& kernel) const {
    return plans.for_kernel(kernel.byte_order());
  }
};

namespace {

std::shared_ptr<const minimize::KeepFinder> finder_of(std::vector<Keep> keeps) {
  return keeps.empty() ? nullptr : std::make_shared<const minimize::KeepFinder>(std::move(keeps));
}

const std::vector<Keep>& keeps_of(const minimize::QueryPlan& plan) {
  static const std::vector<Keep> none;
  return plan.keeps == nullptr ? none : plan.keeps->keeps();
}

}  // namespace

Plan::Plan(std::vector<BpfObject> objects, std::vector<Keep> keeps, Layout layout)
    : impl_(std::make_unique<const Impl>(Impl{
          minimize::PlansByOrder(std::move(objects), {}, {.keeps = finder_of(std::move(keeps)), .layout = layout})})) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

Plan Plan::using_only(const std::vector<bool>& used) const {
  Plan plan{std::vector<BpfObject>()};
  plan.impl_ = std::make_unique<const Impl>(Impl{minimize::PlansByOrder(
      objects(), used, {.keeps = impl_->plans.all()->keeps, .layout = impl_->plans.all()->layout})});
  return plan;
}

const std::vector<BpfObject>& Plan::objects() const noexcept { return impl_->plans.all()->objects; }
const std::vector<Keep>& Plan::keeps() const noexcept { return keeps_of(*impl_->plans.all()); }
std::size_t Plan::question_count() const noexcept { return impl_->plans.all()->question_count; }

std::vector<std::size_t> Plan::kept_in(const Btf& btf) const { return minimize::kept_in(keeps(), btf::view_of(btf)); }

bool Plan::takes_part(std::size_t object, ByteOrder kernel) const {
  return impl_->plans.for_kernel(kernel)->takes_part[object];
}

RelocationText Plan::describe(std::size_t object, std::size_t relocation) const {
  const object::ObjectData& data = object::data_of(objects()[object]);
  const object::Record& record = data.records[relocation];
  return {.program = record.program == object::no_program ? "" : data.programs[record.program].name,
          .section = std::string(data.sections[record.section]),
          .insn = record.insn,
          .kind = static_cast<RelocationKind>(record.kind),
          .subject = core::describe_record(*data.btf, record.kind, record.type_id, record.access_str_off)};
}

namespace {

/// Sorts `texts`, and leaves one of equal ones.
void make_set(std::vector<std::string>& texts) {
  std::ranges::sort(texts);
  const auto repeated = std::ranges::unique(texts);
  texts.erase(repeated.begin(), repeated.end());
}

std::string kind_and_name(const core::Root& root) {
  std::string text = std::string(btf::message_word(root.kind)) + " ";
  base::add_text(text, root.name);
  return text;
}

WantedTypes wanted_by(const minimize::QueryPlan& plan) {
  WantedTypes wanted;
  for (const minimize::Group& group : plan.groups) {
    const core::Root& root = group.root;
    if (root.name.empty()) continue;  // has no candidates
    wanted.names.emplace_back(root.name);
    if (!btf::is_sought(root.kind)) wanted.extras.push_back(kind_and_name(root));
    wanted.follows_pointers =
        wanted.follows_pointers || std::ranges::any_of(group.questions, [&](const auto& question) {
          return core::can_follow_pointers(question.kind, root);
        });
  }
  for (const minimize::RelocationClass& each : plan.classes) {
    const bool is_offset = each.rule.kind == RelocationKind::type_id_target &&
                           each.rule.form == core::PatchRule::Form::memory && each.place.group != minimize::no_question;
    if (!is_offset) continue;
    wanted.whole_only.push_back("type id of " + kind_and_name(plan.groups[each.place.group].root) +
                                " in a load or store");
  }
  if (plan.keeps != nullptr) {
    for (std::string& name : plan.keeps->essential_names()) wanted.names.push_back(std::move(name));
    wanted.follows_pointers = wanted.follows_pointers || plan.keeps->follows_pointers();
  }
  make_set(wanted.names);
  make_set(wanted.extras);
  make_set(wanted.whole_only);
  return wanted;
}

}  // namespace

WantedTypes Plan::wanted_types(ByteOrder kernel) const { return wanted_by(*impl_->plans.for_kernel(kernel)); }

WantedTypes Plan::wanted_types_of_check(ByteOrder kernel) const {
  WantedTypes wanted = wanted_types(kernel);
  // check() reads this enum without a question: core/verifier, verifier_of().
  wanted.names.emplace_back(core::verifier_enum);
  make_set(wanted.names);
  return wanted;
}

WantedTypes Plan::wanted_types_of_all() const { return wanted_by(*impl_->plans.all()); }

struct Workspace::Impl {
  btf::Index index;

  /// Returns the result of `use` for a view of the kernel's BTF. The view uses the memory of this workspace.
  template <typename Use>
  auto with_view(const KernelBtf& kernel, const std::string& name, Use&& use) {
    auto view = btf::View::parse_in_place(kernel.bytes, name, std::move(index), kernel.source_bytes, kernel.modules);
    auto result = use(std::as_const(view));
    index = std::move(view).take_index();
    return result;
  }
};

Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

namespace {

/// Throws Error if something that is kept by name is not the same in `reduced`: unsupported if the name of a module's
/// type is the reason, otherwise internal.
void check_kept(const minimize::QueryPlan& plan, const btf::View& kernel, const std::vector<std::uint8_t>& reduced) {
  if (plan.keeps == nullptr) return;
  const std::vector<Keep>& keeps = plan.keeps->keeps();
  const minimize::KeptComparison found =
      minimize::compare_kept(keeps, kernel, btf::View::parse(reduced, kernel.name() + " (reduced)"));
  if (found.differences.empty()) return;
  const KeptDifference& first = found.differences.front();
  const std::string lost = minimize::lost_name_of_keep(plan, kernel, first.keep);
  if (!lost.empty()) throw Error(ErrorKind::unsupported, kernel.name(), "", lost);
  throw Error(ErrorKind::internal, kernel.name(), "",
              "a part that is kept by name changed: " + base::short_text(keeps[first.keep].text()) + ": " + first.text);
}

Comparison compare_views(const minimize::QueryPlan& plan, const btf::View& full, const btf::View& reduced) {
  Comparison comparison = minimize::compare(plan, full, reduced);
  if (plan.keeps != nullptr) {
    minimize::KeptComparison kept = minimize::compare_kept(plan.keeps->keeps(), full, reduced);
    comparison.kept = std::move(kept.kept);
    comparison.kept_differences = std::move(kept.differences);
  }
  return comparison;
}

Reduction minimize_view(std::shared_ptr<const minimize::QueryPlan> plan, const btf::View& kernel) {
  const minimize::OutcomeTable table = minimize::ask_all_questions(*plan, kernel);
  minimize::Encoded encoded = minimize::reduce(*plan, kernel, table);
  check_kept(*plan, kernel, encoded.bytes);
  return {.bytes = std::move(encoded.bytes),
          .types = encoded.types,
          .members = encoded.members,
          .enumerators = encoded.enumerators,
          .source_types = kernel.id_end() - 1,
          .resolutions = minimize::resolutions_of(minimize::resolve_all(std::move(plan), table))};
}

std::vector<UnresolvedRelocation> check_view(const std::shared_ptr<const minimize::QueryPlan>& plan,
                                             const btf::View& kernel) {
  const minimize::OutcomeTable table = minimize::ask_all_questions(*plan, kernel);
  return minimize::find_unresolved(*minimize::resolve_all(plan, table), table, kernel);
}

std::vector<ModuleRoot> module_roots_of_view(const minimize::QueryPlan& plan, const btf::View& kernel) {
  if (!kernel.has_modules()) return {};
  return minimize::module_roots(plan, minimize::ask_all_questions(plan, kernel), kernel);
}

}  // namespace

Reduction Plan::minimize(const Btf& kernel) const {
  return minimize_view(impl_->for_kernel(btf::view_of(kernel)), btf::view_of(kernel));
}

Reduction Plan::minimize(const KernelBtf& kernel, const std::string& name, Workspace& workspace) const {
  Reduction reduction = workspace.impl_->with_view(
      kernel, name, [&](const btf::View& view) { return minimize_view(impl_->for_kernel(view), view); });
  if (kernel.source_types) reduction.source_types = *kernel.source_types;
  return reduction;
}

std::vector<UnresolvedRelocation> Plan::check(const Btf& kernel) const {
  return check_view(impl_->for_kernel(btf::view_of(kernel)), btf::view_of(kernel));
}

std::vector<UnresolvedRelocation> Plan::check(const KernelBtf& kernel, const std::string& name,
                                              Workspace& workspace) const {
  return workspace.impl_->with_view(kernel, name,
                                    [&](const btf::View& view) { return check_view(impl_->for_kernel(view), view); });
}

std::vector<ModuleRoot> Plan::module_roots(const Btf& kernel) const {
  return module_roots_of_view(*impl_->for_kernel(btf::view_of(kernel)), btf::view_of(kernel));
}

std::vector<ModuleRoot> Plan::module_roots(const KernelBtf& kernel, const std::string& name,
                                           Workspace& workspace) const {
  return workspace.impl_->with_view(
      kernel, name, [&](const btf::View& view) { return module_roots_of_view(*impl_->for_kernel(view), view); });
}

Comparison Plan::compare(const Btf& full, const Btf& reduced) const {
  return compare_views(*impl_->for_kernel(btf::view_of(full)), btf::view_of(full), btf::view_of(reduced));
}

Comparison Plan::compare(const KernelBtf& full, const std::string& name, const Btf& reduced,
                         Workspace& workspace) const {
  return workspace.impl_->with_view(full, name, [&](const btf::View& view) {
    return compare_views(*impl_->for_kernel(view), view, btf::view_of(reduced));
  });
}

Answers Plan::answers(const Btf& reduced) const {
  const btf::View& view = btf::view_of(reduced);
  return minimize::answers(impl_->for_kernel(view), view);
}

std::vector<Resolution> Plan::resolve(const Btf& kernel, std::size_t object, const std::vector<bool>& programs) const {
  const minimize::QueryPlan& plan = *impl_->plans.all();
  if (!plan.takes_part[object]) return {};
  const minimize::OutcomeTable table = minimize::ask_all_questions(plan, btf::view_of(kernel));
  return minimize::resolve_object(plan, table, object, programs);
}

}  // namespace minbtf
