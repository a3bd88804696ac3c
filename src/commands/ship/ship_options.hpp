// SPDX-License-Identifier: BSD-2-Clause
// The command line of `ship REDUCED OUTPUT`.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "archive/input/architecture.hpp"
#include "archive/package/package_name.hpp"
#include "archive/ship/preset.hpp"
#include "cli/command_line.hpp"

namespace minbtf::cli {

struct ShipOptions {
  const archive::Preset* preset = nullptr;  ///< null with --path
  std::string path;                         ///< --path: a template without a fault
  std::string reduced;
  std::string output;  ///< may have fields of the architecture; /dev/stdout for `-`
  /// Form of OUTPUT: a tar, or a bundle. Nothing: a directory.
  std::optional<archive::PackageName> package;
  std::vector<const archive::Architecture*> architectures;  ///< --arch, each once; empty if not given
  std::string alias_file;                                   ///< --alias; empty if not given
  bool release_aliases = true;
  std::size_t jobs = 1;  ///< number of files that are packed at the same time
  bool verbose = false;
  bool quiet = false;
  bool json = false;
};

/// Returns the words that NAME can be.
[[nodiscard]] std::vector<std::string> preset_names();

/// Reads NAME REDUCED OUTPUT, or --path TEMPLATE REDUCED OUTPUT. Throws UsageError, also for an option that would have
/// no effect.
[[nodiscard]] ShipOptions ship_options(const ParsedLine& line);

}  // namespace minbtf::cli
