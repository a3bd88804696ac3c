// SPDX-License-Identifier: BSD-2-Clause
// What `check` prints about types that only modules have.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "commands/check/check_json.hpp"
#include "commands/check/check_task.hpp"
#include "commands/check/check_text.hpp"
#include "commands/check/module_types_text.hpp"
#include "support/module_case.hpp"

namespace minbtf::test {

using cli::Json;

namespace {

using K = RelocationKind;
using Lines = std::vector<std::string>;
using Module = std::function<void(BtfForge&)>;

std::uint32_t int_of(BtfForge& f) { return f.integer("int", 4, 1); }
void only_int(BtfForge& f) { int_of(f); }
/// struct x { int a; } and enum e, the types 2 and 3.
std::uint32_t local(BtfForge& f) {
  const auto x = f.structure("x", 4, {{"a", int_of(f), 0}});
  f.enumeration("e", 4, {{"on", 1}});
  return x;
}
Module x_at(std::uint32_t bits) {
  return [bits](BtfForge& f) { f.structure("x", 16, {{"a", 1, bits}}); };
}
void x_without_a(BtfForge& f) { f.structure("x", 16, {{"b", 1, 0}}); }
void x_and_e(BtfForge& f) {
  x_at(32)(f);
  f.enumeration("e", 4, {{"on", 5}});
}

/// The modules of a kernel; no modules: a kernel without modules.
struct Kernel {
  std::string path;
  std::vector<Module> modules;
};

ModuleCase row_of(const Kernel& kernel, const std::vector<Ask>& asks) {
  return {
      .name = kernel.path, .local = local, .base = only_int, .modules = kernel.modules, .asks = asks, .expected = {}};
}

cli::CheckResult checked_modules(const Plan& plan, const std::vector<Kernel>& kernels, const std::vector<Ask>& asks) {
  cli::CheckOutcomeStore store(plan.objects().size());
  const cli::CheckTask task(plan, store);
  std::vector<cli::CheckedKernel> checked;
  for (const Kernel& kernel : kernels) {
    const LiveKernel live(row_of(kernel, asks));
    const auto result = task.run({.source = kernel.path, .member = "", .name = kernel.path}, live.btf());
    const auto& [outcome, roots] = archive::value_of<cli::KernelOutcome>(*result);
    checked.push_back({.path = kernel.path, .outcome = outcome, .module_roots = roots});
  }
  return {plan, std::move(checked)};
}

Plan plan_of(const std::vector<Ask>& asks) {
  return Plan({BpfObject::parse(object_of(row_of({}, asks)), "object.bpf.o")});
}

Lines text_of(const std::vector<Kernel>& kernels, const std::vector<Ask>& asks, bool verbose = false) {
  const Plan plan = plan_of(asks);
  const Lines lines = module_types_text(checked_modules(plan, kernels, asks), verbose);
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(line.size() <= 100);
    CHECK(line.back() != ' ');
  }
  return lines;
}

const std::vector<Ask> offset = {{.access = "0:0"}};
const std::vector<Ask> offset_and_value = {{.access = "0:0"}, {.kind = K::enumval_value, .access = "0", .type = 3}};

}  // namespace

TEST_CASE("check_modules: each type that only modules have is one line with its modules", "[modules]") {
  CHECK(text_of({{"k", {x_at(32)}}}, offset) ==
        Lines{"types that only modules have:", "  struct x: module m0; without it loaded nothing is found"});
  CHECK(text_of({{"k", {x_at(32), x_and_e}}}, offset_and_value) ==
        Lines{"types that only modules have:", "  enum e: module m1; without it loaded nothing is found",
              "  struct x: modules m0 and m1: any of them gives the same answers; with none of them loaded nothing",
              "      is found"});
  CHECK(text_of({{"k", {only_int}}}, offset).empty());
  CHECK(text_of({{"k", {}}}, offset).empty());
}

TEST_CASE("check_modules: a result that depends on the loaded modules is printed for each of them", "[modules]") {
  CHECK(text_of({{"k", {x_at(32), x_without_a, x_at(32)}}}, offset) ==
        Lines{"types that only modules have:",
              "  struct x: modules m0, m1 and m2: the answers depend on which of them are loaded; with none of them",
              "      loaded nothing is found", "      offset of x.a: 4 with m0 or m2, poisoned with m1; with all: 4"});
  const std::vector<Ask> asks = {
      {.access = "0:0"}, {.kind = K::field_exists, .access = "0:0"}, {.kind = K::type_id_target}};
  const Lines lines = text_of({{"k", {x_at(32), x_at(64)}}}, asks);
  CHECK(Lines(lines.begin() + 3, lines.end()) ==
        Lines{"      offset of x.a: 4 with m0, 8 with m1; with both: ambiguous",
              "      existence of x.a: yes with m0 or m1; with both: ambiguous"});
}

