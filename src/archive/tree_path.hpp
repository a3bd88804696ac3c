// SPDX-License-Identifier: BSD-2-Clause
// Paths in a tree, relative to its root, as strings with `/` between their parts. Paths from tars and manifests are
// untrusted: they must not lead out of the tree.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace minbtf::archive {

// Limits of Linux for links that are followed by their names.
inline constexpr std::size_t max_links_followed = 40;  ///< on the way of one path (MAXSYMLINKS)
inline constexpr std::size_t longest_path = 4096;      ///< PATH_MAX: the system opens no longer path

/// Returns the reason why `path` cannot name a file in a tree: `path` is empty or absolute, or has a part `..` or a
/// zero byte. Returns an empty text if `path` is good.
[[nodiscard]] std::string path_fault(std::string_view path);

/// Returns `path` without parts `.`, double slashes and a final slash: `a/b` for `./a//b/`. `path` must be good, see
/// path_fault().
[[nodiscard]] std::string cleaned_path(std::string_view path);

/// Returns true if `path` is good (path_fault()) and cleaned_path() does not change it.
[[nodiscard]] bool is_clean_path(std::string_view path);

/// Returns `debian/12` for `debian/12/x`; empty for a path without a directory.
[[nodiscard]] std::string_view directory_of(std::string_view path) noexcept;
/// Returns the last part: `x` for `debian/12/x`.
[[nodiscard]] std::string_view file_name_of(std::string_view path) noexcept;

/// Returns the first part and the rest: `debian` and `12/x` for `debian/12/x`. The rest of a path of one part is empty.
[[nodiscard]] std::pair<std::string_view, std::string_view> split_first(std::string_view path) noexcept;

/// Returns `directory`/`path`. If one of the two is empty, returns the other.
[[nodiscard]] std::string joined_path(std::string_view directory, std::string_view path);

/// Returns the text of a symbolic link at `link` that leads to `target`. Both are clean paths in one tree; `target` may
/// also be `.`, the root. Examples: `../b/x` for link `a/y` and target `b/x`; `.` for link `a/y` and target `a`.
[[nodiscard]] std::string relative_link(std::string_view link, std::string_view target);

/// Returns the path of the output for a kernel that is read from `path`, by these rules:
///  1. Remove one suffix of compression: .xz, .gz, .zst, .bz2, .lz4.
///  2. Remove one suffix of a tar: .tar, .txz, .tgz, .tzst, .tbz2, .tbz.
///  3. Append `.btf` unless the path ends in it.
/// A file name that consists of a suffix only is kept. Examples: `5.4.btf.tar.xz` and `5.4.btf` give `5.4.btf`,
/// `vmlinux-6.1.0` gives `vmlinux-6.1.0.btf`.
[[nodiscard]] std::string output_path(std::string_view path);

/// Returns the path of the output for a kernel whose directory is the kernel: `6.1.btf` for `6.1/vmlinux`. For a file
/// without a directory it is output_path().
[[nodiscard]] std::string output_path_of_directory(std::string_view path);

/// Returns true if output_path() can return this path for a file in INPUT: the path ends in `.btf`, and no part of it
/// begins with a dot. INPUT's hidden files and directories are ignored.
[[nodiscard]] bool is_output_path(std::string_view path);

/// Returns true if a part of the path begins with a dot. Hidden files and members of tars are ignored.
[[nodiscard]] bool is_hidden_path(std::string_view path) noexcept;

/// Returns true if the only kernel in a tar is named after the tar: `member`, its path in the tar, has no directory and
/// does not end in `.btf`. Such a name, for example `vmlinux`, does not identify a kernel.
[[nodiscard]] bool is_named_by_tar(std::string_view member);

/// Returns true if the name has a suffix of compression or of a tar that output_path() removes.
[[nodiscard]] bool is_packed_name(std::string_view path);

/// Returns true if the name has a suffix of a compressed file, tar, bundle or package, in upper or lower case, also of
/// a format that is not read here (`.zip`). Plain BTF must not be written to a file with such a name.
[[nodiscard]] bool promises_package(std::string_view path);

/// Returns true if a file of this name may hold the BTF of a kernel module. The file name, without `.btf` and the
/// suffixes that output_path() removes, consists of letters, digits, `_` and `-`, and does not begin with `vmlinux` in
/// upper or lower case. True for `nf_conntrack` and `nf_conntrack.btf`. False for `5.4.0-42-generic.btf`, which has
/// dots, and for `vmlinux-6`.
[[nodiscard]] bool is_module_name(std::string_view path);

/// Returns true if the name promises a kernel's BTF: `REL.btf`, `REL.btf.xz`, `REL.btf.tar.xz`, `vmlinux` and
/// `vmlinux-6.1.0`. A file with such a name and other contents is an error; a file with another name is ignored.
[[nodiscard]] bool is_kernel_name(std::string_view path);

}  // namespace minbtf::archive
