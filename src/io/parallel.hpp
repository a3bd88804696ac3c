// Work for several threads, with no more of it in memory than threads. The only user of oneTBB.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace minbtf::io {

using Task = std::function<void()>;

/// The CPUs that this process may use.
[[nodiscard]] std::size_t usable_cpus();

/// Calls what `next` returns, on up to `jobs` threads (at least 1), until it returns nothing. `next` is called by one
/// thread at a time, in order; no more than `jobs` tasks exist at once. Returns when all are done; throws what one of
/// them or `next` throws. Threads that this makes leave interrupting signals to the one that called.
void run_tasks(std::size_t jobs, const std::function<std::optional<Task>()>& next);

/// Things that are costly to make and are needed by one thread at a time: as many as were ever needed at once. Any
/// number of threads may use one pool; it has to outlive what it lends.
template <typename T>
class Pool {
 public:
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<T> thing) : pool_(pool), thing_(std::move(thing)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.give_back(std::move(thing_)); }
    [[nodiscard]] T& operator*() const noexcept { return *thing_; }

   private:
    Pool& pool_;
    std::unique_ptr<T> thing_;
  };

  /// What is left of an earlier lease, or a new one.
  [[nodiscard]] Lease lend() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> thing = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(thing));
      }
      // Giving back must not fail.
      idle_.reserve(++made_);
    }
    return Lease(*this, std::make_unique<T>());
  }

 private:
  void give_back(std::unique_ptr<T> thing) noexcept {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(thing));
  }

  std::mutex mutex_;
  std::size_t made_ = 0;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace minbtf::io
