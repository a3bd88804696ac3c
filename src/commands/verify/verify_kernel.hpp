// One kernel's BTF beside what is to be shipped in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "archive/input/kernel_file.hpp"
#include "cli/objects.hpp"
#include "commands/verify/reduced_tree.hpp"
#include "libbpf/loader_oracle.hpp"
#include "minbtf/comparison.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

using Differences = std::shared_ptr<const std::vector<Difference>>;

/// With objects other than those that REDUCED was made for there are thousands of differences for each of thousands of
/// kernels, mostly the same ones. Any number of threads may use one.
class DifferenceStore {
 public:
  /// Of each list the first `most` are kept.
  explicit DifferenceStore(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t most() const noexcept { return most_; }
  /// What is kept of it; lists that read alike share their memory.
  [[nodiscard]] Differences keep(std::vector<Difference> differences);

 private:
  struct ByContent {
    [[nodiscard]] bool operator()(const Differences& one, const Differences& other) const;
  };

  std::size_t most_;
  std::mutex mutex_;
  std::set<Differences, ByContent> lists_;
};

/// What was found out about one kernel.
struct VerifiedKernel {
  std::string kernel;   ///< what it is called in reports
  std::string reduced;  ///< the file that stands for it; the path where it should be if there is none
  bool missing = false;
  std::string refusal = {};  ///< why libbpf does not read the reduced BTF, though it reads the full one; mostly empty
  ByteOrder order = ByteOrder::little;  ///< of the full BTF
  std::uint64_t full_bytes = 0;
  std::uint64_t reduced_bytes = 0;
  std::optional<Comparison> comparison = {};  ///< without its differences
  std::size_t differences = 0;
  Differences first_differences = {};  ///< those that are kept; null if there is no comparison
  /// What differs, and does not count: see Loaders::native. As the two above.
  std::size_t notes = 0;
  Differences first_notes = {};
  std::optional<libbpf::LoaderComparison> loader = {};  ///< if it was asked for; of its differences as many are kept
  std::size_t loader_differences = 0;
  std::optional<Error> error = {};  ///< about the reduced file; then there is no comparison

  /// The law holds, as far as it was checked.
  [[nodiscard]] bool is_same() const noexcept {
    return !missing && !error && refusal.empty() && differences == 0 && loader_differences == 0;
  }
  /// libbpf's loader was asked about objects, and said nothing of any.
  [[nodiscard]] bool loader_gave_no_result() const noexcept {
    return loader && loader->objects == 0 && !loader->stops.empty();
  }
};

/// What verifying one kernel after another is done with. Each thread needs its own.
struct VerifyMemory {
  Workspace workspace;
  archive::KernelMemory reduced;
};

/// --loaders: whose decisions have to be the same.
enum class Loaders {
  native,  ///< on a 64-bit kernel those of 64-bit loaders; what differs for 32-bit ones only is a note
  all,
};

/// What kernels are compared by, and where it goes.
struct VerifyContext {
  const Plan& plan;
  DifferenceStore& differences;
  const libbpf::LoaderOracle* loader = nullptr;  ///< may be null
  Loaders loaders = Loaders::all;
};

/// Compares `full`, raw and unchecked BTF that is called `name` in messages, with `file` of the reduced tree. What is
/// wrong with the reduced file is told in VerifiedKernel::error; for the full one Error is thrown.
[[nodiscard]] VerifiedKernel verify_kernel(const VerifyContext& context, std::span<const std::uint8_t> full,
                                           const std::string& name, const ReducedTree& tree, const std::string& file,
                                           VerifyMemory& memory);

/// What a run of `verify` found out.
struct VerifyReport {
  std::string full;
  std::string reduced;
  Loaders loaders = Loaders::all;
  std::vector<VerifiedKernel> kernels = {};  ///< by path
  std::vector<std::string> extra = {};       ///< files in `reduced` that stand for no kernel
  std::size_t failed = 0;                    ///< kernels or sources in `full` that could not be read
  std::size_t ignored = 0;                   ///< other files there
  std::size_t modules = 0;                   ///< of these, of kernel modules
  std::size_t unselected = 0;                ///< by --include, --exclude, --arch
  std::size_t skipped_objects = 0;           ///< files among the objects that are none
  std::size_t unselected_objects = 0;        ///< files among the objects that are left out
};

/// The byte orders of the kernels that were compared.
[[nodiscard]] KernelOrders orders_of(const VerifyReport& report);

struct VerifyFigures {
  std::size_t compared = 0;   ///< kernels
  std::size_t different = 0;  ///< of these, that are not the same in some respect
  std::size_t deciding = 0;   ///< of these, on which something is decided otherwise
  std::size_t refused = 0;    ///< of these, whose reduced BTF libbpf does not read
  std::size_t larger = 0;     ///< of these, whose reduced BTF is larger than the full one
  std::size_t missing = 0;    ///< kernels without a reduced file
  std::size_t failed = 0;     ///< kernels of either tree that could not be read
  std::size_t relocations = 0;
  std::size_t asked = 0;  ///< questions put to candidates
  std::size_t differences = 0;
  std::size_t notes = 0;
  std::size_t noted = 0;  ///< kernels, of those that were compared, with notes
  // Of libbpf's loader, if it was asked.
  bool has_loader = false;
  std::size_t loader_relocations = 0;
  std::size_t loader_differences = 0;
  std::size_t loader_stops = 0;  ///< objects, each counted for each kernel, of which it says nothing
  std::size_t without_loader_result =
      0;  ///< kernels, of those that were compared, on which it says nothing of any object
};

[[nodiscard]] VerifyFigures figures_of(const VerifyReport& report);

}  // namespace minbtf::cli
