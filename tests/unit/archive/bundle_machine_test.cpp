// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/bundle_machine.hpp"

#include <catch2/catch.hpp>

using namespace minbtf;
using namespace minbtf::archive;

namespace {

std::string_view architecture_of(std::uint32_t machine) {
  const Architecture* const architecture = architecture_of_machine(machine);
  return architecture == nullptr ? "none" : architecture->name;
}

}  // namespace

TEST_CASE("bundle machine: e_machine, class and byte order of an architecture, and back") {
  struct Row {
    const char* architecture;
    ByteOrder order;
    std::uint32_t machine;
  };
  const auto [name, order, machine] =
      GENERATE(Row{"x86_64", ByteOrder::little, 0x0102003e}, Row{"i386", ByteOrder::little, 0x01010003},
               Row{"arm64", ByteOrder::little, 0x010200b7}, Row{"arm64", ByteOrder::big, 0x020200b7},
               Row{"arm", ByteOrder::little, 0x01010028}, Row{"s390x", ByteOrder::big, 0x02020016},
               Row{"ppc64le", ByteOrder::little, 0x01020015}, Row{"ppc64", ByteOrder::big, 0x02020015},
               Row{"riscv64", ByteOrder::little, 0x010200f3}, Row{"loongarch64", ByteOrder::little, 0x01020102},
               Row{"mips64el", ByteOrder::little, 0x01020008}, Row{"mips64", ByteOrder::big, 0x02020008},
               Row{"sparc64", ByteOrder::big, 0x0202002b});
  CAPTURE(name);
  CHECK(bundle_machine(*find_architecture(name), order) == machine);
  CHECK(architecture_of(machine) == name);
}

TEST_CASE("bundle machine: every architecture has a machine, and an unknown machine has no architecture") {
  for (const Architecture& each : architectures()) {
    CAPTURE(each.name);
    CHECK_NOTHROW(bundle_machine(each, ByteOrder::little));
  }
  CHECK(architecture_of(0) == "none");
  CHECK(architecture_of(0x0101003e) == "none");  // EM_X86_64 with 32 bits
}
