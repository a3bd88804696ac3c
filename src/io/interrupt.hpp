// An interrupted run (SIGINT, SIGTERM, SIGHUP) leaves no unfinished file behind and exits with status 130.
//
// The handler may do only what is async-signal-safe, so everything it needs lies ready in static memory.
#pragma once

#include <csignal>
#include <filesystem>
#include <string_view>

namespace minbtf::io {

inline constexpr int interrupted_status = 130;

/// Installs the handler. A signal that was ignored when the program started (nohup, background jobs) stays ignored.
void handle_interrupts();

/// From now on the signals do nothing: what is being said is the last of the run, and has to be whole and true.
void ignore_interrupts();

/// What an interrupted run still writes to stdout; empty for nothing. Shortened silently at a few hundred bytes.
void set_interrupt_stdout(std::string_view text);

/// What it says on stderr before that; the same holds.
void set_interrupt_message(std::string_view text);

/// The signals wait while one of these lives, if all other threads were made while one lived: threads inherit that.
class InterruptsBlocked {
 public:
  InterruptsBlocked();
  InterruptsBlocked(const InterruptsBlocked&) = delete;
  InterruptsBlocked& operator=(const InterruptsBlocked&) = delete;
  ~InterruptsBlocked();

 private:
  sigset_t previous_{};
};

/// Whether a signal that will end the program waits for the end of a block, so that work which cannot be left half done
/// can be undone before it goes further.
[[nodiscard]] bool interrupt_is_pending();

/// The file is unlinked if the program is interrupted while one of these lives; there is room for one at a time.
class RemovedOnInterrupt {
 public:
  explicit RemovedOnInterrupt(const std::filesystem::path& path);
  RemovedOnInterrupt(const RemovedOnInterrupt&) = delete;
  RemovedOnInterrupt& operator=(const RemovedOnInterrupt&) = delete;
  ~RemovedOnInterrupt();
};

}  // namespace minbtf::io
