// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/kernel_path.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "archive/bundle_path.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

struct NamesRow {
  std::string_view name;  ///< Architecture::name
  std::string_view btfhub;
  std::string_view machine;
};

/// The architectures with a name that is not Architecture::name.
constexpr std::array rows = {NamesRow{"arm64", "arm64", "aarch64"}, NamesRow{"i386", "i386", "i686"},
                             NamesRow{"arm", "armhf", "armv7l"}, NamesRow{"mips64el", "mips64el", "mips64"}};

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    parts.emplace_back(path.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

struct Parsed {
  KernelPath kernel;
  std::string top;  ///< directories before the layout
  std::string fault;
};

Parsed parse(const std::string& path) {
  Parsed result{.kernel = {.path = path, .id = {}, .version = {}, .architecture = nullptr, .release = {}},
                .top = {},
                .fault = {}};
  std::vector<std::string> parts = parts_of(path);
  std::string& file = parts.back();
  constexpr auto suffix = ".btf"sv;
  if (!file.ends_with(suffix) || file.size() == suffix.size()) {
    result.fault = "the name is not RELEASE.btf";
    return result;
  }
  result.kernel.release = file.substr(0, file.size() - suffix.size());
  parts.pop_back();
  if (!parts.empty()) result.kernel.architecture = find_architecture(parts.back());
  if (result.kernel.architecture != nullptr) parts.pop_back();
  if (parts.size() == 1) {
    result.fault =
        "the path has a directory, but not both ID and VERSION (ubuntu/20.04/...); give the directory that contains "
        "those of the distributions";
    return result;
  }
  if (parts.empty()) return result;
  result.kernel.version = std::move(parts.back());
  parts.pop_back();
  result.kernel.id = std::move(parts.back());
  parts.pop_back();
  for (const std::string& part : parts) result.top = joined_path(result.top, part);
  if (find_architecture(result.kernel.id) != nullptr || find_architecture(result.kernel.version) != nullptr) {
    result.fault = "a directory with the name of an architecture is in the place of ID or VERSION";
  }
  for (std::string* part : {&result.kernel.id, &result.kernel.version}) {
    if (*part == empty_part) part->clear();
  }
  return result;
}

}  // namespace

ArchitectureNames names_of(const Architecture& architecture) {
  const auto* const row = std::ranges::find(rows, architecture.name, &NamesRow::name);
  if (row == rows.end()) return {architecture.name, architecture.name, architecture.bpf_name};
  return {row->btfhub, row->machine, architecture.bpf_name};
}

KernelPaths kernel_paths_of(const std::vector<std::string>& paths) {
  KernelPaths result;
  std::optional<std::string> top;
  for (const std::string& path : paths) {
    Parsed parsed = parse(path);
    if (parsed.fault.empty() && !top) top = parsed.top;
    if (parsed.fault.empty() && parsed.top != *top) {
      parsed.fault = parsed.top.empty() ? "the path is not below " + *top + "/, unlike those before it"
                                        : "the path has more directories than ID/VERSION/ARCHITECTURE/RELEASE.btf";
    }
    if (parsed.fault.empty()) {
      result.kernels.push_back(std::move(parsed.kernel));
    } else {
      result.faults.push_back({.path = path, .reason = std::move(parsed.fault)});
    }
  }
  return result;
}

}  // namespace minbtf::archive
