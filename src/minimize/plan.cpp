#include <utility>

#include "minbtf/plan.hpp"
#include "minimize/compare/compare.hpp"
#include "minimize/diagnose/unresolved.hpp"
#include "minimize/query/outcome_table.hpp"
#include "minimize/query/query_plan.hpp"
#include "minimize/query/resolved.hpp"
#include "minimize/reduce/reduce.hpp"
#include "object/object_data.hpp"

namespace minbtf {

struct Plan::Impl {
  std::shared_ptr<const minimize::QueryPlan> query_plan;
};

Plan::Plan(std::vector<BpfObject> objects)
    : impl_(std::make_unique<const Impl>(
          Impl{std::make_shared<const minimize::QueryPlan>(minimize::make_query_plan(std::move(objects)))})) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

const std::vector<BpfObject>& Plan::objects() const noexcept { return impl_->query_plan->objects; }
std::size_t Plan::question_count() const noexcept { return impl_->query_plan->question_count; }

RelocationText Plan::describe(std::size_t object, std::size_t relocation) const {
  const object::ObjectData& data = impl_->query_plan->objects[object].data();
  const object::Record& record = data.records[relocation];
  return {.program = record.program == object::no_program ? "" : data.programs[record.program].name,
          .section = std::string(data.sections[record.section]),
          .insn = record.insn,
          .kind = static_cast<RelocationKind>(record.kind),
          .subject = core::describe_record(*data.btf, record.kind, record.type_id, record.access_str_off)};
}

struct Workspace::Impl {
  btf::Index index;

  /// What `use` makes of the BTF in `bytes`, with this memory.
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
          .resolutions = Resolutions(minimize::resolve_all(std::move(plan), table))};
}

std::vector<UnresolvedRelocation> check_view(const std::shared_ptr<const minimize::QueryPlan>& plan,
                                             const btf::View& kernel) {
  const minimize::OutcomeTable table = minimize::ask_all_questions(*plan, kernel);
  return minimize::find_unresolved(*minimize::resolve_all(plan, table), table, kernel);
}

}  // namespace

Reduction Plan::minimize(const Btf& kernel) const { return minimize_view(impl_->query_plan, kernel.view()); }

Reduction Plan::minimize(std::span<const std::uint8_t> bytes, const std::string& name, Workspace& workspace) const {
  return workspace.impl_->with_view(bytes, name,
                                    [&](const btf::View& kernel) { return minimize_view(impl_->query_plan, kernel); });
}

std::vector<UnresolvedRelocation> Plan::check(const Btf& kernel) const {
  return check_view(impl_->query_plan, kernel.view());
}

std::vector<UnresolvedRelocation> Plan::check(std::span<const std::uint8_t> bytes, const std::string& name,
                                              Workspace& workspace) const {
  return workspace.impl_->with_view(bytes, name,
                                    [&](const btf::View& kernel) { return check_view(impl_->query_plan, kernel); });
}

Comparison Plan::compare(const Btf& full, const Btf& reduced) const {
  return minimize::compare(*impl_->query_plan, full.view(), reduced.view());
}

Comparison Plan::compare(std::span<const std::uint8_t> full, const std::string& name, const Btf& reduced,
                         Workspace& workspace) const {
  return workspace.impl_->with_view(full, name, [&](const btf::View& kernel) {
    return minimize::compare(*impl_->query_plan, kernel, reduced.view());
  });
}

std::vector<Resolution> Plan::resolve(const Btf& kernel, std::size_t object, const std::vector<bool>& programs) const {
  const minimize::OutcomeTable table = minimize::ask_all_questions(*impl_->query_plan, kernel.view());
  return minimize::resolve_object(*impl_->query_plan, table, object, programs);
}

}  // namespace minbtf
