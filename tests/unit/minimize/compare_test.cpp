// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/compare.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/core_case.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

namespace {

using Kind = RelocationKind;
using Forge = std::function<void(BtfForge&)>;

/// Relocations, a full BTF, a reduced BTF, and the expected differences.
struct Damage {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;
  Forge full;
  Forge reduced;
  std::vector<Ask> asks;
  /// One line for each difference: "FULL -> REDUCED", then " by LOADER" unless it is current libbpf on a 64-bit
  /// machine, and " with PROGRAM..." unless the object has only one program.
  std::vector<std::string> expected;
  ByteOrder full_order = ByteOrder::little;
  ByteOrder reduced_order = ByteOrder::little;
};

/// Removes the reason why a relocation is not resolved, which explanations_test.cpp tests. The reason is the text from
/// " (" to the next "; ", to ", taking" or to the end.
std::string bare(std::string text) {
  const std::size_t begin = text.find(" (");
  if (begin == std::string::npos || text.compare(begin, 10, " (load of ") == 0) return text;
  const std::size_t added = text.find("; ", begin);
  const std::size_t rest = text.find(", taking", begin);
  std::string out = text.substr(0, begin);
  if (added != std::string::npos) out += " (" + text.substr(added + 2);
  return rest == std::string::npos ? out : out + text.substr(rest);
}

std::string line(const Plan& plan, const Difference& difference) {
  std::string text = bare(difference.full.text) + " -> " + bare(difference.reduced.text);
  if (!difference.loader.empty()) text += " by " + difference.loader;
  const std::vector<Program>& programs = plan.objects()[difference.object].programs();
  if (programs.size() == 1) return text;
  text += " with";
  for (const std::size_t program : difference.programs) text += " " + programs[program].name;
  return text;
}

Comparison compare(const Damage& row, std::vector<std::string>& lines) {
  const Built built = build({.name = row.name,
                             .local = row.local,
                             .target = row.full,
                             .asks = row.asks,
                             .expected = {},
                             .target_order = row.full_order});
  BtfForge reduced(row.reduced_order);
  row.reduced(reduced);
  const Plan plan({BpfObject::parse(built.object, "object")});
  Comparison found = plan.compare(Btf::parse(built.target, "full"), Btf::parse(reduced.bytes(), "reduced"));
  for (const Difference& each : found.differences) lines.push_back(line(plan, each));
  return found;
}

void check(const Damage& row) {
  INFO(row.name);
  std::vector<std::string> lines;
  const Comparison found = compare(row, lines);
  CHECK(lines == row.expected);
  CHECK(found.holds() == row.expected.empty());
  CHECK(found.relocations == row.asks.size());
}

std::uint32_t pair_of_ints(BtfForge& f) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
}

Forge with_ints(std::uint32_t bytes, std::vector<std::pair<std::string, std::uint32_t>> members) {
  return [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::vector<ForgedMember> all;
    for (const auto& [name, offset] : members) all.push_back({name, int_, offset * 8});
    f.structure("s", bytes, all);
  };
}

std::uint32_t pointer_holder(BtfForge& f) {
  const std::uint32_t ptr = f.ptr(f.fwd("task"));
  return f.structure("s", 8, {{"p", ptr, 0}});
}

Forge pointer_in(std::vector<std::pair<std::string, std::uint32_t>> integers) {
  return [=](BtfForge& f) {
    for (const auto& [name, bytes] : integers) f.integer(name, bytes, 1);
    f.structure("s", 8, {{"p", f.ptr(0), 0}});
  };
}

std::uint32_t enum_of_two(BtfForge& f) { return f.enumeration("e", 4, {{"A", 1}, {"B", 2}}); }

}  // namespace

