// One kernel's BTF beside what is to be shipped in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "archive/kernel_file.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "report/difference_store.hpp"
#include "report/loader_oracle.hpp"

namespace minbtf::report {

/// What was found out about one kernel.
struct VerifiedKernel {
  std::string kernel;   ///< what it is called in reports
  std::string reduced;  ///< the file that stands for it; the path where it should be if there is none
  bool missing = false;
  std::string refusal = {};  ///< why libbpf does not read the reduced BTF, though it reads the full one; mostly empty
  std::uint64_t full_bytes = 0;
  std::uint64_t reduced_bytes = 0;
  std::optional<Comparison> comparison = {};  ///< without its differences
  std::size_t differences = 0;
  Differences first_differences = {};           ///< those that are kept; null if there is no comparison
  std::optional<LoaderComparison> loader = {};  ///< if it was asked for; of its differences as many are kept
  std::size_t loader_differences = 0;
  std::optional<Error> error = {};  ///< about the reduced file; then there is no comparison

  /// The law holds, as far as it was checked.
  [[nodiscard]] bool is_same() const noexcept {
    return !missing && !error && refusal.empty() && differences == 0 && loader_differences == 0;
  }
  /// libbpf's loader was asked about objects, and said nothing of any.
  [[nodiscard]] bool loader_is_mute() const noexcept {
    return loader && loader->objects == 0 && !loader->stops.empty();
  }
};

/// What verifying one kernel after another is done with. Each thread needs its own.
struct VerifyMemory {
  Workspace workspace;
  archive::KernelMemory reduced;
};

/// What kernels are compared by, and where it goes.
struct Judges {
  const Plan& plan;
  DifferenceStore& differences;
  const LoaderOracle* loader = nullptr;  ///< may be null
};

/// Reads `path` as archive::read_kernel() does and compares `full`, raw and unchecked BTF that is called `name` in
/// messages. What is wrong with the reduced file is told in VerifiedKernel::error; for the full one Error is thrown.
[[nodiscard]] VerifiedKernel verify_kernel(const Judges& judges, std::span<const std::uint8_t> full,
                                           const std::string& name, const std::filesystem::path& path,
                                           const archive::UnpackLimits& limits, VerifyMemory& memory);

}  // namespace minbtf::report
