// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "commands/run.hpp"

namespace {

// The next opened file would get the descriptor of a standard stream that is closed. The reading end of a pipe takes
// its place, so that writing to the stream fails.
void occupy_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    int ends[2];
    if (::pipe(ends) != 0) continue;
    ::close(ends[1]);  // ends[0] is the lowest free number, that of the stream
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  // A closed pipe and a file size limit then make write() fail: the run cleans up and reports an error.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return minbtf::cli::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
