// SPDX-License-Identifier: BSD-2-Clause
// The kernels in REDUCED of `select`, whatever REDUCED is: their names at once, their BTF when it is needed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/ship/kernel_path.hpp"
#include "io/read/input_file.hpp"

namespace minbtf::cli {

struct StoredKernel {
  archive::KernelPath path;  ///< in a bundle, the path that BTFHub's layout gives the kernel
  /// Numbers of the machine in bundles: one, or one for each byte order. Empty if the path has no architecture.
  std::vector<std::uint32_t> machines = {};
  std::string build = {};  ///< `uname -v`; only bundles state it
  /// Returns the raw BTF. Throws Error that names the file: io, wrong_file, damaged, unsupported. Not used for a
  /// bundle.
  std::function<archive::Content()> read = {};
  /// False if the BTF is made from the types in a pack: it has neither functions nor variables, and other type ids.
  bool is_original = true;
};

struct StoredKernels {
  std::string_view form;              ///< "bundle", "tree", "archive" or "pack"
  std::vector<StoredKernel> kernels;  ///< in the order of REDUCED
  /// Files that are named like a kernel, and whose paths are not in BTFHub's layout: the reasons.
  std::vector<archive::KernelPaths::Fault> faults = {};
  /// The bytes of a bundle, decompressed. Nothing for the other forms.
  std::optional<std::vector<std::uint8_t>> bundle = {};
};

/// Finds the kernels in REDUCED: a directory, an archive or one BTF (as read_reduced() reads them), a pack, or a
/// bundle, compressed or not. `path` may be io::standard_input_name. The rules:
///  - In a directory, symbolic links are followed as find_sources() does. No file is read.
///  - An archive is read at once. A file in it that is damaged or not BTF is an Error of StoredKernel::read.
///  - Machine, release, ID and VERSION_ID of a kernel are those of its path in BTFHub's layout (kernel_paths_of()).
///    ID, VERSION_ID and release are the bundle_names() of the path.
/// Throws Error: io; wrong_file if there is no file that is named like a kernel; damaged and unsupported for the
/// archive, the pack or the bundle as a whole.
[[nodiscard]] StoredKernels stored_kernels(const std::string& path);

/// Throws Error (damaged or unsupported) with the text of a reason unless it is MINBTF_OK.
void require_bundle(int reason, const std::string& reduced);

}  // namespace minbtf::cli
