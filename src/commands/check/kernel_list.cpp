// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/kernel_list.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "archive/input/architecture.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"

namespace minbtf::cli {

namespace {

constexpr std::size_t root = 0;

}  // namespace

KernelList::KernelList(std::vector<Release> releases) : releases_(std::move(releases)), directories_(1) {
  std::map<std::string, std::size_t> known = {{"", root}};
  for (std::size_t kernel = 0; kernel < releases_.size(); ++kernel) {
    const std::size_t home = directory_of(releases_[kernel].directory, known);
    home_.push_back(home);
    Directory& own = directories_[home];
    if (own.own_first == own.own_end) own.own_first = kernel;
    own.own_end = kernel + 1;
    for_each_above(home, [&](std::size_t at) { ++directories_[at].kernels; });
  }
}

std::size_t KernelList::directory_of(const std::string& path, std::map<std::string, std::size_t>& known) {
  if (const auto found = known.find(path); found != known.end()) return found->second;
  const std::size_t parent = directory_of(std::string(archive::directory_of(path)), known);
  const std::size_t index = directories_.size();
  directories_.push_back({.path = path, .parent = parent, .kernels = 0, .directories = {}});
  directories_[parent].directories.push_back(index);
  known.emplace(path, index);
  return index;
}

template <typename Use>
void KernelList::for_each_above(std::size_t directory, Use&& use) const {
  for (; directory != root; directory = directories_[directory].parent) use(directory);
  use(root);
}

std::vector<KernelRange> KernelList::ranges_in(std::size_t first, std::size_t end,
                                               const std::vector<bool>& chosen) const {
  std::vector<KernelRange> ranges;
  for (std::size_t kernel = first; kernel < end; ++kernel) {
    if (!chosen[kernel]) continue;
    const bool goes_on =
        !ranges.empty() && ranges.back().last + 1 == kernel && releases_[kernel].is_same_series(releases_[kernel - 1]);
    if (goes_on) {
      ranges.back().last = kernel;
    } else {
      ranges.push_back({.first = kernel, .last = kernel});
    }
  }
  return ranges;
}

std::vector<KernelGroup> KernelList::groups(const std::vector<bool>& chosen) const {
  std::vector<std::size_t> counts(directories_.size(), 0);
  for (std::size_t kernel = 0; kernel < size(); ++kernel) {
    if (chosen[kernel]) for_each_above(home_[kernel], [&](std::size_t at) { ++counts[at]; });
  }
  std::vector<KernelGroup> groups;
  add_groups(root, counts, chosen, groups);
  return groups;
}

void KernelList::add_groups(std::size_t directory, const std::vector<std::size_t>& counts,
                            const std::vector<bool>& chosen, std::vector<KernelGroup>& groups) const {
  const Directory& at = directories_[directory];
  if (counts[directory] == 0) return;
  const bool has_own = at.own_first != at.own_end;
  // A directory whose only content is one subdirectory is not a group: the subdirectory is.
  const bool is_way = !has_own && at.directories.size() == 1;
  if (directory != root && !is_way && at.kernels > 1 && counts[directory] == at.kernels) {
    groups.push_back({.directory = at.path, .is_whole = true, .kernels = at.kernels, .ranges = {}});
    return;
  }
  if (has_own) {
    KernelGroup own = {.directory = at.path, .ranges = ranges_in(at.own_first, at.own_end, chosen)};
    for (const KernelRange& range : own.ranges) own.kernels += range.count();
    if (own.kernels > 0) groups.push_back(std::move(own));
  }
  for (const std::size_t child : at.directories) add_groups(child, counts, chosen, groups);
}

std::vector<std::string> KernelList::architectures(const std::vector<bool>& chosen) const {
  struct Kernels {
    std::set<std::string> names{};  ///< names of directories that resolve to this architecture
    bool some = false;              ///< some of its kernels are chosen
    bool all = true;                ///< all of its kernels are chosen
  };
  std::map<std::string_view, Kernels> found;
  for (std::size_t kernel = 0; kernel < size(); ++kernel) {
    std::string name(archive::file_name_of(releases_[kernel].directory));
    const archive::Architecture* const architecture = archive::find_architecture(name);
    if (architecture == nullptr) {
      if (chosen[kernel]) return {};
      continue;
    }
    Kernels& kernels = found[architecture->name];
    kernels.names.insert(std::move(name));
    (chosen[kernel] ? kernels.some : kernels.all) = chosen[kernel];
  }
  std::vector<std::string> names;
  for (const auto& [name, kernels] : found) {
    if (kernels.some && !kernels.all) return {};
    // The spelling of the tree, if the tree has only one: "amd64" or "x86_64".
    if (kernels.some) names.push_back(kernels.names.size() == 1 ? *kernels.names.begin() : std::string(name));
  }
  std::ranges::sort(names);
  return found.size() > 1 ? names : std::vector<std::string>();
}

std::string KernelList::text_of(const KernelRange& range) const {
  const Release& first = releases_[range.first];
  const Release& last = releases_[range.last];
  if (range.count() == 1) return cli::text_of(first);
  return first.version + " .. " + cli::text_of(last) + ", " + base::counted(range.count(), "kernel");
}

std::string KernelList::text_of(const KernelGroup& group) const {
  if (group.is_whole) return group.directory + ": all " + base::counted(group.kernels, "kernel");
  std::string text = group.directory;
  for (const KernelRange& range : group.ranges) {
    if (!text.empty()) text += &range == &group.ranges.front() ? " " : "; ";
    text += text_of(range);
  }
  return text;
}

}  // namespace minbtf::cli
