// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/kept_types.hpp"

#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/sorted.hpp"
#include "btf/references.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;
using btf::Type;
using core::Dependency;

/// Worked example:
///
///     [1] INT int                                   [4] STRUCT pair {x: [1]; y: [1]}
///     [2] STRUCT task {pid: [1]; mm: [3]; at: [4]}  [5] STRUCT mm {users: [1]}
///     [3] PTR -> [5]
///
///  - `struct:task` keeps [2] with its members and [4] with its members. [3] is written as a pointer to void.
///  - `struct:task` and `struct:mm.users`: the pointee of [3] is kept as well, because a keep names it.
///  - `struct:task.at.y` keeps member at of [2] and member y of [4].
class Finder {
 public:
  Finder(const KeepFinder& finder, const btf::View& source)
      : keeps_(finder.keeps()), source_(source), found_(finder.find(source)) {}

  KeptTypes run() {
    for (const auto& ids : found_) out_.ids.insert(out_.ids.end(), ids.begin(), ids.end());
    base::sort_unique(out_.ids);
    named_.insert(out_.ids.begin(), out_.ids.end());
    for (std::size_t i = 0; i < keeps_.size(); ++i) {
      for (const std::uint32_t id : found_[i]) {
        add(Dependency::What::type, id);
        if (keeps_[i].path.empty()) keep_whole(id);
      }
      if (!keeps_[i].path.empty()) keep_path(found_[i], keeps_[i].path);
    }
    if (has_pointers_) add(Dependency::What::pointer_size, 0);
    return std::move(out_);
  }

 private:
  void add(Dependency::What what, std::uint32_t id, std::uint32_t n = 0) {
    out_.dependencies.push_back({.what = what, .id = id, .n = n});
  }

  /// A type on the way of a path, and the part of the path that goes on from it.
  struct Station {
    std::uint32_t id = 0;  ///< no typedef, qualifier or array
    std::size_t part = 0;
    bool leads_on = false;                                         ///< the path leads to something from here
    std::vector<std::pair<std::size_t, std::uint32_t>> from = {};  ///< stations, and their members that lead here
  };

  /// Keeps what `path` leads to from these types, and the members on the way. First, all stations are collected that
  /// the path may pass. Then the members are kept that lead to an end of the path, from the ends backwards.
  void keep_path(const std::vector<std::uint32_t>& ids, std::span<const std::string> path) {
    stations_.clear();
    indices_.clear();
    std::vector<std::size_t> ends;
    for (const std::uint32_t id : ids) static_cast<void>(station(id, 0));
    for (std::size_t at = 0; at < stations_.size(); ++at) {
      if (find_ways(at, path)) ends.push_back(at);
    }
    for (const std::size_t end : ends) stations_[end].leads_on = true;
    while (!ends.empty()) {
      const std::size_t at = ends.back();
      ends.pop_back();
      for (const auto& [user, member] : stations_[at].from) {
        add(Dependency::What::member, stations_[user].id, member);
        if (!std::exchange(stations_[user].leads_on, true)) ends.push_back(user);
      }
    }
  }

  /// Adds the stations after this one. Keeps the members and enumerators here that are ends of the path. Returns true
  /// if there are any.
  bool find_ways(std::size_t at, std::span<const std::string> path) {
    const auto [id, part] = std::pair(stations_[at].id, stations_[at].part);
    const Type type = source_.type(id);
    bool has_end = false;
    if (btf::is_composite(type.kind)) {
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        const btf::Member member = source_.member(type, i);
        const bool is_unnamed = source_.is_empty_string(member.name_off);
        if (!is_unnamed && !is_name(member.name_off, path[part])) continue;
        if (!is_unnamed && part + 1 == path.size()) {
          add(Dependency::What::member, id, i);
          keep_whole(member.type);
          has_end = true;
        } else {
          const std::size_t next = station(member.type, is_unnamed ? part : part + 1);
          stations_[next].from.emplace_back(at, i);
        }
      }
    } else if (btf::is_any_enum(type.kind) && part + 1 == path.size()) {
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        if (!is_name(source_.enumerator(type, i).name_off, path[part])) continue;
        add(Dependency::What::enumerator, id, i);
        has_end = true;
      }
    }
    return has_end;
  }

  /// Returns the index of the station in stations_.
  std::size_t station(std::uint32_t id, std::size_t part) {
    id = behind_names(id);
    const auto [known, is_new] = indices_.try_emplace({id, part}, stations_.size());
    if (is_new) stations_.push_back({.id = id, .part = part});
    return known->second;
  }

  [[nodiscard]] bool is_name(std::uint32_t name_off, const std::string& name) const {
    return source_.string_start(name_off, name.size() + 1) == name;
  }

  /// Returns the type behind typedefs, qualifiers and arrays; `void` for a loop of them.
  [[nodiscard]] std::uint32_t behind_names(std::uint32_t id) const {
    for (int i = 0; i < core::chain_limit; ++i) {
      const Type type = source_.type(id);
      if (type.kind == Kind::array) {
        id = source_.array(type).type;
      } else if (btf::is_modifier_or_typedef(type.kind)) {
        id = type.size_or_type;
      } else {
        return id;
      }
    }
    return 0;
  }

  /// Keeps a type with everything in it by value.
  void keep_whole(std::uint32_t id) {
    std::vector<std::uint32_t> queue = {id};
    while (!queue.empty()) {
      const std::uint32_t next = queue.back();
      queue.pop_back();
      if (next == 0 || !whole_.insert(next).second) continue;
      const Type type = source_.type(next);
      add(Dependency::What::type, next);
      if (type.kind == Kind::ptr) {
        keep_pointee(next);
        continue;
      }
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        if (btf::is_composite(type.kind)) add(Dependency::What::member, next, i);
        if (btf::is_any_enum(type.kind)) add(Dependency::What::enumerator, next, i);
      }
      btf::for_each_reference(source_, type, [&](const btf::Reference& each) { queue.push_back(each.id); });
    }
  }

  /// Keeps the pointee if a keep names the type behind the pointer, behind further pointers and qualifiers, or a
  /// typedef on the way.
  void keep_pointee(std::uint32_t pointer) {
    has_pointers_ = true;
    std::vector<std::uint32_t> pointers;
    std::uint32_t id = pointer;
    for (int i = 0; i < core::chain_limit && !named_.contains(id); ++i) {
      const Type type = source_.type(id);
      if (type.kind == Kind::ptr) {
        pointers.push_back(id);
      } else if (!btf::is_modifier_or_typedef(type.kind)) {
        return;
      }
      id = type.size_or_type;
    }
    if (!named_.contains(id)) return;
    for (const std::uint32_t each : pointers) add(Dependency::What::pointee, each);
  }

  const std::vector<Keep>& keeps_;
  const btf::View& source_;
  const std::vector<std::vector<std::uint32_t>> found_;                   ///< by keep
  std::unordered_set<std::uint32_t> named_;                               ///< KeptTypes::ids
  std::unordered_set<std::uint32_t> whole_;                               ///< types that are kept whole
  std::vector<Station> stations_;                                         ///< of the current path
  std::map<std::pair<std::uint32_t, std::size_t>, std::size_t> indices_;  ///< in stations_, by type and part
  bool has_pointers_ = false;
  KeptTypes out_;
};

}  // namespace

KeptTypes find_kept_types(const KeepFinder& finder, const btf::View& source) { return Finder(finder, source).run(); }

}  // namespace minbtf::minimize