TEST_CASE("compare: a field that is missing, or has another offset, size or type, is a difference") {
  const Ask offset = {.kind = Kind::field_byte_offset, .access = "0:1"};
  const Ask load = {.kind = Kind::field_byte_offset, .access = "0:1", .load = 4};
  const Ask exists = {.kind = Kind::field_exists, .access = "0:1"};
  const auto full = with_ints(8, {{"a", 0}, {"b", 4}});
  const Damage rows[] = {
      {"the same", pair_of_ints, full, full, {offset, exists}, {}},
      {"only the needed member",
       pair_of_ints,
       with_ints(64, {{"x", 0}, {"b", 4}, {"y", 8}}),
       with_ints(64, {{"b", 4}}),
       {offset, exists},
       {}},
      {"a wrong offset", pair_of_ints, full, with_ints(12, {{"a", 0}, {"b", 8}}), {offset, exists}, {"4 -> 8"}},
      {"a missing member", pair_of_ints, full, with_ints(8, {{"a", 0}}), {offset, exists}, {"4 -> poisoned", "1 -> 0"}},
      {"a member too many",
       pair_of_ints,
       with_ints(8, {{"a", 0}}),
       full,
       {offset, exists},
       {"poisoned -> 4", "0 -> 1"}},
      {"a missing type",
       pair_of_ints,
       full,
       [](BtfForge& f) { f.integer("int", 4, 1); },
       {offset, exists},
       {"4 -> poisoned", "1 -> 0"}},
      {"another flavor of the type",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.structure("s___old", 8, {{"b", f.integer("int", 4, 1), 32}});
       },
       {offset},
       {}},
      {"a union for a struct",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.union_("s", 8, {{"b", f.integer("int", 4, 1), 32}});
       },
       {offset},
       {"4 -> poisoned"}},
      {"another size: the load",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("short", 2, 1), 32}});
       },
       {offset, load},
       {"4 (load of 4 bytes) -> poisoned"}},
      {"another size: of the field",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("short", 2, 1), 32}});
       },
       {{.kind = Kind::field_byte_size, .access = "0:1"}},
       {"4 -> 2"}},
      {"another kind of member",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.ptr(0), 32}});
       },
       {offset},
       {"4 -> poisoned"}},
      {"another sign",
       pair_of_ints,
       full,
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("unsigned", 4, 0), 32}});
       },
       {offset, {.kind = Kind::field_signed, .access = "0:1"}},
       {"1 -> 0"}},
      {"the size of the struct",
       pair_of_ints,
       full,
       with_ints(16, {{"a", 0}, {"b", 4}}),
       {offset, {.kind = Kind::type_size}},
       {"8 -> 16"}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: a bitfield that has another position or width is a difference") {
  const auto local = [](BtfForge& f) { return f.structure("s", 4, {{"b", f.integer("int", 4, 1), 3, 5}}); };
  const auto kernel = [](std::uint32_t at, std::uint32_t bits) {
    return [=](BtfForge& f) { f.structure("s", 8, {{"b", f.integer("int", 4, 1), at, bits}}); };
  };
  std::vector<Ask> asks;
  for (const Kind kind : {Kind::field_byte_offset, Kind::field_byte_size, Kind::field_lshift_u64,
                          Kind::field_rshift_u64, Kind::field_exists}) {
    asks.push_back({.kind = kind, .access = "0:0"});
  }
  const Damage rows[] = {
      {"the same", local, kernel(3, 5), kernel(3, 5), asks, {}},
      {"shifted", local, kernel(3, 5), kernel(4, 5), asks, {"56 -> 55"}},
      {"wider", local, kernel(3, 5), kernel(3, 6), asks, {"56 -> 55", "59 -> 58"}},
      {"in another word", local, kernel(3, 5), kernel(35, 5), asks, {"0 -> 4"}},
      {"too wide to load",
       local,
       kernel(3, 5),
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("long", 8, 1), 60, 5}});
       },
       {asks[0]},
       {"0 -> fails"}},
      {"written in the other byte order",
       local,
       kernel(3, 5),
       kernel(3, 5),
       asks,
       {},
       ByteOrder::big,
       ByteOrder::little},
      {"shifted and written in the other byte order",
       local,
       kernel(3, 5),
       kernel(4, 5),
       asks,
       {"35 -> 36"},
       ByteOrder::big,
       ByteOrder::little},
  };
  for (const Damage& row : rows) check(row);
  std::vector<std::string> lines;
  CHECK_FALSE(compare(rows[5], lines).same_byte_order);
  CHECK(compare(rows[0], lines).same_byte_order);
}

