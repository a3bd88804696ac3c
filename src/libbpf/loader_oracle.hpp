// libbpf's own loader on two BTFs: what does it make of each relocation?
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

/// A relocation of which the loader says something else.
struct LoaderDifference {
  std::size_t object = 0;
  std::string program;
  std::uint32_t record = 0;  ///< number among the records of the program's section
  std::string full;          ///< libbpf's words; "nothing" if it did not come so far
  std::string reduced;
};

/// An object of which the loader says nothing on the full BTF, because it stops before it relocates, crashes, or does
/// not come back.
struct LoaderStop {
  std::size_t object = 0;
  std::string reason;  ///< libbpf's first warning, or what became of the process
};

struct LoaderComparison {
  std::size_t objects = 0;      ///< that were compared
  std::size_t loads = 0;        ///< of either BTF
  std::size_t relocations = 0;  ///< records of which something was said
  std::vector<LoaderDifference> differences;
  std::vector<LoaderStop> stops;
};

/// Any number of threads may use one. libbpf runs in processes of its own: it trusts the BTF that it is given.
class LoaderOracle {
 public:
  /// `images` are the ELF files of the objects; a process keeps what is needed of both. One load may take so many
  /// seconds of processor time. To be made while there is one thread. Throws Error: unsupported if nothing can be
  /// loaded here, internal if there can be no process.
  LoaderOracle(const std::vector<BpfObject>& objects, const std::vector<std::vector<std::uint8_t>>& images,
               unsigned cpu_seconds = 10);

  /// Loads each object that has relocations, all of its programs together; those that fail to relocate are then left
  /// out and the others loaded again. Both are raw BTF. Throws Error: io, internal.
  [[nodiscard]] LoaderComparison compare(std::span<const std::uint8_t> full,
                                         std::span<const std::uint8_t> reduced) const;

 private:
  ProcessMaker processes_;
};

/// What libbpf's loader said, as it goes from one process to another.
[[nodiscard]] std::string to_text(const LoaderLog& log);
[[nodiscard]] LoaderLog log_from(const std::string& text);

[[nodiscard]] std::string to_text(const LoaderComparison& comparison);
[[nodiscard]] LoaderComparison comparison_from(const std::string& text);

}  // namespace minbtf::libbpf
