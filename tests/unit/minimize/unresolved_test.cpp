// SPDX-License-Identifier: BSD-2-Clause
// Plan::check(): the reported relocations, with their objects and records.
#include "minimize/diagnose/unresolved.hpp"

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/core_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/object_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

using K = RelocationKind;

BtfForge local_types() {
  BtfForge f;
  const auto i = f.integer("int", 4, 1);
  f.structure("s", 8, {{"a", i, 0}, {"b", i, 32}});
  return f;
}
constexpr std::uint32_t s_id = 2;

std::vector<std::uint8_t> kernel_with(const std::vector<std::string>& members) {
  BtfForge f;
  const auto i = f.integer("int", 4, 1);
  std::vector<ForgedMember> all;
  for (const std::string& name : members) all.push_back({name, i, static_cast<std::uint32_t>(32 * all.size())});
  f.structure("s", 64, all);
  return f.bytes();
}

/// A program with relocations of offsets in struct s.
ForgedProgram program(const std::string& name, const std::vector<std::string>& accesses) {
  ForgedProgram out = {.name = name, .section = "tp/" + name, .insns = {}, .records = {}};
  for (const std::string& access : accesses) {
    out.records.push_back({.insn = static_cast<std::uint32_t>(out.insns.size()), .type_id = s_id, .access = access});
    out.insns.push_back(mov_imm(access == "0:1" ? 4 : 0));
  }
  out.insns.push_back(exit_insn());
  return out;
}

BpfObject object_of(const std::vector<ForgedProgram>& programs, const ForgedObjectOptions& options = {}) {
  return BpfObject::parse(forge_object(local_types(), programs, options), "object");
}

/// Returns "OBJECT.RECORD" for each relocation.
std::string places(const std::vector<UnresolvedRelocation>& unresolved) {
  std::string text;
  for (const UnresolvedRelocation& failing : unresolved) {
    text += (text.empty() ? "" : " ") + std::to_string(failing.object) + "." + std::to_string(failing.relocation);
  }
  return text;
}

}  // namespace

TEST_CASE("unresolved: relocations that are not resolved are listed in the order of objects and records") {
  const BpfObject first = object_of({program("p", {"0:0", "0:1", "0:0"}), program("q", {"0:1"})});
  const BpfObject second = object_of({program("p", {"0:1", "0:0"})});
  const Plan plan({first, second, first.renamed("again")});
  const auto on = [&](const std::vector<std::string>& members) {
    return places(plan.check(Btf::parse(kernel_with(members), "kernel")));
  };
  CHECK(on({"a", "b"}).empty());
  CHECK(on({"a"}) == "0.1 0.3 1.0 2.1 2.3");
  CHECK(on({"b"}) == "0.0 0.2 1.1 2.0 2.2");
  CHECK(on({"x"}) == "0.0 0.1 0.2 0.3 1.0 1.1 2.0 2.1 2.2 2.3");
}

TEST_CASE("unresolved: raw BTF in one workspace gives the same result as parsed BTF") {
  const Plan plan({object_of({program("p", {"0:0", "0:1"})})});
  Workspace workspace;
  for (const auto& members : {std::vector<std::string>{"a"}, {"b"}, {"x"}, {"a", "b"}}) {
    const auto bytes = kernel_with(members);
    CHECK(plan.check(bytes, "kernel", workspace) == plan.check(Btf::parse(bytes, "kernel")));
  }
  auto bad = kernel_with({"a"});
  bad.resize(bad.size() / 2);
  CHECK_THROWS_AS(plan.check(bad, "kernel", workspace), Error);
  CHECK(places(plan.check(kernel_with({"a"}), "kernel", workspace)) == "0.1");
}

TEST_CASE("unresolved: each entry has the status, failure, guard and reason of its relocation") {
  const Built built = build({.name = "all",
                             .local =
                                 [](BtfForge& f) {
                                   const auto i = f.integer("int", 4, 1);
                                   return f.structure("s", 8, {{"a", i, 0}, {"b", i, 32}});
                                 },
                             .target =
                                 [](BtfForge& f) {
                                   const auto i = f.integer("int", 4, 1);
                                   f.structure("s", 16, {{"a", i, 0}});
                                   f.structure("s", 16, {{"a", i, 32}});
                                 },
                             .asks = {{.access = "0:0"},
                                      {.access = "0:1"},
                                      {.access = "0:1", .program = "asks"},
                                      {.kind = K::field_exists, .access = "0:1", .program = "asks"}},
                             .expected = "",
                             .branches = true});
  const Plan plan({BpfObject::parse(built.object, "object")});
  const auto unresolved = plan.check(Btf::parse(built.target, "kernel"));
  const Explanation missing = {Reason::no_such_member, "s.b", ""};
  CHECK(unresolved == std::vector<UnresolvedRelocation>{
                          {.object = 0,
                           .relocation = 0,
                           .status = Status::failed,
                           .failure = Failure::ambiguous_offset,
                           .guard = Guard::none,
                           .why = {Reason::ambiguous, "s.a", "several types s disagree about the offset"}},
                          {.object = 0, .relocation = 1, .status = Status::poisoned, .why = missing},
                          {.object = 0,
                           .relocation = 2,
                           .program = 1,
                           .status = Status::poisoned,
                           .guard = Guard::exists,
                           .why = missing}});
}

TEST_CASE("unresolved: records outside of all programs are left out, as in libbpf") {
  const Plan plan({object_of({program("p", {"0:0"})}, {.without_symbols = true})});
  CHECK(plan.objects()[0].relocation_count() == 1);
  CHECK(plan.check(Btf::parse(kernel_with({"x"}), "kernel")).empty());
}

TEST_CASE("unresolved: check() agrees with resolve() for the tests' own objects and kernel") {
  for (const std::string order : {"el", "eb"}) {
    std::vector<BpfObject> objects;
    for (const OracleObject& object : test_objects("el")) objects.push_back(object.parsed());
    const Plan plan(std::move(objects));
    const Btf kernel = Btf::parse(kernel_btf(order), "kernel");
    const std::vector<UnresolvedRelocation> unresolved = plan.check(kernel);
    auto next = unresolved.begin();
    for (std::size_t object = 0; object < plan.objects().size(); ++object) {
      for (const Resolution& resolution : plan.resolve(kernel, object, {})) {
        if (resolution.status == Status::resolved) continue;
        REQUIRE(next != unresolved.end());
        CHECK(next->object == object);
        CHECK(next->relocation == resolution.relocation);
        const auto is_same = [&](const UnresolvedRelocation& failing) {
          return failing.object == object && failing.relocation == resolution.relocation;
        };
        // An entry for each program that the relocation is loaded with.
        for (const UnresolvedRelocation* before = nullptr; next != unresolved.end() && is_same(*next);
             before = &*next++) {
          CHECK((before == nullptr || before->program < next->program));
          CHECK(next->status == resolution.status);
          CHECK(next->failure == resolution.failure);
          CHECK(next->why.reason != Reason::none);
          CHECK_FALSE(next->why.subject.empty());
        }
      }
    }
    CHECK(next == unresolved.end());
    CHECK(unresolved.size() > 20);
  }
}

}  // namespace minbtf::test
