// SPDX-License-Identifier: BSD-2-Clause
// The facts that `ship` reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

struct ShippedFile {
  std::string path;    ///< in the artifact
  std::string kernel;  ///< path in REDUCED
  bool is_alias = false;
  std::uint64_t bytes = 0;  ///< of the file, packed if it is
};

/// One directory or archive.
struct Artifact {
  std::string path;
  std::vector<std::string> architectures;  ///< BTFHub's names; a kernel without one is not in the list
  std::size_t kernels = 0;
  std::vector<ShippedFile> files;  ///< sorted by path
  std::size_t aliases = 0;
  std::uint64_t file_bytes = 0;           ///< sum over `files`; of a bundle: of its distinct contents
  std::optional<std::size_t> contents{};  ///< number of distinct contents, of a bundle
  std::uint64_t alias_bytes = 0;  ///< part of `file_bytes` that is due to aliases; of a bundle: its size for them
  std::uint64_t bytes = 0;        ///< of the archive; `file_bytes` for a directory
  bool is_directory = false;
};

struct RefusedFile {
  std::string path;
  std::string kernel;
  std::string reason;
};

struct ShipReport {
  std::string preset;  ///< empty with --path
  std::string reduced;
  std::size_t kernels = 0;     ///< in REDUCED
  std::size_t unselected = 0;  ///< part of `kernels` that --arch leaves out
  std::vector<Artifact> artifacts;
  std::vector<RefusedFile> refused;
  bool verbose = false;
};

/// Returns the lines for standard output.
[[nodiscard]] std::vector<std::string> ship_lines(const ShipReport& report);
void add_ship(const ShipReport& report, Json& document);

}  // namespace minbtf::cli
