// SPDX-License-Identifier: BSD-2-Clause
#include "io/parallel.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace minbtf::io;

namespace {

/// Returns true if the thread leaves at least one of the signals unblocked; nothing if the thread has ended.
std::optional<bool> is_open(const std::filesystem::path& status_file) {
  std::ifstream status(status_file);
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("SigBlk:")) continue;
    const auto mask = std::stoull(line.substr(7), nullptr, 16);
    return std::ranges::any_of(std::array{SIGINT, SIGTERM, SIGHUP},
                               [&](int signal) { return (mask >> (signal - 1) & 1U) == 0; });
  }
  return std::nullopt;
}

/// Returns true if the thread leaves a signal unblocked for a second. An ending thread shows an empty mask for a short
/// time, which does not count.
bool stays_open(const std::filesystem::path& status_file) {
  for (int i = 0; i < 100; ++i) {
    if (!is_open(status_file).value_or(false)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace

TEST_CASE("parallel: every task runs exactly once") {
  for (const std::size_t jobs : {1, 2, 8}) {
    std::vector<std::atomic<int>> runs(500);
    std::size_t index = 0;
    run_tasks(jobs, [&]() -> std::optional<Task> {
      if (index == runs.size()) return std::nullopt;
      return [&runs, mine = index++] { ++runs[mine]; };
    });
    CAPTURE(jobs);
    for (const auto& count : runs) CHECK(count == 1);
  }
}

TEST_CASE("parallel: at most `jobs` tasks exist at once, and several run at the same time") {
  constexpr std::size_t jobs = 4;
  std::atomic<std::size_t> existing{0};
  std::atomic<std::size_t> most{0};
  std::atomic<std::size_t> working{0};
  std::atomic<std::size_t> most_working{0};
  const auto raise = [](std::atomic<std::size_t>& mark, std::size_t value) {
    for (std::size_t old = mark; value > old && !mark.compare_exchange_weak(old, value);) continue;
  };
  int left = 60;
  run_tasks(jobs, [&]() -> std::optional<Task> {
    if (left-- == 0) return std::nullopt;
    raise(most, ++existing);
    return [&] {
      raise(most_working, ++working);
      // Waits for a second thread, since a busy machine may start it late.
      const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
      while (most_working < 2 && std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      --working;
      --existing;
    };
  });
  CHECK(most <= jobs);
  CHECK(most_working > 1);
}

TEST_CASE("parallel: an exception of a task or of the source of tasks reaches the caller") {
  CHECK_THROWS_WITH(run_tasks(2,
                              [left = 10]() mutable -> std::optional<Task> {
                                if (left-- == 0) return std::nullopt;
                                return [] { throw std::runtime_error("a task"); };
                              }),
                    "a task");
  CHECK_THROWS_WITH(run_tasks(2, []() -> std::optional<Task> { throw std::runtime_error("the source"); }),
                    "the source");
}

TEST_CASE("parallel: only the calling thread receives interrupting signals") {
  std::atomic<int> on_caller{0};
  std::atomic<int> open{0};
  const auto caller = std::this_thread::get_id();
  const auto look = [&] {
    if (std::this_thread::get_id() == caller) ++on_caller;
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      if (::sigismember(&blocked, signal) == 0) ++open;
    }
  };
  for (int run = 0; run < 20; ++run) {
    int left = 20;
    run_tasks(4, [&]() -> std::optional<Task> {
      look();
      if (left-- == 0) return std::nullopt;
      return look;
    });
    // All threads that exist now are checked, also those that started too late to run a task.
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
      const bool is_caller = entry.path().filename() == std::to_string(::getpid());
      if (!is_caller && stays_open(entry.path() / "status")) ++open;
    }
  }
  CHECK(on_caller == 0);
  CHECK(open == 0);
  sigset_t blocked;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  CHECK(::sigismember(&blocked, SIGINT) == 0);
}
