#include "commands/check/check_task.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

/// Everything that is reported of it. The numbers come first: they tell most apart.
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

CheckOutcome CheckOutcomeStore::add(std::vector<UnresolvedRelocation> unresolved) {
  std::vector<ObjectUnresolved> parts;
  auto next = unresolved.begin();
  for (std::size_t object = 0; object < objects_; ++object) {
    const auto begin = next;
    next =
        std::find_if(begin, unresolved.end(), [&](const UnresolvedRelocation& each) { return each.object != object; });
    parts.push_back(
        std::make_shared<const std::vector<UnresolvedRelocation>>(std::move_iterator(begin), std::move_iterator(next)));
  }
  if (next != unresolved.end()) throw Error(ErrorKind::internal, "check", "", "an outcome of another plan");
  const std::lock_guard lock(mutex_);
  for (ObjectUnresolved& part : parts) part = *parts_.insert(std::move(part)).first;
  return *outcomes_.insert(std::make_shared<const std::vector<ObjectUnresolved>>(std::move(parts))).first;
}

CheckOutcome CheckTask::process(const archive::KernelPlace& place, std::span<const std::uint8_t> btf) const {
  const auto workspace = workspaces_.lend();
  return store_.add(plan_.check(btf, place.name, *workspace));
}

}  // namespace minbtf::cli
