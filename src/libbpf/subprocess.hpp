// SPDX-License-Identifier: BSD-2-Clause
// Runs libbpf in separate processes, so that a crash or hang of libbpf affects only that process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "io/read/file_descriptor.hpp"

namespace minbtf::libbpf {

/// How a process ended.
struct ProcessEnd {
  std::string text;  ///< the text that the work passed to Say
  std::string lost;  ///< why the process was lost: "crashed: Segmentation fault"; empty if the work ended normally
};

/// Sends text to the parent process at once. A later crash does not lose it.
using Say = std::function<void(std::string_view text)>;

/// Does `work` in a new process, which may take `cpu_seconds` of processor time and ends when this process ends. Call
/// it only in a process with one thread. Throws std::bad_alloc if the work does, and Error (internal) if the work
/// throws anything else or no process can be started.
[[nodiscard]] ProcessEnd run_apart(const std::function<void(const Say& say)>& work, unsigned cpu_seconds);

/// Allows this process `seconds` more of processor time. Called by the work of run_apart().
void allow_cpu(unsigned seconds);

/// Starts processes on behalf of a process with many threads. After fork() in such a process, the child may only do
/// what a signal handler may. ProcessMaker therefore forks a helper process with one thread, which forks the others.
/// Construct it while the process has one thread.
class ProcessMaker {
 public:
  /// The work of a process. It owns the descriptors that it receives.
  using Work = std::function<std::string(std::span<const io::FileDescriptor> files)>;

  /// The helper process has its own copy of `work`. Throws Error (internal) if it cannot be started.
  explicit ProcessMaker(const Work& work);
  ProcessMaker(const ProcessMaker&) = delete;
  ProcessMaker& operator=(const ProcessMaker&) = delete;
  ~ProcessMaker();

  /// Does the work in a new process with one thread, and returns its result. Any number of threads may call this at
  /// once. Throws Error (internal) if the process ends without a result.
  [[nodiscard]] std::string run(std::span<const int> files) const;

 private:
  io::FileDescriptor requests_;
  pid_t maker_ = -1;
};

}  // namespace minbtf::libbpf
