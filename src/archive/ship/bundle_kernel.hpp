// SPDX-License-Identifier: BSD-2-Clause
// What a path in BTFHub's layout states about a kernel, as a kernel of a bundle.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/package/bundle_writer.hpp"
#include "archive/ship/kernel_path.hpp"

namespace minbtf::archive {

/// Returns the reason why the kernel cannot be in a bundle; empty if it can. It needs an architecture and a release:
/// `vmlinux` is not a release.
[[nodiscard]] std::string bundle_fault(const KernelPath& kernel);

/// Returns `path` with the ID, VERSION_ID and release that a bundle has: without the double quotes around ID and
/// VERSION_ID that archives for BCC and Inspektor Gadget have, and without `vmlinux-` before a digit: `6.1.0` for
/// `vmlinux-6.1.0`.
[[nodiscard]] KernelPath bundle_names(KernelPath path);

/// Returns the kernel with the bundle_names() of its path, without a build. Its machine has the byte order of `btf`,
/// which is raw BTF. Requires that bundle_fault() is empty.
[[nodiscard]] BundleKernel bundle_kernel(const KernelPath& path, std::span<const std::uint8_t> btf);

/// Returns a warning about kernels without ID: `paths`, which has at least one.
[[nodiscard]] std::string without_id_text(const std::vector<std::string>& paths);

}  // namespace minbtf::archive
