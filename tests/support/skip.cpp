#include "support/skip.hpp"

#include <unistd.h>
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace minbtf::test {

namespace {

bool skipped = false;
bool failed = false;

// Catch2's exit status is the number of failed assertions: four of them would be taken for a skipped test.
void correct_exit_status() {
  std::cout.flush();
  std::fflush(nullptr);
  if (failed) _exit(1);
  if (skipped) _exit(4);
}

struct ExitStatus : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testRunStarting(const Catch::TestRunInfo&) override { std::atexit(correct_exit_status); }
  void testRunEnded(const Catch::TestRunStats& stats) override { failed = stats.totals.assertions.failed != 0; }
};

CATCH_REGISTER_LISTENER(ExitStatus)

}  // namespace

void skip_test(const std::string& why) {
  skipped = true;
  std::cout << "SKIPPED: " << why << std::endl;
}

}  // namespace minbtf::test
