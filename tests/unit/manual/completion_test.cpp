// SPDX-License-Identifier: BSD-2-Clause
#include "manual/completion.hpp"

#include <catch2/catch.hpp>

#include "commands/commands.hpp"

using namespace minbtf;

TEST_CASE("completion: the first statement of a description is offered, without details and lists") {
  const auto brief = [](const char* help) { return manual::brief({"name", "", help}); };
  CHECK(brief("print errors only; the exit status is the result") == "print errors only");
  CHECK(brief("process N kernels at a time (default: all)") == "process N kernels at a time");
  CHECK(brief("print c (default) or json") == "print c or json");
  CHECK(brief("write equal outputs as\n  symlink: links\n  copy: files") == "write equal outputs as");
  CHECK(brief("exit with 3 if a condition\nis met (separated by commas):\n  fails: ...") ==
        "exit with 3 if a condition is met");
  CHECK(brief("if there is none: take\nthe next") == "if there is none: take the next");
}

TEST_CASE("completion: every option of a command has a description") {
  std::size_t options = 0;
  for (const manual::Completed& command : manual::completed_commands()) {
    CAPTURE(command.command);
    CHECK_FALSE(command.purpose.empty());
    for (const cli::OptionSpec& option : command.options) {
      CAPTURE(option.names);
      CHECK(manual::brief(option).size() > 5);
      CHECK(manual::brief(option).find('\n') == std::string::npos);
      ++options;
    }
  }
  CHECK(options > 80);
}
