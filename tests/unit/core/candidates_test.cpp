// SPDX-License-Identifier: BSD-2-Clause
// Candidates, compared with a plain loop over all ids.
#include "core/candidates.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "btf/essential_name.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

using btf::Kind;
using core::beginning_at;
using core::beginning_of;
using core::CandidateFinder;
using core::NameBeginning;
using core::NameFilter;
using core::Root;

namespace {

using Ids = std::vector<std::uint32_t>;

std::vector<Ids> find(const std::vector<Root>& roots, const btf::View& target) {
  std::vector<const Root*> pointers;
  for (const Root& root : roots) pointers.push_back(&root);
  return CandidateFinder(pointers).find(target);
}

/// bpf_core_add_cands(), for one id after the other.
std::vector<Ids> find_plainly(const std::vector<Root>& roots, const btf::View& target) {
  std::map<Root, Ids> by_root;
  for (std::uint32_t id = 1; id < target.id_end(); ++id) {
    const btf::Type type = target.type(id);
    const std::string_view name = btf::essential_name(target.string(type.name_off));
    if (!name.empty() && btf::is_known(type.kind)) {
      by_root[{.kind = btf::core_kind(type.kind), .name = name}].push_back(id);
    }
  }
  std::vector<Ids> found;
  for (const Root& root : roots) found.push_back(by_root[root]);
  return found;
}

btf::View parse(const BtfForge& forge) { return btf::View::parse(forge.bytes(), "kernel"); }

/// Returns an empty string if both ways find the same candidates.
std::string difference(const std::vector<Root>& roots, const btf::View& target) {
  const auto found = find(roots, target);
  const auto expected = find_plainly(roots, target);
  if (found.size() != expected.size()) return "another number of roots";
  for (std::size_t i = 0; i < roots.size(); ++i) {
    if (found[i] == expected[i]) continue;
    return std::string(btf::shape(roots[i].kind).name) + " '" + std::string(roots[i].name) +
           "': " + std::to_string(found[i].size()) + " found, " + std::to_string(expected[i].size()) + " expected";
  }
  return "";
}

/// A type of a random kind that can have a name.
std::uint32_t add(BtfForge& forge, Kind kind, const std::string& name) {
  switch (kind) {
    case Kind::int_:
      return forge.integer(name, 4);
    case Kind::array:
      return forge.type(name, kind, 0, false, 0, {0, 0, 0});
    case Kind::var:
      return forge.var(name, 0, 0);
    case Kind::decl_tag:
      return forge.decl_tag(name, 0, 0);
    default:
      return forge.type(name, kind, 0, false, 0);
  }
}

constexpr std::uint8_t first_kind = 1;
constexpr std::uint8_t last_kind = static_cast<std::uint8_t>(btf::kind_count - 1);

/// A string section in a block of exactly its size, so that AddressSanitizer detects a read beyond its end.
class Strings {
 public:
  explicit Strings(const std::string& bytes, ByteOrder order = ByteOrder::little)
      : bytes_(bytes.begin(), bytes.end()), view_(bytes_.data(), bytes_.size(), order) {}

  [[nodiscard]] const btf::ByteView& view() const { return view_; }
  [[nodiscard]] NameBeginning beginning(std::size_t offset) const {
    return beginning_at(view_, static_cast<std::uint32_t>(offset));
  }

 private:
  std::vector<std::uint8_t> bytes_;
  btf::ByteView view_;
};

/// `count` random bytes other than NUL.
std::string random_name(std::mt19937& random, std::size_t count) {
  static constexpr std::string_view likely = "ab__\x01\x7f\x80\x81\xfe\xff";
  std::string name;
  for (std::size_t i = 0; i < count; ++i) {
    name += random() % 4 == 0 ? static_cast<char>(1 + random() % 255) : likely[random() % likely.size()];
  }
  return name;
}

}  // namespace

