// What a run over an input is asked for, and what all kinds of input do for it in the same way.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "archive/input/kernel_task.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/input/source_outcome.hpp"
#include "archive/unpack/unpack.hpp"
#include "io/hash.hpp"

namespace minbtf::archive {

struct CacheKey {
  io::Hash source;                 ///< of the bytes that the source consists of
  std::uint64_t source_bytes = 0;  ///< their number
  io::Hash plan;                   ///< of everything else that the outcome depends on: objects, version, options

  auto operator<=>(const CacheKey&) const = default;
};

/// Where outcomes of sources are kept from run to run. Any number of threads may use one. It knows the results of one
/// task only.
class OutcomeCache {
 public:
  virtual ~OutcomeCache() = default;

  /// What was stored under this key; nothing if there is nothing, or nothing sound.
  [[nodiscard]] virtual std::optional<SourceOutcome> load(const CacheKey& key) = 0;
  /// Keeps an outcome without problems. Does not throw Error: a run goes on without its cache.
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
  std::size_t jobs = 1;           ///< kernels that are done at a time
  OutcomeCache* cache = nullptr;  ///< may be null
  bool hashes = false;            ///< are the hashes of all sources wanted? They are taken anyway for the cache
  bool digests = false;           ///< is the SHA-256 of all sources wanted?
  io::Hash plan{};                ///< of everything but source and selection that an outcome depends on
  /// If not null, only these sources are processed, of those that an earlier call found.
  const std::set<std::string>* only = nullptr;
  /// Called before anything is read, with the number of bytes of all sources. May be empty. Not called for one kernel.
  std::function<void(std::uint64_t bytes)> begin{};
  /// Called by one thread at a time with the bytes of the sources that are done, the kernels that came of them, and the
  /// path that was just done. May be empty. Not called for one kernel.
  std::function<void(std::uint64_t bytes, std::size_t kernels, const std::string& path)> progress{};
};

/// The stored outcome, with results that the task took over; nothing if there is none.
[[nodiscard]] std::optional<SourceOutcome> load_cached(const CacheKey& key, const ProcessRequest& request);
/// Stores the outcome if there is a cache.
void store_cached(const CacheKey& key, const SourceOutcome& outcome, const ProcessRequest& request);

/// Adds up what is done and passes it to ProcessRequest::progress. Any number of threads may use one.
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
