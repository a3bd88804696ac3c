#include "minimize/guards.hpp"

#include <algorithm>

#include "core/names.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

bool asks_existence(RelocationKind kind) {
  return kind == RelocationKind::field_exists || kind == RelocationKind::type_exists ||
         kind == RelocationKind::type_matches || kind == RelocationKind::enumval_exists;
}

bool is_same_step(const core::Accessor& a, const core::Accessor& b) {
  return a.named == b.named && (a.named ? a.name == b.name : a.index == b.index);
}

bool is_same_enumerator(const core::Question& a, const core::Question& b) {
  return core::essential_name(a.accessors.front().name) == core::essential_name(b.accessors.front().name);
}

/// Is what `guard` asks about on the way to what `access` accesses?
bool leads_to(const core::Question& guard, const core::Question& access) {
  if (guard.root != access.root) return false;
  if (core::is_type_based(guard.kind)) return true;
  if (core::is_enumval_based(guard.kind)) {
    return core::is_enumval_based(access.kind) && is_same_enumerator(guard, access);
  }
  return core::is_field_based(access.kind) && guard.accessors.size() <= access.accessors.size() &&
         std::equal(guard.accessors.begin(), guard.accessors.end(), access.accessors.begin(), is_same_step);
}

const core::Question* question_of(const Planned& plan, std::size_t object, std::size_t record) {
  const Place place = plan.cases[plan.records[plan.same_as[object]][record]].place;
  return place.group == no_question ? nullptr : &plan.groups[place.group].questions[place.slot];
}

}  // namespace

Guards::Guards(const Planned& plan, std::size_t object)
    : plan_(plan), object_(object), by_program_(plan.objects[object].programs().size()) {
  const auto& records = plan.objects[object].data().records;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const core::Question* const question = question_of(plan, object, i);
    if (records[i].program == object::no_program || question == nullptr || !asks_existence(question->kind)) continue;
    by_program_[records[i].program].push_back(i);
  }
}

bool Guards::has(const Resolved& resolved, std::span<const std::size_t> programs, std::size_t record) const {
  const core::Question* const access = question_of(plan_, object_, record);
  if (access == nullptr) return false;
  const auto guards = [&](std::uint32_t guard) {
    if (!leads_to(*question_of(plan_, object_, guard), *access)) return false;
    const Resolution told = resolved.resolution(object_, guard);
    return told.status == Status::resolved && told.value == 0;
  };
  return std::ranges::any_of(programs,
                             [&](std::size_t program) { return std::ranges::any_of(by_program_[program], guards); });
}

}  // namespace minbtf::minimize
