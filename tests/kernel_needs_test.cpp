#include "object/kernel_needs.hpp"

#include <catch2/catch.hpp>

#include "minbtf/resolution.hpp"
#include "support/forged_samples.hpp"

namespace minbtf::test {

using object::KernelNeed;
using object::NeedKind;

namespace {

std::string attach_text(std::string_view section) {
  const auto attach = object::btf_attach(section);
  if (!attach) return "none";
  static const char* const names[] = {"function", "tracepoint", "lsm_hook", "iterator", "struct_ops"};
  return std::string(names[static_cast<std::size_t>(attach->kind)]) + " " + std::string(attach->name);
}

}  // namespace

TEST_CASE("kernel_needs: what the section's name says") {
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
      // The BTF of another program, and programs that attach by other means.
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
      // Names that only begin so: libbpf knows no such sections.
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

TEST_CASE("kernel_needs: of programs, of their instructions and of the object") {
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
      "struct " + std::string(parsed.data().btf->string(parsed.data().btf->type(local.struct_).name_off));
  const std::vector<Row> rows = {
      {0, NeedKind::kfunc, "kfunc", true, {0}},
      {1, NeedKind::type_id, structure, false, {8, 16}},
      {2, NeedKind::function, "f", false, {}},
      {2, NeedKind::kfunc, "kfunc", true, {0, 8}},
      {2, NeedKind::type_id, "type 65535", false, {0}},
      {object::no_program, NeedKind::variable, "unused", false, {}},
      {object::no_program, NeedKind::struct_ops_map, "ops (" + structure + ")", false, {}},
  };
  const std::vector<KernelNeed> needs = object::kernel_needs(parsed.data(), symbols);
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

TEST_CASE("kernel_needs: ids in no program are nobody's") {
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
  CHECK(object::kernel_needs(parsed.data(), {}).empty());
}

TEST_CASE("kernel_needs: an object without BTF") {
  const BpfObject parsed = BpfObject::parse(
      forge_object(BtfForge(), {{.name = "p", .section = "lsm/file_open", .insns = {exit_insn()}, .records = {}}},
                   {.without_btf = true}),
      "object");
  const auto needs = object::kernel_needs(parsed.data(), {});
  REQUIRE(needs.size() == 1);
  CHECK(needs[0].kind == NeedKind::lsm_hook);
}

}  // namespace minbtf::test
