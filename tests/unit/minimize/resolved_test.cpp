// SPDX-License-Identifier: BSD-2-Clause
// The resolutions of a reduction, compared with those of each object that is resolved alone, record by record.
#include "minimize/query/resolved.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <random>

#include "minbtf/plan.hpp"
#include "object/object_data.hpp"
#include "support/core_case.hpp"
#include "support/forge/abc_struct.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/object_forge.hpp"
#include "support/forge/random_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using K = RelocationKind;

std::string text(const Resolution& each) {
  static const std::map<Status, std::string> words = {
      {Status::resolved, "resolved"}, {Status::poisoned, "poisoned"}, {Status::failed, "failed"}};
  return std::to_string(each.object) + "/" + std::to_string(each.relocation) + " " + words.at(each.status) + " (" +
         std::string(to_string(each.failure)) + ") " + std::to_string(each.value) + " load " +
         std::to_string(each.load_size) + ", " + std::to_string(each.matching) + " of " +
         std::to_string(each.candidates) + ", type " + std::to_string(each.target_type);
}

std::vector<std::string> texts(const std::vector<Resolution>& all) {
  std::vector<std::string> out;
  for (const Resolution& each : all) out.push_back(text(each));
  return out;
}

/// Resolves each object alone, one after the other.
std::vector<Resolution> resolve_each(const Plan& plan, const Btf& kernel) {
  std::vector<Resolution> all;
  for (std::size_t i = 0; i < plan.objects().size(); ++i) {
    const auto resolutions = plan.resolve(kernel, i, {});
    all.insert(all.end(), resolutions.begin(), resolutions.end());
  }
  return all;
}

ResolutionCounts count(const std::vector<Resolution>& all) {
  ResolutionCounts counts;
  for (const Resolution& each : all) {
    if (each.status == Status::resolved) ++counts.resolved;
    if (each.status == Status::poisoned) ++counts.poisoned;
    if (each.status == Status::failed) ++counts.failed;
  }
  return counts;
}

/// Compares all member functions of `found` with `expected`. Returns an empty string if they agree.
std::string difference(const Resolutions& found, const std::vector<Resolution>& expected) {
  const auto wanted = texts(expected);
  if (found.size() != expected.size()) return "size() is " + std::to_string(found.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (text(found[i]) != wanted[i]) return "[" + std::to_string(i) + "]: " + text(found[i]) + ", not " + wanted[i];
  }
  if (texts({found.begin(), found.end()}) != wanted) return "iteration says something else";
  if (found.counts() != count(expected)) return "counts() says something else";
  std::vector<Resolution> failures;
  for (const Resolution& each : expected) {
    if (each.status == Status::failed) failures.push_back(each);
  }
  return texts(found.failures()) == texts(failures) ? "" : "failures() says something else";
}

std::string difference(const std::vector<BpfObject>& objects, const Btf& kernel) {
  const Plan plan(objects);
  return difference(plan.minimize(kernel).resolutions, resolve_each(plan, kernel));
}

BpfObject parse(const Bytes& bytes, const std::string& name = "object") { return BpfObject::parse(bytes, name); }

BpfObject without_relocations() {
  return parse(forge_object(EveryKind().forge, {{.name = "p", .section = "tp", .insns = {exit_insn()}, .records = {}}}),
               "none");
}

Ask offset_of(int member, std::string program = "prog", std::uint32_t type = 0) {
  return {.kind = K::field_byte_offset,
          .access = "0:" + std::to_string(member),
          .load = 4,
          .type = type,
          .program = std::move(program)};
}

/// An object with these relocations, and with the types of `local`.
BpfObject asking(const std::vector<Ask>& asks, const std::function<std::uint32_t(BtfForge&)>& local = abc) {
  return parse(build({.name = "", .local = local, .target = [](BtfForge&) {}, .asks = asks, .expected = ""}).object);
}

Btf kernel_of(const std::function<void(BtfForge&)>& target) {
  BtfForge forge;
  target(forge);
  return Btf::parse(forge.bytes(), "kernel");
}

/// Returns "CANDIDATES/MATCHING:VALUE" for each resolution, with the value "!" if it failed.
std::string short_text(const Resolutions& resolutions) {
  std::string all;
  for (const Resolution& each : resolutions) {
    all += (all.empty() ? "" : " ") + std::to_string(each.candidates) + "/" + std::to_string(each.matching) + ":" +
           (each.status == Status::failed ? "!" : std::to_string(each.value));
  }
  return all;
}

}  // namespace

