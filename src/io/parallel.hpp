// SPDX-License-Identifier: BSD-2-Clause
// Work for several threads. At most as many tasks as threads are in memory. This is the only user of oneTBB.
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

/// Returns the number of CPUs that this process may use.
[[nodiscard]] std::size_t usable_cpus();

/// Runs the tasks that `next` returns on up to `jobs` threads (at least 1), until `next` returns nothing. One thread at
/// a time calls `next`. At most `jobs` tasks exist at once. Returns when all tasks are done. Throws an exception of a
/// task or of `next`. The threads block interrupting signals, so that only the calling thread handles them.
void run_tasks(std::size_t jobs, const std::function<std::optional<Task>()>& next);

/// A pool of objects that are expensive to construct and are used by one thread at a time. The pool constructs an
/// object only if none is idle, so it has as many objects as were ever in use at once. Any number of threads may use
/// one pool. The pool must outlive its leases.
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

  /// Lends an idle object, in the state in which its last user left it, or else a new object.
  [[nodiscard]] Lease lend() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> thing = std::move(idle_.back());
        idle_.pop_back();
        return Lease(*this, std::move(thing));
      }
      // Reserves the slot now, because give_back() must not throw.
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
