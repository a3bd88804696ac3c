// SPDX-License-Identifier: BSD-2-Clause
// Runs a program and collects its output.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace minbtf::test {

struct CommandResult {
  int status = -1;  ///< exit status; -1 if a signal ended the program
  int signal = 0;
  std::string out;
  std::string err;
};

struct CommandOptions {
  std::string stdin_path = "/dev/null";
  /// The file to which standard output is redirected, as by `>`. If empty, standard output is a pipe, whose contents
  /// become CommandResult::out.
  std::string stdout_path{};
  bool stdout_closed = false;  ///< as by `>&-`
  std::string directory{};     ///< working directory; empty: that of the test
  std::function<void()> in_child{};
  std::function<void(pid_t)> while_running{};
};

/// Runs the program `arguments[0]`, which is searched in PATH. The program is killed if it does not end within ten
/// minutes.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& arguments, const CommandOptions& options = {});

/// Runs `body` in a child process, where it may change state of the process, and returns the wait status. The child
/// exits with status 99 if `body` throws.
[[nodiscard]] int in_child(const std::function<void()>& body);

/// Runs the tool under test.
[[nodiscard]] CommandResult run_min_btf(std::vector<std::string> arguments, const CommandOptions& options = {});

}  // namespace minbtf::test
