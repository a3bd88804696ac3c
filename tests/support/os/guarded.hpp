// One hostile input at a time, within limits: what it may take, and what may come of it.
#pragma once

#include <cstddef>
#include <string>

#include "support/error_text.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/peak_memory.hpp"

namespace minbtf::test {

/// Runs `body`, which returns what is wrong with its result or throws Error. Empty if all is well: no hang, no memory
/// out of proportion to `input_bytes`, no error that is ours, and errors that give a reason. `what` is told before a
/// hang ends the process.
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
