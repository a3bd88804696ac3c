// SPDX-License-Identifier: BSD-2-Clause
// The normal form: kernels that differ only in parts that no question reads have equal reduced BTF. Each kernel is also
// reduced twice, and resolved by libbpf on both BTFs (support/core_case.hpp).
#include "minimize/reduce/normalize.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;
using Make = std::function<void(BtfForge&)>;

std::uint32_t signed_int(BtfForge& f) { return f.integer("int", 4, 1); }

/// An object: its local type, what it asks, and the answers that all kernels of a test give.
struct Asker {
  std::function<std::uint32_t(BtfForge&)> local;
  std::vector<Ask> asks;
  std::string answers;
};

Case row_of(const Asker& asker, const Make& kernel) {
  return {.name = "normal form", .local = asker.local, .target = kernel, .asks = asker.asks, .expected = asker.answers};
}

std::vector<std::uint8_t> reduced(const Asker& asker, const Make& kernel, Layout layout = Layout::normal) {
  const Built built = build(row_of(asker, kernel));
  const Plan plan({BpfObject::parse(built.object, "object")}, {}, layout);
  return plan.minimize(Btf::parse(built.target, "kernel")).bytes;
}

/// Two kernels that differ only in what is not read: their files are equal. With Layout::kernel they are not.
void check_same(const Asker& asker, const Make& one, const Make& other) {
  check(row_of(asker, one));
  check(row_of(asker, other));
  CHECK(reduced(asker, one) == reduced(asker, other));
  CHECK(reduced(asker, one, Layout::kernel) != reduced(asker, other, Layout::kernel));
}

/// Returns the reduced BTF as text, with a line for each type: kind, name, size, and elements.
std::string text_of(const Asker& asker, const Make& kernel) {
  check(row_of(asker, kernel));
  const auto view = btf::View::parse(reduced(asker, kernel), "reduced");
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  std::string out;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    out += number(id) + " " + std::string(btf::shape(type.kind).name);
    if (type.name_off != 0) out += " " + std::string(view.string(type.name_off));
    if (btf::shape(type.kind).third == btf::Third::size) out += " size " + number(type.size_or_type);
    if (btf::shape(type.kind).third == btf::Third::type) out += " to " + number(type.size_or_type);
    if (type.kind == btf::Kind::int_) out += " encoding " + number(btf::int_encoding(view.info_word(type)));
    if (btf::is_any_enum(type.kind) && type.kind_flag) out += " signed";
    if (type.kind == btf::Kind::array) {
      const auto array = view.array(type);
      out += " of " + number(array.nelems) + " x " + number(array.type) + " by " + number(array.index_type);
    }
    for (std::uint32_t i = 0; btf::is_composite(type.kind) && i < type.vlen; ++i) {
      const auto member = view.member(type, i);
      out += ", " + std::string(view.string(member.name_off)) + " " + number(member.type) + " at " +
             number(member.bit_offset);
      if (member.bitfield_size != 0) out += ":" + number(member.bitfield_size);
    }
    for (std::uint32_t i = 0; btf::is_any_enum(type.kind) && i < type.vlen; ++i) {
      const auto enumerator = view.enumerator(type, i);
      out += ", " + std::string(view.string(enumerator.name_off)) + " " +
             std::to_string(static_cast<std::int64_t>(enumerator.value));
    }
    out += "\n";
  }
  return out;
}

/// struct s { int a; int b; }
std::uint32_t local_ab(BtfForge& f) {
  const auto i = signed_int(f);
  return f.structure("s", 8, {{"a", i, 0}, {"b", i, 32}});
}

Ask offset(std::string access) { return {.kind = K::field_byte_offset, .access = std::move(access)}; }
Ask size(std::string access) { return {.kind = K::field_byte_size, .access = std::move(access)}; }
Ask exists(std::string access) { return {.kind = K::field_exists, .access = std::move(access)}; }

}  // namespace

TEST_CASE("normalize: typedefs, qualifiers and type tags before a member's type are left out", "[normalize]") {
  const Asker asker = {local_ab, {offset("0:1")}, "4"};
  const auto plain = [](BtfForge& f) { f.structure("s", 8, {{"b", signed_int(f), 32}}); };
  const auto chain = [](BtfForge& f) {
    const auto tagged = f.type_tag("user", f.volatile_(f.typedef_("s32", f.const_(signed_int(f)))));
    f.structure("s", 8, {{"b", tagged, 32}});
  };
  check_same(asker, plain, chain);
  CHECK(text_of(asker, chain) ==
        "1 int int size 4 encoding 1\n"
        "2 struct s size 8, b 1 at 32\n");
}

