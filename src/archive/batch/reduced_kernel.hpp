// What a run keeps of a kernel that it reduced: the reduced BTF, and figures for reports.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "io/hash.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/resolution.hpp"
#include "minbtf/resolutions.hpp"

namespace minbtf::archive {

/// A reduced BTF; equal ones of a run may share it.
using Content = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A relocation that fails on a kernel, by the indices that the plan gives object and record.
struct FailedRelocation {
  std::uint32_t object = 0;
  std::uint32_t relocation = 0;
  Failure failure = Failure::none;

  bool operator==(const FailedRelocation&) const = default;
};

struct KernelFigures {
  std::uint64_t source_bytes = 0;  ///< of the kernel's BTF
  std::uint32_t source_types = 0;
  std::uint32_t types = 0;  ///< these three of the reduced BTF
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
  std::uint32_t resolved = 0;  ///< these three of the relocations; their sum is the same for each kernel of a run
  std::uint32_t poisoned = 0;
  std::uint32_t failed = 0;

  bool operator==(const KernelFigures&) const = default;
};

/// What every relocation comes to on a kernel, and why some do not resolve.
struct ExplainedResolutions {
  Resolutions resolutions;
  std::vector<UnresolvedRelocation> unresolved;  ///< from Plan::check()
};

struct ReducedKernel {
  Content content;
  KernelFigures figures;
  std::vector<FailedRelocation> failures;                      ///< by object and record; figures.failed of them
  std::shared_ptr<const ExplainedResolutions> explained = {};  ///< null unless the reducer was asked for it
};

/// Reduced BTF of many kernels in memory, equal contents once. Any number of threads may use one store.
class ContentStore {
 public:
  /// With `shares` false every content stays on its own.
  explicit ContentStore(bool shares = true) : shares_(shares) {}

  /// The content of these bytes; if they were added before, the same one as then.
  [[nodiscard]] Content add(std::vector<std::uint8_t> bytes);
  /// The same for a content that comes from elsewhere.
  [[nodiscard]] Content add(const Content& content);
  /// Bytes of all contents that it shares.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct HashOfHash {
    std::size_t operator()(const io::Hash& hash) const noexcept { return static_cast<std::size_t>(hash.low); }
  };
  /// The content that is in the store and equals `bytes`, or null.
  [[nodiscard]] Content find(const io::Hash& hash, const std::vector<std::uint8_t>& bytes) const;

  bool shares_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::unordered_multimap<io::Hash, Content, HashOfHash> contents_;
};

}  // namespace minbtf::archive
