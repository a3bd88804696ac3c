// SPDX-License-Identifier: BSD-2-Clause
// The report of a run of `gen`: filled step by step, and printed as text or JSON also if the run fails.
//
// Only this module, gen_text and gen_json distinguish a run over one kernel from a run over many kernels.
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

/// The kernel of a run over one kernel.
struct KernelFacts {
  std::string path;
  std::size_t bytes = 0;
  std::optional<std::uint32_t> types;             ///< not set if the kernel could not be reduced
  std::optional<archive::ModulesRead> modules{};  ///< set for a kernel with modules that was reduced
};

/// The output of a run over one kernel.
struct OutputFacts {
  std::string path;
  std::size_t bytes = 0;  ///< of the BTF, also if OUTPUT is a package
  std::uint32_t types = 0;
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
  bool in_place = false;         ///< a file that could not be replaced was overwritten
  bool is_in_directory = false;  ///< OUTPUT is a directory: the file got its name from INPUT
};

/// OUTPUT as a bundle.
struct BundleFacts {
  std::size_t kernels = 0;
  std::size_t contents = 0;  ///< distinct
  std::string kernel{};      ///< in a run over one kernel: ID/VERSION/ARCHITECTURE/RELEASE
};

/// OUTPUT as a package.
struct PackageFacts {
  std::string form;  ///< as in --format
  std::size_t bytes = 0;
  bool in_place = false;  ///< the package of many kernels: as OutputFacts::in_place
  std::optional<BundleFacts> bundle{};
};

/// Sums over all kernels.
struct RelocationCounts {
  std::size_t total = 0;
  std::size_t resolved = 0;
  std::size_t poisoned = 0;
  std::size_t failed = 0;
  std::size_t ambiguous = 0;  ///< failed relocations whose candidates disagree
  std::size_t questions = 0;  ///< distinct questions of all objects
};

/// The outcome of one relocation.
struct ResolutionFacts {
  std::string object;
  RelocationText text;
  Resolution resolution;
  std::optional<Explanation> why{};  ///< with --verbose: why it is poisoned, or that its value is truncated
};

/// A relocation that fails with the same Failure on `kernels` kernels.
struct FailureFacts {
  ResolutionFacts facts;
  std::size_t kernels = 0;
  std::string first;  ///< path of the first of these kernels
};

/// Figures of a run over many kernels.
struct TreeFigures {
  bool published = false;  ///< the figures of the output are set

  // Of the input.
  std::size_t sources = 0;         ///< files with kernels, and files in which reading a kernel failed
  std::size_t failed = 0;          ///< kernels that failed, and sources that could not be opened
  std::size_t failed_modules = 0;  ///< modules that were left out because of an error
  std::size_t ignored = 0;         ///< other files
  std::size_t modules = 0;         ///< ignored files that hold the BTF of a kernel module
  std::size_t unselected = 0;      ///< kernels not selected by --include, --exclude, --arch
  std::size_t cached = 0;          ///< sources whose results were in the cache
  std::size_t repeated = 0;        ///< sources with the same bytes as another source
  std::uint64_t source_bytes = 0;  ///< of all kernels' BTF

  // Of the output.
  std::size_t outputs = 0;
  std::size_t merged = 0;             ///< kernels with the output path and the contents of another kernel
  std::size_t distinct = 0;           ///< distinct contents; 0 with --dedupe=off
  std::optional<std::size_t> shared;  ///< kernels with the output of another one by --dedupe=answers
  std::size_t links = 0;
  std::size_t unchanged = 0;
  std::uint64_t bytes = 0;           ///< of all outputs, links followed
  std::uint64_t distinct_bytes = 0;  ///< of the distinct contents
  std::size_t pruned = 0;            ///< outputs of earlier runs that were removed
  std::vector<std::string> stale;    ///< files in OUTPUT that look like outputs and are not outputs of this run
  bool has_cache = false;            ///< --cache is given
  bool finds_equal = true;           ///< not with --dedupe=off
  std::string manifest;
};

/// The report of a run of `gen`.
struct GenReport {
  std::string input;
  std::string output;
  bool is_tree = false;
  std::vector<ObjectFacts> objects;
  std::size_t skipped_objects = 0;
  std::size_t unselected_objects = 0;
  std::vector<std::string> keeps;               ///< texts of --keep, sorted
  bool keeps_layout = false;                    ///< --keep-layout
  std::size_t objects_in_use = 0;               ///< objects that are used for at least one kernel
  bool by_architecture = false;                 ///< objects are used by architecture
  std::optional<RelocationCounts> relocations;  ///< once the kernels are done
  std::vector<FailureFacts> failures;           ///< by object, record and reason
  std::vector<std::string> conditions;          ///< conditions of --fail-on that are met
  std::optional<PackageFacts> package;          ///< once it is made, if OUTPUT is a package
  bool verified = false;                        ///< each output was compared with its kernel

  // For one kernel.
  std::optional<KernelFacts> kernel;         ///< set once the kernel is read
  std::optional<OutputFacts> written;        ///< set once OUTPUT is written
  std::vector<ResolutionFacts> resolutions;  ///< all relocations, with --verbose

  TreeFigures tree;
};

/// Counts the reduced kernels by plan and byte order.
[[nodiscard]] KernelsByPlan kernels_by_plan(const archive::Plans& plans, const archive::Batch& batch);

/// Adds the figures of the sources, and of the relocations on all kernels.
void count_batch(const archive::Plans& plans, const archive::Batch& batch, GenReport& report);

/// Returns a flag for each of Plan::keeps(): true if a kernel of the batch has it. The reduced BTF of a kernel has the
/// same keeps as its full BTF.
[[nodiscard]] std::vector<bool> found_keeps(const Plan& plan, const archive::Batch& batch);

/// Adds the figures of a tree's outputs.
void count_outputs(const archive::Batch& batch, const archive::TreeOutputs& outputs, TreeFigures& figures);

/// Returns the outcome of a relocation, without a reason.
[[nodiscard]] ResolutionFacts facts_of(const Plan& plan, const Resolution& resolution);

/// Returns the outcomes of all relocations on one kernel, with the reasons of the poisoned ones.
[[nodiscard]] std::vector<ResolutionFacts> resolutions_of(const Plan& plan,
                                                          const archive::ExplainedResolutions& explained);

}  // namespace minbtf::cli
