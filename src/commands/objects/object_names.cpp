// SPDX-License-Identifier: BSD-2-Clause
#include "commands/objects/object_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::cli {

namespace {

constexpr std::string_view suffix = ".o";
constexpr std::size_t longest_name = 200;  // bytes; file systems permit 255

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+';
}

/// Returns the last part of a path as the name of a file without `.o`. A name that begins with `.` would be hidden, and
/// one that begins with `-` looks like an option.
std::string cleaned_name(std::string_view path) {
  std::string_view name = archive::file_name_of(path);
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  std::string cleaned;
  for (const char c : name.substr(0, longest_name)) {
    cleaned += is_plain(c) || (!cleaned.empty() && (c == '.' || c == '-')) ? c : '_';
  }
  return cleaned;
}

/// Returns "opensnoop.bpf" for "/build/opensnoop.bpf.c".
std::string name_of_source(std::string_view path) {
  const std::string_view name = archive::file_name_of(path);
  return cleaned_name(name.substr(0, name.rfind('.')));
}

/// Returns "x_bpf" for the symbols "x_bpf" and "_binary_x_bpf_start", which `ld -r -b binary` makes.
std::string name_of_symbol(std::string_view symbol) {
  constexpr std::string_view before = "_binary_";
  constexpr std::string_view after = "_start";
  if (symbol.starts_with(before) && symbol.ends_with(after)) {
    symbol.remove_prefix(before.size());
    symbol.remove_suffix(after.size());
  }
  return cleaned_name(symbol);
}

std::string base_name(const archive::FoundObject& object) {
  const archive::ObjectPlace& place = object.places.front();
  // The part behind `:` is the path in the inner archive. Compressed data that is no tar has an empty path.
  const std::string_view member = std::string_view(place.member).substr(place.member.rfind(':') + 1);
  const std::string_view holder = member.empty() ? std::string_view(place.file) : member;
  // Standard input has no name of its own.
  const bool has_name = place.is_whole && holder != io::standard_input_name;
  std::string name = has_name ? cleaned_name(holder) : "";
  if (name.empty()) name = name_of_source(object.source);
  if (name.empty()) name = name_of_symbol(place.symbol);
  if (name.empty()) name = fmt::format("{}-{}", cleaned_name(holder), base::hex(place.offset));
  return name;
}

}  // namespace

std::vector<std::string> object_names(const std::vector<archive::FoundObject>& objects) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  std::map<std::string, std::size_t> numbers;  // the last number of a base name
  for (const archive::FoundObject& object : objects) {
    const std::string base = base_name(object);
    std::size_t& number = numbers[base];
    std::string name;
    do {
      ++number;
      name = number == 1 ? base + ".o" : fmt::format("{}.{}.o", base, number);
    } while (!taken.insert(name).second);
    names.push_back(name);
  }
  return names;
}

}  // namespace minbtf::cli
