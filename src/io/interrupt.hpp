// SPDX-License-Identifier: BSD-2-Clause
// Interruption by SIGINT, SIGTERM or SIGHUP: an interrupted run leaves no unfinished file and exits with status 130.
//
// A signal handler may only call async-signal-safe functions. All data that the handler needs is therefore prepared in
// static memory.
#pragma once

#include <csignal>
#include <filesystem>
#include <string_view>

namespace minbtf::io {

inline constexpr int interrupted_status = 130;

/// Installs the handler. A signal that was ignored at program start (nohup, background jobs) stays ignored.
void handle_interrupts();

/// Ignores the signals from now on. Called before the last output of the run, which must be complete and must agree
/// with the exit status.
void ignore_interrupts();

/// Sets the text that an interrupted run writes to stdout before it exits. An empty text writes nothing. A text of more
/// than 512 bytes is cut without notice.
void set_interrupt_stdout(std::string_view text);

/// Sets the text that an interrupted run writes to stderr, before the text on stdout. The same rules apply.
void set_interrupt_message(std::string_view text);

/// Blocks the signals in this thread during its lifetime; a signal stays pending until then. The process as a whole
/// does not react to a signal only if all other threads were created while an InterruptsBlocked existed: threads
/// inherit the blocked signals of the thread that creates them.
class InterruptsBlocked {
 public:
  InterruptsBlocked();
  InterruptsBlocked(const InterruptsBlocked&) = delete;
  InterruptsBlocked& operator=(const InterruptsBlocked&) = delete;
  ~InterruptsBlocked();

 private:
  sigset_t previous_{};
};

/// Returns true if a blocked signal is pending that will end the program. Work that must not be left half done can then
/// be undone before the signals are unblocked.
[[nodiscard]] bool interrupt_is_pending();

/// Makes the signal handler unlink the file if the program is interrupted during the lifetime of this object. Only one
/// may exist at a time: the constructor throws std::logic_error for a second one, and for a path over PATH_MAX.
class RemovedOnInterrupt {
 public:
  explicit RemovedOnInterrupt(const std::filesystem::path& path);
  RemovedOnInterrupt(const RemovedOnInterrupt&) = delete;
  RemovedOnInterrupt& operator=(const RemovedOnInterrupt&) = delete;
  ~RemovedOnInterrupt();
};

}  // namespace minbtf::io
