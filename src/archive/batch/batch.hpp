// A run over an input, whatever its kind: the task done for each kernel, and each kernel by its path.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input/input.hpp"
#include "archive/input/path_selection.hpp"

namespace minbtf::archive {

struct NamedKernel {
  std::string path;        ///< of its output, relative to the tree
  std::size_t record = 0;  ///< index of the record of its source
  std::string member;      ///< path in the source, as the user sees it there; empty if it is no tar
  KernelResultPtr result;
};

struct NamedKernels {
  std::vector<NamedKernel> kernels;   ///< sorted by path, no path twice
  std::vector<NamedKernel> repeated;  ///< of a path that is taken by one with the same result; by path
  std::vector<SourceFault> faults;    ///< paths that cannot be
};

/// `task` is the one that made the results. Links in tars can make a few kernels many: over `max_kernels` paths in one
/// tar are a fault.
[[nodiscard]] NamedKernels name_kernels(const std::vector<SourceRecord>& records, const PathSelection& selection,
                                        const KernelTask& task, std::size_t max_kernels);

struct Batch {
  std::vector<SourceRecord> records;
  std::vector<NamedKernel> kernels;   ///< by path, no path twice; of one kernel the path is that of the input
  std::vector<NamedKernel> repeated;  ///< kernels whose path is taken by one with the same result
  std::vector<SourceFault> faults;    ///< of sources, of kernels, and of paths that cannot be
  std::size_t ignored = 0;            ///< other files
  std::size_t modules = 0;            ///< of these, kernel modules and their BTF
  std::size_t unselected = 0;         ///< by --include, --exclude, --arch
  std::size_t missed_i386 = 0;        ///< of them: PathSelection::misses_i386()

  /// Paths under which kernels can be asked for: in the input, of their sources, and of their outputs.
  [[nodiscard]] std::vector<std::string> all_paths() const;
};

/// Throws Error as Input::process() does.
[[nodiscard]] Batch run_batch(Input& input, const ProcessRequest& request);

}  // namespace minbtf::archive
