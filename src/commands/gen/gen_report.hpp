// What a run of `gen` did, as far as it came: filled step by step, printed as text or JSON.
//
// A run over one kernel and one over many are reported differently, and only here, in gen_text and in gen_json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/output/tree_outputs.hpp"
#include "cli/objects.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

struct KernelFacts {
  std::string path;
  std::size_t bytes = 0;
  std::optional<std::uint32_t> types;  ///< unless the kernel was refused
};

struct OutputFacts {
  std::string path;
  std::size_t bytes = 0;
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
  bool in_place = false;  ///< a file that could not be replaced was overwritten
};

/// Sums over all kernels.
struct RelocationCounts {
  std::size_t total = 0;
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;
  std::size_t ambiguous = 0;  ///< of the failed ones
  std::size_t questions = 0;  ///< different ones
};

struct ResolutionFacts {
  std::string object;
  RelocationText text;
  Resolution resolution;
  std::optional<Explanation> why{};  ///< of one that is poisoned, or has a cut value, where it was asked for
};

/// A relocation that fails in the same way on some kernels.
struct FailureFacts {
  ResolutionFacts facts;
  std::size_t kernels = 0;
  std::string first;  ///< output of the first of them
};

/// What is reported of many kernels only.
struct TreeFigures {
  bool published = false;  ///< the figures of outputs are there

  // Of the input.
  std::size_t sources = 0;         ///< files that hold kernels, or should
  std::size_t failed = 0;          ///< kernels, or sources that could not be opened
  std::size_t ignored = 0;         ///< other files
  std::size_t modules = 0;         ///< of these, of kernel modules
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
  bool finds_equal = true;
  std::string manifest;
};

struct GenReport {
  std::string input;
  std::string output;
  bool is_tree = false;
  std::vector<ObjectFacts> objects;
  std::size_t skipped_objects = 0;
  std::size_t unselected_objects = 0;
  std::size_t objects_in_use = 0;               ///< that take part for some kernel
  std::optional<RelocationCounts> relocations;  ///< once the kernels are done
  std::vector<FailureFacts> failures;           ///< by object, record and reason
  std::vector<std::string> conditions;          ///< words of --fail-on that are met
  bool verified = false;                        ///< each output was compared with its kernel

  // Of one kernel.
  std::optional<KernelFacts> kernel;         ///< once it was read
  std::optional<OutputFacts> written;        ///< once it was
  std::vector<ResolutionFacts> resolutions;  ///< of all relocations if they were asked for

  TreeFigures tree;
};

/// The byte orders of the kernels that were reduced.
[[nodiscard]] KernelOrders orders_of(const archive::Batch& batch);

/// Adds what became of the sources, and of the relocations on all kernels.
void count_batch(const Plan& plan, const archive::Batch& batch, GenReport& report);

/// Adds the figures of a tree's outputs.
void count_outputs(const archive::Batch& batch, const archive::TreeOutputs& outputs, TreeFigures& figures);

/// What a relocation came to, without a reason.
[[nodiscard]] ResolutionFacts facts_of(const Plan& plan, const Resolution& resolution);

/// Every relocation of one kernel, with the reasons of those that are poisoned.
[[nodiscard]] std::vector<ResolutionFacts> resolutions_of(const Plan& plan,
                                                          const archive::ExplainedResolutions& explained);

}  // namespace minbtf::cli
