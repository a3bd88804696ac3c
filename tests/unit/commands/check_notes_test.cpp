#include "commands/check/check_text.hpp"

#include <catch2/catch.hpp>

namespace minbtf::test {

using object::WithoutBtf;
using Lines = std::vector<std::string>;

TEST_CASE("check_notes: there are no notes where every object loads without BTF") {
  CHECK(cli::check_notes({.input = "u"}).empty());
  CHECK(cli::check_notes({.input = "u", .names = {"a.o"}, .without_btf = {WithoutBtf::loads}}).empty());
}

TEST_CASE("check_notes: objects are grouped by whether libbpf loads them without BTF, a few by name") {
  const auto some = WithoutBtf::loads_others;
  CHECK(cli::check_notes({.input = "u",
                          .names = {"d/a.o", "b.o", "c.o", "d.o", "e.o", "f.o"},
                          .without_btf = {some, some, WithoutBtf::fails, some, WithoutBtf::loads, some}}) ==
        Lines{"note: where the kernel has no BTF of its own libbpf loads nothing of 4 objects,",
              "      whatever is shipped, unless what attaches by BTF is switched off (see min-btf inspect):",
              "      a.o, b.o, d.o and 1 more",
              "note: where the kernel has no BTF of its own libbpf loads nothing of 1 object,",
              "      whatever is shipped and switched off (see min-btf inspect):", "      c.o"});
}

TEST_CASE("check_notes: objects that take ids of types are named") {
  CHECK(cli::check_notes({.input = "u", .names = {"a.o"}, .takes_type_ids = {false}}).empty());
  CHECK(cli::check_notes({.input = "u", .names = {"d/a.o", "b.o"}, .takes_type_ids = {true, true}}) ==
        Lines{"note: 2 objects take ids of types (bpf_core_type_id_kernel()); with a shipped BTF they are not",
              "      the kernel's:", "      a.o, b.o"});
}

TEST_CASE("check_notes: kernels with two equal files are named") {
  CHECK(cli::check_notes({.input = "u", .repeated = {"d/1.1.btf", "d/1.2.btf"}}) ==
        Lines{"note: two files that come to the same stand for 2 kernels, which count once:",
              "      d/1.1.btf, d/1.2.btf"});
}

}  // namespace minbtf::test
