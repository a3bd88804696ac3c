// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/unresolved.hpp"

#include <optional>
#include <utility>

#include "core/question.hpp"
#include "core/reachability.hpp"
#include "core/verifier.hpp"
#include "minbtf/error.hpp"
#include "minimize/diagnose/cut_value.hpp"
#include "minimize/diagnose/dead_code.hpp"
#include "minimize/diagnose/explanations.hpp"
#include "minimize/diagnose/guards.hpp"
#include "object/calls.hpp"
#include "object/object_data.hpp"
#include "object/read_only_data.hpp"

namespace minbtf::minimize {

namespace {

/// The load units of one object, and its guards.
struct Loaded {
  Loaded(const Resolved& resolved, std::size_t object, Explanations& explanations)
      : guards(resolved, object, explanations),
        units(object::load_units(object::data_of(resolved.plan->objects[object]))),
        with(resolved.plan->objects[object].programs().size()) {
    if (units.empty()) {
      throw Error(ErrorKind::unsupported, resolved.plan->objects[object].name(), "",
                  "its programs call too many subprograms to check each program");
    }
    for (const object::LoadUnit& unit : units) {
      all.push_back(&unit);
      for (const std::size_t member : unit.members) with[member].push_back(&unit);
    }
  }

  /// Returns the units that a relocation in `program` counts for. Follows bpf_object__relocate_core() of libbpf.c,
  /// which runs before any program is loaded:
  ///  1. A relocation of a program counts for this program. libbpf skips it if the program is switched off.
  ///  2. A relocation of a subprogram that is poisoned counts for each unit with this subprogram.
  ///  3. A relocation of a subprogram that fails counts for all units, whether they call the subprogram or not: libbpf
  ///     cannot skip it, and stops. This applies only to the first such relocation. Later ones add no information, and
  ///     the list would have a length of records times programs.
  [[nodiscard]] const std::vector<const object::LoadUnit*>& concerned(std::size_t program, bool is_subprogram,
                                                                      Status status) {
    const bool fails_all = status == Status::failed && is_subprogram && !std::exchange(all_fail, true);
    return fails_all ? all : with[program];
  }

  Guards guards;
  std::vector<object::LoadUnit> units;
  std::vector<const object::LoadUnit*> all;                ///< all of `units`
  std::vector<std::vector<const object::LoadUnit*>> with;  ///< by program: units that have it as a member
  bool all_fail = false;                                   ///< a relocation of a subprogram has failed
};

/// Finds the unresolved relocations of all objects on one kernel.
class Finder {
 public:
  Finder(const Resolved& resolved, const OutcomeTable& table, const btf::View& kernel)
      : resolved_(resolved),
        plan_(*resolved.plan),
        kernel_(kernel),
        explanations_(plan_, table, kernel),
        dead_code_(resolved, core::verifier_of(kernel)) {}

  std::vector<UnresolvedRelocation> run() {
    for (std::size_t object = 0; object < plan_.objects.size(); ++object) {
      if (!plan_.takes_part[object]) continue;
      std::optional<Loaded> loaded;  // made on demand: most objects have no unresolved relocation
      const auto& records = object::data_of(plan_.objects[object]).records;
      for (std::size_t record = 0; record < records.size(); ++record) {
        // libbpf skips records that belong to no program.
        if (records[record].program == object::no_program) continue;
        const Resolution resolution = resolved_.resolution(object, record);
        const std::optional<Explanation> cut =
            cut_value(*object::data_of(plan_.objects[object]).btf, records[record], resolution, kernel_);
        if (resolution.status == Status::resolved && !cut) continue;
        if (!loaded) loaded.emplace(resolved_, object, explanations_);
        UnresolvedRelocation failing = {.object = object,
                                        .relocation = record,
                                        .status = resolution.status,
                                        .failure = resolution.failure,
                                        .why = cut ? *cut : why(object, record, resolution)};
        const std::size_t program = records[record].program;
        const bool is_subprogram = object::data_of(plan_.objects[object]).is_subprogram(program);
        for (const object::LoadUnit* unit : loaded->concerned(program, is_subprogram, resolution.status)) {
          failing.program = unit->program;
          if (resolution.status == Status::poisoned) add_guard(*loaded, *unit, failing);
          unresolved_.push_back(failing);
        }
      }
    }
    return std::move(unresolved_);
  }

 private:
  /// Sets `guard` and `conditions` of a poisoned relocation:
  ///  1. The verifier never reaches the instruction, whatever read-only data holds: unreachable.
  ///  2. The verifier always reaches it: not guarded.
  ///  3. The verifier always reaches it with read-only data as the object has it: not guarded.
  ///  4. The program checks the existence of the access, or of a part of its path (Guards::has()): exists. This comes
  ///     before rule 5, because it holds whatever a user writes into read-only data.
  ///  5. The verifier never reaches it with read-only data as the object has it: unreachable, under the conditions that
  ///     the needed numbers are as in the object.
  ///  6. Otherwise: not guarded.
  void add_guard(Loaded& loaded, const object::LoadUnit& unit, UnresolvedRelocation& failing) {
    failing.guard = Guard::none;
    failing.conditions.clear();
    const core::Reach reach = dead_code_.reach(failing.object, unit, failing.relocation);
    if (reach == core::Reach::never) failing.guard = Guard::unreachable;
    if (reach != core::Reach::perhaps) return;
    const DeadCode::WithData with_data = dead_code_.reach_with_data(failing.object, unit, failing.relocation);
    if (with_data.reach == core::Reach::always) return;
    if (loaded.guards.has(unit, failing.relocation)) {
      failing.guard = Guard::exists;
    } else if (with_data.reach == core::Reach::never) {
      failing.guard = Guard::unreachable;
      const object::ObjectData& data = object::data_of(plan_.objects[failing.object]);
      for (const object::ReadOnlyPlace& place : with_data.needed) failing.conditions.push_back(condition(data, place));
    }
  }

  /// Returns the condition that a number of read-only data is the one in the object.
  static DataCondition condition(const object::ObjectData& data, const object::ReadOnlyPlace& place) {
    object::NamedNumber named = object::name_of(data, place);
    std::uint64_t value = object::read_number(data, place).value_or(0);
    if (named.is_signed) {
      const std::uint32_t unused = 64 - 8 * place.bytes;
      value = static_cast<std::uint64_t>(static_cast<std::int64_t>(value << unused) >> unused);
    }
    return {.variable = std::move(named.name),
            .section = data.read_only.sections[place.section].name,
            .value = value,
            .is_signed = named.is_signed};
  }

  /// Returns the explanation, with a subject even for a record without a question.
  Explanation why(std::size_t object, std::size_t record, const Resolution& resolution) {
    Explanation explanation = explanations_.of(plan_.records[plan_.same_as[object]][record], resolution);
    if (explanation.subject.empty()) {
      const object::ObjectData& data = object::data_of(plan_.objects[object]);
      const object::Record& of = data.records[record];
      explanation.subject = core::describe_record(*data.btf, of.kind, of.type_id, of.access_str_off);
    }
    return explanation;
  }

  const Resolved& resolved_;
  const QueryPlan& plan_;
  const btf::View& kernel_;
  Explanations explanations_;
  DeadCode dead_code_;
  std::vector<UnresolvedRelocation> unresolved_;
};

}  // namespace

std::vector<UnresolvedRelocation> find_unresolved(const Resolved& resolved, const OutcomeTable& table,
                                                  const btf::View& kernel) {
  return Finder(resolved, table, kernel).run();
}

}  // namespace minbtf::minimize
