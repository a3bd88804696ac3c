// SPDX-License-Identifier: BSD-2-Clause
// The lookup of minbtf/bundle.h in REDUCED, whatever REDUCED is.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "commands/select/stored_kernels.hpp"
#include "minbtf/bundle.h"

namespace minbtf::cli {

/// The answer of minbtf_bundle_find(). Kernels are indices in StoredKernels::kernels.
struct LookupAnswer {
  int reason = MINBTF_NO_RELEASE;  ///< enum minbtf_reason
  int nearest = 0;                 ///< enum minbtf_nearest
  bool is_same_build = false;      ///< only kernels with the build of the system were considered
  bool is_x86_64_for_i386 = false;
  archive::Content btf = nullptr;  ///< null if none was found
  /// Found: the kernel that the reason is about; with release-only all kernels of the release, with nearest those of
  /// both releases. Ambiguous: those between which there is no choice.
  std::vector<std::size_t> kernels = {};
  /// Other kernels of the machine and release, whose BTF is another, or that cannot be chosen.
  std::vector<std::size_t> others = {};
  /// Kernels whose byte order is not that of their architecture, with the reason.
  std::vector<std::pair<std::size_t, std::string>> wrong_order = {};
};

/// Searches with minbtf_bundle_find(): in the bundle, or in a bundle that is made of the kernels that matter. These are
/// found by the same function in a bundle of all names, in which all kernels have one content: the kernels of the
/// release and machine; with MINBTF_NEAREST, and without such a kernel, those of the two releases that it compares.
/// Only they are read.
///
/// Throws Error: damaged or unsupported for the bundle; what StoredKernel::read throws; unsupported for two kernels
/// with equal names and different contents. `reduced` is the name in messages.
[[nodiscard]] LookupAnswer look_up(const StoredKernels& stored, const minbtf_system& system, unsigned flags,
                                   const std::string& reduced);

}  // namespace minbtf::cli
