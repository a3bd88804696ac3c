#include "report/difference_store.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace minbtf::report {

namespace {

/// Everything that is told of it.
auto content(const Difference& each) {
  const Resolution& full = each.full.resolution;
  const Resolution& reduced = each.reduced.resolution;
  return std::tie(each.object, each.relocation, each.subject, each.programs, each.loader, full.status, full.failure,
                  full.value, full.load_size, each.full.text, reduced.status, reduced.failure, reduced.value,
                  reduced.load_size, each.reduced.text);
}

}  // namespace

bool DifferenceStore::ByContent::operator()(const Differences& one, const Differences& other) const {
  return std::lexicographical_compare(
      one->begin(), one->end(), other->begin(), other->end(),
      [](const Difference& before, const Difference& after) { return content(before) < content(after); });
}

Differences DifferenceStore::keep(std::vector<Difference> differences) {
  differences.resize(std::min(differences.size(), most_));
  differences.shrink_to_fit();
  auto list = std::make_shared<const std::vector<Difference>>(std::move(differences));
  const std::lock_guard lock(mutex_);
  return *lists_.insert(std::move(list)).first;
}

}  // namespace minbtf::report
