// SPDX-License-Identifier: BSD-2-Clause
// The request to process an input, and the steps that are the same for all kinds of input: cache and progress.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "archive/input/kernel_task.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/hash.hpp"
#include "io/sha256.hpp"

namespace minbtf::archive {

struct CacheKey {
  io::Hash source;                 ///< hash of the source's bytes; for an ELF file, hash of its .BTF section
  std::uint64_t source_bytes = 0;  ///< number of these bytes
  io::Hash plan;                   ///< hash of all else that the outcome depends on: objects, version, options, names

  auto operator<=>(const CacheKey&) const = default;
};

/// Keeps the outcomes of sources from run to run. Stores the results of one type of task only. Any number of threads
/// may use one cache.
class OutcomeCache {
 public:
  virtual ~OutcomeCache() = default;

  /// Returns the outcome that was stored with this key. Returns nothing if the cache has no entry, or a damaged entry.
  [[nodiscard]] virtual std::optional<SourceOutcome> load(const CacheKey& key) = 0;
  /// Stores an outcome without problems; ignores an outcome with problems. Does not throw Error: the run continues even
  /// if the cache cannot be written.
  virtual void store(const CacheKey& key, const SourceOutcome& outcome) = 0;

 protected:
  OutcomeCache() = default;
  OutcomeCache(const OutcomeCache&) = default;
  OutcomeCache& operator=(const OutcomeCache&) = default;
};

struct ProcessRequest {
  const KernelTask& task;
  const PathSelection& selection;
  UnpackLimits limits{};
  std::size_t jobs = 1;           ///< number of kernels that are processed at the same time
  OutcomeCache* cache = nullptr;  ///< may be null
  bool hashes = false;            ///< compute the hashes of all sources; with a cache they are always computed
  bool digests = false;           ///< compute the SHA-256 of all sources
  io::Hash plan{};                ///< hash of all that an outcome depends on except the source and the selection
  /// Paths of the sources to process. If null, all sources are processed. Only DirectoryInput and PackInput use it.
  const std::set<std::string>* only = nullptr;
  /// Called with the path, the hash and the SHA-256 of a source that is selected by its path (is_kernel_name()), by
  /// several threads at a time. If it returns true, the kernels of the source are not read
  /// (SourceRecord::Origin::known). May be empty. Needs `hashes` and `digests`. Only DirectoryInput uses it.
  std::function<bool(const std::string& path, const io::Hash& hash, const io::Sha256& sha256)> knows{};
  /// Called before the sources are read, with the number of bytes of all sources. May be empty. Not called for an input
  /// of one kernel.
  std::function<void(std::uint64_t bytes)> begin{};
  /// Called by one thread at a time after each source or member of a tar, with the number of bytes and kernels that are
  /// done so far, and the path that was just done. May be empty. Not called for an input of one kernel.
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
};

/// Adds the KernelTask::place_class() of a source at `path` to the hash of a cache key.
void add_place_class(std::string_view path, const ProcessRequest& request, io::Hasher& hasher);

/// Returns the stored outcome, with results that the task adopted (KernelTask::adopt()). Returns nothing if the request
/// has no cache, the cache has no outcome, or the task does not adopt a result.
[[nodiscard]] std::optional<SourceOutcome> load_cached(const CacheKey& key, const ProcessRequest& request);
/// Stores the outcome if the request has a cache.
void store_cached(const CacheKey& key, const SourceOutcome& outcome, const ProcessRequest& request);

/// Sums up the processed bytes and kernels, and passes the sums to ProcessRequest::progress. Any number of threads may
/// use one log.
class ProgressLog {
 public:
  explicit ProgressLog(const ProcessRequest& request) : request_(request) {}

  void add(std::uint64_t bytes, const SourceOutcome& outcome, const std::string& path);

 private:
  const ProcessRequest& request_;
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::size_t kernels_ = 0;
};

}  // namespace minbtf::archive
