// SPDX-License-Identifier: BSD-2-Clause
// The progress of a long run, in one line on a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace minbtf::cli {

/// Returns "12 kernels, 34%, 150/s, 1:05 left: ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz", cut to less than
/// `width` columns. `path` is shortened at its front. `done` and `total` are bytes of the input.
[[nodiscard]] std::string progress_text(std::size_t kernels, std::uint64_t done, std::uint64_t total,
                                        std::chrono::milliseconds elapsed, const std::string& path, std::size_t width);

class Progress {
 public:
  /// The line is shown if `wanted`, and if standard error is a terminal.
  Progress(std::uint64_t total_bytes, bool wanted);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Removes the line.
  ~Progress();

  /// Prints the line, at most ten times a second. Only one thread may call it at a time.
  void update(std::uint64_t bytes, std::size_t kernels, const std::string& path);

 private:
  using Clock = std::chrono::steady_clock;

  std::uint64_t total_;
  bool shown_;
  bool printed_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
};

}  // namespace minbtf::cli
