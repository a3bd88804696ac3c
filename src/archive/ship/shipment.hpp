// SPDX-License-Identifier: BSD-2-Clause
// The plan of an artifact: which kernel gets which names in it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/ship/alias_file.hpp"
#include "archive/ship/distribution.hpp"
#include "archive/ship/kernel_path.hpp"
#include "archive/ship/path_template.hpp"
#include "archive/ship/preset.hpp"

namespace minbtf::archive {

struct ShippedKernel {
  KernelPath path;  ///< the architecture is set if --arch states it
  Content content;
};

/// Rules for the names of kernels.
struct ShipRules {
  const Preset* preset = nullptr;  ///< null: `path` alone decides
  std::string path;                ///< template, without a fault; ignored with a preset
  bool release_aliases = true;
  AliasFile* aliases = nullptr;  ///< may be null
};

struct ShippedName {
  std::string path;             ///< in the artifact; may begin with `./`
  std::size_t kernel = 0;       ///< index
  bool is_alias = false;        ///< not the name of the kernel's own path in REDUCED
  Distribution distribution{};  ///< ID and VERSION of this name, as the consumer reads them
};

/// A name that the consumer would not find.
struct RefusedName {
  std::string path;
  std::size_t kernel = 0;
  std::string reason;
};

/// Two kernels with different contents on one name.
struct NameConflict {
  std::string path;
  std::size_t kernel = 0;
  std::size_t other = 0;  ///< earlier in REDUCED
  bool is_alias = false;  ///< of both
};

struct Shipment {
  std::vector<ShippedName> names;  ///< sorted by path, each path once
  std::vector<RefusedName> refused;
  std::vector<NameConflict> conflicts;
  std::vector<std::size_t> nameless;  ///< kernels all of whose names are refused
  /// Kernels whose path lacks a field of the template, and the field.
  std::vector<std::pair<std::size_t, PathField>> incomplete;
  /// Kernels that are named by a major version only, though os-release of their distribution has a minor version
  /// (has_minor_version()). Empty if the release is not used for aliases.
  std::vector<std::size_t> major_only;
  /// Aliases that give way, because another kernel with other contents has a better claim to the name.
  std::size_t yielded = 0;
  std::optional<PackageName> packing;  ///< of each file
};

/// Returns the plan. If several kernels have one name, the name goes to the first of these: a kernel whose own path has
/// the name; a kernel of the same ID; any other. For a bundle, a kernel is incomplete only without release or
/// architecture. It is a conflict if two kernels of the same rank have different
/// contents.
[[nodiscard]] Shipment plan_shipment(const std::vector<ShippedKernel>& kernels, const ShipRules& rules);

}  // namespace minbtf::archive
