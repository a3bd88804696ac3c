// Differences of many kernels, of which few are different lists.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "minbtf/comparison.hpp"

namespace minbtf::report {

using Differences = std::shared_ptr<const std::vector<Difference>>;

/// With objects other than those that REDUCED was made for there are thousands of differences for each of thousands of
/// kernels, mostly the same ones. Any number of threads may use one.
class DifferenceStore {
 public:
  /// Of each list the first `most` are kept.
  explicit DifferenceStore(std::size_t most) : most_(most) {}

  [[nodiscard]] std::size_t most() const noexcept { return most_; }
  /// What is kept of it; lists that read alike share their memory.
  [[nodiscard]] Differences keep(std::vector<Difference> differences);

 private:
  struct ByContent {
    [[nodiscard]] bool operator()(const Differences& one, const Differences& other) const;
  };

  std::size_t most_;
  std::mutex mutex_;
  std::set<Differences, ByContent> lists_;
};

}  // namespace minbtf::report