TEST_CASE("normalize: a typedef that is asked for stays", "[normalize]") {
  const Asker asker = {[](BtfForge& f) { return f.typedef_("t", signed_int(f)); }, {{.kind = K::type_size}}, "4"};
  const auto kernel = [](BtfForge& f) { f.typedef_("t", f.const_(f.typedef_("u", f.integer("unsigned int", 4)))); };
  check_same(asker, kernel, [](BtfForge& f) { f.typedef_("t", signed_int(f)); });
  CHECK(text_of(asker, kernel) ==
        "1 int int size 4 encoding 1\n"
        "2 typedef t to 1\n");
}

TEST_CASE("normalize: anonymous members become members of the type that holds them", "[normalize]") {
  const Asker asker = {local_ab, {offset("0:0"), offset("0:1")}, "4; 8"};
  const auto nested = [](BtfForge& f) {
    const auto i = signed_int(f);
    const auto inner = f.union_("", 4, {{"x", i, 0}, {"b", i, 0}});
    const auto outer = f.structure("", 8, {{"a", i, 0}, {"", f.const_(inner), 32}});
    f.structure("s", 16, {{"before", i, 0}, {"", outer, 32}, {"after", i, 96}});
  };
  const auto flat = [](BtfForge& f) {
    const auto i = signed_int(f);
    f.structure("s", 16, {{"before", i, 0}, {"a", i, 32}, {"b", i, 64}, {"after", i, 96}});
  };
  check_same(asker, nested, flat);
  CHECK(text_of(asker, nested) ==
        "1 int int size 4 encoding 1\n"
        "2 struct s size 12, a 1 at 32, b 1 at 64\n");
}

TEST_CASE("normalize: type_matches reads anonymous members, names and sizes as they stand", "[normalize]") {
  const auto local = [](BtfForge& f) {
    const auto inner = f.structure("", 4, {{"a", signed_int(f), 0}});
    return f.structure("s", 4, {{"", inner, 0}});
  };
  const Asker asker = {local, {{.kind = K::type_matches}}, "1"};
  CHECK(text_of(asker,
                [](BtfForge& f) {
                  const auto inner = f.structure("", 8, {{"a", f.typedef_("s32", signed_int(f)), 32}});
                  f.structure("s", 16, {{"", inner, 64}});
                }) ==
        "1 int int size 4 encoding 1\n"
        "2 struct size 4, a 1 at 0\n"
        "3 struct s size 4,  2 at 0\n");
}

TEST_CASE("normalize: a name that occurs twice keeps anonymous members and their order", "[normalize]") {
  // libbpf finds the first `b`, whose type is not compatible, and goes on behind the anonymous member.
  const Asker asker = {local_ab, {exists("0:1")}, "1"};
  const auto kernel = [](BtfForge& f) {
    const auto i = signed_int(f);
    const auto part = f.structure("", 8, {{"b", f.ptr(0), 0}});
    f.structure("s", 16, {{"", part, 0}, {"b", i, 64}});
  };
  check(row_of(asker, kernel));
}

TEST_CASE("normalize: a flexible array stays the last member of its own type", "[normalize]") {
  const auto local = [](BtfForge& f) {
    return f.structure("s", 16, {{"b", f.array(signed_int(f), signed_int(f), 4), 0}});
  };
  const auto kernel = [](BtfForge& f) {
    const auto i = signed_int(f);
    const auto part = f.structure("", 4, {{"n", i, 0}, {"b", f.array(i, i, 0), 32}});
    f.structure("s", 16, {{"", part, 0}, {"after", i, 64}});
  };
  CHECK(text_of({local, {offset("0:0:3")}, "16"}, kernel) ==
        "1 int int size 4 encoding 1\n"
        "2 array of 0 x 1 by 1\n"
        "3 struct size 4, b 2 at 32\n"
        "4 struct s size 4,  3 at 0\n");
}

