// SPDX-License-Identifier: BSD-2-Clause
// Reads the table of lookups, lookups.txt. Its comment describes the lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

struct TableKernel {
  std::string id;
  std::string version_id;
  std::string architecture;  ///< BTFHub's name
  std::string release;
  std::string build;
  std::string content;
};

struct TableLookup {
  std::string machine;
  std::string release;
  std::string build;
  std::string os_release;  ///< path of the file; empty: none
  std::string flags;       ///< as bundle/lookup.c takes them
  std::string reason;
  std::string content;  ///< empty: none
  std::string text;     ///< "lookups.txt:LINE: ..."
};

struct TableBundle {
  std::string name;
  std::vector<TableKernel> kernels;
  std::vector<TableLookup> lookups;
};

/// Returns the bundles in the table. Throws std::runtime_error for a wrong line.
[[nodiscard]] std::vector<TableBundle> lookup_table();

/// Returns the BTF for a CONTENT of the table: valid BTF with one integer type of this name, in the byte order of the
/// machine x86_64.
[[nodiscard]] std::vector<std::uint8_t> content_bytes(const std::string& content);

/// Returns the bundle that the tool's writer makes of these kernels.
[[nodiscard]] std::vector<std::uint8_t> bundle_bytes(const TableBundle& bundle);

/// Returns the lookups as lines for `lookup find`.
[[nodiscard]] std::string queries_of(const TableBundle& bundle);

/// Returns lookups in sample_bundle() with each kind of answer, as lines for `lookup`.
[[nodiscard]] std::string sample_queries();

}  // namespace minbtf::test