TEST_CASE("check_modules: a load whose size depends on the order of modules is printed with its sizes", "[modules]") {
  const auto x_of = [](std::uint32_t bytes) {
    return [bytes](BtfForge& f) { f.structure("x", 16, {{"a", f.integer("number", bytes), 64}}); };
  };
  ModuleCase row = row_of({"k", {x_of(4), x_of(8)}}, {{.access = "0:0", .load = 4}});
  row.local = [](BtfForge& f) { return f.structure("x", 4, {{"a", f.integer("unsigned int", 4), 0}}); };
  const Plan plan({BpfObject::parse(object_of(row), "object.bpf.o")});
  const LiveKernel live(row);
  cli::CheckOutcomeStore store(1);
  const auto result = cli::CheckTask(plan, store).run({.source = "k", .member = "", .name = "k"}, live.btf());
  const auto& [outcome, roots] = archive::value_of<cli::KernelOutcome>(*result);
  const Lines lines = cli::module_types_text({plan, {{.path = "k", .outcome = outcome, .module_roots = roots}}}, false);
  CHECK(lines[lines.size() - 2] + lines.back() ==
        "      offset of x.a: 8 (4 bytes) with m0, 8 (8 bytes) with m1; with both: it depends on the order in"
        "          which they are loaded");
}

TEST_CASE("check_modules: long lists of modules are cut without -v", "[modules]") {
  const std::vector<Kernel> kernels = {{"k", {x_at(32), x_at(32), x_at(32), x_at(32), x_at(32)}}};
  CHECK(text_of(kernels, offset)[1] ==
        "  struct x: modules m0, m1, m2 and 2 more: any of them gives the same answers; with none of them");
  CHECK(text_of({{"k", {x_at(32), x_at(32), x_at(32), x_at(32)}}}, offset)[1] ==
        "  struct x: modules m0, m1, m2 and m3: any of them gives the same answers; with none of them loaded");
  CHECK(text_of(kernels, offset, true)[1] ==
        "  struct x: modules m0, m1, m2, m3 and m4: any of them gives the same answers; with none of them");
}

TEST_CASE("check_modules: the size of a load is printed only if results differ in it", "[modules]") {
  CHECK(text_of({{"k", {x_at(32), x_without_a}}}, {{.access = "0:0", .load = 4}}).back() ==
        "      offset of x.a: 4 with m0, poisoned with m1; with both: 4");
}

TEST_CASE("check_modules: kernels with equal lines are counted", "[modules]") {
  CHECK(text_of({{"a", {x_at(32)}}, {"b", {x_at(64)}}, {"c", {only_int, x_at(64)}}, {"d", {}}}, offset) ==
        Lines{"types that only modules have:",
              "  struct x, 2 of 4 kernels: module m0; without it loaded nothing is found",
              "  struct x, 1 of 4 kernels: module m1; without it loaded nothing is found"});
  CHECK(text_of({{"a", {x_at(32)}}, {"b", {x_at(64)}}}, offset)[1] ==
        "  struct x: module m0; without it loaded nothing is found");
}

TEST_CASE("check_modules: the lines stand behind the objects", "[modules]") {
  const Plan plan = plan_of(offset);
  const Lines lines = check_text(checked_modules(plan, {{"k", {x_at(32)}}}, offset), {});
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "object.bpf.o: 1 program relocates on k");
  CHECK(lines[1] == "types that only modules have:");
  CHECK(lines[3] == "1 kernel, 1 object, 1 program: 1 relocates, 0 guarded, 0 NOT guarded, 0 fail");
}

TEST_CASE("check_modules: the JSON document has each list of types once", "[modules]") {
  const Plan plan = plan_of(offset);
  const auto result = checked_modules(plan,
                                      {{"a", {x_at(32), x_at(64)}},
                                       {"b", {}},
                                       {"c", {x_at(32), x_at(64)}},
                                       {"d", {only_int}},
                                       {"e", {x_at(32), x_at(32), x_at(32), x_at(32), x_at(32)}}},
                                      offset);
  Json document = Json::object();
  cli::add_check({}, &result, document);
  Json lists = Json::array();
  for (const Json& kernel : document["kernels"]) lists.push_back(kernel.value("module_types", Json()));
  CHECK(lists == Json::parse("[0, null, 0, 1, 2]"));
  CHECK(document["module_types"] == Json::parse(R"([
    [{"type": "struct x", "modules": ["m0", "m1"], "agree": false, "differences": [
       {"object": 0, "program": "prog", "insn": 0, "kind": "field_byte_offset", "subject": "x.a",
        "alone": [{"modules": ["m0"], "status": "resolved", "value": 4},
                  {"modules": ["m1"], "status": "resolved", "value": 8}],
        "together": {"modules": ["m0", "m1"], "status": "failed",
                     "failure": "ambiguous: candidates disagree about the offset"},
        "depends_on_order": false}]}],
    [],
    [{"type": "struct x", "modules": ["m0", "m1", "m2", "m3", "m4"], "agree": true, "differences": []}]])"));
}

TEST_CASE("check_modules: an object of the other byte order searches for nothing", "[modules]") {
  ModuleCase row = row_of({"k", {x_at(32)}}, offset);
  const Built big = build({.name = "big",
                           .local = local,
                           .target = [](BtfForge&) {},
                           .asks = offset,
                           .expected = {},
                           .object_order = ByteOrder::big});
  const Plan plan({BpfObject::parse(big.object, "object.bpf.o")});
  const LiveKernel live(row);
  cli::CheckOutcomeStore store(1);
  const auto result = cli::CheckTask(plan, store).run({.source = "k", .member = "", .name = "k"}, live.btf());
  CHECK(archive::value_of<cli::KernelOutcome>(*result).module_roots->empty());
}

}  // namespace minbtf::test
