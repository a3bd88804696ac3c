// SPDX-License-Identifier: BSD-2-Clause
// The types of a kernel that a plan searches for by name, and what tasks report about them.
#include <catch2/catch.hpp>

#include "archive/batch/kernel_reducer.hpp"
#include "base/short_text.hpp"
#include "commands/check/check_task.hpp"
#include "commands/verify/verify_tree.hpp"
#include "minbtf/plan.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Kind = RelocationKind;
using Names = std::vector<std::string>;

/// A record about a type of the object.
struct Asking {
  std::uint32_t type = 0;
  Kind kind = Kind::type_exists;
  std::string access = "0";
  ForgedInsn insn = mov_imm(1);
};

BpfObject object_of(const BtfForge& local, const std::vector<Asking>& records) {
  ForgedProgram program = {.name = "p", .section = "tp", .insns = {}, .records = {}};
  for (const Asking& each : records) {
    program.records.push_back({.insn = static_cast<std::uint32_t>(program.insns.size()),
                               .type_id = each.type,
                               .access = each.access,
                               .kind = static_cast<std::uint32_t>(each.kind)});
    program.insns.push_back(each.insn);
  }
  program.insns.push_back(exit_insn());
  return BpfObject::parse(forge_object(local, {program}, {.order = local.order()}), "object");
}

/// Returns an object that asks whether `struct NAME` exists.
BpfObject object_for(const std::string& name, ByteOrder order = ByteOrder::little) {
  BtfForge local(order);
  const std::uint32_t type = local.structure(name, 4, {});
  return object_of(local, {{.type = type}});
}

WantedTypes wanted(const BtfForge& local, const std::vector<Asking>& records) {
  return Plan({object_of(local, records)}).wanted_types(ByteOrder::little);
}

/// An input that does not run the task. It keeps what the task reports.
class Questioner final : public archive::Input {
 public:
  Questioner() : Input("full") {}

  std::optional<WantedTypes> little;
  std::optional<WantedTypes> big;

  [[nodiscard]] const char* noun() const noexcept override { return "kernel"; }
  [[nodiscard]] std::span<const std::uint8_t> one_kernel() const override { return {}; }
  [[nodiscard]] archive::ProcessedInput process(const archive::ProcessRequest& request) override {
    little = request.task.wanted_types(ByteOrder::little);
    big = request.task.wanted_types(ByteOrder::big);
    return {};
  }
};

/// A task that does not implement wanted_types().
class Plain final : public archive::TaskWithResult<bool> {
  [[nodiscard]] bool process(const archive::KernelPlace&, const KernelBtf&) const override { return true; }
  [[nodiscard]] bool are_equal(const bool& one, const bool& other) const override { return one == other; }
};

}  // namespace

TEST_CASE("wanted_types: the names are essential names, sorted, and each is there once") {
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  const std::uint32_t old = local.structure("task___old", 4, {{"pid", int_, 0}});
  const std::uint32_t again = local.structure("task", 4, {{"tgid", int_, 0}});
  const std::uint32_t enum_ = local.enumeration("colour___new", 4, {{"RED", 1}});
  const std::uint32_t other_kind = local.typedef_("task___t", int_);
  const WantedTypes found = wanted(local, {{.type = old, .kind = Kind::field_exists, .access = "0:0"},
                                           {.type = again, .kind = Kind::field_byte_offset, .access = "0:0"},
                                           {.type = other_kind, .kind = Kind::type_size},
                                           {.type = enum_, .kind = Kind::enumval_value},
                                           {.type = int_, .kind = Kind::field_byte_size}});
  CHECK(found.names == Names{"colour", "int", "task"});
  CHECK(found.whole_only.empty());
  CHECK(Plan({}).wanted_types(ByteOrder::little).names.empty());
}

TEST_CASE("wanted_types: records without a question want nothing") {
  BtfForge local;
  const std::uint32_t s = local.structure("s", 4, {{"a", local.integer("int", 4, 1), 0}});
  const std::uint32_t anonymous = local.structure("", 4, {});
  const std::vector<Asking> records = {{.type = s, .kind = Kind::type_id_local},
                                       {.type = s, .kind = Kind::field_exists, .access = "0:1"},
                                       {.type = s, .kind = Kind::type_exists, .access = "0:0"},
                                       {.type = s, .kind = static_cast<Kind>(99)},
                                       {.type = anonymous, .kind = Kind::type_exists},
                                       {.type = 1000, .kind = Kind::type_exists}};
  const BpfObject object = object_of(local, records);
  REQUIRE(object.relocation_count() == records.size());
  const WantedTypes found = Plan({object}).wanted_types(ByteOrder::little);
  CHECK(found.names.empty());
  CHECK_FALSE(found.follows_pointers);
  CHECK(found.whole_only.empty());
}

