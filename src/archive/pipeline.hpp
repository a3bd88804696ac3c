// Work for several threads, with no more of it in memory than threads. The only user of oneTBB.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

namespace minbtf::archive {

using Task = std::function<void()>;

/// The CPUs that this process may use.
[[nodiscard]] std::size_t usable_cpus();

/// Calls what `next` returns, on up to `jobs` threads (at least 1), until it returns nothing. `next` is called by one
/// thread at a time, in order; no more than `jobs` tasks exist at once. Returns when all are done; throws what one of
/// them or `next` throws. Threads that this makes leave interrupting signals to the one that called.
void run_tasks(std::size_t jobs, const std::function<std::optional<Task>()>& next);

}  // namespace minbtf::archive
