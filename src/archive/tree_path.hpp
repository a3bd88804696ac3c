// Paths within a tree, as strings with `/` between their parts: what tars and manifests say is not to lead out of it.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::archive {

/// Why `path` cannot name a file in a tree: empty, absolute, or with a part `..`; empty if it can.
[[nodiscard]] std::string path_fault(std::string_view path);

/// Without `.` parts, double slashes and a final slash. For a path without fault that is not all dots and slashes.
[[nodiscard]] std::string cleaned_path(std::string_view path);

/// Whether it has no fault and is what cleaned_path() would make of it.
[[nodiscard]] bool is_clean_path(std::string_view path);

/// `debian/12` of `debian/12/x`; empty where there is no directory.
[[nodiscard]] std::string_view directory_of(std::string_view path) noexcept;
[[nodiscard]] std::string_view file_name_of(std::string_view path) noexcept;

/// One below the other; either may be empty.
[[nodiscard]] std::string joined_path(std::string_view directory, std::string_view path);

/// What a symbolic link at `link` has to say to lead to `target`, both clean paths in one tree: `../b/x` for `a/y` and
/// `b/x`.
[[nodiscard]] std::string relative_link(std::string_view link, std::string_view target);

/// Where a kernel that is read from `path` goes: without what says compression (.xz, .gz, .zst, .bz2, .lz4 and .tar
/// before it, .txz, .tgz, ...), and ending in `.btf`.
[[nodiscard]] std::string output_path(std::string_view path);

/// Whether the only kernel in a tar is called as the tar is: its own name, such as `vmlinux`, says nothing. `member` is
/// its path in the tar.
[[nodiscard]] bool is_named_by_tar(std::string_view member);

/// Whether the name says that it is compressed or a tar.
[[nodiscard]] bool is_packed_name(std::string_view path);

/// Whether the name says that a file is packed, in whatever case and also in a way that is not read here (`.zip`):
/// what is no package must not be written under it.
[[nodiscard]] bool promises_package(std::string_view path);

/// Whether a file of this name may hold the BTF of a kernel module: names of modules have letters, digits, `_` and `-`.
/// `nf_conntrack` and `nf_conntrack.btf` may; `5.4.0-42-generic.btf` and what begins with `vmlinux` may not.
[[nodiscard]] bool is_module_name(std::string_view path);

/// Whether the name says that a kernel's BTF is in the file: `REL.btf`, `REL.btf.xz`, `REL.btf.tar.xz`, and also
/// `vmlinux` and `vmlinux-6.1.0`. What is none in such a file is a mistake, not something else that lies there.
[[nodiscard]] bool is_kernel_name(std::string_view path);

}  // namespace minbtf::archive