TEST_CASE("compare: an enumerator that is missing or has another value is a difference") {
  const Ask value = {.kind = Kind::enumval_value, .access = "1"};
  const Ask exists = {.kind = Kind::enumval_exists, .access = "1"};
  const auto full = [](BtfForge& f) { f.enumeration("e", 4, {{"A", 1}, {"B", 2}}); };
  const Damage rows[] = {
      {"only the one",
       enum_of_two,
       full,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"B", 2}});
       },
       {value, exists},
       {}},
      {"missing",
       enum_of_two,
       full,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}});
       },
       {value, exists},
       {"2 -> poisoned", "1 -> 0"}},
      {"another value",
       enum_of_two,
       full,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"B", 3}});
       },
       {value, exists},
       {"2 -> 3"}},
      {"the first of two, changed places",
       enum_of_two,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"B", 2}, {"B___x", 7}});
       },
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"B___x", 7}, {"B", 2}});
       },
       {value, exists},
       {"2 -> 7"}},
      {"of 64 bits: one kind for values",
       enum_of_two,
       full,
       [](BtfForge& f) {
         f.enumeration64("e", 8, {{"B", 2}});
       },
       {value, exists},
       {}},
      {"of 64 bits: another type by its id",
       enum_of_two,
       full,
       [](BtfForge& f) {
         f.enumeration64("e", 8, {{"B", 2}});
       },
       {{.kind = Kind::type_id_target}, {.kind = Kind::type_size}},
       {"enum e of 4 bytes -> enum64 e of 8 bytes", "4 -> 8"}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: another result of type_exists, type_matches or type_id_target is a difference") {
  const auto pointer = [](BtfForge& f) { return f.typedef_("t", f.ptr(f.structure("x", 4, {}))); };
  const auto to_void = [](BtfForge& f) { return f.typedef_("t", f.ptr(0)); };
  const auto to_struct = [](BtfForge& f) { f.typedef_("t", f.ptr(f.structure("x", 4, {}))); };
  const auto to_nothing = [](BtfForge& f) { f.typedef_("t", f.ptr(0)); };
  const Ask exists = {.kind = Kind::type_exists};
  const Ask matches = {.kind = Kind::type_matches};
  const auto wanted = [](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
  };
  const Damage rows[] = {
      {"a pointee turned void",
       pointer,
       to_struct,
       to_nothing,
       {exists, matches},
       {"1 -> 0 (pointer to void)", "1 -> 0 (pointer to void)"}},
      {"a pointee turned void, and the local type points to void",
       to_void,
       to_struct,
       to_nothing,
       {exists},
       {"0 (pointer to struct x) -> 1"}},
      {"a member that only type_matches compares",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       with_ints(8, {{"a", 0}, {"c", 4}}),
       {exists, matches},
       {"1 -> 0 (no member b)"}},
      {"too few members",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       with_ints(8, {{"a", 0}}),
       {exists, matches},
       {"1 -> 0 (no member b)"}},
      {"a member of another type",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       [](BtfForge& f) {
         f.structure("s", 8, {{"a", f.integer("int", 4, 1), 0}, {"b", f.integer("unsigned", 4, 0), 32}});
       },
       {exists, matches},
       {"1 -> 0 (member b is of another type)"}},
      {"an enumerator that only type_matches compares",
       enum_of_two,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}, {"B", 2}});
       },
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}, {"C", 2}});
       },
       {exists, matches},
       {"1 -> 0 (no enumerator B)"}},
      {"type_id_target names another type",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       [](BtfForge& f) { f.structure("s___x", 8, {}); },
       {exists, {.kind = Kind::type_id_target}},
       {"struct s of 8 bytes -> struct s___x of 8 bytes"}},
      {"type_id_target names no type",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       [](BtfForge&) {},
       {{.kind = Kind::type_id_target}, {.kind = Kind::type_size}},
       {"struct s of 8 bytes -> no type", "8 -> 0"}},
      {"type_id_local does not depend on the kernel",
       wanted,
       with_ints(8, {{"a", 0}, {"b", 4}}),
       [](BtfForge&) {},
       {{.kind = Kind::type_id_local}},
       {}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: an array that is too short for an access, or becomes flexible, is a difference") {
  const auto local = [](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    return f.structure("s", 16, {{"a", f.array(int_, int_, 4), 0}});
  };
  const auto kernel = [](std::uint32_t nelems, bool guard) {
    return [=](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      std::vector<ForgedMember> members = {{"a", f.array(int_, int_, nelems), 0}};
      if (guard) members.push_back({"guard", int_, 128});
      f.structure("s", 20, members);
    };
  };
  const Ask third = {.kind = Kind::field_byte_offset, .access = "0:0:3"};
  const Ask whole = {.kind = Kind::field_byte_offset, .access = "0:0", .load = 4};
  const Damage rows[] = {
      {"the guard is not needed", local, kernel(4, true), kernel(4, false), {third, whole}, {}},
      {"a missing guard after a zero-length array",
       local,
       kernel(0, true),
       kernel(0, false),
       {third},
       {"poisoned (it has no elements, and is not the last member) -> 12"}},
      {"shorter", local, kernel(4, true), kernel(2, true), {third}, {"12 -> poisoned"}},
      {"shorter, which matters only to older loaders, which load the complete array",
       local,
       kernel(4, true),
       kernel(2, true),
       {whole},
       {"0 (load of 4 bytes) -> poisoned by libbpf before 1.6"}},
      {"poisoned by older loaders in either case", local, kernel(3, true), kernel(2, true), {whole}, {}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: a difference is for a foreign loader if only 32-bit loaders have it on a 64-bit kernel") {
  const Ask load = {.kind = Kind::field_byte_offset, .access = "0:0", .load = 8};
  const auto pointers = [](std::uint32_t number) {
    return [=](BtfForge& f) {
      const std::uint32_t int_ = f.integer("int", 4, 1);
      return f.structure("s", 16, {{"a", f.array(f.ptr(0), int_, number), 0}});
    };
  };
  const auto with_long = [&](std::uint32_t bytes) {
    return [=](BtfForge& f) {
      f.integer("long int", bytes, 1);
      pointers(1)(f);
    };
  };
  struct Row {
    Damage damage;
    bool is_foreign;
  };
  const Row rows[] = {
      {{"a 32-bit loader alone", pointers(1), with_long(8), pointers(1), {load}, {}}, true},
      {{"a 32-bit loader, and a 64-bit one before 1.6", pointers(1), with_long(8), pointers(2), {load}, {}}, false},
      {{"a 32-bit kernel", pointers(1), with_long(4), pointers(1), {load}, {}}, false}};
  for (const Row& row : rows) {
    INFO(row.damage.name);
    std::vector<std::string> lines;
    const Comparison found = compare(row.damage, lines);
    CAPTURE(lines);
    REQUIRE(found.differences.size() == 1);
    CHECK(found.differences.front().for_foreign_loader == row.is_foreign);
    // The law makes no exception for foreign loaders.
    CHECK_FALSE(found.holds());
  }
}

TEST_CASE("compare: another pointer size is a difference only if a relocation reads the size of a pointer") {
  const Ask load = {.kind = Kind::field_byte_offset, .access = "0:0", .load = 8};
  const Ask size = {.kind = Kind::field_byte_size, .access = "0:0"};
  const Ask exists = {.kind = Kind::field_exists, .access = "0:0"};
  const Damage rows[] = {
      {"another pointee",
       pointer_holder,
       pointer_in({{"long int", 8}}),
       [](BtfForge& f) {
         f.structure("s", 8, {{"p", f.ptr(f.integer("long int", 8)), 0}});
       },
       {load, size},
       {}},
      {"a lost long",
       pointer_holder,
       pointer_in({{"long int", 8}}),
       pointer_in({{"int", 4}}),
       {load, size, exists},
       {"0 (load of 8 bytes) -> 0 (load of 4 bytes), assuming pointers of 4 bytes instead of 8, because no INT named "
        "long is kept by a 32-bit loader",
        "8 -> 4, assuming pointers of 4 bytes instead of 8, because no INT named long is kept by a 32-bit loader"}},
      {"a lost long of a 32-bit kernel",
       pointer_holder,
       pointer_in({{"long int", 4}}),
       pointer_in({}),
       {size},
       {"4 -> 8, assuming pointers of 8 bytes instead of 4, because no INT named long is kept"}},
      {"another long comes first",
       pointer_holder,
       pointer_in({{"long unsigned int", 8}}),
       pointer_in({{"long", 4}, {"long unsigned int", 8}}),
       {size},
       {"8 -> 4, assuming pointers of 4 bytes instead of 8, because the first INT named long has 4 bytes"}},
      {"the only long that older loaders know",
       pointer_holder,
       pointer_in({{"long int", 8}}),
       pointer_in({{"long", 8}}),
       {size},
       {"8 -> 4, assuming pointers of 4 bytes instead of 8, because no INT named long int or long unsigned int is kept "
        "by libbpf before 1.0, 32-bit"}},
      {"another long that older loaders know",
       pointer_holder,
       pointer_in({{"long int", 8}}),
       pointer_in({{"long", 8}, {"long int", 4}}),
       {size},
       {"8 -> 4, assuming pointers of 4 bytes instead of 8, because the first INT named long int or long unsigned int "
        "has 4 bytes by libbpf before 1.0"}},
      {"a lost long whose size no relocation reads",
       pointer_holder,
       pointer_in({{"long int", 8}}),
       pointer_in({}),
       {exists},
       {}},
      {"no long in either BTF", pointer_holder, pointer_in({}), pointer_in({{"int", 4}}), {load, size}, {}},
      {"something else is lost as well",
       pointer_holder,
       pointer_in({{"long int", 4}}),
       [](BtfForge& f) { f.structure("s", 8, {}); },
       {size},
       {"4 -> poisoned"}},
  };
  for (const Damage& row : rows) check(row);
}

namespace {

/// A struct of a kernel with a member b at this byte, and perhaps a member a at byte 0.
struct S {
  std::uint32_t b;
  bool has_a = false;
  std::string name = "s";
  std::uint32_t bytes = 64;
};

Forge several(std::vector<S> all) {
  return [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    for (const S& each : all) {
      std::vector<ForgedMember> members = {{"b", int_, each.b * 8}};
      if (each.has_a) members.push_back({"a", int_, 0});
      f.structure(each.name, each.bytes, members);
    }
  };
}

}  // namespace

TEST_CASE("compare: an added or missing candidate is a difference only if it changes a resolution") {
  const Ask b = {.kind = Kind::field_byte_offset, .access = "0:1"};
  const Ask load = {.kind = Kind::field_byte_offset, .access = "0:1", .load = 4};
  const Ask size = {.kind = Kind::type_size};
  const Damage rows[] = {
      {"one that agrees may go", pair_of_ints, several({{4}, {4}}), several({{4}}), {b, load}, {}},
      {"one that agrees may come", pair_of_ints, several({{4}}), several({{4}, {4, false, "s___x"}}), {b, load}, {}},
      {"one that does not match may come",
       pair_of_ints,
       several({{4}}),
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("int", 4, 1), 32}}), f.structure("s", 99, {});
       },
       {b},
       {}},
      {"one that disagrees may not go", pair_of_ints, several({{4}, {8}}), several({{4}}), {b}, {"fails -> 4"}},
      {"one that disagrees may not come", pair_of_ints, several({{4}}), several({{4}, {8}}), {b}, {"4 -> fails"}},
      {"one that disagrees about another value may not come",
       pair_of_ints,
       several({{4}}),
       several({{4}, {4, false, "s", 32}}),
       {b, size},
       {"64 -> fails"}},
      {"the order of candidates that are ambiguous does not matter",
       pair_of_ints,
       several({{4}, {8}}),
       several({{8}, {4}}),
       {b},
       {}},
      {"the first candidate gives the load size",
       pair_of_ints,
       [](BtfForge& f) {
         f.structure("s", 8, {{"b", f.integer("unsigned int", 4), 32}});
         f.structure("s", 8, {{"b", f.integer("unsigned long", 8), 32}});
       },
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("unsigned int", 4);
         f.structure("s", 8, {{"b", f.integer("unsigned long", 8), 32}});
         f.structure("s", 8, {{"b", int_, 32}});
       },
       {load},
       {"4 (load of 4 bytes) -> poisoned"}},
      {"two candidates make a type id ambiguous",
       pair_of_ints,
       several({{4}, {4}}),
       several({{4}}),
       {{.kind = Kind::type_id_target}},
       {"fails -> struct s of 64 bytes"}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: a relocation must resolve the same for every subset of programs that narrows its candidates") {
  const auto ask = [](const char* program, Kind kind, const char* access) {
    return Ask{.kind = kind, .access = access, .program = program};
  };
  const Ask a_in_one = ask("one", Kind::field_exists, "0:0");
  const Ask b_in_two = ask("two", Kind::field_byte_offset, "0:1");
  const Damage rows[] = {
      {"together as before, but not alone",
       pair_of_ints,
       several({{4, true}, {8, false}}),
       several({{4, true}}),
       {a_in_one, b_in_two},
       {"fails -> 4 with two"}},
      {"alone as before, but not together",
       pair_of_ints,
       several({{4, true}, {8, false}}),
       several({{4, false}, {8, true}}),
       {a_in_one, b_in_two},
       {"4 -> 8 with one two"}},
      {"a failing record narrows nothing",
       pair_of_ints,
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("int", 4, 1);
         f.structure("s", 64, {{"a", int_, 0}, {"b", int_, 32}});
         f.structure("s", 64, {{"a", int_, 32}, {"b", int_, 64}});
       },
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("int", 4, 1);
         f.structure("s", 64, {{"a", int_, 0}, {"b", int_, 32}});
         f.structure("s", 64, {{"b", int_, 64}});
       },
       {ask("one", Kind::field_byte_offset, "0:0"), ask("one", Kind::field_byte_offset, "0:1"), b_in_two},
       {"fails -> 0 with one"}},
      {"the record that narrows is the later one",
       pair_of_ints,
       several({{4, true}, {8, false}}),
       several({{4, false}, {8, true}}),
       {b_in_two, a_in_one},
       {}},
      {"ruled out by an earlier one",
       pair_of_ints,
       several({{4, true}}),
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("int", 4, 1);
         f.structure("s", 64, {{"a", int_, 0}});
         f.structure("s", 64, {{"b", int_, 32}});
       },
       {a_in_one, b_in_two},
       {"4 -> poisoned with one two"}},
      {"the list belongs to the local type",
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("int", 4, 1);
         f.structure("s___x", 4, {{"a", int_, 0}});
         return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
       },
       several({{4, true}, {8, false}}),
       several({{4, false}, {8, true}}),
       {{.kind = Kind::field_exists, .access = "0:0", .type = 2, .program = "one"}, b_in_two},
       {}},
  };
  for (const Damage& row : rows) check(row);
}

