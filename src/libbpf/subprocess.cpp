// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/subprocess.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "io/interrupt.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/write_all.hpp"
#include "minbtf/error.hpp"

namespace minbtf::libbpf {

namespace {

constexpr int memory_status = 2;  ///< exit status of a process that ran out of memory
constexpr std::size_t most_files = 8;

[[noreturn]] void fail(const std::string& reason) { throw Error(ErrorKind::internal, "--oracle=libbpf", "", reason); }
[[noreturn]] void fail_to_start() { fail("cannot start a process: " + io::system_reason(errno)); }

struct Pipe {
  io::FileDescriptor out;
  io::FileDescriptor in;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_to_start();
  return {io::FileDescriptor(ends[0]), io::FileDescriptor(ends[1])};
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 65536> part;
  for (;;) {
    const ssize_t size = ::read(fd, part.data(), part.size());
    if (size == 0) return text;
    if (size > 0) {
      text.append(part.data(), static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      fail("cannot read from a process: " + io::system_reason(errno));
    }
  }
}

/// Ends this process when its parent ends.
void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // the parent ended before prctl()
}

/// Does the work, writes its output to `fd`, and exits.
[[noreturn]] void answer(const std::function<void(const Say& say)>& work, int fd) {
  try {
    work([fd](std::string_view text) {
      io::write_all(fd, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "a pipe");
    });
    ::_exit(0);
  } catch (const std::bad_alloc&) {
    ::_exit(memory_status);
  } catch (...) {
    ::_exit(1);
  }
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("cannot wait for a process: " + io::system_reason(errno));
  }
  return status;
}

std::string reason_of(int signal, unsigned cpu_seconds) {
  if (signal == SIGXCPU) return "did not come back within " + std::to_string(cpu_seconds) + " s of processor time";
  return std::string(signal == SIGKILL ? "killed: " : "crashed: ") + ::strsignal(signal);
}

/// Buffers for the control message that passes descriptors.
struct Envelope {
  char byte = 0;
  iovec contents = {.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(most_files * sizeof(int))> control{};
  msghdr header = {};

  Envelope() {
    header.msg_iov = &contents;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

bool send_files(int socket, std::span<const int> files) {
  Envelope envelope;
  envelope.header.msg_controllen = CMSG_SPACE(files.size_bytes());
  cmsghdr* const message = CMSG_FIRSTHDR(&envelope.header);
  message->cmsg_level = SOL_SOCKET;
  message->cmsg_type = SCM_RIGHTS;
  message->cmsg_len = CMSG_LEN(files.size_bytes());
  std::memcpy(CMSG_DATA(message), files.data(), files.size_bytes());
  while (::sendmsg(socket, &envelope.header, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

/// Returns the descriptors of the next request; none if the other end is closed.
std::vector<io::FileDescriptor> receive_files(int socket) {
  Envelope envelope;
  while (::recvmsg(socket, &envelope.header, MSG_CMSG_CLOEXEC) < 0) {
    if (errno != EINTR) return {};
  }
  std::vector<io::FileDescriptor> files;
  const cmsghdr* const message = CMSG_FIRSTHDR(&envelope.header);
  if (message == nullptr) return files;
  std::array<int, most_files> numbers{};
  const std::size_t bytes = message->cmsg_len - CMSG_LEN(0);
  std::memcpy(numbers.data(), CMSG_DATA(message), bytes);
  for (std::size_t i = 0; i < bytes / sizeof(int); ++i) files.emplace_back(numbers[i]);
  return files;
}

/// Starts a process for each request, until the other end of `socket` is closed.
[[noreturn]] void serve(int socket, const ProcessMaker::Work& work) {
  std::signal(SIGCHLD, SIG_IGN);  // the system reaps the children
  const pid_t self = ::getpid();
  for (;;) {
    std::vector<io::FileDescriptor> files = receive_files(socket);
    if (files.empty()) ::_exit(0);
    // If fork() fails, the pipe closes without text, and ProcessMaker::run() reports it.
    if (::fork() != 0) continue;
    end_with(self);
    ::close(socket);
    std::signal(SIGCHLD, SIG_DFL);
    const io::FileDescriptor out = std::move(files.back());
    files.pop_back();
    answer([&](const Say& say) { say(work(files)); }, out.get());
  }
}

}  // namespace

void allow_cpu(unsigned seconds) {
  rusage used{};
  rlimit limit{};
  if (::getrusage(RUSAGE_SELF, &used) != 0 || ::getrlimit(RLIMIT_CPU, &limit) != 0) return;
  const rlim_t until = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + seconds;
  limit.rlim_cur = std::min(limit.rlim_max, until);
  ::setrlimit(RLIMIT_CPU, &limit);
}

ProcessEnd run_apart(const std::function<void(const Say& say)>& work, unsigned cpu_seconds) {
  Pipe pipe = make_pipe();
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail_to_start();
  if (child == 0) {
    end_with(self);
    allow_cpu(cpu_seconds);
    // Removes the handlers of sanitizers, which would report the crash.
    for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(crash, SIG_DFL);
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    answer(work, pipe.in.get());
  }
  pipe.in.close();
  ProcessEnd end{.text = read_all(pipe.out.get()), .lost = {}};
  const int status = wait_for(child);
  if (WIFSIGNALED(status)) end.lost = reason_of(WTERMSIG(status), cpu_seconds);
  if (!end.lost.empty()) return end;
  if (WEXITSTATUS(status) == memory_status) throw std::bad_alloc();
  if (WEXITSTATUS(status) != 0) fail("a process failed");
  return end;
}

ProcessMaker::ProcessMaker(const Work& work) : requests_(-1) {
  std::array<int, 2> ends{};
  // A socket that keeps messages apart: several threads send on it.
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) fail_to_start();
  requests_ = io::FileDescriptor(ends[0]);
  const io::FileDescriptor other(ends[1]);
  const pid_t self = ::getpid();
  maker_ = ::fork();
  if (maker_ < 0) fail_to_start();
  if (maker_ != 0) return;
  io::ignore_interrupts();  // this process ends with its parent, which handles interrupts
  end_with(self);
  requests_.close();
  serve(other.get(), work);
}

ProcessMaker::~ProcessMaker() {
  requests_.close();
  while (::waitpid(maker_, nullptr, 0) < 0 && errno == EINTR) continue;
}

std::string ProcessMaker::run(std::span<const int> files) const {
  Pipe pipe = make_pipe();
  std::vector<int> all(files.begin(), files.end());
  all.push_back(pipe.in.get());
  if (!send_files(requests_.get(), all)) fail("lost the process that runs libbpf");
  pipe.in.close();
  std::string text = read_all(pipe.out.get());
  if (text.empty()) fail("lost a process that runs libbpf");
  return text;
}

}  // namespace minbtf::libbpf
