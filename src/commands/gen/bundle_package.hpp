// SPDX-License-Identifier: BSD-2-Clause
// OUTPUT of `gen` as a bundle: which kernel a reduced BTF is for, by the path of the kernel or by the running system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/package/compression.hpp"
#include "archive/ship/kernel_path.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

struct BundlePackage {
  std::vector<std::uint8_t> bytes;  ///< compressed as the form says
  std::size_t kernels = 0;
  std::size_t contents = 0;  ///< distinct
  std::string kernel;        ///< of one kernel: ID/VERSION/ARCHITECTURE/RELEASE
};

/// The kernel of an INPUT of one kernel, without its BTF.
class BundledInput {
 public:
  /// If `input` is the file /sys/kernel/btf/vmlinux, uname(2) and the os-release file of this system state the kernel,
  /// with its build. Otherwise the path of `input` states it, without suffixes of compression and archives:
  /// [ID/VERSION/]ARCHITECTURE/RELEASE. Throws Error (wrong_file) that names the input if that does not state release
  /// and architecture.
  explicit BundledInput(const std::string& input);

  /// Returns the bundle with this one kernel. Throws Error (wrong_file) if `btf` has the other byte order than the
  /// kernel's architecture.
  [[nodiscard]] BundlePackage package(const archive::Content& btf, archive::Compression compression,
                                      Reply& reply) const;

 private:
  archive::KernelPath path_;
  std::string input_;
  std::string build_;
};

/// Returns the bundle with all kernels of a batch. The output path of each states it, in the layout of
/// archive::kernel_paths_of(). If it has no directory, ARCHITECTURE, ID and VERSION are those of `input`, as far as its
/// path has them. Warns of kernels without ID and VERSION. Throws Error that names the first kernel, and the number of
/// others: wrong_file for a path that does not state release and architecture, and for the other byte order than that
/// of the architecture; unsupported as archive::bundle_of() does.
[[nodiscard]] BundlePackage bundle_package(const archive::Batch& batch, const std::string& input,
                                           archive::Compression compression, Reply& reply);

}  // namespace minbtf::cli
