// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check_text.hpp"

#include <catch2/catch.hpp>

namespace minbtf::test {

using Lines = std::vector<std::string>;

TEST_CASE("check_notes: objects that load on a kernel without BTF have no note") {
  CHECK(cli::check_notes({.input = "u"}).empty());
  CHECK(cli::check_notes({.input = "u", .names = {"a.o"}, .without_btf = {WithoutBtf::loads}}).empty());
}

TEST_CASE("check_notes: objects are grouped by what libbpf needs to load them without BTF, and three are named") {
  const auto some = WithoutBtf::loads_others;
  CHECK(cli::check_notes({.input = "u",
                          .names = {"d/a.o", "b.o", "c.o", "d.o", "e.o", "f.o"},
                          .without_btf = {some, some, WithoutBtf::fails, some, WithoutBtf::loads, some}}) ==
        Lines{"note: on a kernel without BTF, libbpf refuses 4 objects, even with a shipped BTF.",
              "      The programs that attach by BTF have to be switched off (see min-btf inspect):",
              "      a.o, b.o, d.o and 1 more",
              "note: on a kernel without BTF, libbpf refuses 1 object, even with a shipped BTF.",
              "      Switching programs off does not help (see min-btf inspect):", "      c.o"});
}

TEST_CASE("check_notes: objects that use ids of kernel types are named") {
  CHECK(cli::check_notes({.input = "u", .names = {"a.o"}, .takes_type_ids = {false}}).empty());
  CHECK(cli::check_notes({.input = "u", .names = {"d/a.o", "b.o"}, .takes_type_ids = {true, true}}) ==
        Lines{"note: 2 objects use ids of kernel types (bpf_core_type_id_kernel()). With a shipped BTF,",
              "      libbpf inserts the ids of that BTF, which are not the kernel's:", "      a.o, b.o"});
  CHECK(cli::check_notes({.input = "u", .names = {"d/a.o"}, .takes_type_ids = {true}}).front() ==
        "note: 1 object uses ids of kernel types (bpf_core_type_id_kernel()). With a shipped BTF,");
}

TEST_CASE("check_notes: kernels with two equal files are named") {
  CHECK(
      cli::check_notes({.input = "u", .repeated = {"d/1.1.btf", "d/1.2.btf"}}) ==
      Lines{"note: 2 kernels have two files each, with equal outcomes, and count once:", "      d/1.1.btf, d/1.2.btf"});
  CHECK(cli::check_notes({.input = "u", .repeated = {"d/1.1.btf"}}) ==
        Lines{"note: 1 kernel has two files with equal outcomes, and counts once:", "      d/1.1.btf"});
}

}  // namespace minbtf::test
