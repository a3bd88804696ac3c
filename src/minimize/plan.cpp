#include <utility>

#include "minbtf/plan.hpp"
#include "minimize/compare/compare.hpp"
#include "minimize/diagnose/unresolved.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/plans_by_order.hpp"
#include "minimize/query/query_plan.hpp"
#include "minimize/query/resolved.hpp"
#include "minimize/reduce/reduce.hpp"
#include "object/object_data.hpp"

namespace minbtf {

struct Plan::Impl {
  minimize::PlansByOrder plans;

  [[nodiscard]] const std::shared_ptr<const minimize::QueryPlan>& for_kernel(const btf::View& kernel) const {
    return plans.for_kernel(kernel.byte_order());
  }
};

Plan::Plan(std::vector<BpfObject> objects)
    : impl_(std::make_unique<const Impl>(Impl{minimize::PlansByOrder(std::move(objects))})) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

const std::vector<BpfObject>& Plan::objects() const noexcept { return impl_->plans.all()->objects; }
std::size_t Plan::question_count() const noexcept { return impl_->plans.all()->question_count; }

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

struct Workspace::Impl {
  btf::Index index;

  /// Returns the result of `use` for a view of the BTF in `bytes`. The view uses the memory of this workspace.
  template <typename Use>
  auto with_view(std::span<const std::uint8_t> bytes, const std::string& name, Use&& use) {
    auto view = btf::View::parse_in_place(bytes, name, std::move(index));
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

Reduction minimize_view(std::shared_ptr<const minimize::QueryPlan> plan, const btf::View& kernel) {
  const minimize::OutcomeTable table = minimize::ask_all_questions(*plan, kernel);
  minimize::Encoded encoded = minimize::reduce(*plan, kernel, table);
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

}  // namespace

Reduction Plan::minimize(const Btf& kernel) const {
  return minimize_view(impl_->for_kernel(btf::view_of(kernel)), btf::view_of(kernel));
}

Reduction Plan::minimize(std::span<const std::uint8_t> bytes, const std::string& name, Workspace& workspace) const {
  return workspace.impl_->with_view(
      bytes, name, [&](const btf::View& kernel) { return minimize_view(impl_->for_kernel(kernel), kernel); });
}

std::vector<UnresolvedRelocation> Plan::check(const Btf& kernel) const {
  return check_view(impl_->for_kernel(btf::view_of(kernel)), btf::view_of(kernel));
}

std::vector<UnresolvedRelocation> Plan::check(std::span<const std::uint8_t> bytes, const std::string& name,
                                              Workspace& workspace) const {
  return workspace.impl_->with_view(
      bytes, name, [&](const btf::View& kernel) { return check_view(impl_->for_kernel(kernel), kernel); });
}

Comparison Plan::compare(const Btf& full, const Btf& reduced) const {
  return minimize::compare(*impl_->for_kernel(btf::view_of(full)), btf::view_of(full), btf::view_of(reduced));
}

Comparison Plan::compare(std::span<const std::uint8_t> full, const std::string& name, const Btf& reduced,
                         Workspace& workspace) const {
  return workspace.impl_->with_view(full, name, [&](const btf::View& kernel) {
    return minimize::compare(*impl_->for_kernel(kernel), kernel, btf::view_of(reduced));
  });
}

std::vector<Resolution> Plan::resolve(const Btf& kernel, std::size_t object, const std::vector<bool>& programs) const {
  const minimize::QueryPlan& plan = *impl_->plans.all();
  const minimize::OutcomeTable table = minimize::ask_all_questions(plan, btf::view_of(kernel));
  return minimize::resolve_object(plan, table, object, programs);
}

}  // namespace minbtf
