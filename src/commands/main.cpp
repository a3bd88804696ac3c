#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "commands/run.hpp"

namespace {

// A standard stream that was closed would be taken by the next file that is opened. A pipe's reading end in its place
// makes what is written to it fail, as it should.
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
  // A reader that went away and a file size limit are errors with a message, not the end without cleaning up.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  return minbtf::cli::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
