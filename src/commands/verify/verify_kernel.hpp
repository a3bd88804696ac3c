// SPDX-License-Identifier: BSD-2-Clause
// Compares the full BTF of one kernel with its reduced BTF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "archive/batch/plans.hpp"
#include "archive/input/kernel_file.hpp"
#include "cli/objects.hpp"
#include "commands/verify/reduced_tree.hpp"
#include "libbpf/loader_oracle.hpp"
#include "minbtf/comparison.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

using Differences = std::shared_ptr<const std::vector<Difference>>;

/// Stores lists of differences, equal lists once. If REDUCED was made for other objects, there are thousands of
/// differences for each of thousands of kernels, and most lists are equal. Any number of threads may use one store.
class DifferenceStore {
 public:
  /// Keeps the first `most` differences of each list.
  explicit DifferenceStore(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t most() const noexcept { return most_; }
  /// Returns the kept part of the list, in memory that equal lists share.
  [[nodiscard]] Differences keep(std::vector<Difference> differences);

 private:
  struct ByContent {
    [[nodiscard]] bool operator()(const Differences& one, const Differences& other) const;
  };

  std::size_t most_;
  std::mutex mutex_;
  std::set<Differences, ByContent> lists_;
};

/// The result of verifying one kernel.
struct VerifiedKernel {
  std::string kernel;    ///< name of the kernel in reports
  std::string reduced;   ///< its file in REDUCED, or the path where that file should be
  bool missing = false;  ///< REDUCED has no file for it
  std::string refusal =
      {};  ///< why libbpf does not read the reduced BTF, although it reads the full BTF; empty if it does
  ByteOrder order = ByteOrder::little;  ///< of the full BTF
  const Plan* plan = nullptr;           ///< the plan that was used
  std::uint64_t full_bytes = 0;
  std::uint64_t reduced_bytes = 0;
  std::optional<Comparison> comparison = {};  ///< without Comparison::differences
  std::size_t differences = 0;
  Differences first_differences = {};  ///< the first of them; null if there is no comparison
  /// Differences that do not count (Loaders::native): their number, and the first of them.
  std::size_t notes = 0;
  Differences first_notes = {};
  std::optional<libbpf::LoaderComparison> loader = {};  ///< with --oracle=libbpf; with the first differences only
  std::size_t loader_differences = 0;
  std::optional<Error> error = {};  ///< error in the reduced file; then there is no comparison

  /// Returns true if no check found a difference.
  [[nodiscard]] bool is_same() const noexcept {
    return !missing && !error && refusal.empty() && differences == 0 && loader_differences == 0 &&
           (!comparison || comparison->kept_differences.empty());
  }
  /// Returns true if libbpf's loader relocated none of the objects.
  [[nodiscard]] bool loader_gave_no_result() const noexcept {
    return loader && loader->objects == 0 && !loader->stops.empty();
  }
};

/// Scratch memory, reused from kernel to kernel. Each thread needs its own.
struct VerifyMemory {
  Workspace workspace;
  archive::KernelMemory reduced;
};

/// --loaders: the loaders whose results have to be the same.
enum class Loaders {
  native,  ///< on a 64-bit kernel, 64-bit loaders; a difference for 32-bit loaders only is a note
  all,     ///< 64-bit and 32-bit loaders
};

/// The inputs of all comparisons of a run, and the store of their differences.
struct VerifyContext {
  archive::Plans plans;
  DifferenceStore& differences;
  const libbpf::LoaderOracle* loader = nullptr;  ///< null without --oracle=libbpf
  Loaders loaders = Loaders::all;
};

/// Compares `full`, the kernel at `place`, with `file` of the reduced tree. Throws Error for an error in `full`, and as
/// archive::Plans::plan_for() does; an error in the reduced file is in VerifiedKernel::error.
[[nodiscard]] VerifiedKernel verify_kernel(const VerifyContext& context, const KernelBtf& full,
                                           const archive::KernelPlace& place, const ReducedTree& tree,
                                           const std::string& file, VerifyMemory& memory);

/// The report of a run of `verify`.
struct VerifyReport {
  std::string full;
  std::string reduced;
  Loaders loaders = Loaders::all;
  std::vector<VerifiedKernel> kernels = {};  ///< by path
  std::vector<std::string> extra = {};       ///< files in `reduced` without a kernel in `full`
  std::size_t failed = 0;                    ///< kernels or sources in `full` that could not be read
  std::size_t ignored = 0;                   ///< other files in `full`
  std::size_t modules = 0;                   ///< ignored files that hold the BTF of a kernel module
  std::size_t unselected = 0;                ///< kernels not selected by --include, --exclude, --arch
  std::size_t skipped_objects = 0;           ///< non-BPF files (*.o) in directories of objects
  std::size_t unselected_objects = 0;        ///< files that --include-object and --exclude-object leave out
};

/// Counts the compared kernels by plan and byte order.
[[nodiscard]] KernelsByPlan kernels_by_plan(const VerifyReport& report);

/// Sums over all kernels of a report.
struct VerifyFigures {
  std::size_t compared = 0;   ///< kernels that were compared
  std::size_t different = 0;  ///< compared kernels for which VerifiedKernel::is_same() is false
  std::size_t deciding = 0;   ///< compared kernels on which a relocation resolves differently
  std::size_t refused = 0;    ///< compared kernels whose reduced BTF libbpf does not read
  std::size_t larger = 0;     ///< compared kernels whose reduced BTF is larger than the full BTF
  std::size_t missing = 0;    ///< kernels without a reduced file
  std::size_t failed = 0;     ///< kernels of either tree that could not be read
  std::size_t relocations = 0;
  std::size_t asked = 0;  ///< evaluations of a question against a candidate
  std::size_t differences = 0;
  std::size_t kept = 0;              ///< keeps that a kernel has, in all compared kernels
  std::size_t kept_differences = 0;  ///< of these, those that are not the same in REDUCED
  std::size_t kept_different = 0;    ///< kernels with such a difference
  std::size_t notes = 0;
  std::size_t noted = 0;  ///< compared kernels with notes
  // Results of libbpf's loader, with --oracle=libbpf.
  bool has_loader = false;
  std::size_t loader_relocations = 0;
  std::size_t loader_differences = 0;
  std::size_t loader_stops = 0;           ///< pairs of an object and a kernel that the loader did not relocate
  std::size_t without_loader_result = 0;  ///< compared kernels on which the loader relocated no object
};

[[nodiscard]] VerifyFigures figures_of(const VerifyReport& report);

}  // namespace minbtf::cli
