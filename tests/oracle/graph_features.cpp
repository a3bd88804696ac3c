// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/graph_features.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "btf/essential_name.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;
using btf::Type;
using btf::View;

constexpr int anonymous_levels = 3;  ///< a member of an anonymous struct in an anonymous struct in a struct
constexpr int deepest_levels = 8;    ///< of anonymous members that are searched for repeated names

/// Returns the types that a type refers to. A pointer has a reference only with `through_pointers`.
std::vector<std::uint32_t> references(const View& view, std::uint32_t id, bool through_pointers) {
  const Type type = view.type(id);
  std::vector<std::uint32_t> out;
  if (btf::is_composite(type.kind)) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) out.push_back(view.member(type, i).type);
  } else if (type.kind == Kind::array) {
    out.push_back(view.array(type).type);
  } else if (btf::is_modifier_or_typedef(type.kind) || (through_pointers && type.kind == Kind::ptr)) {
    out.push_back(type.size_or_type);
  }
  return out;
}

bool leads_to_itself(const View& view, std::uint32_t from, bool through_pointers) {
  std::vector<bool> seen(view.id_end());
  std::vector<std::uint32_t> queue = references(view, from, through_pointers);
  while (!queue.empty()) {
    const std::uint32_t id = queue.back();
    queue.pop_back();
    if (id == from) return true;
    if (seen[id]) continue;
    seen[id] = true;
    for (const std::uint32_t next : references(view, id, through_pointers)) queue.push_back(next);
  }
  return false;
}

bool has_nested_anonymous(const View& view, std::uint32_t id, int levels) {
  Type type = view.type(id);
  while (btf::is_modifier_or_typedef(type.kind)) type = view.type(type.size_or_type);
  if (!btf::is_composite(type.kind)) return false;
  if (levels == 1) return type.vlen > 0;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    const btf::Member member = view.member(type, i);
    if (view.string(member.name_off).empty() && has_nested_anonymous(view, member.type, levels - 1)) return true;
  }
  return false;
}

/// Returns the id of the type behind typedefs and qualifiers, and their number.
std::pair<std::uint32_t, int> behind_modifiers(const View& view, std::uint32_t id) {
  int links = 0;
  for (; btf::is_modifier_or_typedef(view.type(id).kind); ++links) id = view.type(id).size_or_type;
  return {id, links};
}

/// Adds the names of the members of a struct or union, with those of anonymous members in it. Of those names that the
/// type itself has several times, one is added.
void add_names_of(const View& view, std::uint32_t id, int levels, std::multiset<std::string_view>& out) {
  const Type type = view.type(behind_modifiers(view, id).first);
  if (!btf::is_composite(type.kind) || levels == 0) return;
  std::set<std::string_view> own;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    const btf::Member member = view.member(type, i);
    const std::string_view name = view.string(member.name_off);
    if (name.empty()) add_names_of(view, member.type, levels - 1, out);
    if (!name.empty()) own.insert(name);
  }
  out.insert(own.begin(), own.end());
}

void add_of_anonymous_member(const View& view, const Type& type, std::set<std::string>& out) {
  if (!btf::is_composite(type.kind) || type.vlen == 0) return;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (view.member(type, i).bitfield_size != 0) out.insert("bitfield in an anonymous member");
  }
  const Type last = view.type(view.member(type, type.vlen - 1).type);
  if (last.kind == Kind::array && view.array(last).nelems == 0) out.insert("flexible array in an anonymous member");
}

void add_of_members(const View& view, const Type& type, std::set<std::string>& out) {
  std::multiset<std::string_view> names;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    const btf::Member member = view.member(type, i);
    if (member.bitfield_size != 0) out.insert("bitfield");
    const auto [behind, links] = behind_modifiers(view, member.type);
    if (links > 1) out.insert("chain of typedefs and qualifiers");
    if (!view.string(member.name_off).empty()) continue;
    add_of_anonymous_member(view, view.type(behind), out);
    add_names_of(view, member.type, anonymous_levels, names);
  }
  for (const std::string_view name : names) {
    if (names.count(name) > 1) out.insert("a name in two anonymous members");
  }
}

