// SPDX-License-Identifier: BSD-2-Clause

#include <catch2/catch.hpp>

#include "libbpf/c_checks.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

/// Returns one of 2^pairs names with the same hash: "Aa" and "BB" have the same hash, and so have all words of equally
/// many such pairs.
std::string colliding(unsigned number, unsigned pairs) {
  std::string name;
  for (unsigned i = 0; i < pairs; ++i) name += (number >> i & 1U) != 0 ? "Aa" : "BB";
  return name;
}

}  // namespace

TEST_CASE("c_names: many names with one hash in libbpf's tables are refused") {
  BtfForge forge;
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  std::vector<ForgedEnumerator> values;
  for (unsigned i = 0; i < 512; ++i) values.push_back({colliding(i, 10), i});
  forge.enumeration("", 4, values);
  CHECK(libbpf::most_names_in_one_place(btf::View::parse(forge.bytes(), "half")) == 512);
  CHECK(error_text([&] { libbpf::CheckForC(btf::View::parse(forge.bytes(), "half")); }) == "no error");
  for (unsigned i = 512; i < 1024; ++i) forge.typedef_(colliding(i, 10), int_);
  const btf::View view = btf::View::parse(forge.bytes(), "all");
  CHECK(libbpf::most_names_in_one_place(view) == 1024);
  CHECK_THAT(error_text([&] { libbpf::CheckForC check(view); }),
             Catch::StartsWith("unsupported: all: its names make libbpf's hash tables slow"));
}

TEST_CASE("c_names: ordinary names spread over libbpf's hash tables") {
  BtfForge forge;
  for (unsigned i = 0; i < 20000; ++i) forge.fwd("name_" + std::to_string(i));
  CHECK(libbpf::most_names_in_one_place(btf::View::parse(forge.bytes(), "many")) < 20);
  CHECK(libbpf::most_names_in_one_place(btf::View::parse(kernel_btf(), "kernel")) < 10);
  CHECK(libbpf::most_names_in_one_place(btf::View::parse(BtfForge().bytes(), "none")) == 0);
}

}  // namespace minbtf::test
