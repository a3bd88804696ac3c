// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/named_types.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/short_text.hpp"
#include "btf/essential_name.hpp"
#include "minbtf/error.hpp"

namespace minbtf::minimize {

using btf::Kind;
using btf::Type;

namespace {

bool has_kind(const Type& type, KeepKind kind) {
  switch (kind) {
    case KeepKind::struct_:
      return type.kind == Kind::struct_;
    case KeepKind::union_:
      return type.kind == Kind::union_;
    case KeepKind::enum_:
      return type.kind == Kind::enum_ || type.kind == Kind::enum64;
    case KeepKind::typedef_:
      return type.kind == Kind::typedef_;
    case KeepKind::int_:
      return type.kind == Kind::int_;
    case KeepKind::float_:
      return type.kind == Kind::float_;
  }
  return false;
}

/// Returns a flag for each keep: true if vmlinux has a type of its kind and essential name.
std::vector<bool> in_vmlinux(std::span<const Keep> keeps, const btf::View& btf) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> wanted;
  for (std::size_t i = 0; i < keeps.size(); ++i) wanted[btf::essential_name(keeps[i].name)].push_back(i);
  std::vector<bool> is_there(keeps.size());
  for (const btf::NamedType& named : btf.named_types()) {
    if (named.id >= btf.base_end()) break;
    const auto found = wanted.find(btf::essential_name(btf.string(named.name_off)));
    if (found == wanted.end()) continue;
    for (const std::size_t keep : found->second) {
      if (has_kind(btf.type(named.id), keeps[keep].kind)) is_there[keep] = true;
    }
  }
  return is_there;
}

}  // namespace

void Steps::add(std::uint64_t steps) {
  steps_ += steps;
  if (steps_ <= most) return;
  throw Error(ErrorKind::unsupported, file_, "", "more types that are kept by name than can be compared");
}

NamedTypes::NamedTypes(std::span<const Keep> keeps, const btf::View& btf, Steps& steps) : btf_(btf), steps_(steps) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> wanted;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < keeps.size(); ++i) {
    wanted[keeps[i].name].push_back(i);
    longest = std::max(longest, keeps[i].name.size());
  }
  ids_.resize(keeps.size());
  const std::vector<bool> is_shadowing = btf.has_modules() ? in_vmlinux(keeps, btf) : std::vector<bool>(keeps.size());
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const Type type = btf.type(id);
    if (!btf::is_sought(type.kind) || btf.is_empty_string(type.name_off)) continue;
    const auto found = wanted.find(btf.string_start(type.name_off, longest + 1));
    if (found == wanted.end()) continue;
    for (const std::size_t keep : found->second) {
      if (!has_kind(type, keeps[keep].kind)) continue;
      if (id >= btf.base_end() && is_shadowing[keep]) continue;
      named_.insert(id);
      ids_[keep].push_back(id);
    }
  }
}

std::string NamedTypes::name(std::uint32_t name_off) const {
  return btf_.is_empty_string(name_off) ? std::string("(no name)") : base::short_text(btf_.text(name_off));
}

std::string NamedTypes::words(const Type& type) const {
  return std::string(btf::message_word(type.kind)) + " " + name(type.name_off);
}

bool NamedTypes::follow(std::size_t keep, std::span<const std::string> path) {
  leading_.clear();
  if (path.empty()) return !ids(keep).empty();
  std::vector<Place> places;
  std::set<Place> known;
  const auto visit = [&](std::uint32_t id, std::size_t part) {
    const Place place = {behind_names(id), part};
    if (known.insert(place).second) places.push_back(place);
  };
  for (const std::uint32_t id : ids(keep)) visit(id, 0);
  for (std::size_t at = 0; at < places.size(); ++at) {
    const auto [id, part] = places[at];
    const Type type = btf_.type(id);
    steps_.add(std::uint64_t{1} + type.vlen);
    for (std::uint32_t i = 0; btf::is_composite(type.kind) && i < type.vlen; ++i) {
      const btf::Member member = btf_.member(type, i);
      if (btf_.is_empty_string(member.name_off)) {
        visit(member.type, part);
      } else if (part + 1 < path.size() && is_name(member.name_off, path[part])) {
        visit(member.type, part + 1);
      }
    }
  }
  // A place leads on if a way from it does. Most are found in one round, from the innermost type outwards.
  for (bool has_grown = true; has_grown;) {
    has_grown = false;
    for (std::size_t i = places.size(); i-- > 0;) {
      if (leading_.contains(places[i]) || ways(places[i].first, path, places[i].second).empty()) continue;
      leading_.insert(places[i]);
      has_grown = true;
    }
  }
  return std::ranges::any_of(ids(keep), [&](std::uint32_t id) { return leading_.contains({behind_names(id), 0}); });
}

std::vector<std::uint32_t> NamedTypes::ways(std::uint32_t id, std::span<const std::string> path,
                                            std::size_t part) const {
  std::vector<std::uint32_t> found;
  const Type type = btf_.type(id);
  const bool is_last = part + 1 == path.size();
  const bool has_elements = btf::is_composite(type.kind) || btf::is_any_enum(type.kind);
  steps_.add(std::uint64_t{1} + type.vlen);
  for (std::uint32_t i = 0; has_elements && i < type.vlen; ++i) {
    bool is_way = false;
    if (btf::is_any_enum(type.kind)) {
      is_way = is_last && is_name(btf_.enumerator(type, i).name_off, path[part]);
    } else {
      const btf::Member member = btf_.member(type, i);
      if (btf_.is_empty_string(member.name_off)) {
        is_way = leading_.contains({behind_names(member.type), part});
      } else if (is_name(member.name_off, path[part])) {
        is_way = is_last || leading_.contains({behind_names(member.type), part + 1});
      }
    }
    if (is_way) found.push_back(i);
  }
  return found;
}

bool NamedTypes::is_name(std::uint32_t name_off, const std::string& name) const {
  return btf_.string_start(name_off, name.size() + 1) == name;
}

std::uint32_t NamedTypes::behind_names(std::uint32_t id) const {
  for (int i = 0; i < row_limit; ++i) {
    const Type type = btf_.type(id);
    if (type.kind != Kind::array && !btf::is_modifier_or_typedef(type.kind)) return id;
    id = type.kind == Kind::array ? btf_.array(type).type : type.size_or_type;
  }
  return 0;
}

}  // namespace minbtf::minimize
