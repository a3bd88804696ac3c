// A lock on an open file or directory that runs of this tool wait for: flock(2). The system gives it up with the last
// descriptor, however a run ends, and nothing is left on the disk.
#pragma once

#include <functional>

namespace minbtf::io {

/// Called once, before waiting for another run.
using OnWait = std::function<void()>;

/// Locks what is behind `fd` as long as that is open; waits as long as another has the lock. False if an interrupting
/// signal that is blocked came meanwhile: then there is no lock. True without one on a file system that has none, and
/// where a descriptor that this process was started with holds it (`flock DIRECTORY min-btf ...`): whoever started it
/// waits for this run, and would for ever.
[[nodiscard]] bool lock_exclusively(int fd, const OnWait& on_wait);

}  // namespace minbtf::io
