// SPDX-License-Identifier: BSD-2-Clause
#include "support/os/skip.hpp"

#include <iostream>

namespace minbtf::test {

namespace {

bool skipped = false;

}  // namespace

void skip_test(const std::string& why) {
  skipped = true;
  std::cout << "SKIPPED: " << why << std::endl;
}

bool some_test_was_skipped() noexcept { return skipped; }

}  // namespace minbtf::test
