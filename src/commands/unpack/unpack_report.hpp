// SPDX-License-Identifier: BSD-2-Clause
// What `unpack` reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

struct UnpackedFile {
  std::string path;         ///< relative to OUTPUT
  std::uint64_t bytes = 0;  ///< of the BTF
  std::uint32_t types = 0;
  bool is_complete = false;
};

struct UnpackReport {
  std::string input;
  std::string output;
  std::string compress;      ///< the word of --compress
  bool has_kernels = false;  ///< all kernels were read
  bool is_written = false;
  std::vector<UnpackedFile> files;
  std::size_t failed = 0;
  std::size_t repeated = 0;    ///< kernels whose file is that of another kernel with the same BTF
  std::size_t incomplete = 0;  ///< files without the types that a pack of types only does not have
  std::size_t unselected = 0;
  std::size_t unchanged = 0;
  std::uint64_t bytes = 0;  ///< of the BTF of all files
};

/// Returns "all.pack -> tree: 16 kernels, 97.4 MB; 3 of types only; 2 not selected; 14 unchanged".
[[nodiscard]] std::string summary_line(const UnpackReport& report);

/// Adds the fields of docs/json.md.
void add_unpack(const UnpackReport& report, Json& document);

}  // namespace minbtf::cli
