#include "object/kernel_symbols.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace minbtf::object {

namespace {

constexpr int most_modifiers = 256;  ///< in a row; more are a loop, and a type of some kind

/// libbpf's skip_mods_and_typedefs().
btf::Type underlying(const btf::View& btf, std::uint32_t id) {
  btf::Type type = btf.type(id);
  for (int i = 0; i < most_modifiers && wire::is_modifier_or_typedef(type.kind); ++i) {
    type = btf.type(type.size_or_type);
  }
  return type;
}

/// Calls take(type) for the VARs and FUNCs of all DATASECs whose name `wanted` says yes to, once for each.
template <typename Wanted, typename Take>
void for_each_variable(const btf::View& btf, Wanted wanted, Take take) {
  constexpr std::size_t enough = 32;  // more than any section has that is wanted
  std::unordered_set<std::uint32_t> seen;
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type section = btf.type(id);
    if (section.kind != wire::Kind::datasec || !wanted(btf.string_start(section.name_off, enough))) continue;
    for (std::uint32_t i = 0; i < section.vlen; ++i) {
      const std::uint32_t type = btf.variable(section, i).type;
      const btf::Type variable = btf.type(type);
      if (variable.kind != wire::Kind::var && variable.kind != wire::Kind::func) continue;
      if (seen.insert(type).second) take(variable);
    }
  }
}

SymbolKind kind_of(const btf::View& btf, const btf::Type& variable) {
  if (variable.kind == wire::Kind::func) return SymbolKind::function;
  return underlying(btf, variable.size_or_type).kind == wire::Kind::void_ ? SymbolKind::untyped_variable
                                                                          : SymbolKind::typed_variable;
}

}  // namespace

std::vector<KernelSymbol> kernel_symbols(const elf::ElfFile& elf, const ObjectData& data) {
  std::map<std::string_view, SymbolKind> kinds;
  for_each_variable(
      *data.btf, [](std::string_view section) { return section == ".ksyms"; },
      [&](const btf::Type& variable) {
        // What is longer is no symbol's name.
        const std::string_view name = data.btf->string_start(variable.name_off, elf::longest_name + 1);
        if (name.size() <= elf::longest_name) kinds.try_emplace(name, kind_of(*data.btf, variable));
      });
  std::vector<KernelSymbol> symbols;
  if (kinds.empty()) return symbols;

  std::map<std::uint32_t, std::size_t> by_index;
  for (const elf::ExternSymbol& symbol : elf.externs()) {
    const auto kind = kinds.find(symbol.name);
    if (kind == kinds.end()) continue;
    by_index.emplace(symbol.index, symbols.size());
    symbols.push_back({.kind = kind->second, .name = kind->first, .weak = symbol.weak, .uses = {}});
  }
  for (const elf::CodeRelocation& relocation : elf.code_relocations()) {
    const auto symbol = by_index.find(relocation.symbol);
    if (symbol == by_index.end()) continue;
    const std::size_t program = data.program_at(relocation.section, relocation.offset);
    if (program == no_program) continue;
    symbols[symbol->second].uses.push_back({.program = program, .insn_off = relocation.offset});
  }
  for (KernelSymbol& symbol : symbols) {
    std::ranges::sort(symbol.uses, {}, [](const SymbolUse& use) { return std::tuple(use.program, use.insn_off); });
  }
  return symbols;
}

std::vector<StructOpsMap> struct_ops_maps(const btf::View& btf) {
  std::vector<StructOpsMap> maps;
  for_each_variable(
      btf,
      [](std::string_view section) {
        if (section.starts_with('?')) section.remove_prefix(1);
        return section == ".struct_ops" || section == ".struct_ops.link";
      },
      [&](const btf::Type& variable) {
        if (variable.kind != wire::Kind::var) return;
        const btf::Type type = underlying(btf, variable.size_or_type);
        const bool is_struct = type.kind == wire::Kind::struct_;
        maps.push_back({.name = btf.string(variable.name_off), .type = is_struct ? btf.string(type.name_off) : ""});
      });
  return maps;
}

}  // namespace minbtf::object
