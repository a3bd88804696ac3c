// What became of one source: a file of the input, which may hold one kernel, a tar with many, or none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "minbtf/error.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf::archive {

/// A reduced BTF; equal ones of a run may share it.
using Content = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A relocation that fails on a kernel, by the indices that the plan gives object and record.
struct FailedRelocation {
  std::uint32_t object = 0;
  std::uint32_t relocation = 0;
  Failure failure = Failure::none;

  bool operator==(const FailedRelocation&) const = default;
};

struct KernelFigures {
  std::uint64_t source_bytes = 0;  ///< of the kernel's BTF
  std::uint32_t source_types = 0;
  std::uint32_t types = 0;  ///< these three of the reduced BTF
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
  std::uint32_t resolved = 0;  ///< these three of the relocations; their sum is the same for each kernel of a run
  std::uint32_t poisoned = 0;
  std::uint32_t failed = 0;

  bool operator==(const KernelFigures&) const = default;
};

struct KernelResult {
  Content content;
  KernelFigures figures;
  std::vector<FailedRelocation> failures;  ///< by object and record; figures.failed of them
};

struct FoundKernel {
  std::string member;  ///< path in the tar; empty if the source is no tar
  KernelResult result;
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

struct SourceOutcome {
  std::vector<FoundKernel> kernels;  ///< in the order of the tar
  std::vector<FoundLink> links;
  std::vector<Problem> problems;
  std::size_t ignored = 0;     ///< files that are no kernels, members of a tar counted one by one
  std::size_t unselected = 0;  ///< members of a tar that were not asked for
};

}  // namespace minbtf::archive
