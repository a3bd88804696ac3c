// From the outcomes of all sources to the outputs of the run: their paths, links among them, and what cannot be because
// two kernels would be one file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "archive/output/output_tree.hpp"
#include "archive/process_sources.hpp"

namespace minbtf::archive {

/// What an output was made of.
struct OutputSource {
  std::size_t record = 0;                ///< index of the source's record
  std::string member;                    ///< path in the source, as the user sees it there; empty if it is no tar
  const KernelResult* result = nullptr;  ///< in that record
};

/// A kernel whose output is there already.
struct RepeatedKernel {
  std::string path;  ///< of the output
  OutputSource source;
};

struct TreeOutputs {
  std::vector<Output> outputs;                      ///< sorted by path
  std::vector<OutputSource> sources;                ///< of each output
  std::vector<std::optional<std::size_t>> same_as;  ///< the first output with that content, if it is not this one
  std::vector<SourceFault> faults;                  ///< outputs that cannot be
  std::vector<RepeatedKernel> repeated;             ///< the same output path and equal contents; by path
};

struct OutputOptions {
  bool finds_equal = true;              ///< contents are compared (by identity: the store made equal ones one)
  bool links = true;                    ///< equal ones become links
  std::size_t max_outputs = 1'000'000;  ///< links in tars can make a few kernels many
};

/// `records` have to live as long as the result.
[[nodiscard]] TreeOutputs collect_outputs(const std::vector<SourceRecord>& records, const PathSelection& selection,
                                          const OutputOptions& options);

}  // namespace minbtf::archive
