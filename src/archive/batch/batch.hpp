// SPDX-License-Identifier: BSD-2-Clause
// A run over an INPUT of any kind: runs a task for each kernel and gives each kernel an output path.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/path_selection.hpp"

namespace minbtf::archive {

struct NamedKernel {
  std::string path;        ///< of the output, relative to OUTPUT
  std::size_t record = 0;  ///< index of the source's record
  std::string member;      ///< path in the source; through a link, the path of the link. Empty if the source is no tar
  KernelResultPtr result;
};

struct NamedKernels {
  std::vector<NamedKernel> kernels;   ///< sorted by path, each path once
  std::vector<NamedKernel> repeated;  ///< kernels whose path is in `kernels` with the same result; sorted by path
  std::vector<SourceFault> faults;    ///< kernels without a usable path, and links that lead to no kernel
};

/// Gives each kernel of `records` its output path. `records` are sorted by path; `task` made their results. A kernel is
/// a fault:
///  - if an earlier kernel has the same output path and a different result (KernelTask::is_same());
///  - if its output path is a directory of another output;
///  - if its path is a link in a tar to a kernel whose results are others (KernelTask::place_class());
///  - if its output path is too long for the system.
/// Links in a tar can give each kernel many paths. Over `max_kernels` paths in one tar are a fault.
[[nodiscard]] NamedKernels name_kernels(const std::vector<SourceRecord>& records, const PathSelection& selection,
                                        const KernelTask& task, std::size_t max_kernels);

struct Batch {
  std::vector<SourceRecord> records;
  std::vector<NamedKernel> kernels;   ///< sorted by path, each path once; an INPUT of one kernel: the path of INPUT
  std::vector<NamedKernel> repeated;  ///< as NamedKernels::repeated
  std::vector<SourceFault> faults;    ///< of sources, kernels and output paths
  std::size_t ignored = 0;            ///< files that hold no kernel
  std::size_t modules = 0;            ///< part of `ignored`: kernel modules and their BTF
  std::optional<ModulesRead> modules_read = {};  ///< ProcessedInput::modules_read
  std::vector<std::string> warnings = {};        ///< ProcessedInput::warnings
  std::size_t unselected = 0;                    ///< kernels not selected by --include, --exclude, --arch
  std::size_t missed_i386 = 0;                   ///< part of `unselected`: PathSelection::misses_i386()

  /// Returns the paths by which the user can name a kernel: its output path, its path in INPUT, and the path of its
  /// source. A kernel that failed has the last two. May contain a path several times.
  [[nodiscard]] std::vector<std::string> all_paths() const;
};

/// Runs `request` on `input` and names the kernels. Throws Error as Input::process() does.
[[nodiscard]] Batch run_batch(Input& input, const ProcessRequest& request);

}  // namespace minbtf::archive
