// SPDX-License-Identifier: BSD-2-Clause
#include "cli/progress.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::cli;
using std::chrono::milliseconds;

TEST_CASE("progress: the text has kernels, percentage, speed, time left and path") {
  CHECK(progress_text(12, 50, 200, milliseconds(4000), "a/b.btf", 80) == "12 kernels, 25%, 3/s, 0:12 left: a/b.btf");
  CHECK(progress_text(3000, 10, 100, milliseconds(60000), "x", 80) == "3000 kernels, 10%, 50/s, 9:00 left: x");
  CHECK(progress_text(0, 0, 100, milliseconds(0), "x", 80) == "0 kernels, 0%: x");
  CHECK(progress_text(1, 0, 0, milliseconds(1000), "x", 80) == "1 kernel, 100%, 1/s, 0:00 left: x");
}

TEST_CASE("progress: the line fits the terminal") {
  const std::string path = "ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz";
  const std::string line = progress_text(12, 50, 200, milliseconds(4000), path, 60);
  CHECK(line.size() == 59);
  CHECK(line == "12 kernels, 25%, 3/s, 0:12 left: ...0-42-generic.btf.tar.xz");
  CHECK(progress_text(12, 50, 200, milliseconds(4000), path, 20).size() == 19);
  CHECK(progress_text(12, 50, 200, milliseconds(4000), path, 0).empty());
  // UTF-8 characters are not split: five bytes are left for characters of two bytes.
  CHECK(progress_text(12, 50, 200, milliseconds(4000), "üüüüüüüü.btf", 46) ==
        "12 kernels, 25%, 3/s, 0:12 left: ...üü.btf");
  CHECK(progress_text(1, 1, 2, milliseconds(1000), "a\nb\x1b", 80).ends_with("a\\x0ab\\x1b"));
}