TEST_CASE("normalize: an INT has no name, size or encoding that nothing reads", "[normalize]") {
  const auto with = [](std::string name, std::uint32_t bytes, std::uint32_t encoding) {
    return [=](BtfForge& f) { f.structure("s", 16, {{"b", f.integer(name, bytes, encoding), 32}}); };
  };
  check_same({local_ab, {exists("0:1")}, "1"}, with("char", 1, 0), with("unsigned long", 8, 0));
  check_same({local_ab, {size("0:1")}, "8"}, with("long int", 8, 1), with("u64", 8, 0));
  check_same({local_ab, {{.kind = K::field_signed, .access = "0:1"}}, "0"}, with("unsigned char", 1, 0),
             with("long unsigned int", 8, 0));
  // A load of an INT of the local size reads the size, and nothing else.
  check_same({local_ab, {{.kind = K::field_byte_offset, .access = "0:1", .load = 4}}, "4 load 4"}, with("int", 4, 1),
             with("unsigned int", 4, 0));
  const Asker signs = {local_ab, {{.kind = K::field_signed, .access = "0:1"}, size("0:1")}, "0; 2"};
  CHECK(text_of(signs, with("u16", 2, 0)) ==
        "1 int unsigned short size 2 encoding 0\n"
        "2 struct s size 2, b 1 at 0\n");
}

TEST_CASE("normalize: a load of another size reads the encoding of an INT", "[normalize]") {
  const auto local = [](BtfForge& f) { return f.structure("s", 4, {{"b", f.integer("unsigned int", 4), 0}}); };
  const auto with = [](std::uint32_t encoding) {
    return [=](BtfForge& f) { f.structure("s", 16, {{"b", f.integer("word", 8, encoding), 0}}); };
  };
  const Ask load = {.kind = K::field_byte_offset, .access = "0:0", .load = 4};
  CHECK(text_of({local, {load}, "0 load 8"}, with(0)) ==
        "1 int unsigned long long size 8 encoding 0\n"
        "2 struct s size 8, b 1 at 0\n");
  CHECK(text_of({local, {load}, "poison"}, with(1)) ==
        "1 int long long size 8 encoding 1\n"
        "2 struct s size 8, b 1 at 0\n");
}

TEST_CASE("normalize: an INT that is asked for by its name keeps it, and others do not get it", "[normalize]") {
  const auto local = [](BtfForge& f) {
    f.structure("s", 4, {{"a", f.integer("x", 4, 1), 0}});
    return f.integer("char", 1, 1);
  };
  const Asker asker = {
      local, {{.kind = K::type_exists}, {.kind = K::field_exists, .access = "0:0", .type = 2}}, "0; 1"};
  CHECK(text_of(asker,
                [](BtfForge& f) {
                  f.structure("s", 4, {{"a", f.integer("y", 4, 1), 0}});
                }) ==
        "1 int size 1 encoding 1\n"
        "2 struct s size 1, a 1 at 0\n");
}

TEST_CASE("normalize: sizes that nothing reads are the smallest that hold the members", "[normalize]") {
  const Asker asker = {local_ab, {offset("0:1")}, "8"};
  const auto of_size = [](std::uint32_t bytes) {
    return [=](BtfForge& f) { f.structure("s", bytes, {{"b", signed_int(f), 64}}); };
  };
  check_same(asker, of_size(12), of_size(4216));
  const Asker sizes = {local_ab, {offset("0:1"), {.kind = K::type_size, .access = "0"}}, "8; 4216"};
  CHECK(text_of(sizes, of_size(4216)) ==
        "1 int int size 4 encoding 1\n"
        "2 struct s size 4216, b 1 at 64\n");
  // The second element of an array of s lies behind the first.
  CHECK(text_of({local_ab, {offset("1:1")}, "4224"}, of_size(4216)) ==
        "1 int int size 4 encoding 1\n"
        "2 struct s size 4216, b 1 at 64\n");
}

TEST_CASE("normalize: an array has the smallest length that is enough", "[normalize]") {
  const auto local = [](BtfForge& f) {
    return f.structure("s", 16, {{"a", f.array(signed_int(f), signed_int(f), 4), 0}});
  };
  const auto of_length = [](std::uint32_t count) {
    return [=](BtfForge& f) {
      const auto i = signed_int(f);
      f.structure("s", 256, {{"a", f.array(i, f.integer("__ARRAY_SIZE_TYPE__", 4), count), 64}, {"z", i, 1024}});
    };
  };
  check_same({local, {exists("0:0")}, "1"}, of_length(4), of_length(16));
  check_same({local, {offset("0:0:2")}, "16"}, of_length(3), of_length(16));
  CHECK(text_of({local, {offset("0:0:2"), size("0:0")}, "16; 64"}, of_length(16)) ==
        "1 int int size 4 encoding 1\n"
        "2 array of 16 x 1 by 1\n"
        "3 struct s size 72, a 2 at 64\n");
}

