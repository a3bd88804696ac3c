// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/diagnose/dead_code.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/sorted.hpp"
#include "object/object_data.hpp"

namespace minbtf::minimize {

namespace {

using core::Reach;

/// Limit on explored instructions of one object. The symbols of a damaged object may place many programs over one
/// another.
constexpr std::size_t most_instructions = std::size_t{1} << 22U;
/// Limit on the numbers of read-only data that a program and its subprograms load. Real programs load some dozens.
constexpr std::size_t most_loaded = 256;
/// Limit on remembered explorations with a set of known numbers. Many records of one program need the same ones.
constexpr std::size_t most_trials = 512;
/// Limit on the numbers that keep the verifier from one instruction. All of them are printed for each instruction.
constexpr std::size_t most_needed = 32;

/// Returns the value that the relocation writes, if every loader writes the same. Type ids are no such values: they are
/// numbers of the kernel's own BTF.
std::optional<std::uint64_t> constant_of(const object::Record& record, const Resolution& resolution) {
  const auto kind = static_cast<RelocationKind>(record.kind);
  const bool is_id = kind == RelocationKind::type_id_local || kind == RelocationKind::type_id_target;
  if (resolution.status != Status::resolved || is_id) return std::nullopt;
  return resolution.value;
}

/// Returns the addresses of read-only data that the program takes.
std::vector<core::DataAddress> addresses_of(const object::ObjectData& data, std::size_t program) {
  std::vector<core::DataAddress> addresses;
  for (const object::ReadOnlyAddress& each :
       base::equal_elements(data.read_only.addresses, program, &object::ReadOnlyAddress::program)) {
    addresses.push_back({.insn = each.insn, .section = each.section, .offset = each.offset});
  }
  return addresses;
}

}  // namespace

const DeadCode::Known& DeadCode::nothing() {
  static const Known known;
  return known;
}

const DeadCode::Known& DeadCode::everything() {
  static const Known known = {.everything = true};
  return known;
}

/// Finds the needed numbers by leaving them out, one after another:
///  1. With all numbers of read-only data known, the verifier must not reach the instruction.
///  2. The first set has all numbers that the unit's members load in that case.
///  3. Each number in turn is taken as unknown. If the verifier still does not reach the instruction, the number is not
///     needed and is removed from the set.
///
/// Worked example: `limit` is 3 and `enable` is 0 in .rodata.
///
///     if (limit > 2) count++;
///     if (!enable) return 0;
///     access();                     // poisoned
///
/// The first set is {limit, enable}. Without `limit`, the verifier still returns at the second `if`: `limit` is
/// removed. Without `enable`, it may reach the access: `enable` stays. The result is {enable}.
///
/// If either of two numbers is enough to keep the verifier away, the result depends on the order in which they are left
/// out. It is the order of sections and offsets, so that the second one stays. A step that would exceed the limit on
/// instructions is not taken: numbers that were not tried stay in the set.
DeadCode::WithData DeadCode::reach_with_data(std::size_t object, const object::LoadUnit& unit, std::size_t record) {
  const object::ObjectData& data = object::data_of(resolved_.plan->objects[object]);
  if (verifier_ < core::Verifier::linux_5_6 || data.read_only.addresses.empty()) {
    return {.reach = reach(object, unit, record)};
  }
  const Reach found = reach(object, unit, record, everything());
  if (found != Reach::never) return {.reach = found};
  if (unit.members.size() > left_with_data_) return {};
  left_with_data_ -= unit.members.size();
  Known needed;
  for (const std::size_t member : unit.members) {
    const Places& loaded = explored(object, member, everything()).loaded;
    needed.places.insert(loaded.begin(), loaded.end());
    if (needed.places.size() > most_loaded) return {};
  }
  for (auto place = needed.places.begin(); place != needed.places.end();) {
    const std::size_t cost = unit.members.size() + needed.places.size();
    if (cost > left_with_data_) break;
    left_with_data_ -= cost;
    Known fewer = needed;
    fewer.places.erase(*place);
    if (reach(object, unit, record, fewer) == Reach::never) {
      place = needed.places.erase(place);
    } else {
      ++place;
    }
  }
  if (needed.places.size() > most_needed) return {};
  return {.reach = Reach::never, .needed = {needed.places.begin(), needed.places.end()}};
}

Reach DeadCode::reach(std::size_t object, const object::LoadUnit& unit, std::size_t record, const Known& known) {
  if (unit.is_orphan) return Reach::never;
  begin(object);
  const object::Record& of = object::data_of(resolved_.plan->objects[object]).records[record];
  const Reach within = reach_of(object, of.program, of.insn, known);
  if (of.program == unit.program || within == Reach::never) return within;
  const auto find = [&](const Entered& entered) {
    const auto found = entered.find(of.program);
    return found == entered.end() ? Reach::never : std::min(within, found->second);
  };
  const bool is_asked_again = known.everything || known.places.empty();
  return is_asked_again ? find(entered(object, unit, known)) : find(enter(object, unit, known));
}

const DeadCode::Entered& DeadCode::entered(std::size_t object, const object::LoadUnit& unit, const Known& known) {
  const auto [entry, is_new] = entered_.try_emplace(std::pair(unit.program, known));
  if (is_new) entry->second = enter(object, unit, known);
  return entry->second;
}

/// Returns the programs of the unit that the verifier enters:
///  1. The unit's own program: always.
///  2. Global subprograms: perhaps, even if no call of them is reached. The verifier checked them so before Linux 6.8
///     (kernel commit 2afae08c9dcb), and does not since.
///  3. Subprograms that an entered program calls: perhaps or always, as the call is reached.
DeadCode::Entered DeadCode::enter(std::size_t object, const object::LoadUnit& unit, const Known& known) {
  const object::ObjectData& data = object::data_of(resolved_.plan->objects[object]);
  Entered entered;
  std::vector<std::size_t> pending;
  const auto enter = [&](std::size_t program, Reach reach) {
    const auto [entry, is_new] = entered.try_emplace(program, reach);
    if (!is_new && entry->second >= reach) return;
    entry->second = reach;
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
      const Reach reach = std::min(entered.at(program), reach_of(object, program, call.insn, known));
      if (reach != Reach::never) enter(call.callee, reach);
    }
  }
  return entered;
}

