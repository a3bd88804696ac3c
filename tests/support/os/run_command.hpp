// Runs a program as a shell would, and keeps what it said.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace minbtf::test {

struct CommandResult {
  int status = -1;  ///< exit status, or -1 if a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

struct CommandOptions {
  std::string stdin_path = "/dev/null";
  /// A file that stdout is redirected to, as by `>`; empty for a pipe whose contents become CommandResult::out.
  std::string stdout_path{};
  bool stdout_closed = false;  ///< as by `>&-`
  std::string directory{};     ///< where to run; empty for here
  std::function<void()> in_child{};
  std::function<void(pid_t)> while_running{};
};

/// `arguments[0]` is the program, looked for in PATH. One that does not end within two minutes is killed.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& arguments, const CommandOptions& options = {});

/// Runs `body` in a child process, so that it may change what the whole process shares, and returns its wait status; 99
/// stands for an exception.
[[nodiscard]] int in_child(const std::function<void()>& body);

/// The tool under test.
[[nodiscard]] CommandResult run_min_btf(std::vector<std::string> arguments, const CommandOptions& options = {});

}  // namespace minbtf::test
