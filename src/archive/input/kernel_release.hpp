// SPDX-License-Identifier: BSD-2-Clause
// The release of a kernel by the path of its BTF, to compare it with the release for which a module was built.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::archive {

/// Returns the release (`uname -r`) of the kernel whose BTF is in the file at `path`; empty if it is not known. The
/// rules, in this order:
///  1. The file name, without the suffixes that output_path() removes, without `.btf` and without `vmlinux-` at its
///     beginning: `6.1.0-50-amd64.btf.tar.xz`, `vmlinux-6.1.0-50-amd64`.
///  2. The name of the directory: `6.1.0-50-amd64/vmlinux`.
///  3. The running kernel, for a file in /sys/kernel/btf.
/// A name is a release only if it begins with two numbers and a dot between them.
[[nodiscard]] std::string release_of_kernel(std::string_view path);

/// Returns true if a kernel whose file is named after `release` can be the kernel `exact`, the full text of `uname -r`.
/// People shorten names of files: `6.1.0` can be `6.1.0-50-amd64`, and `6.1.0-5` cannot.
[[nodiscard]] bool may_be_release(std::string_view release, std::string_view exact);

}  // namespace minbtf::archive
