// SPDX-License-Identifier: BSD-2-Clause
// Runs one hostile input within limits of time and memory, and checks its errors.
#pragma once

#include <cstddef>
#include <string>

#include "support/error_text.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/peak_memory.hpp"

namespace minbtf::test {

/// Runs `body`, which returns what is wrong with its result, or throws Error. Returns what is wrong; empty if `body`
/// does not hang, takes no more memory than in_proportion(input_bytes), and throws no Error that is internal or has no
/// reason. If `body` hangs, the process prints `what` and aborts.
template <typename Body>
std::string wrong_with(const std::string& what, std::size_t input_bytes, Body&& body) {
  using std::chrono_literals::operator""ms;
  const CpuLimit limit(2000ms, what);
  const PeakMemory peak;
  std::string wrong;
  const std::string error = error_text([&] { wrong = body(); });
  if (error.starts_with("internal: ")) wrong = error;
  if (error.ends_with(": ")) wrong = "an error without a reason";
  if (peak.bytes() > in_proportion(input_bytes)) wrong = std::to_string(peak.bytes()) + " bytes of memory";
  return wrong.empty() ? "" : what + ": " + wrong;
}

}  // namespace minbtf::test
