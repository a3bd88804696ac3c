// SPDX-License-Identifier: BSD-2-Clause
#include "core/candidates.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <tuple>

#include "base/sorted.hpp"
#include "btf/essential_name.hpp"

namespace minbtf::core {

namespace {

/// Up to this number of names are compared one by one; more are searched.
constexpr std::size_t few = 8;

}  // namespace

NameBeginning beginning_of(std::string_view name) noexcept {
  NameBeginning beginning = 0;
  for (std::size_t i = 0; i < std::min(name.size(), sizeof beginning); ++i) {
    beginning |= static_cast<NameBeginning>(static_cast<std::uint8_t>(name[i])) << (8 * i);
  }
  return beginning;
}

void NameFilter::add(std::string_view name) {
  bits_.set(slot(beginning_of(name)));
  bits_.set(slot(beginning_of(std::string(name) + "___")));
}

CandidateFinder::CandidateFinder(std::span<const Root* const> roots) : root_count_(roots.size()) {
  for (std::size_t i = 0; i < roots.size(); ++i) {
    const Root& root = *roots[i];
    if (root.name.empty()) continue;
    filter_.add(root.name);
    // A name of under four bytes begins differently where a flavor follows: "bio" and "bio_".
    for (const NameBeginning beginning : std::set{
             beginning_of(root.name), beginning_of(std::string(root.name.substr(0, sizeof(NameBeginning))) + "___")}) {
      wanted_.push_back({.beginning = beginning, .name = root.name, .kind = root.kind, .root = i});
    }
    seeks_others_ = seeks_others_ || !btf::is_sought(root.kind);
  }
  std::ranges::stable_sort(wanted_, {}, [](const Wanted& want) { return std::tuple(want.beginning, want.name); });
}

/// Rules of libbpf.c, bpf_core_find_cands():
///  1. The types of vmlinux are searched first. If one of them is a candidate, no module is searched. It does not
///  matter
///     whether the candidate matches.
///  2. Otherwise all modules are searched, in the order in which they were loaded.
std::vector<std::vector<std::uint32_t>> CandidateFinder::find(const btf::View& target) const {
  Found found = find_all(target);
  if (!target.has_modules()) return found;
  for (auto& ids : found) {
    if (!ids.empty() && ids.front() < target.base_end()) {
      ids.erase(std::ranges::lower_bound(ids, target.base_end()), ids.end());
    }
  }
  return found;
}

std::vector<std::uint32_t> CandidateFinder::shadowed(const btf::View& target) const {
  std::vector<std::uint32_t> out;
  if (!target.has_modules()) return out;
  for (const auto& ids : find_all(target)) {
    if (ids.empty() || ids.front() >= target.base_end()) continue;
    out.insert(out.end(), std::ranges::lower_bound(ids, target.base_end()), ids.end());
  }
  base::sort_unique(out);
  return out;
}

CandidateFinder::Found CandidateFinder::find_all(const btf::View& target) const {
  Found found(root_count_);
  const auto named = target.named_types();
  for (std::size_t i = 0; i < named.size(); ++i) {
    // Names lie anywhere in the string section. This distance is long enough to load one into the cache.
    constexpr std::size_t ahead = 16;
    if (i + ahead < named.size()) __builtin_prefetch(target.strings().data() + named[i + ahead].name_off);
    look_at(target, named[i].id, named[i].name_off, found);
  }
  if (seeks_others_) {
    for (std::uint32_t id = 1; id < target.id_end(); ++id) {
      const Type type = target.type(id);
      if (btf::is_known(type.kind) && !btf::is_sought(type.kind)) look_at(target, id, type.name_off, found);
    }
  }
  return found;
}

/// Adds a type to the candidates of each root that it belongs to. Rules of libbpf.c, bpf_core_add_cands():
///  1. All types are visited by ascending id, so candidates have that order.
///  2. The kind is the root's (btf_kind_core_compat(): ENUM and ENUM64 count as one). Nothing is skipped: a typedef is
///     a candidate only for a typedef.
///  3. The type has a name.
///  4. The essential name is the root's.
void CandidateFinder::look_at(const btf::View& target, std::uint32_t id, std::uint32_t name_off, Found& found) const {
  const NameBeginning beginning = beginning_at(target.strings(), name_off);
  if (!filter_.may_hold(beginning)) return;
  std::span<const Wanted> wanted = base::equal_elements(wanted_, beginning, &Wanted::beginning);
  if (wanted.empty()) return;
  const Kind kind = btf::core_kind(target.type(id).kind);
  const std::string_view name = btf::essential_name(target.string(name_off));
  if (wanted.size() > few) wanted = base::equal_elements(wanted, name, &Wanted::name);
  for (const Wanted& want : wanted) {
    if (want.kind == kind && want.name == name) found[want.root].push_back(id);
  }
}

}  // namespace minbtf::core
