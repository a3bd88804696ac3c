// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "minbtf/version.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;

TEST_CASE("version: the library and the tool have the version of the CMake project") {
  const std::string version = minbtf::version();
  CHECK(std::ranges::count(version, '.') == 2);
  CHECK(contents_of(std::filesystem::path(TEST_SOURCE_DIR) / "CMakeLists.txt")
            .find("project(min-btf VERSION " + version + " ") != std::string::npos);
  const CommandResult printed = run_command({TEST_BINARY, "--version"});
  CHECK(printed.status == 0);
  CHECK(printed.out.starts_with("min-btf " + version + " "));
}
