// libbpf's own loader on two BTFs: what does it make of each relocation?
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "minbtf/bpf_object.hpp"

namespace minbtf::report {

/// A relocation of which the loader says something else.
struct LoaderDifference {
  std::size_t object = 0;
  std::string program;
  std::uint32_t record = 0;  ///< number among the records of the program's section
  std::string full;          ///< libbpf's words; "nothing" if it did not come so far
  std::string reduced;
};

/// An object of which the loader says nothing on the full BTF, because it stops before it relocates.
struct LoaderStop {
  std::size_t object = 0;
  std::string reason;  ///< libbpf's last warning
};

struct LoaderComparison {
  std::size_t objects = 0;      ///< that were compared
  std::size_t loads = 0;        ///< of either BTF
  std::size_t relocations = 0;  ///< records of which something was said
  std::vector<LoaderDifference> differences;
  std::vector<LoaderStop> stops;
};

/// Any number of threads may use one.
class LoaderOracle {
 public:
  /// Reads the objects' files, named by BpfObject::name(), once more. Throws Error: io, unsupported if nothing can be
  /// loaded here.
  explicit LoaderOracle(std::vector<BpfObject> objects);

  /// Loads each object that has relocations, all of its programs together; those that fail to relocate are then left
  /// out and the others loaded again. Both are raw BTF. Throws Error (io).
  [[nodiscard]] LoaderComparison compare(std::span<const std::uint8_t> full,
                                         std::span<const std::uint8_t> reduced) const;

 private:
  std::vector<BpfObject> objects_;
  std::vector<std::vector<std::uint8_t>> images_;  ///< ELF, by object
};

}  // namespace minbtf::report
