// SPDX-License-Identifier: BSD-2-Clause
// Compares what libbpf's own loader reports for each relocation on two BTFs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "libbpf/loader_log.hpp"
#include "libbpf/subprocess.hpp"
#include "minbtf/bpf_object.hpp"

namespace minbtf::libbpf {

/// A relocation with different messages on the two BTFs.
struct LoaderDifference {
  std::size_t object = 0;  ///< index of the object
  std::string program;
  std::uint32_t record = 0;  ///< index among the records of the program's section
  std::string full;          ///< libbpf's messages on the full BTF; "nothing" if there are none
  std::string reduced;       ///< the same on the reduced BTF, or how libbpf crashed or hung
};

/// An object that cannot be compared: on the full BTF, the loader stops before it relocates, crashes or hangs.
struct LoaderStop {
  std::size_t object = 0;  ///< index of the object
  std::string reason;      ///< libbpf's first warning, or how its process ended
};

/// Result of a comparison.
struct LoaderComparison {
  std::size_t objects = 0;      ///< compared objects
  std::size_t loads = 0;        ///< loads with either BTF
  std::size_t relocations = 0;  ///< records with a message on either BTF
  std::vector<LoaderDifference> differences;
  std::vector<LoaderStop> stops;
};

/// Compares with libbpf's loader. Any number of threads may use one oracle. libbpf runs in separate processes, because
/// it trusts its input and may crash or hang.
class LoaderOracle {
 public:
  /// `images` are the ELF files of `objects`. Neither is needed after construction. One load may take `cpu_seconds` of
  /// processor time. Construct the oracle while the process has one thread. Throws Error: unsupported if this process
  /// cannot load BPF programs, internal if no process can be started.
  LoaderOracle(const std::vector<BpfObject>& objects, const std::vector<std::vector<std::uint8_t>>& images,
               unsigned cpu_seconds = 10);

  /// Loads each object that has relocations on both BTFs, with all of its programs. A program that fails to relocate is
  /// then left out, and the object is loaded again. `full` and `reduced` are raw BTF. `used` has a flag for each
  /// object: objects whose flag is false are not loaded. If it is empty, all are. Throws Error: io, internal.
  [[nodiscard]] LoaderComparison compare(std::span<const std::uint8_t> full, std::span<const std::uint8_t> reduced,
                                         const std::vector<bool>& used = {}) const;

 private:
  ProcessMaker processes_;
};

/// JSON texts of the results, by which one process passes them to another.
[[nodiscard]] std::string to_text(const LoaderLog& log);
[[nodiscard]] LoaderLog log_from(const std::string& text);

[[nodiscard]] std::string to_text(const LoaderComparison& comparison);
[[nodiscard]] LoaderComparison comparison_from(const std::string& text);

}  // namespace minbtf::libbpf
