// SPDX-License-Identifier: BSD-2-Clause
#include "io/interrupt.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <stdexcept>

namespace minbtf::io {

namespace {

constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};

// File that the handler unlinks. The system opens no path that is longer than this array.
std::array<char, PATH_MAX> doomed_path{};
std::atomic<bool> path_is_doomed{false};

/// Text that the handler writes. There are two slots: set() fills the slot that is not shown and then switches an
/// atomic pointer. A handler that runs at any moment finds the old text or the new text, complete.
class ReadyText {
 public:
  void set(std::string_view wanted) {
    Text& next = shown_ == &texts_[0] ? texts_[1] : texts_[0];
    next.size = std::min(wanted.size(), next.bytes.size());
    std::copy_n(wanted.begin(), next.size, next.bytes.begin());
    shown_ = &next;
  }
  void write_to(int fd) const {
    const Text* text = shown_;
    // A failed write is ignored: the process exits next.
    if (text != nullptr && text->size > 0 && ::write(fd, text->bytes.data(), text->size) < 0) return;
  }

 private:
  struct Text {
    std::array<char, 512> bytes{};
    std::size_t size = 0;
  };
  std::array<Text, 2> texts_{};
  std::atomic<const Text*> shown_{nullptr};
};
ReadyText interrupt_stdout;
ReadyText interrupt_message;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<const void*>::is_always_lock_free);

void on_interrupt(int /*signal*/) {
  if (path_is_doomed) ::unlink(doomed_path.data());
  interrupt_message.write_to(STDERR_FILENO);
  interrupt_stdout.write_to(STDOUT_FILENO);
  ::_exit(interrupted_status);
}

sigset_t interrupting_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : signals) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_mask = interrupting_signals();
  for (const int signal : signals) {
    struct sigaction previous {};
    if (::sigaction(signal, nullptr, &previous) == 0 && previous.sa_handler != SIG_IGN) {
      ::sigaction(signal, &action, nullptr);
    }
  }
}

void ignore_interrupts() {
  for (const int signal : signals) std::signal(signal, SIG_IGN);
}

void set_interrupt_stdout(std::string_view text) { interrupt_stdout.set(text); }

void set_interrupt_message(std::string_view text) { interrupt_message.set(text); }

InterruptsBlocked::InterruptsBlocked() {
  const sigset_t set = interrupting_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, &previous_);
}

InterruptsBlocked::~InterruptsBlocked() { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

bool interrupt_is_pending() {
  sigset_t pending;
  if (::sigpending(&pending) != 0) return false;
  return std::ranges::any_of(signals, [&](int signal) {
    // A blocked signal is pending even if the process ignores that signal.
    struct sigaction action {};
    return ::sigismember(&pending, signal) == 1 && ::sigaction(signal, nullptr, &action) == 0 &&
           action.sa_handler != SIG_IGN;
  });
}

RemovedOnInterrupt::RemovedOnInterrupt(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (path_is_doomed || text.size() >= doomed_path.size())
    throw std::logic_error("no room for another unfinished file");
  std::copy_n(text.c_str(), text.size() + 1, doomed_path.begin());
  path_is_doomed = true;
}

RemovedOnInterrupt::~RemovedOnInterrupt() { path_is_doomed = false; }

}  // namespace minbtf::io
