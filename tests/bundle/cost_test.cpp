// SPDX-License-Identifier: BSD-2-Clause
// The time of a lookup, and that bundle.h does not allocate memory. cost.c measures both.
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "minbtf/bundle.h"
#include "support/forge/bundle_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

/// Returns a bundle of 5,000 kernels with 90 contents. Each release of Ubuntu occurs in three versions.
std::vector<std::uint8_t> large_bundle() {
  std::vector<ForgedKernel> kernels;
  for (int i = 0; i < 600; ++i) {
    for (const char* version : {"18.04", "20.04", "22.04"}) {
      kernels.push_back({.release = "5.4.0-" + std::to_string(i) + "-generic",
                         .id = "ubuntu",
                         .version_id = version,
                         .content = std::string(2000, static_cast<char>('a' + i / 30)) + version});
    }
  }
  for (int i = 0; i < 3200; ++i) {
    kernels.push_back({.release = "4.18.0-" + std::to_string(i / 20) + "." + std::to_string(i % 20) + ".1.el8.x86_64",
                       .id = "centos",
                       .version_id = "8",
                       .content = std::string(2000, static_cast<char>('A' + i / 106))});
  }
  return forge_bundle(std::move(kernels));
}

/// Returns the numbers that the program prints.
std::map<std::string, double> costs() {
  const TempDir directory;
  const std::vector<std::uint8_t> bundle = large_bundle();
  minbtf_bundle view;
  REQUIRE(minbtf_bundle_open(&view, bundle.data(), bundle.size()) == MINBTF_OK);
  REQUIRE(view.kernels == 5000);
  const CommandResult result =
      run_command({TEST_BUNDLE_COST, directory.write("btfs.bundle", bundle), "x86_64", "5.4.0-300-generic",
                   "5.4.0-300.1-generic", std::string(TEST_SOURCE_DIR) + "/tests/bundle/os-release/ubuntu-20.04"});
  CHECK(result.err.empty());
  REQUIRE(result.status == 0);
  std::printf("%s", result.out.c_str());
  std::map<std::string, double> numbers;
  std::istringstream text(result.out);
  std::string name;
  for (double number = 0; text >> name >> number;) numbers[name] = number;
  return numbers;
}

}  // namespace

TEST_CASE("bundle: a lookup among 5,000 kernels takes less than 50 microseconds, hit or miss, and allocates nothing") {
  const std::map<std::string, double> numbers = costs();
  REQUIRE(numbers.size() == 6);
  CHECK(numbers.at("allocations") == 0);
  CHECK(numbers.at("hit") > 0);
  CHECK(numbers.at("hit") < 50e3);
  CHECK(numbers.at("miss") > 0);
  CHECK(numbers.at("miss") < 50e3);
  // All kernels of the machine are read. It takes half a millisecond.
  CHECK(numbers.at("nearest") < 20e6);
}
