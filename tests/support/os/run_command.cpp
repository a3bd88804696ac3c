// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/run_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace minbtf::test {

namespace {

// For a program that hangs. Go 1.20 and newer compile their standard library for the first program, which takes minutes
// on a loaded machine.
constexpr auto time_limit = std::chrono::minutes(10);

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(std::size_t end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

// Between fork() and exec() the child has the signal handlers of the test program. They must not run there.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &previous_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

  void unblock_with_default_actions() const {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, SIG_DFL);
    ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
  }

 private:
  sigset_t previous_{};
};

void redirect(int target, const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags, 0666);
  if (fd < 0 || ::dup2(fd, target) < 0) ::_exit(126);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const CommandOptions& options, const Pipe& out,
                         const Pipe& err) {
  redirect(STDIN_FILENO, options.stdin_path, O_RDONLY | O_CLOEXEC);
  ::dup2(err.ends[1], STDERR_FILENO);
  if (options.stdout_closed) {
    ::close(STDOUT_FILENO);
  } else if (!options.stdout_path.empty()) {
    redirect(STDOUT_FILENO, options.stdout_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  } else {
    ::dup2(out.ends[1], STDOUT_FILENO);
  }
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(126);
  if (options.in_child) options.in_child();
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

// Returns true at the end of the stream.
bool drain(int fd, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  return got == 0 || (got < 0 && errno != EINTR);
}

void collect(pid_t child, Pipe& out, Pipe& err, CommandResult& result) {
  const auto deadline = std::chrono::steady_clock::now() + time_limit;
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    std::array<pollfd, 2> waiting{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
    constexpr int tick_ms = 1000;
    ::poll(waiting.data(), waiting.size(), tick_ms);
    if (waiting[0].revents != 0 && drain(out.ends[0], result.out)) out.close(0);
    if (waiting[1].revents != 0 && drain(err.ends[0], result.err)) err.close(0);
    if (std::chrono::steady_clock::now() > deadline) {
      ::kill(child, SIGKILL);
      return;
    }
  }
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& arguments, const CommandOptions& options) {
  Pipe out;
  Pipe err;
  const pid_t child = [&] {
    const SignalsBlocked blocked;
    const pid_t forked = ::fork();
    if (forked == 0) {
      blocked.unblock_with_default_actions();
      become(arguments, options, out, err);
    }
    return forked;
  }();
  if (child < 0) throw std::runtime_error("fork");
  out.close(1);
  err.close(1);
  if (options.while_running) options.while_running(child);
  CommandResult result;
  collect(child, out, err, result);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

CommandResult run_min_btf(std::vector<std::string> arguments, const CommandOptions& options) {
  arguments.insert(arguments.begin(), TEST_BINARY);
  return run_command(arguments, options);
}

int in_child(const std::function<void()>& body) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      body();
    } catch (...) {
      ::_exit(99);
    }
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

}  // namespace minbtf::test
