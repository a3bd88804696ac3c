// SPDX-License-Identifier: BSD-2-Clause
#include "elf/machines.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "archive/input/architecture.hpp"

using namespace minbtf;

TEST_CASE("machines: each machine is found by the name of a known architecture") {
  for (const elf::NamedMachine& each : elf::machines) {
    CAPTURE(std::string(each.architecture));
    CHECK(elf::find_machine(each.architecture) == &each.machine);
    const archive::Architecture* const architecture = archive::find_architecture(each.architecture);
    REQUIRE(architecture != nullptr);
    CHECK(architecture->name == each.architecture);
  }
  CHECK(elf::find_machine("s390x")->order == ByteOrder::big);
  CHECK_FALSE(elf::find_machine("i386")->is_64_bit);
  CHECK(elf::find_machine("amd64") == nullptr);
  CHECK(elf::find_machine("") == nullptr);
}
