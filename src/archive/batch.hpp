// A run over an input, whatever its kind: the task done for each kernel, and each kernel by its path.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/input.hpp"
#include "archive/named_kernels.hpp"

namespace minbtf::archive {

struct Batch {
  std::vector<SourceRecord> records;
  std::vector<NamedKernel> kernels;   ///< by path, no path twice; of one kernel the path is that of the input
  std::vector<NamedKernel> repeated;  ///< kernels whose path is taken by one with the same result
  std::vector<SourceFault> faults;    ///< of sources, of kernels, and of paths that cannot be
  std::size_t ignored = 0;            ///< other files
  std::size_t unselected = 0;         ///< by --include, --exclude, --arch

  /// Paths under which kernels can be asked for: in the input, of their sources, and of their outputs.
  [[nodiscard]] std::vector<std::string> all_paths() const;
};

/// Throws Error as Input::process() does.
[[nodiscard]] Batch run_batch(Input& input, const ProcessRequest& request);

}  // namespace minbtf::archive
