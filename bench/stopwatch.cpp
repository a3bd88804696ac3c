// SPDX-License-Identifier: BSD-2-Clause
// Runs commands one after the other, as a loop in a shell does, and prints the time and memory of each.
//     stopwatch STDERR_FILE <COMMANDS
// COMMANDS are arguments, each ended by a NUL. An empty argument ends a command. Prints one line for each command: wall
// time and CPU time in nanoseconds, peak resident set in KiB, and exit status (128 + the number of the signal that
// ended the command). The last line is the wall time of all commands.
//
// This is a program and not a part of bench.py: Linux charges a process with the peak memory of the process that forked
// it, and a Python interpreter needs more memory than the measured commands.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

long long nanoseconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

long long nanoseconds(const timeval& time) { return (time.tv_sec * 1'000'000LL + time.tv_usec) * 1000; }

std::vector<std::vector<char*>> commands_in(std::string& text) {
  std::vector<std::vector<char*>> out(1);
  for (std::size_t at = 0; at < text.size(); at += std::strlen(&text[at]) + 1) {
    if (text[at] != '\0') {
      out.back().push_back(&text[at]);
    } else {
      out.back().push_back(nullptr);
      out.emplace_back();
    }
  }
  out.pop_back();
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: stopwatch STDERR_FILE <COMMANDS\n", stderr);
    return 2;
  }
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  std::vector<std::vector<char*>> commands = commands_in(text);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, argv[1], O_WRONLY | O_CREAT | O_APPEND, 0644);

  std::string report;
  const Clock::time_point begin = Clock::now();
  for (std::vector<char*>& command : commands) {
    const Clock::time_point started = Clock::now();
    pid_t child = 0;
    if (const int error = posix_spawnp(&child, command[0], &actions, nullptr, command.data(), environ); error != 0) {
      std::fprintf(stderr, "stopwatch: %s: %s\n", command[0], std::strerror(error));
      return 1;
    }
    int status = 0;
    rusage usage{};
    if (wait4(child, &status, 0, &usage) != child) return 1;
    const int result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    report += std::to_string(nanoseconds(Clock::now() - started)) + ' ' +
              std::to_string(nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)) + ' ' +
              std::to_string(usage.ru_maxrss) + ' ' + std::to_string(result) + '\n';
  }
  std::cout << report << nanoseconds(Clock::now() - begin) << '\n';
}
