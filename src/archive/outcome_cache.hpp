// Where outcomes of sources are kept from run to run, as the processing of sources sees it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "archive/hash.hpp"
#include "archive/source_outcome.hpp"

namespace minbtf::archive {

struct CacheKey {
  Hash source;                     ///< of the bytes that the source consists of
  std::uint64_t source_bytes = 0;  ///< their number
  Hash plan;                       ///< of everything else that the outcome depends on: objects, version, options

  auto operator<=>(const CacheKey&) const = default;
};

/// Any number of threads may use one. It knows the results of one task only.
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

}  // namespace minbtf::archive
