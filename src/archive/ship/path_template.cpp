// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/path_template.hpp"

#include <algorithm>
#include <utility>

#include "archive/ship/kernel_path.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

constexpr std::array field_names = {"id"sv, "version"sv, "arch"sv, "machine"sv, "bpfarch"sv, "release"sv};

std::optional<PathField> field_of(std::string_view name) {
  const auto* const found = std::ranges::find(field_names, name);
  if (found == field_names.end()) return std::nullopt;
  return static_cast<PathField>(found - field_names.begin());
}

/// Returns the form of a file whose path ends in the fixed text `tail`. `has_field`: the path has a field before it.
std::optional<PackageName> packing_of_tail(std::string_view tail, bool has_field) {
  const std::size_t slash = tail.rfind('/');
  const std::string_view last = tail.substr(slash + 1);
  // The complete file name is fixed: `.xz` is then a name, and not a suffix.
  if (slash != std::string_view::npos || !has_field) return package_name_of(last);
  // A field has a value, of which one letter is enough here.
  std::optional<PackageName> packing = package_name_of("x" + std::string(last));
  if (packing) packing->stem.erase(0, 1);
  return packing;
}

}  // namespace

std::string_view to_string(PathField field) noexcept { return field_names[static_cast<std::size_t>(field)]; }

void FieldValues::set_architecture(const Architecture& architecture) {
  const ArchitectureNames names = names_of(architecture);
  (*this)[PathField::arch] = names.btfhub;
  (*this)[PathField::machine] = names.machine;
  (*this)[PathField::bpfarch] = names.bpf;
}

std::string PathTemplate::fault(std::string_view text) {
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace == std::string_view::npos) return {};
    if (text[brace] == '}') return "a '}' without a '{' before it";
    const std::size_t end = text.find_first_of("{}", brace + 1);
    if (end == std::string_view::npos || text[end] == '{') return "a '{' without a '}' after it";
    const std::string_view name = text.substr(brace + 1, end - brace - 1);
    if (!field_of(name)) {
      std::string known;
      for (const std::string_view each : field_names) {
        known.append(known.empty() ? "" : ", ").append("{").append(each).append("}");
      }
      return "unknown field '{" + std::string(name) + "}' (the fields are " + known + ")";
    }
    text.remove_prefix(end + 1);
  }
  return {};
}

PathTemplate::PathTemplate(std::string_view text) : text_(text) {
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find('{'), text.size());
    if (brace > 0) pieces_.push_back({.text = std::string(text.substr(0, brace))});
    text.remove_prefix(brace);
    if (text.empty()) break;
    const std::size_t end = text.find('}');
    pieces_.push_back({.text = {}, .field = field_of(text.substr(1, end - 1))});
    text.remove_prefix(end + 1);
  }
  if (!pieces_.empty() && !pieces_.back().field) {
    packing_ = packing_of_tail(pieces_.back().text, pieces_.size() > 1);
  }
}

bool PathTemplate::has(PathField field) const noexcept {
  return std::ranges::any_of(pieces_, [&](const Piece& piece) { return piece.field == field; });
}

bool PathTemplate::has_architecture() const noexcept {
  return has(PathField::arch) || has(PathField::machine) || has(PathField::bpfarch);
}

std::optional<PathField> PathTemplate::missing(const FieldValues& values) const {
  for (const Piece& piece : pieces_) {
    if (piece.field && values[*piece.field].empty()) return piece.field;
  }
  return std::nullopt;
}

std::string PathTemplate::expand(const FieldValues& values) const {
  std::string path;
  for (const Piece& piece : pieces_) path += piece.field ? values[*piece.field] : piece.text;
  return path;
}

bool PathTemplate::matches(std::string_view path) const {
  if (is_hidden_path(path) && !is_hidden_path(text_)) return false;
  // ends[i]: the pieces so far can end before path[i].
  std::vector<bool> ends(path.size() + 1, false);
  ends[0] = true;
  for (const Piece& piece : pieces_) {
    std::vector<bool> next(path.size() + 1, false);
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (piece.field) {
        next[i + 1] = path[i] != '/' && (ends[i] || next[i]);
      } else if (ends[i] && path.substr(i).starts_with(piece.text)) {
        next[i + piece.text.size()] = true;
      }
    }
    ends = std::move(next);
  }
  return ends[path.size()];
}

}  // namespace minbtf::archive