TEST_CASE("normalize: the offset of a member is kept if an answer depends on it", "[normalize]") {
  const auto at = [](std::uint32_t bits) {
    return [=](BtfForge& f) { f.structure("s", 64, {{"b", signed_int(f), bits}}); };
  };
  check_same({local_ab, {exists("0:1")}, "1"}, at(32), at(128));
  check_same({local_ab, {size("0:1")}, "4"}, at(32), at(128));
}

TEST_CASE("normalize: candidates that disagree about an offset stay ambiguous", "[normalize]") {
  const Asker asker = {local_ab, {exists("0:1")}, "failed: ambiguous: candidates disagree about the offset"};
  const auto kernel = [](BtfForge& f) {
    const auto i = signed_int(f);
    f.structure("s", 8, {{"b", i, 32}});
    f.structure("s___other", 16, {{"b", i, 64}});
  };
  check(row_of(asker, kernel));
}

TEST_CASE("normalize: bitfields keep offset, width and the size of their type", "[normalize]") {
  const auto local = [](BtfForge& f) { return f.structure("s", 4, {{"b", signed_int(f), 0, 3}}); };
  const auto kernel = [](BtfForge& f) {
    const auto part = f.structure("", 4, {{"b", f.typedef_("u32", f.integer("unsigned int", 4)), 5, 3}});
    f.structure("s", 8, {{"", part, 32}});
  };
  CHECK(text_of({local, {offset("0:0"), {.kind = K::field_rshift_u64, .access = "0:0"}}, "4; 61"}, kernel) ==
        "1 int int size 4 encoding 1\n"
        "2 struct s size 8, b 1 at 37:3\n");
}

TEST_CASE("normalize: an enum keeps the name that the object compares, and values that it asks", "[normalize]") {
  const auto local = [](BtfForge& f) {
    const auto e = f.enumeration("e", 4, {{"X", 0}, {"Y", 1}});
    f.structure("s", 4, {{"a", e, 0}});
    return e;
  };
  const auto kernel = [](std::int64_t x, bool is_signed) {
    return [=](BtfForge& f) {
      const auto e = f.enumeration("e", 4, {{"Z", 5}, {"Y", 7}, {"X", x}}, is_signed);
      f.structure("s", 4, {{"a", e, 0}});
    };
  };
  const Ask has_x = {.kind = K::enumval_exists, .access = "0"};
  const Ask y = {.kind = K::enumval_value, .access = "1"};
  check_same({local, {has_x, y}, "1; 7"}, kernel(1, false), kernel(9, true));
  CHECK(text_of({local, {has_x, y}, "1; 7"}, kernel(9, true)) == "1 enum e size 4, X 0, Y 7\n");
  const Ask x = {.kind = K::enumval_value, .access = "0"};
  CHECK(text_of({local, {x}, "-1"}, kernel(-1, true)) == "1 enum e size 4 signed, X -1\n");
}

TEST_CASE("normalize: names of structs inside others are left out", "[normalize]") {
  const auto local = [](BtfForge& f) {
    return f.structure("s", 8, {{"in", f.structure("inner", 8, {{"a", signed_int(f), 0}}), 0}});
  };
  const auto named = [](std::string name) {
    return [=](BtfForge& f) { f.structure("s", 8, {{"in", f.structure(name, 8, {{"a", signed_int(f), 32}}), 0}}); };
  };
  check_same({local, {offset("0:0:0")}, "4"}, named("inner"), named("renamed"));
}

TEST_CASE("normalize: a kept type stays as the kernel has it", "[normalize]") {
  const Asker asker = {local_ab, {offset("0:1")}, "4"};
  const Make kernel = [](BtfForge& f) {
    const auto b = f.typedef_("s32", signed_int(f));
    const auto part = f.structure("", 8, {{"b", b, 32}});
    f.structure("s", 64, {{"", part, 0}});
  };
  const Built built = build(row_of(asker, kernel));
  const Plan plan({BpfObject::parse(built.object, "object")}, {Keep::parse("struct:s")});
  const Plan of_kernel({BpfObject::parse(built.object, "object")}, {Keep::parse("struct:s")}, Layout::kernel);
  const Btf btf = Btf::parse(built.target, "kernel");
  CHECK(plan.minimize(btf).bytes == of_kernel.minimize(btf).bytes);
  CHECK(plan.minimize(btf).bytes != reduced(asker, kernel));
}

}  // namespace minbtf::test
