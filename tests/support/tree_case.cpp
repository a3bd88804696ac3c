// SPDX-License-Identifier: BSD-2-Clause
#include "support/tree_case.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/forge/btf_forge.hpp"

namespace fs = std::filesystem;

namespace minbtf::test {

namespace {

constexpr std::uint32_t word_bits = 32;

bool is_unfinished_name(const std::string& name) {
  return name.starts_with('.') && name.find(".min-btf.") != std::string::npos && name.ends_with(".tmp");
}

std::vector<char*> argv_of(std::vector<std::string>& arguments) {
  arguments.insert(arguments.begin(), TEST_BINARY);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  return argv;
}

int status_of(int wait_status) { return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1; }

// Calls `use` with the relative path and the entry of everything below `root`.
template <typename Use>
void for_each_entry(const fs::path& root, Use&& use) {
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    use(entry.path().lexically_relative(root).string(), entry);
  }
}

bool is_over(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == child;
}

// Waits until `wanted` events have been read or the child has ended. Returns the number of events.
std::size_t wait_for_events(int watch, pid_t child, std::size_t wanted) {
  std::size_t seen = 0;
  alignas(inotify_event) std::array<char, 4096> buffer{};
  while (seen < wanted && !is_over(child)) {
    pollfd waiting{watch, POLLIN, 0};
    constexpr int tick_ms = 5;
    ::poll(&waiting, 1, tick_ms);
    const ssize_t got = ::read(watch, buffer.data(), buffer.size());
    for (std::size_t at = 0; got > 0 && at < static_cast<std::size_t>(got); ++seen) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof(event));
      at += sizeof(event) + event.len;
    }
  }
  return seen;
}

bool is_in_something_unfinished(const std::string& path) {
  return std::ranges::any_of(fs::path(path), [](const fs::path& part) { return is_unfinished_name(part.string()); });
}

}  // namespace

std::vector<std::uint8_t> small_kernel(const SmallKernel& kernel) {
  BtfForge btf;
  btf.integer("long", 8, 1);
  const std::uint32_t word = btf.integer("int", 4, 1);
  const std::uint32_t unsigned_word = btf.integer("unsigned int", 4);
  const std::uint32_t task = btf.next_id();
  const std::uint32_t at = word_bits * kernel.task;
  btf.structure("task_struct" + kernel.flavor, 24 + 4 * kernel.task,
                {{"__state", unsigned_word, at},
                 {"pid", word, at + word_bits},
                 {"tgid", word, at + 2 * word_bits},
                 {"real_parent", task + 1, at + 4 * word_bits}});
  btf.ptr(task);
  btf.structure("unasked", 4 * kernel.unasked + 4, {{"last", word, word_bits * kernel.unasked}});
  if (kernel.is_tiny) return btf.bytes();
  std::vector<ForgedMember> members;
  constexpr std::uint32_t asked = 25;
  for (std::uint32_t i = 0; i < asked; ++i) {
    members.push_back({"f" + std::to_string(i), word, word_bits * (kernel.disputed + i)});
  }
  btf.structure("disputed", 4 * (asked + kernel.disputed), members);
  return btf.bytes();
}

std::vector<std::uint8_t> numbered_kernel(std::uint32_t number) {
  return small_kernel({.task = number, .unasked = number});
}

