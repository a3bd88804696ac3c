#include "minimize/diagnose/dead_code.hpp"

#include <algorithm>
#include <optional>

#include "base/sorted.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::Reach;

/// Of one object. The symbols of a damaged one may lay many programs over one another.
constexpr std::size_t most_instructions = std::size_t{1} << 22U;

/// Values that are the same however the object is loaded. Type ids are numbers of the kernel's own BTF.
std::optional<std::uint64_t> constant_of(const object::Record& record, const Resolution& resolution) {
  const auto kind = static_cast<RelocationKind>(record.kind);
  const bool is_id = kind == RelocationKind::type_id_local || kind == RelocationKind::type_id_target;
  if (resolution.status != Status::resolved || is_id) return std::nullopt;
  return resolution.value;
}

}  // namespace

Reach DeadCode::reach(std::size_t object, const object::LoadUnit& unit, std::size_t record) {
  if (unit.is_orphan) return Reach::never;
  const object::Record& of = resolved_.plan->objects[object].data().records[record];
  const Reach within = reach_of(object, of.program, of.insn);
  if (of.program == unit.program || within == Reach::never) return within;
  const auto [known, is_new] = entered_.try_emplace(ProgramIndex{object, unit.program});
  if (is_new) known->second = enter(object, unit);
  const auto entered = known->second.find(of.program);
  return entered == known->second.end() ? Reach::never : std::min(within, entered->second);
}

/// The program of the unit, and subprograms that the verifier goes into: static ones where they are called, others
/// whether they are or not, as it did before Linux 6.8 (kernel commit 2afae08c9dcb), and does not since.
DeadCode::Entered DeadCode::enter(std::size_t object, const object::LoadUnit& unit) {
  const object::ObjectData& data = resolved_.plan->objects[object].data();
  Entered entered;
  std::vector<std::size_t> pending;
  const auto enter = [&](std::size_t program, Reach reach) {
    const auto [known, is_new] = entered.try_emplace(program, reach);
    if (!is_new && known->second >= reach) return;
    known->second = reach;
    pending.push_back(program);
  };
  for (const std::size_t member : unit.members) {
    if (member == unit.program) {
      enter(member, Reach::always);
    } else if (!data.extents[member].is_static) {
      enter(member, Reach::perhaps);
    }
  }
  while (!pending.empty()) {
    const std::size_t program = pending.back();
    pending.pop_back();
    for (const object::Call& call : base::equal_elements(data.calls, program, &object::Call::program)) {
      const Reach reach = std::min(entered.at(program), reach_of(object, program, call.insn));
      if (reach != Reach::never) enter(call.callee, reach);
    }
  }
  return entered;
}

Reach DeadCode::reach_of(std::size_t object, std::size_t program, std::uint32_t insn) {
  const auto [known, is_new] = reach_.try_emplace(ProgramIndex{object, program});
  if (is_new) known->second = explore(object, program);
  return insn < known->second.size() ? known->second[insn] : Reach::perhaps;
}

/// Nothing if there is no code of it, or too much.
std::vector<Reach> DeadCode::explore(std::size_t object, std::size_t program) {
  const object::ObjectData& data = resolved_.plan->objects[object].data();
  if (object_ != object) {
    object_ = object;
    left_ = most_instructions;
    records_.assign(data.programs.size(), {});
    for (std::size_t i = 0; i < data.records.size(); ++i) {
      if (data.records[i].program != object::no_program) records_[data.records[i].program].push_back(i);
    }
  }
  const std::size_t length = data.extents[program].size / object::instruction_size;
  if (length > left_) return {};
  left_ -= length;
  std::vector<core::PatchedInsn> patches;
  for (const std::size_t i : records_[program]) {
    // What comes behind a poisoned instruction is not dead: it would be the next to be met.
    patches.push_back(
        {.insn = data.records[i].insn, .value = constant_of(data.records[i], resolved_.resolution(object, i))});
  }
  return core::reach(object::instructions(data, program), patches, verifier_);
}

}  // namespace minbtf::minimize
