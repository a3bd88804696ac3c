// SPDX-License-Identifier: BSD-2-Clause
// The outcome of one source. A source is a file of the input. It may hold one kernel, a tar of many kernels, or none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

struct FoundKernel {
  std::string member;  ///< path in the tar; empty if the source is not a tar
  KernelResultPtr result;
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

  bool operator==(const Problem&) const = default;
};

/// A problem of the source at a path.
struct SourceFault {
  std::string path;  ///< relative to the input; empty if the source is the input
  Problem problem;
};

struct SourceOutcome {
  std::vector<FoundKernel> kernels;  ///< in the order of the tar
  std::vector<FoundLink> links;
  std::vector<Problem> problems;
  /// Part of `ignored`. Empty if the source is named like a kernel, because the selection is then applied to its path.
  /// Not kept in a cache.
  std::vector<OtherMember> others{};
  std::size_t ignored = 0;      ///< files that are not kernels; members of a tar are counted one by one
  std::size_t modules = 0;      ///< ignored files that are kernel modules or module BTF
  std::size_t unselected = 0;   ///< kernels that are not selected: the source, or members of a tar
  std::size_t missed_i386 = 0;  ///< unselected kernels for which PathSelection::misses_i386() is true
};

}  // namespace minbtf::archive
