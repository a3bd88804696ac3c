// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/nearest_releases.hpp"

#include <algorithm>
#include <compare>
#include <string_view>

#include "cli/release.hpp"

namespace minbtf::cli {

namespace {

struct Candidate {
  const StoredKernel* kernel = nullptr;
  Release release;
};

/// Leaves only the candidates for which `is_nearer` is true, if there are any.
template <typename Predicate>
void narrow(std::vector<Candidate>& candidates, Predicate&& is_nearer) {
  if (std::ranges::any_of(candidates, is_nearer)) {
    std::erase_if(candidates, [&](const Candidate& candidate) { return !is_nearer(candidate); });
  }
}

Release parsed(const std::string& release) { return parse_release(release + ".btf"); }

std::strong_ordering compare(const Release& one, const Release& other) {
  return compare_versions(one.version.empty() ? one.name : one.version,
                          other.version.empty() ? other.name : other.version);
}

}  // namespace

std::vector<std::string> nearest_releases(const std::vector<StoredKernel>& kernels, const minbtf_system& system,
                                          std::size_t most) {
  const std::uint32_t machine = minbtf_machine(static_cast<const char*>(system.machine));
  const std::string_view id(static_cast<const char*>(system.id));
  const std::string_view version_id(static_cast<const char*>(system.version_id));
  const Release wanted = parsed(static_cast<const char*>(system.release));
  std::vector<Candidate> candidates;
  for (const StoredKernel& kernel : kernels) {
    if (machine == 0 || std::ranges::find(kernel.machines, machine) == kernel.machines.end()) continue;
    Release release = parsed(kernel.path.release);
    if (compare(release, wanted) != 0) candidates.push_back({.kernel = &kernel, .release = std::move(release)});
  }
  if (!id.empty()) narrow(candidates, [&](const Candidate& each) { return each.kernel->path.id == id; });
  if (!version_id.empty()) {
    narrow(candidates, [&](const Candidate& each) {
      return each.kernel->path.id == id && each.kernel->path.version == version_id;
    });
  }
  narrow(candidates, [&](const Candidate& each) { return each.release.flavour == wanted.flavour; });
  std::ranges::stable_sort(candidates,
                           [](const Candidate& a, const Candidate& b) { return compare(a.release, b.release) < 0; });

  const auto above = std::ranges::find_if(
      candidates, [&](const Candidate& candidate) { return compare(candidate.release, wanted) > 0; });
  std::vector<std::string> paths;
  const auto add = [&](auto nearest, auto begin, auto end) {
    std::size_t added = 0;
    for (auto each = begin; each != end && added < most; ++each) {
      if (compare(each->release, nearest->release) != 0) continue;
      paths.push_back(each->kernel->path.path);
      ++added;
    }
  };
  if (above != candidates.begin()) add(above - 1, candidates.begin(), above);
  if (above != candidates.end()) add(above, above, candidates.end());
  return paths;
}

}  // namespace minbtf::cli
