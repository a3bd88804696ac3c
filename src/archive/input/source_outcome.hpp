// SPDX-License-Identifier: BSD-2-Clause
// The outcome of one source. A source is a file of the input. It may hold one kernel, a tar of many kernels, or none.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

struct FoundKernel {
  std::string member;  ///< path in the tar; empty if the source is not a tar
  KernelResultPtr result;
  /// The kernel is the directory of the file: it has modules there. Its output is named after the directory.
  bool is_directory = false;
};

/// A symbolic or hard link in a tar. Both are clean paths in the tar, relative to its root.
struct FoundLink {
  std::string member;
  std::string target;

  bool operator==(const FoundLink&) const = default;
};

/// An ignored member of a tar that would count as not selected if the selection left it out: a module or another ELF
/// file, or any file in an inner tar that is named like a kernel.
struct OtherMember {
  std::string member;     ///< empty if the selection is applied to the inner tar alone
  std::string inner_tar;  ///< as KernelPlace::inner_tar
  bool is_module = false;

  bool operator==(const OtherMember&) const = default;
};

/// A kernel or file that could not be processed. It is reported as minbtf::Error(kind, SOURCE, WHERE, reason). The
/// reporting code adds the name of the source.
struct Problem {
  ErrorKind kind = ErrorKind::damaged;
  std::string member;  ///< empty for the source as a whole
  std::string where;
  std::string reason;
  bool is_module = false;  ///< a module: its kernel goes on without it

  bool operator==(const Problem&) const = default;
};

/// A problem of the source at a path.
struct SourceFault {
  std::string path;  ///< relative to the input; empty if the source is the input
  Problem problem;
};

/// The modules of a kernel that were read.
struct ModulesRead {
  std::size_t read = 0;               ///< modules that fit the kernel
  std::vector<std::string> needed{};  ///< names of those that have a type that the task searches for; sorted
};

/// Returns how many of the faults are those of modules.
[[nodiscard]] inline std::size_t module_faults(const std::vector<SourceFault>& faults) {
  return static_cast<std::size_t>(
      std::ranges::count_if(faults, [](const SourceFault& fault) { return fault.problem.is_module; }));
}

/// What is said about the modules in a tar.
struct ModuleNotes {
  std::vector<std::string> warnings{};  ///< in whole sentences
  std::vector<std::string> names{};     ///< of the modules beside kernels; not sorted
};

struct SourceOutcome {
  std::vector<FoundKernel> kernels;  ///< in the order of the tar
  std::vector<FoundLink> links;
  std::vector<Problem> problems;
  /// Part of `ignored`. Empty if the source is named like a kernel, because the selection is then applied to its path.
  /// Not kept in a cache.
  std::vector<OtherMember> others{};
  /// A kernel has modules, or a tar may have kernels with modules (join_tar_directories()). Such an outcome is not kept
  /// in a cache: all modules would have to be read for the key, and that takes nearly all of the time.
  bool may_have_modules = false;
  /// Null if there is nothing to say: thousands of outcomes are in memory.
  std::shared_ptr<ModuleNotes> module_notes{};
  std::size_t ignored = 0;      ///< files that are not kernels; members of a tar are counted one by one
  std::size_t modules = 0;      ///< ignored files that are kernel modules or module BTF
  std::size_t unselected = 0;   ///< kernels that are not selected: the source, or members of a tar
  std::size_t missed_i386 = 0;  ///< unselected kernels for which PathSelection::misses_i386() is true
};

}  // namespace minbtf::archive
