// SPDX-License-Identifier: BSD-2-Clause
// Open files of another process. They show a test that a run waits for a lock.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>

namespace minbtf::test {

inline bool has_open(pid_t process, const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path descriptors = "/proc/" + std::to_string(process) + "/fd";
  for (std::filesystem::directory_iterator entry(descriptors, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    std::error_code closed;
    if (std::filesystem::read_symlink(entry->path(), closed) == path) return true;
  }
  return false;
}

/// Waits until the process has had `path` open for 0.3 seconds: a run opens the path to lock it. Returns false after a
/// minute.
inline bool wait_until_it_waits_for(pid_t process, const std::filesystem::path& path) {
  const std::filesystem::path real = std::filesystem::canonical(path);
  int times = 0;
  for (int i = 0; i < 6000 && times < 30; ++i) {
    times = has_open(process, real) ? times + 1 : 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return times == 30;
}

}  // namespace minbtf::test
