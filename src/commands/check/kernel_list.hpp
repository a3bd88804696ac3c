// The kernels of a run by directory, series and version, and how some of them are named briefly.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "commands/check/release.hpp"

namespace minbtf::cli {

/// Kernels of one series that follow each other, as far as there are kernels: indices of the first and the last. One
/// without a version is a range of its own.
struct KernelRange {
  std::size_t first = 0;
  std::size_t last = 0;
  [[nodiscard]] std::size_t count() const noexcept { return last - first + 1; }
};

/// Some kernels that are in one directory.
struct KernelGroup {
  std::string directory;  ///< empty for kernels in none
  bool is_whole = false;  ///< all kernels there and below; otherwise `ranges`
  std::size_t kernels = 0;
  std::vector<KernelRange> ranges;
};

class KernelList {
 public:
  /// Kernels get the indices that they have here. `releases` have to be in the order of comes_before().
  explicit KernelList(std::vector<Release> releases);

  [[nodiscard]] std::size_t size() const noexcept { return releases_.size(); }
  [[nodiscard]] const Release& release(std::size_t kernel) const { return releases_[kernel]; }

  /// These functions take one flag for each kernel.
  /// Each directory that is chosen as a whole is named once, however many there are below it.
  [[nodiscard]] std::vector<KernelGroup> groups(const std::vector<bool>& chosen) const;
  /// Names of architectures, as far as directories are named after them, of which all kernels are chosen and that have
  /// no kernel that is not chosen; nothing if other kernels are chosen too, or there is but one architecture.
  [[nodiscard]] std::vector<std::string> architectures(const std::vector<bool>& chosen) const;

  /// "5.4.0-26 .. 5.4.0-91 generic, 61 kernels"; of one kernel "5.4.0-26 generic".
  [[nodiscard]] std::string text_of(const KernelRange& range) const;
  /// "debian/12/arm64: all 3 kernels", "debian/12/x86_64 6.1.0-47 amd64; 6.12.100+deb12 amd64".
  [[nodiscard]] std::string text_of(const KernelGroup& group) const;

 private:
  struct Directory {
    std::string path;
    std::size_t parent = 0;
    std::size_t kernels = 0;  ///< there and below
    std::vector<std::size_t> directories;
    std::size_t own_first = 0;  ///< its own kernels follow each other
    std::size_t own_end = 0;
  };

  /// Makes it and those above it, unless they are `known`.
  std::size_t directory_of(const std::string& path, std::map<std::string, std::size_t>& known);
  /// The directory itself and all that it is in.
  template <typename Use>
  void for_each_above(std::size_t directory, Use&& use) const;
  void add_groups(std::size_t directory, const std::vector<std::size_t>& counts, const std::vector<bool>& chosen,
                  std::vector<KernelGroup>& groups) const;
  [[nodiscard]] std::vector<KernelRange> ranges_in(std::size_t first, std::size_t end,
                                                   const std::vector<bool>& chosen) const;

  std::vector<Release> releases_;
  std::vector<std::size_t> home_;  ///< of each kernel: its directory
  std::vector<Directory> directories_;
};

}  // namespace minbtf::cli
