// Processes in which libbpf may crash or not come back, and nothing else does.
#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "io/file_descriptor.hpp"

namespace minbtf::libbpf {

/// What came of a process.
struct ProcessEnd {
  std::string text;  ///< what its work said
  std::string lost;  ///< why it said no more: "crashed: Segmentation fault"; empty if it came to its end
};

/// Says something at once, and for good.
using Say = std::function<void(std::string_view text)>;

/// Does `work` in a new process, which may take so many seconds of processor time and ends with this one. To be called
/// in a process of one thread. Throws std::bad_alloc if the work does, Error (internal) if it throws anything else.
[[nodiscard]] ProcessEnd run_apart(const std::function<void(const Say& say)>& work, unsigned cpu_seconds);

/// Within such work: so many seconds from now on.
void allow_cpu(unsigned seconds);

/// Makes processes for a process of many threads, whose own forks could do no more than a signal handler may. To be
/// made while there is one thread.
class ProcessMaker {
 public:
  /// Gets descriptors of its own.
  using Work = std::function<std::string(std::span<const io::FileDescriptor> files)>;

  /// `work` is copied into the process that makes the others. Throws Error (internal).
  explicit ProcessMaker(const Work& work);
  ProcessMaker(const ProcessMaker&) = delete;
  ProcessMaker& operator=(const ProcessMaker&) = delete;
  ~ProcessMaker();

  /// Does the work in a new process of one thread, and returns what it returned. Any number of threads may do so at
  /// once. Throws Error (internal) if nothing came of it.
  [[nodiscard]] std::string run(std::span<const int> files) const;

 private:
  io::FileDescriptor requests_;
  pid_t maker_ = -1;
};

}  // namespace minbtf::libbpf