TEST_CASE("candidates: a name of any length finds its flavors") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const std::vector<std::string> names = {
      "a",        "ab",        "abc",     "abcd",        "abcde", "a___x",     "ab___x",     "abc___x",
      "abcd___x", "abcde___x", "a____x",  "a___",        "___a",  "a___x___y", "ab___x___y", "a___x____y",
      "a_",       "a__",       "a_____x", "_a___x",      "abcdX", "abcdX___",  "abcdX___1",  "abcdefg___xy",
      "b",        "b___abcd",  "A___x",   "abcd___abcd", "abc_",  "abc____x"};
  const std::map<std::string, std::vector<std::string>> expected = {
      {"a", {"a", "a___x", "a___x____y"}},
      {"ab", {"ab", "ab___x"}},
      {"abc", {"abc", "abc___x"}},
      {"abcd", {"abcd", "abcd___x", "abcd___abcd"}},
      {"abcde", {"abcde", "abcde___x"}},
      {"a___x", {"a___x___y"}},  // "a___x" itself is a flavor of "a"
      {"ab___x", {"ab___x___y"}},
      {"a____x", {"a____x"}},
      {"a_____x", {"a_____x"}},
      {"a___", {"a___"}},
      {"___a", {"___a"}},
      {"_a", {"_a___x"}},
      {"abcdX", {"abcdX", "abcdX___1"}},
      {"abcdX___", {"abcdX___"}},
      {"abcdefg", {"abcdefg___xy"}},
      {"b", {"b", "b___abcd"}},
      {"A", {"A___x"}},
      {"a_", {"a_"}},
      {"abc_", {"abc_"}},
      {"abc____x", {"abc____x"}},
      {"abcdef", {}},
      {"ab_", {}},
      {"x", {}},
  };
  BtfForge forge(order);
  std::map<std::string, std::uint32_t> ids;
  for (const std::string& name : names) ids[name] = forge.structure(name, 4, {});
  const btf::View target = parse(forge);
  std::vector<Root> roots;
  for (const auto& [name, found] : expected) roots.push_back({.kind = Kind::struct_, .name = name});
  const auto found = find(roots, target);
  REQUIRE(found.size() == roots.size());
  for (std::size_t i = 0; i < roots.size(); ++i) {
    INFO(roots[i].name);
    std::set<std::uint32_t> wanted;
    for (const std::string& name : expected.at(std::string(roots[i].name))) wanted.insert(ids.at(name));
    CHECK(found[i] == Ids(wanted.begin(), wanted.end()));
    // A finder for one root has the same result as a finder for all roots.
    CHECK(find({roots[i]}, target) == std::vector<Ids>{found[i]});
  }
  CHECK(difference(roots, target) == "");
}

TEST_CASE("candidates: a name in the last bytes of the strings is found") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const std::string name : {"a", "ab", "abc", "abcd", "abcde", "a___x", "ab___x", "abc___x"}) {
    INFO(name);
    BtfForge forge(order);
    forge.structure("first", 4, {});
    const std::uint32_t last = forge.structure(name, 4, {});
    const btf::View target = parse(forge);
    REQUIRE(target.type(last).name_off + name.size() + 1 == target.strings().size());
    CHECK(find({{.kind = Kind::struct_, .name = std::string(btf::essential_name(name))},
                {.kind = Kind::struct_, .name = "first"}},
               target) == std::vector<Ids>{{last}, {1}});
  }
}

TEST_CASE("candidates: names may share their ends in the string section") {
  // The strings "abc", "bc" and "c" in the same bytes, as a linker places them.
  BtfForge forge;
  const std::uint32_t whole = forge.structure("abc", 4, {});
  const std::uint32_t bc = forge.structure("x", 4, {});
  const std::uint32_t c = forge.structure("x", 4, {});
  forge.set_type_word(bc, 0, forge.string("abc") + 1);
  forge.set_type_word(c, 0, forge.string("abc") + 2);
  CHECK(find({{.kind = Kind::struct_, .name = "c"},
              {.kind = Kind::struct_, .name = "bc"},
              {.kind = Kind::struct_, .name = "abc"},
              {.kind = Kind::struct_, .name = "x"}},
             parse(forge)) == std::vector<Ids>{{c}, {bc}, {whole}, {}});
}

TEST_CASE("candidates: the kind must be the root's, and ENUM and ENUM64 are one kind") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  BtfForge forge(order);
  std::map<std::uint8_t, Ids> expected;
  for (const std::string name : {"thing", "thing___new", "thin", "things"}) {
    for (std::uint8_t kind = first_kind; kind <= last_kind; ++kind) {
      const std::uint32_t id = add(forge, static_cast<Kind>(kind), name);
      const auto core = static_cast<std::uint8_t>(btf::core_kind(static_cast<Kind>(kind)));
      if (name.starts_with("thing") && name != "things") expected[core].push_back(id);
    }
  }
  const btf::View target = parse(forge);
  std::vector<Root> roots;
  std::vector<Ids> all;
  // Kinds for which clang writes no relocations, too: each by itself, and all together.
  for (std::uint8_t kind = first_kind; kind <= last_kind; ++kind) {
    if (static_cast<Kind>(kind) == Kind::enum64) continue;
    INFO(btf::shape(static_cast<Kind>(kind)).name);
    roots.push_back({.kind = static_cast<Kind>(kind), .name = "thing"});
    all.push_back(expected.at(kind));
    CHECK(all.back().size() == (static_cast<Kind>(kind) == Kind::enum_ ? 4 : 2));
    CHECK(find({roots.back()}, target) == std::vector<Ids>{all.back()});
  }
  CHECK(find(roots, target) == all);
}

