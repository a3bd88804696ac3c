// SPDX-License-Identifier: BSD-2-Clause
// The kernels of a run by directory, series and version, and short names for a part of them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "cli/release.hpp"

namespace minbtf::cli {

/// Consecutive kernels of one series in a KernelList, as indices of the first and the last. A kernel without a version
/// is a range of its own.
struct KernelRange {
  std::size_t first = 0;
  std::size_t last = 0;
  [[nodiscard]] std::size_t count() const noexcept { return last - first + 1; }
};

/// Chosen kernels of one directory.
struct KernelGroup {
  std::string directory;  ///< empty for the root
  bool is_whole = false;  ///< all kernels in the directory and below it; `ranges` is then empty
  std::size_t kernels = 0;
  std::vector<KernelRange> ranges;
};

/// Sorted kernels and the tree of their directories.
class KernelList {
 public:
  /// The index of a kernel is its index in `releases`, which have to be in the order of comes_before().
  explicit KernelList(std::vector<Release> releases);

  [[nodiscard]] std::size_t size() const noexcept { return releases_.size(); }
  [[nodiscard]] const Release& release(std::size_t kernel) const { return releases_[kernel]; }

  // `chosen` has one flag for each kernel.

  /// Returns the chosen kernels by directory. A directory below the root is one group if it has several kernels, at any
  /// depth, and all of them are chosen; its subdirectories are then not listed.
  [[nodiscard]] std::vector<KernelGroup> groups(const std::vector<bool>& chosen) const;
  /// Returns the names of the architectures of the chosen kernels if the names describe exactly these kernels: each
  /// chosen kernel is in a directory named like an architecture, and of each architecture all kernels are chosen or
  /// none. Returns an empty list otherwise, and if all kernels have one architecture.
  [[nodiscard]] std::vector<std::string> architectures(const std::vector<bool>& chosen) const;

  /// Returns "5.4.0-26 .. 5.4.0-91 generic, 61 kernels"; "5.4.0-26 generic" for a range of one kernel.
  [[nodiscard]] std::string text_of(const KernelRange& range) const;
  /// Returns "debian/12/arm64: all 3 kernels" or "debian/12/x86_64 6.1.0-47 amd64; 6.12.100+deb12 amd64".
  [[nodiscard]] std::string text_of(const KernelGroup& group) const;

 private:
  struct Directory {
    std::string path;
    std::size_t parent = 0;
    std::size_t kernels = 0;               ///< number of kernels in the directory and below it
    std::vector<std::size_t> directories;  ///< subdirectories
    std::size_t own_first = 0;             ///< kernels directly in the directory are consecutive: [own_first, own_end)
    std::size_t own_end = 0;
  };

  /// Returns the index of the directory. Adds the directory and its parents if they are not yet `known`.
  std::size_t directory_of(const std::string& path, std::map<std::string, std::size_t>& known);
  /// Calls `use` for the directory and each of its parents, up to the root.
  template <typename Use>
  void for_each_above(std::size_t directory, Use&& use) const;
  void add_groups(std::size_t directory, const std::vector<std::size_t>& counts, const std::vector<bool>& chosen,
                  std::vector<KernelGroup>& groups) const;
  [[nodiscard]] std::vector<KernelRange> ranges_in(std::size_t first, std::size_t end,
                                                   const std::vector<bool>& chosen) const;

  std::vector<Release> releases_;
  std::vector<std::size_t> home_;  ///< directory of each kernel, as an index into directories_
  std::vector<Directory> directories_;
};

}  // namespace minbtf::cli
