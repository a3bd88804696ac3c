// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/cpu_limit.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "support/os/address_sanitizer.hpp"

namespace minbtf::test {

namespace {

constexpr int allowance = with_address_sanitizer ? 6 : 1;

std::string message;

void set_timer(std::chrono::milliseconds limit) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(limit - seconds);
  itimerval timer{};
  timer.it_value.tv_sec = seconds.count();
  timer.it_value.tv_usec = rest.count();
  setitimer(ITIMER_PROF, &timer, nullptr);
}

void expired(int /*signal*/) {
  // Only functions that are safe in a signal handler.
  const ssize_t written = write(STDERR_FILENO, message.data(), message.size());
  std::signal(SIGABRT, SIG_DFL);
  raise(written < 0 ? SIGKILL : SIGABRT);
}

}  // namespace

CpuLimit::CpuLimit(std::chrono::milliseconds limit, std::string what) {
  message = "\nout of time after " + std::to_string(limit.count() * allowance) + " ms: " + std::move(what) + "\n";
  std::signal(SIGPROF, expired);
  set_timer(limit * allowance);
}

CpuLimit::~CpuLimit() { set_timer(std::chrono::milliseconds(0)); }

}  // namespace minbtf::test
