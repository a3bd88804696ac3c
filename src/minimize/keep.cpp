// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/keep.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "base/short_text.hpp"

namespace minbtf {

namespace {

constexpr std::array<std::pair<std::string_view, KeepKind>, 6> kinds = {{{"struct", KeepKind::struct_},
                                                                         {"union", KeepKind::union_},
                                                                         {"enum", KeepKind::enum_},
                                                                         {"typedef", KeepKind::typedef_},
                                                                         {"int", KeepKind::int_},
                                                                         {"float", KeepKind::float_}}};

/// Other words that are kinds of BTF, and why they are refused.
constexpr std::array<std::pair<std::string_view, const char*>, 6> refused = {{
    {"enum64", "enum also keeps enums of 64 bits"},
    {"fwd", "a forward declaration has no contents; keep the struct or union"},
    {"func", "functions are not kept; what attaches to functions needs the running kernel's own BTF"},
    {"func_proto", "a prototype has no name"},
    {"var", "variables are not kept; what uses them needs the running kernel's own BTF"},
    {"datasec", "sections are not kept"},
}};

[[noreturn]] void refuse(const std::string& reason) { throw std::invalid_argument(reason); }

/// A message has one line, so it does not repeat a name with control characters.
void refuse_control_characters(std::string_view text, const char* what) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) refuse(std::string(what) + " has a control character");
}

KeepKind kind_of(std::string_view word) {
  refuse_control_characters(word, "KIND");
  for (const auto& [name, kind] : kinds) {
    if (name == word) return kind;
  }
  for (const auto& [name, reason] : refused) {
    if (name == word) refuse(reason);
  }
  refuse("KIND is '" + base::short_text(word) + "', not struct, union, enum, typedef, int or float");
}

/// True for a byte that no name in BTF has. Names of INTs and FLOATs consist of several words.
bool is_foreign(char c, bool takes_blanks) {
  return c == ':' || c == ',' || c == '*' || c == '[' || c == ']' || (c == ' ' && !takes_blanks);
}

void check_name(std::string_view name, const char* what, bool takes_blanks) {
  if (name.empty()) refuse(std::string(what) + " is missing");
  refuse_control_characters(name, what);
  if (std::ranges::any_of(name, [&](char c) { return is_foreign(c, takes_blanks); })) {
    refuse(std::string(what) + " is '" + base::short_text(name) + "', which is not a name in C");
  }
}

}  // namespace

Keep Keep::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) refuse("not KIND:NAME, such as struct:sock or enum:skb_drop_reason");
  Keep keep = {.kind = kind_of(text.substr(0, colon))};
  std::string_view rest = text.substr(colon + 1);
  const bool is_number = keep.kind == KeepKind::int_ || keep.kind == KeepKind::float_;
  const std::size_t dot = rest.find('.');
  check_name(rest.substr(0, dot), "NAME", is_number);
  keep.name = rest.substr(0, dot);
  if (dot == std::string_view::npos) return keep;
  if (is_number) refuse("an int or float has no members");
  while (true) {
    const std::size_t end = rest.find('.');
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
    const std::string_view member = rest.substr(0, rest.find('.'));
    check_name(member, "MEMBER", false);
    keep.path.emplace_back(member);
  }
  if (keep.kind == KeepKind::enum_ && keep.path.size() > 1) refuse("an enumerator has no members");
  return keep;
}

std::string Keep::text() const {
  std::string text;
  for (const auto& [word, each] : kinds) {
    if (each == kind) text = word;
  }
  text += ":" + name;
  for (const std::string& member : path) text += "." + member;
  return text;
}

}  // namespace minbtf
