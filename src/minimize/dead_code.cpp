#include "minimize/dead_code.hpp"

#include <algorithm>
#include <optional>

#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

/// Values that are the same however the object is loaded. Type ids are numbers of the kernel's own BTF.
std::optional<std::uint64_t> constant_of(const object::Record& record, const Resolution& resolution) {
  const auto kind = static_cast<RelocationKind>(record.kind);
  const bool is_id = kind == RelocationKind::type_id_local || kind == RelocationKind::type_id_target;
  if (resolution.status != Status::resolved || is_id) return std::nullopt;
  return resolution.value;
}

}  // namespace

bool DeadCode::has(std::size_t object, const object::LoadUnit& unit, std::size_t record) {
  if (unit.is_orphan) return true;
  const object::Record& of = resolved_.plan->objects[object].data().records[record];
  if (!is_reached(object, of.program, of.insn)) return true;
  if (of.program == unit.program) return false;
  const auto [known, is_new] = entered_.try_emplace(ProgramIndex{object, unit.program});
  if (is_new) known->second = entered(object, unit);
  return !known->second.contains(of.program);
}

/// The program of the unit, and those that the verifier goes into: static ones where they are called, others whether
/// they are or not, as it did before Linux 6.8 (kernel commit 2afae08c9dcb).
std::set<std::size_t> DeadCode::entered(std::size_t object, const object::LoadUnit& unit) {
  const object::ObjectData& data = resolved_.plan->objects[object].data();
  std::set<std::size_t> entered;
  std::vector<std::size_t> pending;
  const auto enter = [&](std::size_t program) {
    if (entered.insert(program).second) pending.push_back(program);
  };
  for (const std::size_t member : unit.members) {
    if (member == unit.program || !data.extents[member].is_static) enter(member);
  }
  while (!pending.empty()) {
    const std::size_t program = pending.back();
    pending.pop_back();
    const auto [first, last] = std::ranges::equal_range(data.calls, program, {}, &object::Call::program);
    for (auto call = first; call != last; ++call) {
      if (is_reached(object, program, call->insn)) enter(call->callee);
    }
  }
  return entered;
}

bool DeadCode::is_reached(std::size_t object, std::size_t program, std::uint32_t insn) {
  const auto [known, is_new] = reachable_.try_emplace(ProgramIndex{object, program});
  if (is_new) known->second = reachable(object, program);
  return insn >= known->second.size() || known->second[insn];
}

std::vector<bool> DeadCode::reachable(std::size_t object, std::size_t program) const {
  const object::ObjectData& data = resolved_.plan->objects[object].data();
  std::vector<core::PatchedInsn> patches;
  for (std::size_t i = 0; i < data.records.size(); ++i) {
    const object::Record& record = data.records[i];
    if (record.program != program) continue;
    // What comes behind a poisoned instruction is not dead: it would be the next to be met.
    patches.push_back({.insn = record.insn, .value = constant_of(record, resolved_.resolution(object, i))});
  }
  return core::reachable(object::instructions(data, program), patches, verifier_);
}

}  // namespace minbtf::minimize
