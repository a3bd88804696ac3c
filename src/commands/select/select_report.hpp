// SPDX-License-Identifier: BSD-2-Clause
// The facts that `select` reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

/// A kernel in REDUCED.
struct ReportedKernel {
  std::string path;          ///< in REDUCED; in a bundle, the path that BTFHub's layout gives the kernel
  std::string architecture;  ///< BTFHub's name; "unknown" if there is none
  std::string release;
  std::string id;
  std::string version_id;
  std::string build;
};

struct RefusedKernel {
  std::string path;
  std::string reason;
};

/// The machine for which a BTF is searched. A text that is not known is empty.
struct ReportedSystem {
  std::string machine;
  std::string release;
  std::string build;
  std::string id;
  std::string version_id;
  std::string id_like;
  std::string os_release;       ///< path of the file that was read; empty if none was read
  std::string os_release_note;  ///< why no file was read; empty if one was read
};

struct SelectReport {
  std::string reduced;
  std::string_view form;  ///< StoredKernels::form
  bool has_answer = false;
  ReportedSystem system;
  std::string reason;       ///< as minbtf_reason_name() returns it
  std::string reason_text;  ///< as minbtf_reason_text() returns it
  bool is_found = false;
  bool is_x86_64_for_i386 = false;
  bool is_same_build = false;  ///< only kernels with the build of the system were considered
  /// Found: the kernels that have the BTF and that the reason is about. `ambiguous`: the kernels among which the lookup
  /// cannot choose.
  std::vector<ReportedKernel> kernels;
  std::vector<RefusedKernel> refused;  ///< other kernels of the release
  std::vector<std::string> nearest;    ///< not found: the nearest releases that REDUCED has for the machine
  std::string nearest_text;            ///< not found with --nearest: why it gave no answer
  std::uint64_t bytes = 0;
  bool is_original = true;            ///< StoredKernel::is_original of the BTF
  std::optional<std::string> output;  ///< the file that was written
};

/// Returns the lines for standard output.
[[nodiscard]] std::vector<std::string> select_lines(const SelectReport& report);
/// Adds the fields of docs/select.md.
void add_selection(const SelectReport& report, Json& document);

}  // namespace minbtf::cli
