// One kernel's BTF beside what is to be shipped in its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "archive/kernel_source.hpp"
#include "minbtf/error.hpp"
#include "minbtf/plan.hpp"
#include "report/loader_oracle.hpp"

namespace minbtf::report {

/// What was found out about one kernel.
struct VerifiedKernel {
  std::string kernel;   ///< what it is called in reports
  std::string reduced;  ///< the file that stands for it; the path where it should be if `missing`
  bool missing = false;
  std::string refusal = {};  ///< why libbpf does not read the reduced BTF, though it reads the full one; mostly empty
  std::uint64_t full_bytes = 0;
  std::uint64_t reduced_bytes = 0;
  /// With at most kept_differences of the differences.
  std::optional<Comparison> comparison = {};
  std::optional<LoaderComparison> loader = {};  ///< if it was asked for
  std::size_t differences = 0;                  ///< all of them
  std::optional<Error> error = {};              ///< about the reduced file; then there is no comparison

  /// The law holds, as far as it was checked.
  [[nodiscard]] bool is_same() const noexcept {
    return !missing && !error && refusal.empty() && differences == 0 && (!loader || loader->differences.empty());
  }
};

/// Differences of one kernel that are remembered: with objects other than those that REDUCED was made for there are
/// thousands for each of thousands of kernels.
inline constexpr std::size_t kept_differences = 1000;

/// What verifying one kernel after another is done with. Each thread needs its own.
struct VerifyMemory {
  Workspace workspace;
  archive::KernelMemory reduced;
};

/// What kernels are compared by.
struct Judges {
  const Plan& plan;
  const LoaderOracle* loader = nullptr;  ///< may be null
};

/// Reads `path` as archive::read_kernel() does and compares `full`, raw and unchecked BTF that is called `name` in
/// messages. What is wrong with the reduced file is told in VerifiedKernel::error; for the full one Error is thrown.
[[nodiscard]] VerifiedKernel verify_kernel(const Judges& judges, std::span<const std::uint8_t> full,
                                           const std::string& name, const std::filesystem::path& path,
                                           const archive::UnpackLimits& limits, VerifyMemory& memory);

}  // namespace minbtf::report
