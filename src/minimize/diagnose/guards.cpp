// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/guards.hpp"

#include <algorithm>

#include "btf/essential_name.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

bool asks_existence(RelocationKind kind) {
  return kind == RelocationKind::field_exists || kind == RelocationKind::type_exists ||
         kind == RelocationKind::type_matches || kind == RelocationKind::enumval_exists;
}

std::uint32_t class_of(const QueryPlan& plan, std::size_t object, std::size_t record) {
  return plan.records[plan.same_as[object]][record];
}

const core::Question* question_of(const QueryPlan& plan, std::size_t object, std::size_t record) {
  const QuestionPlace place = plan.classes[class_of(plan, object, record)].place;
  return place.group == no_question ? nullptr : &plan.groups[place.group].questions[place.slot];
}

/// Returns the paths of a question: the type, then each step of the access, up to the field, enumerator or type that
/// the question is about. Flavors do not count: types with one essential name have equal paths, and enumerators too.
/// Example: for s___new.a.b, a struct (kind 4), the paths are "4s", "4s#0", "4s#0.a" and "4s#0.a.b". "#0" is the first
/// index of the access string.
std::vector<std::string> paths_to(const core::Question& question) {
  std::string path = std::to_string(static_cast<unsigned>(question.root.kind)) + std::string(question.root.name);
  std::vector<std::string> paths = {path};
  if (core::is_enumval_based(question.kind)) {
    paths.push_back(path + '=' + std::string(btf::essential_name(question.accessors.front().name)));
  } else if (core::is_field_based(question.kind)) {
    for (const core::Accessor& step : question.accessors) {
      path += step.named ? '.' + std::string(step.name) : '#' + std::to_string(step.index);
      paths.push_back(path);
    }
  }
  return paths;
}

bool is_missing(Reason reason) {
  return reason == Reason::no_such_type || reason == Reason::no_such_member || reason == Reason::no_such_enumerator;
}

}  // namespace

Guards::Guards(const Resolved& resolved, std::size_t object, Explanations& explanations)
    : resolved_(resolved), plan_(*resolved.plan), object_(object), explanations_(explanations) {
  const auto& records = object::data_of(plan_.objects[object]).records;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    const core::Question* const question = question_of(plan_, object, i);
    if (records[i].program == object::no_program || question == nullptr || !asks_existence(question->kind)) continue;
    const Resolution absent = resolved.resolution(object, i);
    if (absent.status == Status::resolved && absent.value == 0) asking_[records[i].program].push_back(i);
  }
}

/// Worked example: the kernel has `struct s { int state; }`. A program has these records:
///
///     1   field_exists   s___new.flags              0: no such member
///     2   field_exists   s___new.state (a struct)   0: int in the kernel
///     3   offset         s___old.flags.bits         guarded
///     4   offset         s___new.state.x            guarded
///     5   offset         s___other.state.x          not guarded
///
///  - Record 3: its path s.flags does not exist under any declaration (record 1), so the local type does not matter.
///  - Record 4: record 2 has the path s.state and the same local type.
///  - Record 5: record 2 has another local type, and the kernel has a member s.state. A check of s___new.state implies
///    nothing about s___other.state.
bool Guards::has(const object::LoadUnit& unit, std::size_t record) {
  const core::Question* const access = question_of(plan_, object_, record);
  if (access == nullptr || asking_.empty()) return false;
  const auto [entry, is_new] = absences_.try_emplace(unit.program);
  Paths& known = entry->second;
  if (is_new) known = absent(unit);
  const std::uint32_t type = object::data_of(plan_.objects[object_]).records[record].type_id;
  return std::ranges::any_of(paths_to(*access), [&](const std::string& path) {
    const auto found = known.find(path);
    return found != known.end() && (found->second.of_any || found->second.types.contains(type));
  });
}

/// Returns the last path of each existence check in the unit that resolved to 0.
Guards::Paths Guards::absent(const object::LoadUnit& unit) {
  Paths paths;
  for (const std::size_t member : unit.members) {
    const auto asking = asking_.find(member);
    if (asking == asking_.end()) continue;
    for (const std::uint32_t record : asking->second) {
      const core::Question& question = *question_of(plan_, object_, record);
      Absence& absent = paths[paths_to(question).back()];
      absent.types.insert(object::data_of(plan_.objects[object_]).records[record].type_id);
      const std::uint32_t index = class_of(plan_, object_, record);
      absent.of_any =
          absent.of_any || (question.kind != RelocationKind::type_matches &&
                            is_missing(explanations_.of_absence(index, resolved_.resolution(object_, record)).reason));
    }
  }
  return paths;
}

}  // namespace minbtf::minimize
