#include "minbtf/plan.hpp"

#include <utility>

#include "minimize/answers.hpp"
#include "minimize/planned.hpp"
#include "minimize/reduce.hpp"
#include "minimize/resolved.hpp"
#include "object/object_data.hpp"

namespace minbtf {

struct Plan::Impl {
  std::shared_ptr<const minimize::Planned> planned;
};

Plan::Plan(std::vector<BpfObject> objects)
    : impl_(std::make_unique<const Impl>(
          Impl{std::make_shared<const minimize::Planned>(minimize::make_plan(std::move(objects)))})) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

const std::vector<BpfObject>& Plan::objects() const noexcept { return impl_->planned->objects; }
std::size_t Plan::question_count() const noexcept { return impl_->planned->question_count; }

RelocationText Plan::describe(std::size_t object, std::size_t relocation) const {
  const object::ObjectData& data = impl_->planned->objects[object].data();
  const object::Record& record = data.records[relocation];
  return {.program = record.program == object::no_program ? "" : data.programs[record.program].name,
          .section = data.sections[record.section],
          .insn = record.insn,
          .kind = static_cast<RelocationKind>(record.kind),
          .subject = core::describe_record(*data.btf, record.kind, record.type_id, record.access_str_off)};
}

struct Workspace::Impl {
  btf::Index index;
};

Workspace::Workspace() : impl_(std::make_unique<Impl>()) {}
Workspace::~Workspace() = default;
Workspace::Workspace(Workspace&&) noexcept = default;
Workspace& Workspace::operator=(Workspace&&) noexcept = default;

namespace {

Reduction minimize_view(std::shared_ptr<const minimize::Planned> plan, const btf::View& kernel) {
  const minimize::Answers answers = minimize::ask_all(*plan, kernel);
  minimize::Encoded encoded = minimize::reduce(*plan, kernel, answers);
  return {.bytes = std::move(encoded.bytes),
          .types = encoded.types,
          .members = encoded.members,
          .enumerators = encoded.enumerators,
          .source_types = kernel.id_end() - 1,
          .resolutions = Resolutions(minimize::resolve_all(std::move(plan), answers))};
}

}  // namespace

Reduction Plan::minimize(const Btf& kernel) const { return minimize_view(impl_->planned, kernel.view()); }

Reduction Plan::minimize(std::span<const std::uint8_t> bytes, const std::string& name, Workspace& workspace) const {
  auto view = btf::View::parse_in_place(bytes, name, std::move(workspace.impl_->index));
  Reduction reduction = minimize_view(impl_->planned, view);
  workspace.impl_->index = std::move(view).take_index();
  return reduction;
}

std::vector<Resolution> Plan::resolve(const Btf& kernel, std::size_t object, const std::vector<bool>& programs) const {
  const minimize::Answers answers = minimize::ask_all(*impl_->planned, kernel.view());
  return minimize::resolve_object(*impl_->planned, answers, object, programs);
}

}  // namespace minbtf
