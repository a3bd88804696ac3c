// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check_task.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "btf/bytes.hpp"
#include "cli/objects.hpp"
#include "minbtf/error.hpp"
#include "object/calls.hpp"

namespace minbtf::cli {

namespace {

/// Returns everything that is reported of `each`, for comparison. The numbers come first: they are cheap to compare,
/// and most relocations differ in them.
auto content(const UnresolvedRelocation& each) {
  return std::tie(each.object, each.relocation, each.program, each.status, each.failure, each.guard, each.why.reason,
                  each.why.subject, each.why.detail, each.conditions);
}

}  // namespace

bool CheckOutcomeStore::ByUnresolved::operator()(const ObjectUnresolved& one, const ObjectUnresolved& other) const {
  return std::lexicographical_compare(one->begin(), one->end(), other->begin(), other->end(),
                                      [](const UnresolvedRelocation& before, const UnresolvedRelocation& after) {
                                        return content(before) < content(after);
                                      });
}

CheckOutcome CheckOutcomeStore::add(std::vector<UnresolvedRelocation> unresolved, const std::vector<bool>& used) {
  std::vector<ObjectUnresolved> parts;
  auto next = unresolved.begin();
  for (std::size_t object = 0; object < objects_; ++object) {
    const auto begin = next;
    next =
        std::find_if(begin, unresolved.end(), [&](const UnresolvedRelocation& each) { return each.object != object; });
    if (!used.empty() && !used[object]) {
      parts.emplace_back();
      continue;
    }
    parts.push_back(
        std::make_shared<const std::vector<UnresolvedRelocation>>(std::move_iterator(begin), std::move_iterator(next)));
  }
  if (next != unresolved.end()) throw Error(ErrorKind::internal, "check", "", "an outcome of another plan");
  const std::lock_guard lock(mutex_);
  for (ObjectUnresolved& part : parts) {
    if (part != nullptr) part = *parts_.insert(std::move(part)).first;
  }
  return *outcomes_.insert(std::make_shared<const std::vector<ObjectUnresolved>>(std::move(parts))).first;
}

ModuleRoots CheckOutcomeStore::add_roots(std::vector<ModuleRoot> roots) {
  const std::lock_guard lock(mutex_);
  return *roots_.insert(std::make_shared<const std::vector<ModuleRoot>>(std::move(roots))).first;
}

namespace {

/// Replaces the unresolved relocations of each used object whose byte order differs from `kernel` by one
/// `other_byte_order` failure for each of its programs. libbpf refuses such an object before it relocates anything
/// (libbpf.c, bpf_object__check_endianness()).
std::vector<UnresolvedRelocation> with_byte_order(const Plan& plan, const std::vector<bool>& used, ByteOrder kernel,
                                                  std::vector<UnresolvedRelocation> unresolved) {
  const std::vector<BpfObject>& objects = plan.objects();
  const auto is_other = [&](std::size_t object) { return used[object] && objects[object].byte_order() != kernel; };
  std::erase_if(unresolved, [&](const UnresolvedRelocation& each) { return is_other(each.object); });
  for (std::size_t object = 0; object < objects.size(); ++object) {
    if (!is_other(object)) continue;
    for (const std::size_t program : object::loaded_programs(object::data_of(objects[object]))) {
      unresolved.push_back({.object = object,
                            .relocation = no_relocation,
                            .program = program,
                            .status = Status::failed,
                            .failure = Failure::other_byte_order,
                            .why = {.reason = Reason::other_byte_order,
                                    .subject = "",
                                    .detail = std::string(btf::to_string(objects[object].byte_order())) + " object, " +
                                              btf::to_string(kernel) + " kernel"}});
    }
  }
  std::ranges::stable_sort(unresolved, {}, &UnresolvedRelocation::object);
  return unresolved;
}

/// Returns true if a used object has the byte order `kernel`.
bool has_order(const Plan& plan, const std::vector<bool>& used, ByteOrder kernel) {
  for (std::size_t object = 0; object < used.size(); ++object) {
    if (used[object] && plan.objects()[object].byte_order() == kernel) return true;
  }
  return false;
}

}  // namespace

KernelOutcome CheckTask::process(const archive::KernelPlace& place, const KernelBtf& kernel) const {
  const Plan& plan = plans_.plan_for(place);
  const auto workspace = workspaces_.lend();
  const ByteOrder order = btf::order_of(kernel.bytes);
  std::vector<UnresolvedRelocation> unresolved = plan.check(kernel, place.name, *workspace);
  const std::vector<bool> used = used_objects(plan);
  KernelOutcome found = {.outcome = store_.add(with_byte_order(plan, used, order, std::move(unresolved)), used)};
  if (kernel.modules.empty()) return found;
  // Objects of the other byte order are not loaded: they search for nothing.
  const bool some_load = has_order(plan, used, order);
  found.module_roots =
      store_.add_roots(some_load ? plan.module_roots(kernel, place.name, *workspace) : std::vector<ModuleRoot>());
  return found;
}

}  // namespace minbtf::cli
