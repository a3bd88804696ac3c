#include "minimize/dead_code.hpp"

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

bool DeadCode::has(std::size_t object, std::size_t record) {
  const object::ObjectData& data = resolved_.plan->objects[object].data();
  const object::Record& of = data.records[record];
  if (of.program == object::no_program) return false;
  const auto [known, is_new] = reachable_.try_emplace(ProgramIndex{object, of.program});
  if (is_new) known->second = reachable(object, of.program);
  return of.insn < known->second.size() && !known->second[of.insn];
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
