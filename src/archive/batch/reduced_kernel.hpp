// SPDX-License-Identifier: BSD-2-Clause
// The result of gen for one kernel: the reduced BTF, and figures for reports.
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

/// The bytes of a reduced BTF. Equal reduced BTF of one run may share one Content.
using Content = std::shared_ptr<const std::vector<std::uint8_t>>;

/// A relocation that fails on a kernel. `object` and `relocation` are the plan's indices.
struct FailedRelocation {
  std::uint32_t object = 0;
  std::uint32_t relocation = 0;
  Failure failure = Failure::none;

  bool operator==(const FailedRelocation&) const = default;
};

struct KernelFigures {
  std::uint64_t source_bytes = 0;  ///< size of the full BTF
  std::uint32_t source_types = 0;  ///< types of the full BTF
  std::uint32_t types = 0;         ///< this and the next two: of the reduced BTF
  std::uint32_t members = 0;
  std::uint32_t enumerators = 0;
  /// Relocations by status. The sum is the same for all kernels of a run with one byte order and architecture.
  std::uint32_t resolved = 0;
  std::uint32_t poisoned = 0;
  std::uint32_t failed = 0;

  bool operator==(const KernelFigures&) const = default;
};

/// The resolution of every relocation on a kernel, and why some relocations do not resolve.
struct ExplainedResolutions {
  Resolutions resolutions;
  std::vector<UnresolvedRelocation> unresolved;  ///< from Plan::check()
};

struct ReducedKernel {
  Content content;
  KernelFigures figures;
  std::vector<FailedRelocation> failures;  ///< sorted by object and relocation; as many as figures.failed
  std::shared_ptr<const ExplainedResolutions> explained = {};  ///< null without ReducerOptions::explains
};

/// Reduced BTF of many kernels in memory; equal contents are stored once. Any number of threads may use one store.
class ContentStore {
 public:
  /// If `shares` is false, add() returns a Content of its own for each call.
  explicit ContentStore(bool shares = true) : shares_(shares) {}

  /// Returns the content with these bytes: the stored one if equal bytes were added before, else a new one.
  [[nodiscard]] Content add(std::vector<std::uint8_t> bytes);
  /// Returns the stored content with the same bytes, or stores `content` itself and returns it.
  [[nodiscard]] Content add(const Content& content);
  /// Returns the total size of the stored contents; 0 if `shares` is false.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct HashOfHash {
    std::size_t operator()(const io::Hash& hash) const noexcept { return static_cast<std::size_t>(hash.low); }
  };
  /// Returns the stored content that equals `bytes`, or null. `hash` is the hash of `bytes`.
  [[nodiscard]] Content find(const io::Hash& hash, const std::vector<std::uint8_t>& bytes) const;

  bool shares_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::unordered_multimap<io::Hash, Content, HashOfHash> contents_;
};

}  // namespace minbtf::archive