TEST_CASE("wanted_types: a type without a name cannot be found, and is not wanted") {
  // The name is an empty string that is not at offset 0. libbpf finds no candidates for it.
  BtfForge local;
  local.structure("x", 4, {});
  const std::uint32_t s = local.structure("y", 4, {});
  local.set_type_word(s, 0, local.string("x") + 1);
  CHECK(wanted(local, {{.type = s}}).names.empty());
}

TEST_CASE("wanted_types: pointers are followed if a question compares members, or what a typedef leads to") {
  const EveryKind all;
  const auto follows = [&](std::uint32_t type, Kind kind) {
    const bool is_enumerator = kind == Kind::enumval_exists || kind == Kind::enumval_value;
    const Plan plan({object_of(all.forge, {{.type = is_enumerator ? all.enum_ : type, .kind = kind}})});
    CHECK(plan.question_count() == (kind == Kind::type_id_local ? 0 : 1));
    return plan.wanted_types(ByteOrder::little).follows_pointers;
  };
  for (std::uint32_t number = 0; number <= static_cast<std::uint32_t>(Kind::type_matches); ++number) {
    const auto kind = static_cast<Kind>(number);
    CAPTURE(to_string(kind));
    const bool is_type = kind == Kind::type_exists || kind == Kind::type_size || kind == Kind::type_matches ||
                         kind == Kind::type_id_target;
    CHECK(follows(all.typedef_, kind) == is_type);
    CHECK(follows(all.struct_, kind) == (kind == Kind::type_matches));
    if (!is_type) continue;
    for (const std::uint32_t type : {all.enum_, all.int_, all.fwd}) {
      CHECK(follows(type, kind) == (kind == Kind::type_matches));
    }
  }
  // One question of many is enough.
  CHECK(wanted(all.forge, {{.type = all.struct_, .kind = Kind::field_exists, .access = "0:0"},
                           {.type = all.typedef_, .kind = Kind::type_size},
                           {.type = all.struct_, .kind = Kind::field_byte_size, .access = "0:0"}})
            .follows_pointers);
}

TEST_CASE("wanted_types: types of kinds that no compiler asks for are listed with their kind") {
  EveryKind all;
  const auto pointer = all.forge.type("pointer", btf::Kind::ptr, 0, false, all.int_);
  const auto sample = [&](std::uint32_t type) { return wanted(all.forge, {{.type = type}}); };
  for (const std::uint32_t type :
       {all.int_, all.struct_, all.enum_, all.enum64, all.fwd, all.typedef_, all.float_, all.bitfields}) {
    CAPTURE(type);
    CHECK(sample(type).names.size() == 1);
    CHECK(sample(type).whole_only.empty());
  }
  CHECK(sample(all.func).extras == Names{"func function"});
  CHECK(sample(all.func).names == Names{"function"});
  CHECK(sample(all.var).extras == Names{"var variable"});
  CHECK(sample(all.datasec).extras == Names{"datasec .data"});
  CHECK(sample(all.decl_tag).extras == Names{"decl_tag declared"});
  CHECK(sample(all.type_tag).extras == Names{"type_tag user"});
  CHECK(sample(pointer).extras == Names{"ptr pointer"});

  const WantedTypes many = wanted(all.forge, {{.type = all.var},
                                              {.type = all.var, .kind = Kind::type_size},
                                              {.type = all.func},
                                              {.type = all.struct_},
                                              {.type = all.var, .kind = Kind::field_byte_size}});
  CHECK(many.extras == Names{"func function", "var variable"});
  CHECK(many.names == Names{"function", "s", "variable"});
}

TEST_CASE("wanted_types: a type id as the offset of a load needs the whole BTF") {
  // libbpf fails if the id is over 32767, and a stand-in has other ids.
  BtfForge local;
  const std::uint32_t s = local.structure("s", 4, {{"a", local.integer("int", 4, 1), 0}});
  const Asking id = {.type = s, .kind = Kind::type_id_target};
  CHECK(wanted(local, {id}).whole_only.empty());
  CHECK(wanted(local, {{.type = s, .kind = Kind::field_byte_offset, .access = "0:0", .insn = ldx(4, 0)}})
            .whole_only.empty());
  const Asking offset = {.type = s, .kind = Kind::type_id_target, .insn = ldx(4, 0)};
  CHECK(wanted(local, {id, offset}).whole_only == Names{"type id of struct s in a load or store"});
}