void put(const fs::path& path, std::string_view contents) {
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  out.close();
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

void put(const fs::path& path, std::span<const std::uint8_t> contents) {
  put(path, std::string_view(reinterpret_cast<const char*>(contents.data()), contents.size()));
}

Contents contents_below(const fs::path& root) {
  Contents contents;
  if (!fs::exists(root)) return contents;
  for_each_entry(root, [&](const std::string& path, const fs::directory_entry& entry) {
    if (is_in_something_unfinished(path)) return;
    // A dangling link is not skipped: reading it throws.
    if (entry.is_regular_file() || entry.is_symlink()) contents.emplace(path, contents_of(entry.path()));
  });
  return contents;
}

std::vector<std::string> paths_of(const Contents& contents) {
  std::vector<std::string> paths;
  for (const auto& [path, bytes] : contents) paths.push_back(path);
  return paths;
}

std::vector<std::string> differences(const Contents& found, const Contents& expected) {
  std::vector<std::string> result;
  for (const auto& [path, contents] : expected) {
    const auto entry = found.find(path);
    if (entry == found.end()) {
      result.push_back(path + ": missing");
    } else if (entry->second != contents) {
      result.push_back(path + ": other contents");
    }
  }
  for (const auto& [path, contents] : found) {
    if (!expected.contains(path)) result.push_back(path + ": not expected");
  }
  return result;
}

std::vector<std::string> unfinished(const fs::path& root) {
  std::vector<std::string> paths;
  if (!fs::exists(root)) return paths;
  for_each_entry(root, [&](const std::string& path, const fs::directory_entry& entry) {
    if (is_unfinished_name(entry.path().filename().string())) paths.push_back(path);
  });
  return paths;
}

std::map<std::string, std::string> links_in(const fs::path& root) {
  std::map<std::string, std::string> links;
  for_each_entry(root, [&](const std::string& path, const fs::directory_entry& entry) {
    if (entry.is_symlink()) links.emplace(path, fs::read_symlink(entry.path()).string());
  });
  return links;
}

std::string tar_bytes(const fs::path& root) {
  const CommandResult result = run_command({"tar", "--sort=name", "-C", root.string(), "-cf", "-", "."});
  if (result.status != 0) throw std::runtime_error("tar: " + result.err);
  return result.out;
}

bool is_same_tree(const fs::path& one, const fs::path& other) { return tar_bytes(one) == tar_bytes(other); }

void put_kernels(const fs::path& root, bool change) {
  constexpr std::uint32_t directories = 8;
  constexpr std::uint32_t releases = 12;
  for (std::uint32_t directory = 0; directory < directories; ++directory) {
    const bool is_changed = change && directory + 1 == directories;
    for (std::uint32_t release = 0; release < releases; ++release) {
      const std::uint32_t number = directory * releases + release;
      const std::string name = (is_changed ? "changed-" : "release-") + std::to_string(release) + ".btf";
      // `basic` has 24 distinct results, `ambiguous` 32. Two kernels with equal results for one object can have
      // different results for the other.
      const SmallKernel kernel{.task = number % 24, .disputed = number / 3, .unasked = number};
      put(root / ("distribution-" + std::to_string(directory / 2)) / ("x86_64-" + std::to_string(directory)) / name,
          small_kernel(kernel));
    }
  }
}

TreePlace::TreePlace() { fs::create_directory(in); }

CommandResult TreePlace::gen(std::vector<std::string> more) const {
  more.insert(more.begin(), {"gen", in.string(), out.string(), basic});
  return run_min_btf(std::move(more));
}

MeasuredRun run_measured(std::vector<std::string> arguments) {
  const std::vector<char*> argv = argv_of(arguments);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr || std::freopen("/dev/null", "w", stderr) == nullptr) {
      ::_exit(126);
    }
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) continue;
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  return {.status = status_of(status), .peak_kib = usage.ru_maxrss, .cpu = time(usage.ru_utime) + time(usage.ru_stime)};
}

TerminalRun run_on_terminal(std::vector<std::string> arguments) {
  const std::vector<char*> argv = argv_of(arguments);
  const winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
  if (child < 0) throw std::runtime_error("forkpty");
  if (child == 0) {
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  TerminalRun run;
  std::array<char, 4096> buffer{};
  // After the child has ended, reading fails with EIO.
  for (ssize_t got = 1; got > 0 || (got < 0 && errno == EINTR);) {
    got = ::read(terminal, buffer.data(), buffer.size());
    if (got > 0) run.text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  ::close(terminal);
  run.status = status_of(status);
  return run;
}

CommandResult run_and_signal(const std::vector<std::string>& arguments, std::chrono::microseconds delay, int signal) {
  return run_min_btf(arguments, {.while_running = [&](pid_t child) {
                       std::this_thread::sleep_for(delay);
                       ::kill(child, signal);
                     }});
}

CommandResult run_and_kill_after_moves(const std::vector<std::string>& arguments, const fs::path& root,
                                       std::size_t moves) {
  const int watch = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch < 0) throw std::runtime_error("inotify");
  const auto watch_directory = [watch](const fs::path& path) {
    if (::inotify_add_watch(watch, path.c_str(), IN_MOVED_TO) < 0) throw std::runtime_error("inotify " + path.string());
  };
  watch_directory(root);
  for_each_entry(root, [&](const std::string&, const fs::directory_entry& entry) {
    if (entry.is_directory() && !entry.is_symlink()) watch_directory(entry.path());
  });
  CommandResult result = run_min_btf(arguments, {.while_running = [&](pid_t child) {
                                       const std::size_t seen = wait_for_events(watch, child, moves);
                                       if (seen >= moves) ::kill(child, SIGKILL);
                                     }});
  ::close(watch);
  return result;
}

std::chrono::microseconds time_of(const std::vector<std::string>& arguments) {
  const auto start = std::chrono::steady_clock::now();
  const CommandResult result = run_min_btf(arguments);
  if (result.status != 0) throw std::runtime_error(result.err);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace minbtf::test