TEST_CASE("candidates: a type of an unknown kind is not a candidate") {
  BtfForge forge;
  forge.structure("s", 4, {});
  forge.type("s", 40, 0, false, 0);
  forge.type("f", 40, 0, false, 0);
  const std::uint32_t func = forge.func("f", 0);
  const std::uint32_t last = forge.structure("s", 8, {});
  forge.header().layout.emplace(41);
  CHECK(find({{.kind = Kind::struct_, .name = "s"}, {.kind = Kind::func, .name = "f"}}, parse(forge)) ==
        std::vector<Ids>{{1, last}, {func}});
}

TEST_CASE("candidates: a root without a name has no candidates, and two equal roots have the same") {
  BtfForge forge;
  forge.structure("", 4, {});
  const std::uint32_t s = forge.structure("s", 4, {});
  forge.ptr(s);
  const btf::View target = parse(forge);
  const Root none = {.kind = Kind::struct_, .name = ""};
  const Root pointer = {.kind = Kind::ptr, .name = ""};
  const Root twice = {.kind = Kind::struct_, .name = "s"};
  CHECK(find({none, twice, pointer, twice}, target) == std::vector<Ids>{{}, {s}, {}, {s}});
  CHECK(find({none}, target) == std::vector<Ids>{{}});
  CHECK(find({}, target).empty());
}

TEST_CASE("candidates: a kernel without names or types has no candidates") {
  const std::vector<Root> roots = {{.kind = Kind::struct_, .name = "a"}, {.kind = Kind::func, .name = "b"}};
  const std::vector<Ids> nothing(2);
  CHECK(find(roots, parse(BtfForge())) == nothing);
  BtfForge forge;
  for (int i = 0; i < 40; ++i) forge.structure("", 4, {});
  CHECK(find(roots, parse(forge)) == nothing);
}

TEST_CASE("candidates: candidates are in ascending order of their ids") {
  BtfForge forge;
  Ids structs;
  Ids funcs;
  for (int i = 0; i < 100; ++i) {
    structs.push_back(forge.structure(i % 3 == 0 ? "s___old" : "s", 4, {}));
    funcs.push_back(forge.func("s", 0));
    forge.typedef_("s", 0);
  }
  CHECK(find({{.kind = Kind::func, .name = "s"}, {.kind = Kind::struct_, .name = "s"}}, parse(forge)) ==
        std::vector<Ids>{funcs, structs});
}

TEST_CASE("candidates: the result equals that of a plain loop for random names") {
  static const std::vector<std::string> pieces = {"a", "b", "_", "__", "___", "____", "abcd", "abce", "\x80", "\xff"};
  std::size_t candidates = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    std::mt19937 random(seed);
    const auto roll = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto name = [&] {
      std::string text;
      for (std::size_t n = roll(6); n > 0; --n) text += pieces[roll(pieces.size())];
      return text;
    };
    const bool only_sought = seed % 2 == 0;
    const auto kind = [&] {
      while (true) {
        const auto any = static_cast<Kind>(first_kind + roll(last_kind));
        if (!only_sought || btf::is_sought(any)) return any;
      }
    };
    std::vector<std::string> names;
    for (std::size_t n = 1 + roll(12); n > 0; --n) names.push_back(name());
    BtfForge forge(roll(2) == 0 ? ByteOrder::little : ByteOrder::big);
    for (std::size_t n = roll(80); n > 0; --n) {
      add(forge, kind(), names[roll(names.size())] + (roll(3) == 0 ? "___" + name() : ""));
    }
    std::vector<Root> roots;
    for (std::size_t n = 1 + roll(8); n > 0; --n) {
      roots.push_back({.kind = btf::core_kind(kind()), .name = btf::essential_name(names[roll(names.size())])});
    }
    const btf::View target = parse(forge);
    INFO("seed " << seed);
    REQUIRE(difference(roots, target) == "");
    for (const Ids& found : find(roots, target)) candidates += found.size();
  }
  CHECK(candidates > 1000);
}

