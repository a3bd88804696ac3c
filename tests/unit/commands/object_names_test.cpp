// SPDX-License-Identifier: BSD-2-Clause
#include "commands/objects/object_names.hpp"

#include <catch2/catch.hpp>

namespace minbtf::test {

namespace {

using archive::FoundObject;
using Names = std::vector<std::string>;

FoundObject whole(const std::string& file, const std::string& member = "") {
  FoundObject object;
  object.source = "/src/source.bpf.c";
  object.places.push_back({.file = file, .member = member, .is_whole = true});
  return object;
}

FoundObject embedded(const std::string& source, const std::string& symbol) {
  FoundObject object;
  object.source = source;
  object.places.push_back({.file = "/usr/sbin/tool", .offset = 0x38040, .section = ".rodata", .symbol = symbol});
  return object;
}

Names names_of(const std::vector<FoundObject>& objects) { return cli::object_names(objects); }

}  // namespace

TEST_CASE(
    "object_names: the name is that of the file or member, the source, the symbol, or the program and the offset") {
  CHECK(names_of({whole("dir/a.bpf.o"), whole("lib.a", "b.o"), whole("x.deb", "data.tar.xz:usr/lib/c.o"),
                  whole("dir/d"), embedded("/build/x/opensnoop.bpf.c", "data"), embedded("", "e_bpf"),
                  embedded("", "_binary_f_bpf_o_start"), embedded("", "")}) ==
        Names{"a.bpf.o", "b.o", "c.o", "d.o", "opensnoop.bpf.o", "e_bpf.o", "f_bpf_o.o", "tool-0x38040.o"});
}

TEST_CASE("object_names: names are plain, not hidden, no options, and not long") {
  CHECK(names_of({whole("a b\n\xc3\xa9.o"), whole(".hidden.o"), whole("-o.o"), whole("x/..o"), whole("tar", "..."),
                  embedded("/src/..", "s")}) == Names{"a_b___.o", "_hidden.o", "_o.o", "_.o", "_...o", "_.2.o"});
  const Names names = names_of({whole(std::string(5000, 'x') + ".o"), whole(std::string(5000, 'x') + "y.o")});
  CHECK(names[0] == std::string(200, 'x') + ".o");
  CHECK(names[1] == std::string(200, 'x') + ".2.o");
}

TEST_CASE("object_names: different objects with one name get numbers, also if the numbered name is taken") {
  CHECK(names_of({whole("a/x.o"), whole("b/x.o"), whole("x.3.o"), whole("c/x.o"), whole("x.2.o")}) ==
        Names{"x.o", "x.2.o", "x.3.o", "x.4.o", "x.2.2.o"});
}

}  // namespace minbtf::test
