// SPDX-License-Identifier: BSD-2-Clause
// A lock, flock(2), on an open file or directory: several runs that publish to the same place wait for each other. The
// system releases the lock when the last descriptor is closed, however the run ends. The lock leaves no file on disk.
#pragma once

#include <functional>

namespace minbtf::io {

/// Called once, when the wait for another run begins.
using OnWait = std::function<void()>;

/// Locks the file or directory behind `fd` for as long as `fd` is open, and waits while another process has the lock.
/// Returns false, without the lock, if a blocked interrupting signal (interrupt_is_pending()) arrives during the wait.
/// Returns true without the lock in two cases:
///  - the file system has no locks;
///  - a descriptor inherited from the parent process holds the lock, as in `flock DIRECTORY min-btf ...`: the parent
///    waits for this run, so waiting for the parent would never end.
[[nodiscard]] bool lock_exclusively(int fd, const OnWait& on_wait);

}  // namespace minbtf::io
