// SPDX-License-Identifier: BSD-2-Clause
#include "object/kernel_needs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/line_forge.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using object::KernelNeed;
using object::KernelSymbol;
using object::SymbolKind;

namespace {

std::string attach_text(std::string_view section) {
  const auto attach = object::btf_attach(section);
  if (!attach) return "none";
  static const char* const names[] = {"function", "tracepoint", "lsm_hook", "iterator", "struct_ops"};
  return std::string(names[static_cast<std::size_t>(attach->kind)]) + " " + std::string(attach->name);
}

struct Loaded {
  explicit Loaded(const std::string& order)
      : text(contents_of(bpf_object("kernel_needs", order))),
        bytes(text.begin(), text.end()),
        object(BpfObject::parse(bytes, "object")),
        elf(elf::ElfFile::from_memory(bytes, "object")) {}

  std::string text;
  std::vector<std::uint8_t> bytes;
  BpfObject object;
  elf::ElfFile elf;
};

std::string text_of(const KernelSymbol& symbol, const object::ObjectData& data) {
  std::string text = symbol.kind == SymbolKind::function         ? "function "
                     : symbol.kind == SymbolKind::typed_variable ? "variable "
                                                                 : "address ";
  text += std::string(symbol.name) + (symbol.weak ? " weak" : "");
  for (const object::SymbolUse& use : symbol.uses) text += " " + data.programs[use.program].name;
  return text;
}

using Bytes = std::vector<std::uint8_t>;

Bytes object_bytes(const std::string& name, const std::string& order) {
  const std::string text = contents_of(bpf_object(name, order));
  return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("kernel_needs: the section name determines what a program attaches to") {
  struct Row {
    std::string_view section;
    std::string expected;
  };
  const std::vector<Row> rows = {
      {"fentry/do_unlinkat", "function do_unlinkat"},
      {"fentry", "function "},
      {"fentry/", "function "},
      {"fentry.s/vfs_read", "function vfs_read"},
      {"fexit/x", "function x"},
      {"fexit.s/x", "function x"},
      {"fmod_ret/x", "function x"},
      {"fmod_ret.s/x", "function x"},
      {"fsession/x", "function x"},
      {"?fentry/x", "function x"},
      {"tp_btf/sched_switch", "tracepoint sched_switch"},
      {"lsm/file_open", "lsm_hook file_open"},
      {"lsm.s/file_open", "lsm_hook file_open"},
      {"lsm_cgroup/socket_bind", "lsm_hook socket_bind"},
      {"iter/bpf_map_elem", "iterator bpf_map_elem"},
      {"iter.s/task", "iterator task"},
      {"struct_ops/init", "struct_ops init"},
      {"struct_ops.s/init", "struct_ops init"},
      {"struct_ops", "struct_ops "},
      // Programs that use the BTF of another program, and programs that do not attach by BTF.
      {"freplace/x", "none"},
      {"kprobe/x", "none"},
      {"kprobe.multi/x", "none"},
      {"raw_tp/sched_switch", "none"},
      {"raw_tp.w/x", "none"},
      {"tp/sched/sched_switch", "none"},
      {"usdt", "none"},
      {"syscall", "none"},
      {"xdp", "none"},
      {".text", "none"},
      {"", "none"},
      {"?", "none"},
      // Names that only begin like a known section: libbpf does not know such sections.
      {"fentry_x", "none"},
      {"lsmx/file_open", "none"},
      {"??fentry/x", "none"},
      {"/fentry", "none"},
  };
  for (const Row& row : rows) {
    INFO(row.section);
    CHECK(attach_text(row.section) == row.expected);
    CHECK(object::is_loaded_by_default(row.section) == !row.section.starts_with('?'));
  }
}

TEST_CASE("kernel_needs: needs are listed by program and kind, with those of the object last") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  EveryKind local(order);
  local.forge.datasec(".struct_ops", 8, {{local.forge.var("ops", local.struct_, 1), 0, 8}});
  constexpr auto target_id = static_cast<std::uint32_t>(RelocationKind::type_id_target);
  const ForgedRecord asks = {.insn = 1, .type_id = local.struct_, .access = "0", .kind = target_id};
  const ForgedRecord asks_again = {.insn = 0, .type_id = local.struct_, .access = "0", .kind = target_id};
  const ForgedRecord of_nothing = {.insn = 0, .type_id = 0xffff, .access = "0", .kind = target_id};
  const ForgedRecord other = {.insn = 0, .type_id = local.struct_, .access = "0", .kind = 8};
  const BpfObject parsed = BpfObject::parse(
      forge_object(
          local.forge,
          {{.name = "plain", .section = "tp/x", .insns = {exit_insn()}, .records = {other}},
           {.name = "ids", .section = "tp/x", .insns = {mov_imm(1), exit_insn()}, .records = {asks, asks_again}},
           {.name = "traced", .section = "fentry/f", .insns = {exit_insn()}, .records = {of_nothing}}},
          {.order = order}),
      "object");
  const std::vector<object::KernelSymbol> symbols = {
      {.kind = object::SymbolKind::function, .name = "kfunc", .weak = true, .uses = {{2, 0}, {2, 8}, {0, 0}}},
      {.kind = object::SymbolKind::typed_variable, .name = "unused", .weak = false, .uses = {}},
      {.kind = object::SymbolKind::untyped_variable, .name = "address", .weak = false, .uses = {{0, 0}}},
  };
  struct Row {
    std::size_t program;
    NeedKind kind;
    std::string subject;
    bool weak;
    std::vector<std::uint64_t> insn_offs;
  };
  const std::string structure =
      "struct " +
      std::string(object::data_of(parsed).btf->string(object::data_of(parsed).btf->type(local.struct_).name_off));
  const std::vector<Row> rows = {
      {0, NeedKind::kfunc, "kfunc", true, {0}},
      {1, NeedKind::type_id, structure, false, {8, 16}},
      {2, NeedKind::function, "f", false, {}},
      {2, NeedKind::kfunc, "kfunc", true, {0, 8}},
      {2, NeedKind::type_id, "type 65535", false, {0}},
      {object::no_program, NeedKind::variable, "unused", false, {}},
      {object::no_program, NeedKind::struct_ops_map, "ops (" + structure + ")", false, {}},
  };
  const std::vector<KernelNeed> needs = object::kernel_needs(object::data_of(parsed), symbols);
  REQUIRE(needs.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("need " << i);
    CHECK(needs[i].program == rows[i].program);
    CHECK(needs[i].kind == rows[i].kind);
    CHECK(needs[i].subject == rows[i].subject);
    CHECK(needs[i].weak == rows[i].weak);
    CHECK(needs[i].insn_offs == rows[i].insn_offs);
  }
}

TEST_CASE("kernel_needs: a type id outside all programs is not a need") {
  EveryKind local;
  const ForgedRecord id = {.insn = 0,
                           .type_id = local.struct_,
                           .access = "0",
                           .kind = static_cast<std::uint32_t>(RelocationKind::type_id_target)};
  const BpfObject parsed = BpfObject::parse(
      forge_object(local.forge, {{.name = "p", .section = "tp/x", .insns = {exit_insn()}, .records = {id}}},
                   {.without_symbols = true}),
      "object");
  REQUIRE(parsed.relocation_count() == 1);
  CHECK(object::kernel_needs(object::data_of(parsed), {}).empty());
}

TEST_CASE("kernel_needs: a program of an object without BTF still needs what its section names") {
  const BpfObject parsed = BpfObject::parse(
      forge_object(BtfForge(), {{.name = "p", .section = "lsm/file_open", .insns = {exit_insn()}, .records = {}}},
                   {.without_btf = true}),
      "object");
  const auto needs = object::kernel_needs(object::data_of(parsed), {});
  REQUIRE(needs.size() == 1);
  CHECK(needs[0].kind == NeedKind::lsm_hook);
}

TEST_CASE("kernel_symbols: functions, variables and addresses are listed with the programs that use them") {
  const std::string order = GENERATE("el", "eb");
  const Loaded loaded(order);
  const object::ObjectData& data = object::data_of(loaded.object);
  std::vector<std::string> found;
  for (const KernelSymbol& symbol : kernel_symbols(loaded.elf, data)) found.push_back(text_of(symbol, data));
  std::ranges::sort(found);
  CHECK(found ==
        std::vector<std::string>{"address init_task_address on_open", "address perhaps_an_address weak on_open on_open",
                                 "function bpf_task_acquire acquire", "function bpf_task_release weak acquire acquire",
                                 "variable bpf_prog_active weak after_read", "variable runqueues on_exec"});
}

TEST_CASE("kernel_symbols: the uses of a symbol are instructions of the programs that refer to it") {
  const Loaded loaded("el");
  const object::ObjectData& data = object::data_of(loaded.object);
  for (const KernelSymbol& symbol : kernel_symbols(loaded.elf, data)) {
    for (const object::SymbolUse& use : symbol.uses) {
      const object::ProgramExtent& extent = data.extents[use.program];
      CHECK(use.insn_off >= extent.offset);
      CHECK(use.insn_off < extent.offset + extent.size);
      CHECK(use.insn_off % object::instruction_size == 0);
    }
  }
}

TEST_CASE("kernel_symbols: a symbol that the BTF does not list in .ksyms is left out") {
  const Loaded loaded("el");
  // The same object with the BTF of another object.
  const auto with_btf = [&](BtfForge& forge) {
    object::ObjectData data;
    data.btf = btf::View::parse(forge.bytes(), "object");
    data.extents = object::data_of(loaded.object).extents;
    data.programs = object::data_of(loaded.object).programs;
    std::vector<std::string> names;
    for (const KernelSymbol& symbol : kernel_symbols(loaded.elf, data)) names.emplace_back(symbol.name);
    return names;
  };
  const auto forge_with = [](const char* section) {
    BtfForge forge;
    const auto integer = forge.integer("int", 4, 1);
    forge.datasec(section, 4, {{forge.var("runqueues", integer, 2), 0, 4}});
    return forge;
  };
  BtfForge none;
  CHECK(with_btf(none).empty());
  BtfForge kconfig = forge_with(".kconfig");
  CHECK(with_btf(kconfig).empty());
  BtfForge ksyms = forge_with(".ksyms");
  CHECK(with_btf(ksyms) == std::vector<std::string>{"runqueues"});
}

TEST_CASE("kernel_symbols: a variable is untyped if its type is void behind qualifiers") {
  const Loaded loaded("el");
  const auto kind_with = [&](BtfForge& forge, std::uint32_t type) {
    forge.datasec(".ksyms", 4, {{forge.var("runqueues", type, 2), 0, 4}});
    object::ObjectData data;
    data.btf = btf::View::parse(forge.bytes(), "object");
    const auto symbols = kernel_symbols(loaded.elf, data);
    REQUIRE(symbols.size() == 1);
    CHECK(symbols[0].uses.empty());  // the object has no programs
    return symbols[0].kind;
  };
  BtfForge forge;
  CHECK(kind_with(forge, 0) == SymbolKind::untyped_variable);
  forge = BtfForge();
  CHECK(kind_with(forge, forge.const_(forge.typedef_("nothing", forge.volatile_(0)))) == SymbolKind::untyped_variable);
  forge = BtfForge();
  CHECK(kind_with(forge, forge.const_(forge.ptr(0))) == SymbolKind::typed_variable);
  forge = BtfForge();
  // A loop of qualifiers does not end in void.
  CHECK(kind_with(forge, forge.const_(forge.next_id())) == SymbolKind::typed_variable);
}

TEST_CASE("kernel_symbols: struct_ops maps are the variables of the .struct_ops sections") {
  const std::string order = GENERATE("el", "eb");
  const Loaded loaded(order);
  const auto maps = object::struct_ops_maps(*object::data_of(loaded.object).btf);
  REQUIRE(maps.size() == 1);
  CHECK(maps[0].name == "congestion");
  CHECK(maps[0].type == "tcp_congestion_ops");

  BtfForge forge;
  const auto ops = forge.const_(forge.structure("sched_ext_ops", 8, {}));
  for (const char* section : {".struct_ops", "?.struct_ops", "?.struct_ops.link", ".struct_ops.linked", ".data"}) {
    forge.datasec(section, 8, {{forge.var(section, ops, 1), 0, 8}});
  }
  std::vector<std::string> names;
  const auto btf = btf::View::parse(forge.bytes(), "object");
  for (const auto& map : object::struct_ops_maps(btf)) {
    names.emplace_back(map.name);
    CHECK(map.type == "sched_ext_ops");
  }
  CHECK(names == std::vector<std::string>{".struct_ops", "?.struct_ops", "?.struct_ops.link"});
}

TEST_CASE("facts: lines, symbols and needs of an object compiled by clang are read") {
  const std::string order = GENERATE("el", "eb");
  const Bytes bytes = object_bytes("kernel_needs", order);
  const BpfObject object = BpfObject::parse(bytes, "object");
  CHECK(object.programs().size() == 11);
  CHECK(object.note() == "no CO-RE relocations");
  const object::Facts facts = object::read_facts(bytes, object);
  CHECK(facts.line_damage.empty());
  CHECK(facts.lines.find("kprobe/vfs_open", 0, 0));
  CHECK(facts.symbols.size() == 6);
  std::size_t attached = 0;
  for (const object::KernelNeed& need : facts.needs) {
    if (need.kind <= NeedKind::struct_ops) ++attached;
  }
  CHECK(attached == 7);
  CHECK(facts.needs.size() == 7 + 4 + 1);
}

TEST_CASE("facts: damaged line info is left out, and the rest is read") {
  const auto damage = [](std::size_t at, std::uint32_t value) {
    return [=](Bytes& bytes) { set_u32(bytes, at, value, ByteOrder::little); };
  };
  // line_info_off and line_info_len in the header.
  const std::vector<std::pair<std::function<void(Bytes&)>, std::string>> rows = {
      {damage(16, 3), ""},  // the object has no line info
      {damage(20, 0x10000), ".BTF.ext+0x10: the line info records (65536 bytes at 32) reach beyond the section's "},
      {damage(20, 3), ".BTF.ext+0x20: no room for the record size"},
  };
  for (const auto& [edit, expected] : rows) {
    const Bytes bytes = sample_object({.edit_btf_ext = edit});
    const BpfObject object = BpfObject::parse(bytes, "object");
    CHECK(object.relocation_count() != 0);
    const object::Facts facts = object::read_facts(bytes, object);
    CHECK(facts.line_damage.starts_with(expected));
    CHECK(facts.line_damage.empty() == expected.empty());
    CHECK_FALSE(facts.lines.find(object.programs()[0].section, 0, 0));
    CHECK_FALSE(facts.needs.empty());
  }
}

TEST_CASE("facts: an object without BTF or .BTF.ext has no symbols and no line damage") {
  for (const ForgedObjectOptions& options :
       {ForgedObjectOptions{.without_btf = true}, ForgedObjectOptions{.without_btf_ext = true}}) {
    const Bytes bytes = sample_object(options);
    const BpfObject object = BpfObject::parse(bytes, "object");
    const object::Facts facts = object::read_facts(bytes, object);
    CHECK(facts.line_damage.empty());
    CHECK(facts.symbols.empty());
  }
}

TEST_CASE("facts: a truncated object is an error or is read") {
  const Bytes whole = object_bytes("kernel_needs", "el");
  std::size_t errors = 0;
  for (std::size_t length = 0; length < whole.size(); length += 13) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const std::string text = error_text([&] {
      const BpfObject object = BpfObject::parse(part, "object");
      (void)object::read_facts(part, object);
    });
    if (text != "no error") ++errors;
    CHECK((text == "no error" || text.starts_with("damaged: object: ") || text.starts_with("wrong_file: object: ")));
  }
  CHECK(errors != 0);
}

}  // namespace minbtf::test