TEST_CASE("wanted_types: a kind that this version does not know is listed, and a long name is cut") {
  BtfForge local;
  std::vector<ForgedLayout> layout(31);
  layout[1] = {.info_sz = 4};
  local.header().layout = layout;
  const std::uint32_t odd = local.type("odd", 30, 0, false, 0);
  const std::uint32_t long_ = local.func(std::string(1000, 'x'), local.func_proto(0, {}));
  CHECK(wanted(local, {{.type = odd}}).extras == Names{"unknown odd"});
  const WantedTypes found = wanted(local, {{.type = long_}});
  CHECK(found.names == Names{std::string(1000, 'x')});
  CHECK(found.extras == Names{base::short_text("func " + std::string(1000, 'x'))});
}

TEST_CASE("wanted_types: the types are those of the objects that are used for a kernel") {
  const Plan both({object_for("a"), object_for("b", ByteOrder::big), object_for("c")});
  CHECK(both.wanted_types(ByteOrder::little).names == Names{"a", "c"});
  CHECK(both.wanted_types(ByteOrder::big).names == Names{"b"});
  CHECK(both.wanted_types_of_all().names == Names{"a", "b", "c"});
  const Plan little({object_for("a"), object_for("c")});
  CHECK(little.wanted_types(ByteOrder::big).names == Names{"a", "c"});
  CHECK(little.wanted_types_of_all().names == Names{"a", "c"});
}

TEST_CASE("wanted_types: check wants the enum of the kernel's helpers too") {
  const Plan plan({object_for("a"), object_for("z")});
  CHECK(plan.wanted_types(ByteOrder::little).names == Names{"a", "z"});
  const WantedTypes found = plan.wanted_types_of_check(ByteOrder::little);
  CHECK(found.names == Names{"a", "bpf_func_id", "z"});
  CHECK_FALSE(found.follows_pointers);
  CHECK(Plan({object_for("bpf_func_id")}).wanted_types_of_check(ByteOrder::big).names == Names{"bpf_func_id"});
  CHECK_FALSE(Plan({}).wanted_types_of_check(ByteOrder::little).follows_pointers);
}

TEST_CASE("wanted_types: gen wants the plan's types, and those of check if it explains") {
  const Plan plan({object_for("a"), object_for("b", ByteOrder::big)});
  archive::ContentStore store;
  const archive::KernelReducer reducer(plan, store, {.verifies = true});
  CHECK(reducer.wanted_types(ByteOrder::little).value().names == Names{"a"});
  CHECK(reducer.wanted_types(ByteOrder::big).value().names == Names{"b"});
  const archive::KernelReducer explaining(plan, store, {.explains = true});
  CHECK(explaining.wanted_types(ByteOrder::little).value().names == Names{"a", "bpf_func_id"});
}

TEST_CASE("wanted_types: the task of check wants what check wants") {
  const Plan plan({object_for("a"), object_for("b", ByteOrder::big)});
  cli::CheckOutcomeStore store(2);
  const cli::CheckTask task(plan, store);
  CHECK(task.wanted_types(ByteOrder::little).value().names == Names{"a", "bpf_func_id"});
  CHECK(task.wanted_types(ByteOrder::big).value().names == Names{"b", "bpf_func_id"});
}

TEST_CASE("wanted_types: verify wants the plan's types") {
  const Plan plan({object_for("a"), object_for("b", ByteOrder::big)});
  const TempDir directory;
  const std::string reduced = directory.write("reduced.btf", BtfForge().bytes());
  cli::DifferenceStore differences(1);
  Questioner full;
  (void)cli::verify_tree({.plans = plan, .differences = differences}, full, cli::ReducedTree::of_file(reduced, {}), {});
  CHECK(full.little.value().names == Names{"a"});
  CHECK(full.big.value().names == Names{"b"});
}

TEST_CASE("wanted_types: a task needs the whole kernel if it reports nothing else") {
  CHECK_FALSE(Plain().wanted_types(ByteOrder::little).has_value());
  CHECK_FALSE(Plain().wanted_types(ByteOrder::big).has_value());
}

}  // namespace minbtf::test
