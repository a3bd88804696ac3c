// What is done with each kernel of a run over many.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "archive/source_outcome.hpp"

namespace minbtf::archive {

/// Where a kernel was found.
struct KernelPlace {
  std::string source;  ///< path of the file, relative to the input; empty if it is the input
  std::string member;  ///< path in that, if it is a tar; else empty
  /// Path in the source of the packed tar that the member is in; mostly empty. A kernel that turns out to be alone in
  /// it is called as it, and FoundKernel::member is this path then.
  std::string inner_tar = {};
  std::string name;  ///< of the file, for messages
};

/// Any number of threads may use one task.
class KernelTask {
 public:
  virtual ~KernelTask() = default;

  /// Does it with raw BTF that nobody has checked yet. Throws Error; then the kernel is one that failed.
  [[nodiscard]] virtual KernelResult run(const KernelPlace& place, std::span<const std::uint8_t> btf) const = 0;
  /// Takes over what an earlier run made of the same bytes. False if this task cannot have made it.
  [[nodiscard]] virtual bool adopt(KernelResult& result) const = 0;
  /// Whether equal bytes at another place can give another result: then nothing is taken over.
  [[nodiscard]] virtual bool depends_on_place() const noexcept { return false; }

 protected:
  KernelTask() = default;
  KernelTask(const KernelTask&) = default;
  KernelTask& operator=(const KernelTask&) = default;
};

}  // namespace minbtf::archive
