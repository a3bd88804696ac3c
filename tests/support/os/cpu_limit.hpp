// An end to what may never end: a test that hangs tells nobody what it was doing.
#pragma once

#include <chrono>
#include <string>

namespace minbtf::test {

/// Aborts the process, naming `what`, when this thread of work has used more than `limit` of processor time. Sanitizers
/// get more. One at a time. Processor time rather than time of day: a busy machine is no hang.
class CpuLimit {
 public:
  CpuLimit(std::chrono::milliseconds limit, std::string what);
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
  ~CpuLimit();
};

}  // namespace minbtf::test
