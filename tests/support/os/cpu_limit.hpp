// SPDX-License-Identifier: BSD-2-Clause
// A time limit for code that may never end. Without it a hanging test does not show what hangs.
#pragma once

#include <chrono>
#include <string>

namespace minbtf::test {

/// Aborts the process and prints `what` if the process uses more than `limit` of processor time during the lifetime of
/// this object. With AddressSanitizer the limit is six times as high. Only one CpuLimit may exist at a time. The limit
/// is processor time, because time of day also passes on a busy machine.
class CpuLimit {
 public:
  CpuLimit(std::chrono::milliseconds limit, std::string what);
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
  ~CpuLimit();
};

}  // namespace minbtf::test
