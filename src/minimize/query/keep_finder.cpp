// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/keep_finder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/sorted.hpp"
#include "btf/essential_name.hpp"

namespace minbtf::minimize {

btf::Kind core_kind_of(KeepKind kind) noexcept {
  switch (kind) {
    case KeepKind::struct_:
      return btf::Kind::struct_;
    case KeepKind::union_:
      return btf::Kind::union_;
    case KeepKind::enum_:
      return btf::Kind::enum_;
    case KeepKind::typedef_:
      return btf::Kind::typedef_;
    case KeepKind::int_:
      return btf::Kind::int_;
    case KeepKind::float_:
      return btf::Kind::float_;
  }
  return btf::Kind::void_;
}

namespace {

core::Root root_of(const Keep& keep) {
  return {.kind = core_kind_of(keep.kind), .name = btf::essential_name(keep.name)};
}

std::vector<Keep> as_set(std::vector<Keep> keeps) {
  base::sort_unique(keeps);
  return keeps;
}

std::vector<core::Root> roots_of(const std::vector<Keep>& keeps) {
  std::vector<core::Root> roots;
  for (const Keep& keep : keeps) roots.push_back(root_of(keep));
  base::sort_unique(roots);
  return roots;
}

core::CandidateFinder finder_of(const std::vector<core::Root>& roots) {
  std::vector<const core::Root*> pointers;
  for (const core::Root& root : roots) pointers.push_back(&root);
  return core::CandidateFinder(pointers);
}

}  // namespace

KeepFinder::KeepFinder(std::vector<Keep> keeps)
    : keeps_(as_set(std::move(keeps))), roots_(roots_of(keeps_)), finder_(finder_of(roots_)) {
  for (const Keep& keep : keeps_) {
    root_of_.push_back(static_cast<std::size_t>(std::ranges::lower_bound(roots_, root_of(keep)) - roots_.begin()));
  }
}

std::vector<std::vector<std::uint32_t>> KeepFinder::find(const btf::View& kernel) const {
  const std::vector<std::vector<std::uint32_t>> candidates = finder_.find(kernel);
  std::vector<std::vector<std::uint32_t>> found(keeps_.size());
  for (std::size_t i = 0; i < keeps_.size(); ++i) {
    std::ranges::copy_if(candidates[root_of_[i]], std::back_inserter(found[i]),
                         [&](std::uint32_t id) { return kernel.string(kernel.type(id).name_off) == keeps_[i].name; });
  }
  return found;
}

std::vector<std::string> KeepFinder::essential_names() const {
  std::vector<std::string> names;
  for (const core::Root& root : roots_) names.emplace_back(root.name);
  return names;
}

bool KeepFinder::follows_pointers() const noexcept {
  return std::ranges::any_of(
      roots_, [](const core::Root& root) { return btf::is_composite(root.kind) || root.kind == btf::Kind::typedef_; });
}

}  // namespace minbtf::minimize
