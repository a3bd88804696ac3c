// SPDX-License-Identifier: BSD-2-Clause
#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/short_text.hpp"
#include "cli/console.hpp"

namespace minbtf::cli {

namespace {

constexpr std::chrono::milliseconds interval(100);
constexpr std::size_t default_width = 80;
constexpr std::size_t shortest_path = 8;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return default_width;
  return size.ws_col;
}

}  // namespace

std::string progress_text(std::size_t kernels, std::uint64_t done, std::uint64_t total,
                          std::chrono::milliseconds elapsed, const std::string& path, std::size_t width) {
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  const double share = total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  std::string text = fmt::format("{}, {:.0f}%", base::counted(kernels, "kernel"), 100 * share);
  if (seconds > 0) text += fmt::format(", {:.0f}/s", static_cast<double>(kernels) / seconds);
  if (share > 0) {
    const auto left = static_cast<std::uint64_t>(seconds * (1 - share) / share + 0.5);
    text += fmt::format(", {}:{:02} left", left / 60, left % 60);
  }
  text += ": ";
  // The last column stays free: some terminals start a new line once it is written.
  if (width < text.size() + shortest_path) return text.substr(0, width == 0 ? 0 : width - 1);
  const std::size_t room = width - 1 - text.size();
  const std::string shown = printable(path);
  if (shown.size() <= room) return text + shown;
  std::size_t start = shown.size() - (room - 3);
  while (start < shown.size() && (static_cast<unsigned char>(shown[start]) & 0xc0U) == 0x80)
    ++start;  // not into the middle of a character
  return text + "..." + shown.substr(start);
}

Progress::Progress(std::uint64_t total_bytes, bool wanted)
    : total_(total_bytes), shown_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (printed_) print_to_stderr("\r\x1b[K");
}

void Progress::update(std::uint64_t bytes, std::size_t kernels, const std::string& path) {
  if (!shown_) return;
  const auto now = Clock::now();
  if (now - last_ < interval) return;
  last_ = now;
  printed_ = true;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - start_);
  print_to_stderr("\r" + progress_text(kernels, bytes, total_, elapsed, path, terminal_width()) + "\x1b[K");
}

}  // namespace minbtf::cli