TEST_CASE("resolved: a relocation narrows the candidates of later relocations of the same object and local type") {
  // Only the first candidate has `a`. Both have `b`, at different offsets, and `c`, at the same offset.
  const Btf kernel = kernel_of([](BtfForge& f) {
    target_abc(f, 0, 4, 8);
    target_abc(f, -1, 100, 8);
  });
  struct Row {
    std::string name;
    std::vector<BpfObject> objects;
    std::string expected;
  };
  const BpfObject first = asking({offset_of(0), offset_of(1), offset_of(2)});
  const BpfObject last = asking({offset_of(2), offset_of(1), offset_of(0), offset_of(1)});
  const BpfObject programs = asking({offset_of(0, "one"), offset_of(1, "two")});
  // Another local type of the same name has its own list of candidates.
  const BpfObject types = asking({offset_of(0), offset_of(1, "prog", 4), offset_of(1)}, [](BtfForge& f) {
    const auto root = abc(f);
    abc(f);
    return root;
  });
  const std::string of_first = "2/1:0 1/1:4 1/1:8";
  const std::string of_last = "2/2:8 2/0:! 2/1:0 1/1:4";
  const std::vector<Row> rows = {
      {"narrowed by the first record", {first}, of_first},
      {"narrowed by the third record", {last}, of_last},
      {"in two programs", {programs}, "2/1:0 1/1:4"},
      {"each object begins with all candidates", {first, last, first}, of_first + " " + of_last + " " + of_first},
      {"the same object again", {last, last.renamed("again"), last}, of_last + " " + of_last + " " + of_last},
      {"two local types", {types}, "2/1:0 2/0:! 1/1:4"},
      {"an object without relocations in between", {first, without_relocations(), last}, of_first + " " + of_last},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    const Plan plan(row.objects);
    const Resolutions resolutions = plan.minimize(kernel).resolutions;
    CHECK(short_text(resolutions) == row.expected);
    CHECK(difference(resolutions, resolve_each(plan, kernel)) == "");
  }
}

TEST_CASE("resolved: the order of the relocations determines how the candidates are narrowed") {
  // Eight candidates. The bits of a candidate's number give the members that it has. A member has the same offset in
  // all candidates, so nothing is ambiguous, and every order of relocations leaves other candidates.
  const Btf kernel = kernel_of([](BtfForge& f) {
    for (int i = 0; i < 8; ++i) target_abc(f, (i & 1) != 0 ? 0 : -1, (i & 2) != 0 ? 4 : -1, (i & 4) != 0 ? 8 : -1);
  });
  std::vector<int> order = {0, 1, 2};
  std::vector<BpfObject> objects;
  do {
    std::vector<Ask> asks;
    for (const int member : order) asks.push_back(offset_of(member));
    for (const int member : order) {
      asks.push_back({.kind = K::field_exists, .access = "0:" + std::to_string(member)});
    }
    objects.push_back(asking(asks));
    const Plan plan({objects.back()});
    CHECK(short_text(plan.minimize(kernel).resolutions).starts_with("8/4:"));
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(short_text(Plan({objects[0]}).minimize(kernel).resolutions) == "8/4:0 4/2:4 2/1:8 1/1:1 1/1:1 1/1:1");
  objects.push_back(objects[2].renamed("again"));
  CHECK(difference(objects, kernel) == "");
}

TEST_CASE("resolved: thousands of differing candidates and records give the results of resolving each object alone") {
  // The bits of a candidate's number give the members, of eleven, that it has.
  constexpr int members = 11;
  const Btf kernel = kernel_of([](BtfForge& f) {
    const auto u = u32(f);
    for (std::uint32_t i = 1U << members; i-- > 0;) {
      std::vector<ForgedMember> some;
      for (std::uint32_t m = 0; m < members; ++m) {
        if ((i >> m & 1U) != 0) some.push_back({"m" + std::to_string(m), u, m * 32});
      }
      f.structure("s", 4 * members, some);
    }
  });
  std::vector<BpfObject> objects;
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    BtfForge local;
    const auto u = u32(local);
    std::vector<ForgedMember> all;
    for (std::uint32_t m = 0; m < members; ++m) all.push_back({"m" + std::to_string(m), u, m * 32});
    // Many local types, each of which narrows its own list in its own order.
    std::vector<std::uint32_t> types;
    for (int i = 0; i < 250; ++i) types.push_back(local.structure("s", 4 * members, all));
    ForgedProgram program = {.name = "p", .section = "tp", .insns = {}, .records = {}};
    const auto add = [&](std::uint32_t type, const std::string& access, K kind) {
      program.records.push_back({.insn = static_cast<std::uint32_t>(program.insns.size()),
                                 .type_id = type,
                                 .access = access,
                                 .kind = static_cast<std::uint32_t>(kind)});
      program.insns.push_back(mov_imm(1));
    };
    for (int i = 0; i < 2500; ++i) {
      const bool asks_id = random() % 20 == 0;
      add(types[random() % types.size()], asks_id ? "0" : "0:" + std::to_string(random() % members),
          asks_id ? K::type_id_target : K::field_exists);
    }
    objects.push_back(parse(forge_object(local, {program}), "object " + std::to_string(seed)));
  }
  objects.push_back(objects[1].renamed("again"));
  CHECK(difference(objects, kernel) == "");
  CHECK(difference({objects[0]}, kernel) == "");
}