TEST_CASE("candidates: the result equals that of a plain loop for real kernels") {
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  for (const KernelFile& file : files) {
    INFO(file.name);
    const OracleKernel kernel = file.load();
    const btf::View& target = btf::view_of(kernel.btf);
    std::mt19937 random(20261121);
    for (const std::size_t count : {1U, 10U, 3000U}) {
      std::vector<Root> roots;
      while (roots.size() < count) {
        const btf::Type type = target.type(static_cast<std::uint32_t>(1 + random() % (target.id_end() - 1)));
        const std::string_view name = btf::essential_name(target.string(type.name_off));
        // The last roots are of kinds for which every type is visited.
        const bool fits = btf::is_known(type.kind) && (btf::is_sought(type.kind) || roots.size() > 2000);
        if (!name.empty() && fits) roots.push_back({.kind = btf::core_kind(type.kind), .name = name});
      }
      CHECK(difference(roots, target) == "");
      for (const Ids& found : find(roots, target)) CHECK_FALSE(found.empty());
    }
  }
}

TEST_CASE("name_filter: the beginning is the first four bytes of a name, or all of a shorter name") {
  CHECK(beginning_of("") == 0);
  CHECK(beginning_of("a") == 0x61);
  CHECK(beginning_of("ab") == 0x6261);
  CHECK(beginning_of("abc") == 0x636261);
  CHECK(beginning_of("abcd") == 0x64636261);
  CHECK(beginning_of("abcde") == 0x64636261);
  CHECK(beginning_of("\xff\x80\x01") == 0x0180ff);
  CHECK(beginning_of("\xff\xff\xff\xff\xff") == 0xffffffff);
}

TEST_CASE("name_filter: the beginning of a name is read at any distance from the end of the strings") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  for (const std::string name :
       {"", "a", "ab", "abc", "abcd", "abcde", "\xff", "\x80\x80\x80\x80", "\x01\x01\x01\x01"}) {
    for (std::size_t behind = 0; behind < 6; ++behind) {
      for (const char next : {'\0', '\x01', 'x', '\x80', '\xff'}) {
        INFO(name << " with " << behind << " bytes behind");
        std::string bytes = std::string(1, '\0') + "before" + '\0';
        const std::size_t offset = bytes.size();
        bytes += name + '\0' + std::string(behind, next);
        bytes.back() = '\0';
        CHECK(Strings(bytes, order).beginning(offset) == beginning_of(name));
      }
    }
  }
  CHECK(Strings(std::string(1, '\0'), order).beginning(0) == 0);
}

TEST_CASE("name_filter: the beginning at an offset is that of the string there, for any strings") {
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    std::mt19937 random(seed);
    std::string bytes(1, '\0');
    for (std::size_t names = random() % 12; names > 0; --names) bytes += random_name(random, random() % 8) + '\0';
    const Strings strings(bytes, seed % 2 == 0 ? ByteOrder::little : ByteOrder::big);
    for (std::size_t offset = 0; offset < bytes.size(); ++offset) {
      INFO("seed " << seed << ", offset " << offset);
      REQUIRE(strings.beginning(offset) == beginning_of(strings.view().string(offset)));
    }
  }
}

TEST_CASE("name_filter: a name that was added passes with every flavor") {
  NameFilter filter;
  const std::vector<std::string> names = {"a", "ab", "abc", "abcd", "abcde", "_", "__x", "a_", "a___b", "\x80\xff"};
  for (const std::string& name : names) filter.add(name);
  for (const std::string& name : names) {
    for (const char* flavor : {"", "___x", "___old_one", "___1", "___\xff"}) {
      const std::string whole = name + flavor;
      INFO(whole);
      CHECK(filter.may_hold(beginning_of(whole)));
    }
  }
}

TEST_CASE("name_filter: every name that was added passes, and most other names do not") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    NameFilter filter;
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back(random_name(random, 1 + random() % 7));
    for (const std::string& name : names) filter.add(name);
    for (const std::string& name : names) {
      CHECK(filter.may_hold(beginning_of(name)));
      CHECK(filter.may_hold(beginning_of(name + "___x")));
    }
    int held = 0;
    for (int i = 0; i < 1000; ++i) held += filter.may_hold(static_cast<NameBeginning>(random())) ? 1 : 0;
    // At most 200 of 8192 slots are set.
    CHECK(held < 100);
  }
}

TEST_CASE("name_filter: no name passes an empty filter") {
  const NameFilter filter;
  for (const char* name : {"", "a", "ab", "abc", "abcd", "task_struct", "____"}) {
    CHECK_FALSE(filter.may_hold(beginning_of(name)));
  }
}

}  // namespace minbtf::test