namespace {

/// A plan of one object. All its programs are in one section and have five instructions each. `asks` are its existence
/// checks of members of s, in the order of the records: the instruction number within the section and the access
/// string.
Plan asking_in_turn(const std::vector<std::string>& programs,
                    const std::vector<std::pair<std::uint32_t, const char*>>& asks) {
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  const std::uint32_t s = local.structure("s", 16, {{"a", int_, 0}, {"b", int_, 32}, {"c", int_, 64}, {"d", int_, 96}});
  std::vector<ForgedInsn> code(4, mov_imm(1));
  code.push_back(exit_insn());
  std::vector<ForgedProgram> all;
  for (const std::string& name : programs)
    all.push_back({.name = name, .section = "tp/x", .insns = code, .records = {}});
  for (const auto& [insn, access] : asks) {
    all.front().records.push_back({.insn = insn, .type_id = s, .access = access, .kind = 2});
  }
  return Plan({BpfObject::parse(forge_object(local, all), "object")});
}

Btf btf(const Forge& forge) {
  BtfForge f;
  forge(f);
  return Btf::parse(f.bytes(), "btf");
}

}  // namespace

TEST_CASE("compare: all relocations of a program count together, even with those of other programs between them") {
  // Whenever `one` is loaded, both its records are relocated: b is never checked without the check of a before it.
  const Btf full = btf(several({{4, true}, {8, false}}));
  const Btf reduced = btf(several({{4, true}}));
  CHECK(asking_in_turn({"one", "two"}, {{0, "0:0"}, {5, "0:0"}, {1, "0:1"}}).compare(full, reduced).holds());
  const Comparison alone = asking_in_turn({"one", "two"}, {{0, "0:0"}, {5, "0:1"}, {1, "0:1"}}).compare(full, reduced);
  REQUIRE(alone.differences.size() == 1);
  CHECK(alone.differences[0].relocation == 1);
  CHECK(alone.differences[0].programs == std::vector<std::size_t>{1});

  // No subset has only the first record of `one`. The check of b in `three` is ambiguous on both BTFs if `one` is not
  // loaded, and on neither after the checks of a and c. It would differ after the check of a alone.
  const auto structures = [](std::vector<std::vector<ForgedMember>> all) {
    return [=](BtfForge& f) {
      f.integer("int", 4, 1);
      for (const auto& members : all) f.structure("s", 64, members);
    };
  };
  const ForgedMember a = {"a", 1, 0};
  const ForgedMember c = {"c", 1, 64};
  const ForgedMember near = {"b", 1, 32};
  const ForgedMember far = {"b", 1, 128};
  const Comparison whole =
      asking_in_turn({"one", "two", "three"}, {{0, "0:0"}, {5, "0:3"}, {1, "0:2"}, {10, "0:1"}})
          .compare(btf(structures({{a, near, c}, {a, far}})), btf(structures({{a, near, c}, {far}})));
  CHECK(whole.holds());
}