TEST_CASE("resolved: equal candidates are counted one by one") {
  const Btf kernel = kernel_of([](BtfForge& f) {
    for (int i = 0; i < 5; ++i) target_abc(f, 0, 4, 8);
    for (int i = 0; i < 3; ++i) target_abc(f, -1, 4, 8);
  });
  const BpfObject object = asking({offset_of(1), offset_of(0), offset_of(1)});
  CHECK(short_text(Plan({object}).minimize(kernel).resolutions) == "8/8:4 8/5:0 5/5:4");
  CHECK(difference({object}, kernel) == "");
}

TEST_CASE("resolved: a failing relocation does not narrow the candidates") {
  const Btf kernel = kernel_of([](BtfForge& f) {
    target_abc(f, 0, 4, 8);
    target_abc(f, -1, 100, -1);
    target_abc(f, 0, 104, 8);
  });
  const BpfObject object = asking({offset_of(1), offset_of(0), offset_of(1), offset_of(2)});
  CHECK(short_text(Plan({object}).minimize(kernel).resolutions) == "3/0:! 3/2:0 2/0:! 2/2:8");
  CHECK(difference({object}, kernel) == "");
}

TEST_CASE("resolved: objects without relocations have no resolutions") {
  const Resolutions none;
  CHECK(none.size() == 0);
  CHECK(none.begin() == none.end());
  CHECK(none.counts() == ResolutionCounts{});
  CHECK(none.failures().empty());
  const Btf kernel = Btf::parse(sample_kernel(), "kernel");
  for (const std::size_t objects : {0U, 1U, 3U}) {
    const Plan plan(std::vector<BpfObject>(objects, without_relocations()));
    const Resolutions empty = plan.minimize(kernel).resolutions;
    CHECK(empty.begin() == empty.end());
    CHECK(difference(empty, {}) == "");
  }
}

TEST_CASE("resolved: objects without relocations are skipped, at any position in the list") {
  const BpfObject none = without_relocations();
  const BpfObject some = parse(sample_object());
  const Btf kernel = Btf::parse(other_sample_kernel(), "kernel");
  const std::vector<std::vector<BpfObject>> rows = {
      {none, some}, {some, none}, {none, none, some}, {some, none, none, some, none}, {some.renamed("b"), none, some}};
  for (const auto& objects : rows) {
    const Plan plan(objects);
    const Resolutions found = plan.minimize(kernel).resolutions;
    CHECK(difference(found, resolve_each(plan, kernel)) == "");
    CHECK(objects[found[0].object].relocation_count() != 0);
  }
}