Reach DeadCode::reach_of(std::size_t object, std::size_t program, std::uint32_t insn, const Known& known) {
  const std::vector<Reach>& reach = explored(object, program, known).reach;
  return insn < reach.size() ? reach[insn] : Reach::perhaps;
}

const DeadCode::Explored& DeadCode::explored(std::size_t object, std::size_t program, const Known& known) {
  if (known.everything || known.places.empty()) {
    const auto [entry, is_new] = explored_.try_emplace(std::pair(program, known));
    if (is_new) entry->second = explore(object, program, known);
    return entry->second;
  }
  // Numbers that the program does not load when everything is known are taken as unknown. Sets that differ only in such
  // numbers then share one exploration.
  Known here;
  const Places& loaded = explored(object, program, everything()).loaded;
  std::ranges::set_intersection(known.places, loaded, std::inserter(here.places, here.places.end()));
  if (here.places.empty()) return explored(object, program, nothing());
  if (trials_.size() >= most_trials) trials_.clear();
  const auto [entry, is_new] = trials_.try_emplace(std::pair(program, std::move(here)));
  if (is_new) entry->second = explore(object, program, entry->first.second);
  return entry->second;
}

void DeadCode::begin(std::size_t object) {
  if (object_ == object) return;
  const object::ObjectData& data = object::data_of(resolved_.plan->objects[object]);
  object_ = object;
  left_ = most_instructions;
  left_with_data_ = most_instructions;
  explored_.clear();
  trials_.clear();
  entered_.clear();
  records_.assign(data.programs.size(), {});
  for (std::size_t i = 0; i < data.records.size(); ++i) {
    if (data.records[i].program != object::no_program) records_[data.records[i].program].push_back(i);
  }
}

DeadCode::Explored DeadCode::explore(std::size_t object, std::size_t program, const Known& known) {
  const object::ObjectData& data = object::data_of(resolved_.plan->objects[object]);
  const std::size_t length = data.extents[program].size / object::instruction_size;
  const bool is_without_data = !known.everything && known.places.empty();
  std::size_t& left = is_without_data ? left_ : left_with_data_;
  if (length > left) return {};
  left -= length;
  std::vector<core::PatchedInsn> patches;
  for (const std::size_t i : records_[program]) {
    // A poisoned instruction does not end a path here. Otherwise the code behind it would count as unreachable, and its
    // poisoned instructions would only be reported after this one is repaired.
    patches.push_back(
        {.insn = data.records[i].insn, .value = constant_of(data.records[i], resolved_.resolution(object, i))});
  }
  Explored out;
  const std::vector<core::DataAddress> addresses = addresses_of(data, program);
  const auto load = [&](std::uint32_t section, std::int64_t offset,
                        std::uint32_t bytes) -> std::optional<std::uint64_t> {
    if (is_without_data || offset < 0) return std::nullopt;
    const object::ReadOnlyPlace place = {section, static_cast<std::uint64_t>(offset), bytes};
    if (!known.everything && !known.places.contains(place)) return std::nullopt;
    const auto value = object::read_number(data, place);
    if (value && known.everything) out.loaded.insert(place);
    return value;
  };
  out.reach =
      core::reach(object::instructions(data, program), patches, verifier_, {.addresses = addresses, .load = load});
  return out;
}

}  // namespace minbtf::minimize
