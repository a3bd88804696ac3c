// What became of one source: a file of the input, which may hold one kernel, a tar with many, or none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

struct FoundKernel {
  std::string member;  ///< path in the tar; empty if the source is no tar
  KernelResultPtr result;
};

/// A link in a tar, both ends clean paths in it.
struct FoundLink {
  std::string member;
  std::string target;

  bool operator==(const FoundLink&) const = default;
};

/// A kernel that could not be done. Reported as minbtf::Error(kind, SOURCE, WHERE, reason), with the source's name
/// added by whoever reports.
struct Problem {
  ErrorKind kind = ErrorKind::damaged;
  std::string member;  ///< empty for the source as a whole
  std::string where;
  std::string reason;

  bool operator==(const Problem&) const = default;
};

/// A problem of the source at a path.
struct SourceFault {
  std::string path;  ///< relative to the input; empty if it is the input
  Problem problem;
};

struct SourceOutcome {
  std::vector<FoundKernel> kernels;  ///< in the order of the tar
  std::vector<FoundLink> links;
  std::vector<Problem> problems;
  std::size_t ignored = 0;      ///< files that are no kernels, members of a tar counted one by one
  std::size_t modules = 0;      ///< of these, kernel modules and their BTF
  std::size_t unselected = 0;   ///< members of a tar that were not asked for
  std::size_t missed_i386 = 0;  ///< of them: PathSelection::misses_i386()
};

}  // namespace minbtf::archive