TEST_CASE("resolved: an index skips objects without relocations and objects of the other byte order") {
  const BpfObject none = without_relocations();
  const BpfObject some = parse(sample_object());
  const BpfObject big = parse(sample_object({.order = ByteOrder::big}));
  const std::size_t size = some.relocation_count();
  const Plan plan({big, none, some, none, big, some, some, none, big});
  const Resolutions found = plan.minimize(Btf::parse(sample_kernel(), "kernel")).resolutions;
  const std::vector<std::size_t> used = {2, 5, 6};
  REQUIRE(found.size() == used.size() * size);
  for (std::size_t i = found.size(); i-- > 0;) {
    const Resolution each = found[i];
    CAPTURE(i);
    CHECK(each.object == used[i / size]);
    CHECK(each.relocation == i % size);
  }
}

TEST_CASE("resolved: copied resolutions stay valid after the plan and the kernel are gone") {
  Resolutions kept;
  std::vector<Resolution> expected;
  {
    const Plan plan({parse(sample_object()), without_relocations(), parse(sample_object())});
    const Btf kernel = Btf::parse(sample_kernel(), "kernel");
    const Resolutions found = plan.minimize(kernel).resolutions;
    kept = found;
    expected = resolve_each(plan, kernel);
  }
  REQUIRE(expected.size() > 200);
  CHECK(difference(kept, expected) == "");
}

TEST_CASE("resolved: a copy of an iterator keeps its position") {
  const Plan plan({parse(sample_object()), without_relocations(), parse(sample_object())});
  const Resolutions found = plan.minimize(Btf::parse(sample_kernel(), "kernel")).resolutions;
  auto at = found.begin();
  const auto before = at++;
  CHECK(before == found.begin());
  CHECK(at != before);
  CHECK(text(*before) == text(found[0]));
  CHECK(text(*at) == text(found[1]));
  CHECK(static_cast<std::size_t>(std::distance(found.begin(), found.end())) == found.size());
}

TEST_CASE("resolved: every kind of relocation has the result of resolving each object alone, in either byte order") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto object_order = GENERATE(ByteOrder::little, ByteOrder::big);
  const BpfObject object = parse(sample_object({.order = object_order}));
  CHECK(difference({object}, Btf::parse(sample_kernel(order), "kernel")) == "");
  CHECK(difference({object, object}, Btf::parse(other_sample_kernel(order), "kernel")) == "");
}

TEST_CASE("resolved: random objects and kernels give the results of resolving each object alone") {
  constexpr std::uint64_t first_seed = 1'000'000;
  constexpr std::uint64_t cases = 3000;
  ResolutionCounts counts;
  std::size_t narrowed = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + cases; ++seed) {
    const RandomCase random = random_case(seed);
    const Btf kernel = Btf::parse(random.kernel, "kernel");
    const BpfObject object = parse(random.object);
    std::vector<BpfObject> objects = {object};
    // Other objects with relocations of types of the same names, an object without relocations, and objects that appear
    // again: renamed, parsed once more, or copied.
    if (seed % 2 == 0) {
      objects.push_back(parse(random_case(seed + cases).object, "other"));
      objects.push_back(without_relocations());
      objects.push_back(object.renamed("again"));
      objects.push_back(parse(random_case(seed + 2 * cases).object, "third"));
      objects.push_back(parse(random.object, "once more"));
      objects.push_back(objects[1]);
    }
    const Plan plan(objects);
    const Resolutions found = plan.minimize(kernel).resolutions;
    const auto expected = resolve_each(plan, kernel);
    INFO("seed " << seed);
    REQUIRE(difference(found, expected) == "");
    counts.resolved += found.counts().resolved;
    counts.poisoned += found.counts().poisoned;
    counts.failed += found.counts().failed;
    // Counts the relocations with fewer candidates than the first relocation of the same local type.
    std::map<std::pair<std::size_t, std::uint32_t>, std::uint32_t> first_seen;
    for (const Resolution& each : expected) {
      if (each.candidates == 0) continue;
      const std::uint32_t type = object::data_of(plan.objects()[each.object]).records[each.relocation].type_id;
      const auto known = first_seen.try_emplace({each.object, type}, each.candidates).first;
      narrowed += each.candidates < known->second ? 1 : 0;
    }
  }
  std::cout << "resolved: " << cases << " cases from seed " << first_seed << ", " << narrowed << " relocations of "
            << counts.resolved + counts.poisoned + counts.failed << " with fewer candidates\n";
  CHECK(counts.resolved > 1000);
  CHECK(counts.poisoned > 1000);
  CHECK(counts.failed > 1000);
  CHECK(narrowed > 100);
}

}  // namespace minbtf::test