TEST_CASE("compare: a record that fails because of the object's own BTF fails on every kernel") {
  // A forward declaration has no size. The object's own type is one, so the record fails with any kernel.
  const auto forward = [](BtfForge& f) { return f.fwd("x"); };
  check({"a forward declaration has no size",
         forward,
         [](BtfForge& f) { f.fwd("x"); },
         [](BtfForge& f) { f.integer("int", 4, 1); },
         {{.kind = Kind::type_size}},
         {}});
}

TEST_CASE("compare: a relocation for which libbpf makes no decision on the full BTF is not compared") {
  const auto endless = [](BtfForge& f) {
    const std::uint32_t loop = f.next_id();
    f.typedef_("t", loop);
    f.structure("s", 8, {{"b", loop, 32}});
  };
  const Ask exists = {.kind = Kind::field_exists, .access = "0:1"};
  const Damage rows[] = {
      {"endless in the full BTF", pair_of_ints, endless, with_ints(8, {{"b", 4}}), {exists}, {}},
      {"endless in the reduced BTF", pair_of_ints, with_ints(8, {{"b", 4}}), endless, {exists}, {"1 -> fails"}},
  };
  for (const Damage& row : rows) check(row);
}

TEST_CASE("compare: a second copy of an object doubles relocations and differences, but not questions") {
  const BpfObject object = BpfObject::parse(sample_object(), "object");
  const Plan one({object});
  const Plan two({object, object});
  const Btf full = Btf::parse(sample_kernel(), "full");
  const Btf other = Btf::parse(other_sample_kernel(), "other");
  const Comparison once = one.compare(full, other);
  const Comparison twice = two.compare(full, other);
  REQUIRE(!once.differences.empty());
  CHECK(twice.differences.size() == 2 * once.differences.size());
  CHECK(twice.relocations == 2 * once.relocations);
  CHECK(twice.questions == once.questions);
  CHECK(once.questions == one.question_count());
  CHECK(once.asked > 0);
  for (const Difference& each : twice.differences) {
    CHECK(each.full.resolution.object == each.object);
    CHECK(each.reduced.resolution.relocation == each.relocation);
  }
  CHECK(one.compare(full, Btf::parse(one.minimize(full).bytes, "reduced")).holds());
  Workspace workspace;
  CHECK(one.compare(sample_kernel(), "full", other, workspace).differences.size() == once.differences.size());
}

}  // namespace minbtf::test
