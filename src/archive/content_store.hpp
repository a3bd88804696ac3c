// Reduced BTF of many kernels in memory, equal contents once.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "archive/hash.hpp"
#include "archive/reduced_kernel.hpp"

namespace minbtf::archive {

/// Any number of threads may use one store.
class ContentStore {
 public:
  /// With `shares` false every content stays on its own.
  explicit ContentStore(bool shares = true) : shares_(shares) {}

  /// The content of these bytes; if they were added before, the same one as then.
  [[nodiscard]] Content add(std::vector<std::uint8_t> bytes);
  /// The same for a content that comes from elsewhere.
  [[nodiscard]] Content add(const Content& content);

 private:
  struct HashOfHash {
    std::size_t operator()(const Hash& hash) const noexcept { return static_cast<std::size_t>(hash.low); }
  };
  /// The content that is in the store and equals `bytes`, or null.
  [[nodiscard]] Content find(const Hash& hash, const std::vector<std::uint8_t>& bytes) const;

  bool shares_;
  std::mutex mutex_;
  std::unordered_multimap<Hash, Content, HashOfHash> contents_;
};

}  // namespace minbtf::archive
