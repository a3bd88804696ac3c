// SPDX-License-Identifier: BSD-2-Clause
#include "commands/dump/type_query.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "base/sorted.hpp"
#include "btf/kinds.hpp"

namespace minbtf::cli {

namespace {

using btf::Kind;
using btf::Type;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  return error == std::errc() ? id : std::numeric_limits<std::uint64_t>::max();
}

constexpr std::array named_kinds = {Kind::int_,   Kind::struct_,  Kind::union_,  Kind::enum_,   Kind::fwd,
                                    Kind::func,   Kind::typedef_, Kind::var,     Kind::datasec, Kind::float_,
                                    Kind::enum64, Kind::decl_tag, Kind::type_tag};

/// Returns the name of the kind that `word` names, if types of that kind have names; empty for other words.
std::string_view kind_named(std::string_view word) {
  for (const Kind kind : named_kinds) {
    if (btf::shape(kind).name == word) return btf::shape(kind).name;
  }
  return {};
}

/// Returns ENUM for ENUM64, and other kinds unchanged. In C, ENUM and ENUM64 have one keyword and one name space.
Kind group_of(Kind kind) { return btf::core_kind(kind); }

bool is_of_kind(Kind kind, std::string_view word) {
  return btf::shape(kind).name == word || btf::shape(group_of(kind)).name == word;
}

std::string_view declared_by_fwd(const Type& type) {
  return btf::shape(type.kind_flag ? Kind::union_ : Kind::struct_).name;
}

/// Returns true if a query with this kind (empty: without a kind) can match the type, or a FWD that declares the kind.
bool may_be_meant(const Type& type, std::string_view kind) {
  if (kind.empty()) return type.kind != Kind::decl_tag && type.kind != Kind::type_tag;
  return is_of_kind(type.kind, kind) || (type.kind == Kind::fwd && declared_by_fwd(type) == kind);
}

}  // namespace

TypeQuery parse_type_query(const std::vector<std::string>& words) {
  const std::string text = joined(words);
  if (const auto id = number_in(text)) return {.id = id, .kind = {}, .name = {}};
  const std::size_t space = text.find(' ');
  const std::string_view kind = space == std::string::npos ? "" : kind_named(text.substr(0, space));
  return {.id = {}, .kind = kind, .name = kind.empty() ? text : text.substr(space + 1)};
}

std::vector<std::string> kinds_with_names() {
  std::vector<std::string> words;
  for (const Kind kind : named_kinds) words.emplace_back(btf::shape(kind).name);
  return words;
}

std::vector<std::uint32_t> find_types(const btf::View& btf, const TypeQuery& query) {
  std::vector<std::uint32_t> found;
  std::vector<std::uint32_t> forward;
  if (query.name.empty() || query.name.find('\0') != std::string::npos) return found;
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const Type type = btf.type(id);
    if (!btf::is_known(type.kind) || !btf.is_string(type.name_off, query.name)) continue;
    if (!may_be_meant(type, query.kind)) continue;
    (type.kind == Kind::fwd && query.kind != btf::shape(Kind::fwd).name ? forward : found).push_back(id);
  }
  return found.empty() ? forward : found;
}

std::vector<std::string> type_names(const btf::View& btf, std::string_view kind) {
  constexpr std::size_t longest = 511;
  std::vector<std::uint32_t> offsets;
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const Type type = btf.type(id);
    if (type.name_off != 0 && btf::is_known(type.kind) && may_be_meant(type, kind)) offsets.push_back(type.name_off);
  }
  base::sort_unique(offsets);
  std::vector<std::string> names;
  for (const std::uint32_t offset : offsets) {
    const char* const name = reinterpret_cast<const char*>(btf.strings().data() + offset);
    const std::size_t size = ::strnlen(name, std::min(btf.strings().size() - offset, longest + 1));
    if (size <= longest) names.emplace_back(name, size);
  }
  return names;
}

Choice first_of_each_kind(const btf::View& btf, const std::vector<std::uint32_t>& ids) {
  Choice choice;
  std::vector<Kind> met;
  for (const std::uint32_t id : ids) {
    const Kind kind = group_of(btf.type(id).kind);
    const bool is_first = std::ranges::find(met, kind) == met.end();
    if (is_first) met.push_back(kind);
    (is_first ? choice.shown : choice.others).push_back(id);
  }
  return choice;
}

}  // namespace minbtf::cli
