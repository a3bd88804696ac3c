// What a run over many kernels did: printed as one line, or as JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/process_sources.hpp"
#include "archive/tree_outputs.hpp"
#include "cli/gen_report.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// A relocation that fails in the same way on some kernels.
struct TreeFailure {
  ResolutionFacts facts;
  std::size_t kernels = 0;
  std::string first;  ///< output of the first of them
};

struct TreeReport {
  std::string input;
  std::string output;
  bool published = false;  ///< the figures of outputs are there

  // Of the input.
  std::size_t sources = 0;         ///< files that hold kernels, or should
  std::size_t failed = 0;          ///< kernels, or sources that could not be opened
  std::size_t ignored = 0;         ///< other files
  std::size_t unselected = 0;      ///< by --include, --exclude, --arch
  std::size_t cached = 0;          ///< sources whose results were in the cache
  std::size_t repeated = 0;        ///< sources with the bytes of another
  std::uint64_t source_bytes = 0;  ///< of all kernels' BTF

  // Of the output.
  std::size_t outputs = 0;
  std::size_t merged = 0;    ///< kernels that are there twice: one output path, equal contents
  std::size_t distinct = 0;  ///< contents; 0 if equal ones were not looked for
  std::size_t links = 0;
  std::size_t unchanged = 0;
  std::uint64_t bytes = 0;           ///< of all outputs, read through links
  std::uint64_t distinct_bytes = 0;  ///< of distinct contents
  std::size_t pruned = 0;
  std::vector<std::string> stale;
  bool has_cache = false;
  bool verified = false;  ///< each output was compared with its kernel
  bool finds_equal = true;
  std::string manifest;

  // Of the relocations of all kernels.
  std::size_t relocations = 0;
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failing = 0;

  std::vector<ObjectFacts> objects;
  std::size_t skipped_objects = 0;
  std::vector<TreeFailure> failures;
  std::vector<std::string> conditions;  ///< words of --fail-on that are met
};

/// Adds how many sources there are, and where what they gave comes from.
void count_sources(const std::vector<archive::SourceRecord>& records, TreeReport& report);
/// Adds the figures of the outputs and of the relocations.
void count_outputs(const archive::NamedKernels& kernels, const archive::TreeOutputs& outputs, TreeReport& report);
/// By object, record and reason.
[[nodiscard]] std::vector<TreeFailure> failures_of(const Plan& plan, const std::vector<archive::NamedKernel>& kernels);

/// "archive -> btfs: 16 kernels, 84.1 MB -> 63.9 kB; 4 of 16 outputs are links (...); ..." in one line.
[[nodiscard]] std::string summary_line(const TreeReport& report);

/// "PATH: 4351479 -> 430 bytes, ...; equal to PATH" of one output.
[[nodiscard]] std::string kernel_line(const std::vector<archive::NamedKernel>& kernels,
                                      const archive::TreeOutputs& outputs, std::size_t index);

/// "OBJECT: ...: fails: WHY (on 3 of 16 kernels, first PATH)"
[[nodiscard]] std::string failure_line(const TreeFailure& failure, std::size_t kernels);

}  // namespace minbtf::cli
