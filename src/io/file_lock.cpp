// SPDX-License-Identifier: BSD-2-Clause
#include "io/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include "io/interrupt.hpp"

namespace fs = std::filesystem;

namespace minbtf::io {

namespace {

/// Interval of polling. A blocking flock() would not return for a blocked signal.
constexpr auto pause = std::chrono::milliseconds(20);

/// Returns true if this open file description holds an exclusive flock(). Source: proc(5), fdinfo has a line
/// `lock: 1: FLOCK ADVISORY WRITE ...` for each lock of the open file description, not of the inode.
bool holds_lock(const std::string& descriptor) {
  std::ifstream info("/proc/self/fdinfo/" + descriptor);
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("lock:") && line.find("FLOCK") != line.npos && line.find("WRITE") != line.npos) return true;
  }
  return false;
}

/// Returns true if a descriptor that was open when this process started holds the lock on the inode of `fd`.
bool is_held_by_inherited_descriptor(int fd) {
  struct stat wanted {};
  if (::fstat(fd, &wanted) != 0) return false;
  std::error_code error;
  for (fs::directory_iterator entry("/proc/self/fd", error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int other = -1;
    std::from_chars(name.data(), name.data() + name.size(), other);
    struct stat status {};
    // This process opens all its descriptors with close-on-exec. A descriptor without that flag was inherited.
    const int flags = other < 0 ? -1 : ::fcntl(other, F_GETFD);
    if (flags < 0 || (flags & FD_CLOEXEC) != 0 || ::fstat(other, &status) != 0) continue;
    if (status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino && holds_lock(name)) return true;
  }
  return false;
}

}  // namespace

bool lock_exclusively(int fd, const OnWait& on_wait) {
  bool waits = false;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return true;
    if (interrupt_is_pending()) return false;
    if (!waits) {
      if (is_held_by_inherited_descriptor(fd)) return true;
      waits = true;
      if (on_wait) on_wait();
    }
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace minbtf::io
