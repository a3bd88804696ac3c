// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/error.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace minbtf {

TEST_CASE("error: the message has the parts that are not empty") {
  const auto message = [](const char* file, const char* where) {
    return std::string(Error(ErrorKind::damaged, file, where, "reason").what());
  };
  CHECK(message("file", "types+0x1c") == "file: types+0x1c: reason");
  CHECK(message("file", "") == "file: reason");
  CHECK(message("", "types+0x1c") == "types+0x1c: reason");
  CHECK(message("", "") == "reason");
}

}  // namespace minbtf
