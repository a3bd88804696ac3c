#include "object/kernel_symbols.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "object/object_data.hpp"
#include "support/btf_forge.hpp"
#include "support/fixtures.hpp"
#include "support/temp_dir.hpp"

namespace minbtf::test {

using object::KernelSymbol;
using object::SymbolKind;

namespace {

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

}  // namespace

TEST_CASE("kernel_symbols: functions, variables and addresses, and who uses them") {
  const std::string order = GENERATE("el", "eb");
  const Loaded loaded(order);
  const object::ObjectData& data = loaded.object.data();
  std::vector<std::string> found;
  for (const KernelSymbol& symbol : kernel_symbols(loaded.elf, data)) found.push_back(text_of(symbol, data));
  std::ranges::sort(found);
  CHECK(found ==
        std::vector<std::string>{"address init_task_address on_open", "address perhaps_an_address weak on_open on_open",
                                 "function bpf_task_acquire acquire", "function bpf_task_release weak acquire acquire",
                                 "variable bpf_prog_active weak after_read", "variable runqueues on_exec"});
}

TEST_CASE("kernel_symbols: places are instructions of the program that refers to the symbol") {
  const Loaded loaded("el");
  const object::ObjectData& data = loaded.object.data();
  for (const KernelSymbol& symbol : kernel_symbols(loaded.elf, data)) {
    for (const object::SymbolUse& use : symbol.uses) {
      const object::Extent& extent = data.extents[use.program];
      CHECK(use.insn_off >= extent.offset);
      CHECK(use.insn_off < extent.offset + extent.size);
      CHECK(use.insn_off % object::instruction_size == 0);
    }
  }
}

TEST_CASE("kernel_symbols: what the BTF does not list under .ksyms is none") {
  const Loaded loaded("el");
  // The same object with the BTF of another.
  const auto with_btf = [&](BtfForge& forge) {
    object::ObjectData data;
    data.btf = btf::View::parse(forge.bytes(), "object");
    data.extents = loaded.object.data().extents;
    data.programs = loaded.object.data().programs;
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

TEST_CASE("kernel_symbols: a variable is untyped if nothing but void is behind its qualifiers") {
  const Loaded loaded("el");
  const auto kind_with = [&](BtfForge& forge, std::uint32_t type) {
    forge.datasec(".ksyms", 4, {{forge.var("runqueues", type, 2), 0, 4}});
    object::ObjectData data;
    data.btf = btf::View::parse(forge.bytes(), "object");
    const auto symbols = kernel_symbols(loaded.elf, data);
    REQUIRE(symbols.size() == 1);
    CHECK(symbols[0].uses.empty());  // there are no programs
    return symbols[0].kind;
  };
  BtfForge forge;
  CHECK(kind_with(forge, 0) == SymbolKind::untyped_variable);
  forge = BtfForge();
  CHECK(kind_with(forge, forge.const_(forge.typedef_("nothing", forge.volatile_(0)))) == SymbolKind::untyped_variable);
  forge = BtfForge();
  CHECK(kind_with(forge, forge.const_(forge.ptr(0))) == SymbolKind::typed_variable);
  forge = BtfForge();
  // Qualifiers that go round in a circle end nowhere, and not in void.
  CHECK(kind_with(forge, forge.const_(forge.next_id())) == SymbolKind::typed_variable);
}

TEST_CASE("kernel_symbols: struct_ops maps") {
  const std::string order = GENERATE("el", "eb");
  const Loaded loaded(order);
  const auto maps = object::struct_ops_maps(*loaded.object.data().btf);
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

}  // namespace minbtf::test
