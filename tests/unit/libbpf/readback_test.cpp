// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/readback.hpp"

#include <catch2/catch.hpp>

#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"
#include "support/fixtures.hpp"

using namespace minbtf;
using namespace minbtf::test;

TEST_CASE("readback: libbpf reads valid BTF in either byte order") {
  for (const char* order : {"el", "eb"}) {
    const auto bytes = kernel_btf(order);
    CHECK_NOTHROW(libbpf::parse_back(bytes, Btf::parse(bytes, "kernel").type_count(), "out"));
  }
}

TEST_CASE("readback: libbpf refuses damaged BTF") {
  auto bytes = kernel_btf();
  bytes.resize(bytes.size() - 1);
  try {
    libbpf::parse_back(bytes, 1, "out");
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::internal);
    CHECK_THAT(error.what(), Catch::StartsWith("out: libbpf refuses the result: "));
  }
}

TEST_CASE("readback: libbpf_refusal() returns the system's error text") {
  auto bytes = kernel_btf();
  CHECK(libbpf::libbpf_refusal(bytes).empty());
  bytes.resize(bytes.size() - 1);
  CHECK(libbpf::libbpf_refusal(bytes) == "Invalid argument");
}

TEST_CASE("readback: an unexpected number of types is an error") {
  const auto bytes = kernel_btf();
  const auto types = Btf::parse(bytes, "kernel").type_count();
  CHECK_THROWS_WITH(
      libbpf::parse_back(bytes, types + 1, "out"),
      "out: libbpf reads " + std::to_string(types) + " types where " + std::to_string(types + 1) + " were written");
}

TEST_CASE("readback: the version of libbpf has a major and a minor number") {
  CHECK_THAT(libbpf::libbpf_version(), Catch::Matches("[0-9]+\\.[0-9]+.*"));
}