void add_of_enumerators(const View& view, const Type& type, std::set<std::string>& out) {
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (static_cast<std::int64_t>(view.enumerator(type, i).value) < 0) out.insert("negative enumerator");
  }
}

void add_of_type(const View& view, std::uint32_t id, std::set<std::string>& out) {
  const Type type = view.type(id);
  const std::string_view name = view.string(type.name_off);
  if (btf::essential_name(name) != name) out.insert("flavor");
  switch (type.kind) {
    case Kind::enum_:
      out.insert("enum");
      add_of_enumerators(view, type, out);
      break;
    case Kind::enum64:
      out.insert("enum64");
      add_of_enumerators(view, type, out);
      break;
    case Kind::fwd:
      out.insert("forward declaration");
      break;
    case Kind::type_tag:
      out.insert("type tag");
      break;
    case Kind::ptr:
      out.insert(type.size_or_type == 0 ? "pointer to void" : "pointer to a type");
      break;
    case Kind::array:
      if (view.array(type).nelems == 0) out.insert("zero-length array");
      break;
    case Kind::struct_:
    case Kind::union_:
      add_of_members(view, type, out);
      if (has_nested_anonymous(view, id, anonymous_levels)) out.insert("nested anonymous members");
      if (leads_to_itself(view, id, false)) {
        out.insert("cycle through embedded types");
      } else if (leads_to_itself(view, id, true)) {
        out.insert("cycle through pointers");
      }
      break;
    default:
      break;
  }
}

}  // namespace

const std::set<std::string> all_features = {"flavor",
                                            "enum",
                                            "enum64",
                                            "forward declaration",
                                            "type tag",
                                            "pointer to void",
                                            "pointer to a type",
                                            "zero-length array",
                                            "bitfield",
                                            "nested anonymous members",
                                            "cycle through embedded types",
                                            "cycle through pointers",
                                            "chain of typedefs and qualifiers",
                                            "several typedefs of one integer",
                                            "integer with fewer bits than its size",
                                            "bitfield in an anonymous member",
                                            "flexible array in an anonymous member",
                                            "a name in two anonymous members",
                                            "negative enumerator",
                                            "several types of one name"};

bool has_repeated_member(const View& view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const Type type = view.type(id);
    std::multiset<std::string_view> names;
    for (std::uint32_t i = 0; btf::is_composite(type.kind) && i < type.vlen; ++i) {
      const btf::Member member = view.member(type, i);
      const std::string_view name = view.string(member.name_off);
      if (name.empty()) add_names_of(view, member.type, deepest_levels, names);
      if (!name.empty()) names.insert(name);
    }
    for (const std::string_view name : names) {
      if (names.count(name) > 1) return true;
    }
  }
  return false;
}

std::set<std::string> features_of(const View& view) {
  std::set<std::string> out;
  std::set<std::pair<Kind, std::string>> names;
  std::multiset<std::uint32_t> aliased;  // integers
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    add_of_type(view, id, out);
    const Type type = view.type(id);
    const bool is_alias = type.kind == Kind::typedef_ && view.type(type.size_or_type).kind == Kind::int_;
    if (is_alias && aliased.count(type.size_or_type) > 0) out.insert("several typedefs of one integer");
    if (is_alias) aliased.insert(type.size_or_type);
    if (type.kind == Kind::int_ && (view.info_word(type) & 0xffU) != type.size_or_type * 8) {
      out.insert("integer with fewer bits than its size");
    }
    const std::string name(btf::essential_name(view.string(type.name_off)));
    if (!name.empty() && !names.emplace(btf::core_kind(type.kind), name).second) {
      out.insert("several types of one name");
    }
  }
  return out;
}

}  // namespace minbtf::test
