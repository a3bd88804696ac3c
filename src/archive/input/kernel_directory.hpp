// SPDX-License-Identifier: BSD-2-Clause
// A directory that is one kernel: the BTF of vmlinux and, beside it, that of modules, as in /sys/kernel/btf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/input/kernel_modules.hpp"
#include "archive/input/source_tree.hpp"

namespace minbtf::archive {

/// Returns true if the file name is that of a module: `.ko`, `.ko.xz`, `.ko.zst`, `.ko.gz`.
[[nodiscard]] bool is_module_file_name(std::string_view path);

enum class FileRole : std::uint8_t {
  base,    ///< is read as a kernel, or would be an error as one
  module,  ///< a module, or split BTF
  /// An empty file, or one that cannot be read: beside modules it is one, and otherwise a file like any other.
  doubtful,
  other,
};

/// Returns the role of a member of a tar that is called `path`. `head` has its first bytes. `name` is the tar's name.
[[nodiscard]] FileRole role_in_memory(const std::string& path, std::span<const std::uint8_t> head,
                                      std::span<const std::uint8_t> bytes, const std::string& name);

/// Returns a warning about modules that belong to none of the kernels in `directory`.
[[nodiscard]] std::string unowned_modules_text(const std::string& directory, std::size_t modules, std::size_t kernels);

/// What the files of one directory are. Indices are those of the list of files, ascending.
struct DirectoryFiles {
  std::vector<std::size_t> bases;    ///< files that are read as a kernel, or would be an error as one; the first two
  std::vector<std::size_t> modules;  ///< modules and split BTF; incomplete if there are two bases

  /// Returns true if the directory is one kernel.
  [[nodiscard]] bool is_kernel() const noexcept { return bases.size() == 1 && !modules.empty(); }
};

/// Looks at the names and the contents of all files of one directory. If two files are named like kernels and not like
/// modules (is_kernel_name(), is_module_name()), nothing is opened. Does not throw Error: a
/// file that cannot be read counts by its name.
[[nodiscard]] DirectoryFiles classify(std::span<const SourceFile> files);

/// Finds the kernels with modules in a tree. For each directory that is one kernel, its modules move from
/// `tree.files` and `tree.unselected_files` to SourceFile::modules of its base.
void join_kernel_directories(SourceTree& tree);

/// Returns the sources of SourceFile::modules. `input` is the directory that their paths are relative to.
[[nodiscard]] std::vector<ModuleSource> module_sources(const SourceFile& base, const std::filesystem::path& input);

/// Returns the base of a directory that is one kernel, with its modules. /sys/kernel/btf is one kernel also without
/// modules. Returns nothing for any other directory, and for one that has directories in it. Throws Error (unsupported)
/// over the limit of members.
[[nodiscard]] std::optional<SourceFile> kernel_directory(const std::filesystem::path& directory,
                                                         const UnpackLimits& limits);

/// Returns the modules of the kernel in the file `base`: the file at `path`, or those in the directory at `path` and
/// below it, by path. A directory gives all files with the name of a module and all split BTF; files and directories
/// whose name begins with a dot are left out. Throws Error: io; wrong_file if the directory has no module, or has the
/// BTF of another kernel, whose modules would be in it too; unsupported over a limit.
[[nodiscard]] std::vector<ModuleSource> find_modules(const std::filesystem::path& path,
                                                     const std::filesystem::path& base, const UnpackLimits& limits);

}  // namespace minbtf::archive
