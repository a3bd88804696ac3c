// SPDX-License-Identifier: BSD-2-Clause
#include "object/kernel_needs.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_set>

#include "base/short_text.hpp"
#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf::object {

namespace {

constexpr int most_modifiers = 256;  ///< in a row; a longer chain is a loop, and ends at a type of any kind

/// Skips qualifiers and typedefs, as libbpf's skip_mods_and_typedefs() does.
btf::Type underlying(const btf::View& btf, std::uint32_t id) {
  btf::Type type = btf.type(id);
  for (int i = 0; i < most_modifiers && btf::is_modifier_or_typedef(type.kind); ++i) {
    type = btf.type(type.size_or_type);
  }
  return type;
}

/// Calls take(type) once for each VAR and FUNC in the DATASECs for whose name `wanted` returns true.
template <typename Wanted, typename Take>
void for_each_variable(const btf::View& btf, Wanted wanted, Take take) {
  constexpr std::size_t enough = 32;  // bytes of a name; longer than the name of any wanted section
  std::unordered_set<std::uint32_t> seen;
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type section = btf.type(id);
    if (section.kind != btf::Kind::datasec || !wanted(btf.string_start(section.name_off, enough))) continue;
    for (std::uint32_t i = 0; i < section.vlen; ++i) {
      const std::uint32_t type = btf.variable(section, i).type;
      const btf::Type variable = btf.type(type);
      if (variable.kind != btf::Kind::var && variable.kind != btf::Kind::func) continue;
      if (seen.insert(type).second) take(variable);
    }
  }
}

SymbolKind kind_of(const btf::View& btf, const btf::Type& variable) {
  if (variable.kind == btf::Kind::func) return SymbolKind::function;
  return underlying(btf, variable.size_or_type).kind == btf::Kind::void_ ? SymbolKind::untyped_variable
                                                                         : SymbolKind::typed_variable;
}

struct SectionKind {
  std::string_view name;  ///< the section's name up to the first '/'
  NeedKind kind;
};

constexpr std::array section_kinds = {
    SectionKind{"fentry", NeedKind::function},       SectionKind{"fentry.s", NeedKind::function},
    SectionKind{"fexit", NeedKind::function},        SectionKind{"fexit.s", NeedKind::function},
    SectionKind{"fmod_ret", NeedKind::function},     SectionKind{"fmod_ret.s", NeedKind::function},
    SectionKind{"fsession", NeedKind::function},     SectionKind{"fsession.s", NeedKind::function},
    SectionKind{"tp_btf", NeedKind::tracepoint},     SectionKind{"lsm", NeedKind::lsm_hook},
    SectionKind{"lsm.s", NeedKind::lsm_hook},        SectionKind{"lsm_cgroup", NeedKind::lsm_hook},
    SectionKind{"iter", NeedKind::iterator},         SectionKind{"iter.s", NeedKind::iterator},
    SectionKind{"struct_ops", NeedKind::struct_ops}, SectionKind{"struct_ops.s", NeedKind::struct_ops},
};

std::string type_text(const btf::View& btf, std::uint32_t id) {
  if (id >= btf.id_end()) return "type " + std::to_string(id);
  const btf::Type type = btf.type(id);
  const std::string kind(btf::message_word(type.kind));
  return base::short_text(kind + " " + std::string(btf.text(type.name_off)));
}

std::string map_text(const StructOpsMap& map) {
  std::string text = base::short_text(map.name);
  for (const std::string_view part : {std::string_view(" (struct "), map.type, std::string_view(")")}) {
    base::add_text(text, part);
  }
  return text;
}

/// Collects one KernelNeed for each program, kind and subject.
class Needs {
 public:
  KernelNeed& add(std::size_t program, NeedKind kind, std::string_view subject) {
    KernelNeed& need = needs_[{program, kind, base::short_text(subject)}];
    need.program = program;
    need.kind = kind;
    return need;
  }

  [[nodiscard]] std::vector<KernelNeed> take() && {
    std::vector<KernelNeed> out;
    while (!needs_.empty()) {
      auto first = needs_.extract(needs_.begin());
      KernelNeed& need = first.mapped();
      need.subject = std::move(std::get<std::string>(first.key()));
      std::ranges::sort(need.insn_offs);
      out.push_back(std::move(need));
    }
    return out;
  }

 private:
  std::map<std::tuple<std::size_t, NeedKind, std::string>, KernelNeed> needs_;
};

void add_symbol(const KernelSymbol& symbol, Needs& needs) {
  if (symbol.kind == SymbolKind::untyped_variable) return;
  const NeedKind kind = symbol.kind == SymbolKind::function ? NeedKind::kfunc : NeedKind::variable;
  if (symbol.uses.empty()) needs.add(no_program, kind, symbol.name).weak = symbol.weak;
  for (const SymbolUse& use : symbol.uses) {
    KernelNeed& need = needs.add(use.program, kind, symbol.name);
    need.weak = symbol.weak;
    need.insn_offs.push_back(use.insn_off);
  }
}

}  // namespace

std::vector<KernelSymbol> kernel_symbols(const elf::ElfFile& elf, const ObjectData& data) {
  std::map<std::string_view, SymbolKind> kinds;
  for_each_variable(
      *data.btf, [](std::string_view section) { return section == ".ksyms"; },
      [&](const btf::Type& variable) {
        // A longer name is not the name of a symbol.
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
        if (variable.kind != btf::Kind::var) return;
        const btf::Type type = underlying(btf, variable.size_or_type);
        const bool is_struct = type.kind == btf::Kind::struct_;
        maps.push_back({.name = btf.string(variable.name_off), .type = is_struct ? btf.string(type.name_off) : ""});
      });
  return maps;
}

std::optional<BtfAttach> btf_attach(std::string_view section) noexcept {
  if (!is_loaded_by_default(section)) section.remove_prefix(1);
  const std::size_t slash = std::min(section.find('/'), section.size());
  const auto* const known = std::ranges::find(section_kinds, section.substr(0, slash), &SectionKind::name);
  if (known == section_kinds.end()) return std::nullopt;
  return BtfAttach{.kind = known->kind, .name = section.substr(std::min(slash + 1, section.size()))};
}

std::vector<KernelNeed> kernel_needs(const ObjectData& data, const std::vector<KernelSymbol>& symbols) {
  Needs needs;
  for (std::size_t i = 0; i < data.programs.size(); ++i) {
    if (const auto attach = btf_attach(data.programs[i].section)) needs.add(i, attach->kind, attach->name);
  }
  for (const KernelSymbol& symbol : symbols) add_symbol(symbol, needs);
  for (const Record& record : data.records) {
    if (record.kind != static_cast<std::uint32_t>(RelocationKind::type_id_target) || record.program == no_program) {
      continue;
    }
    needs.add(record.program, NeedKind::type_id, type_text(*data.btf, record.type_id))
        .insn_offs.push_back(record.insn_off);
  }
  if (data.btf) {
    for (const StructOpsMap& map : struct_ops_maps(*data.btf)) {
      needs.add(no_program, NeedKind::struct_ops_map, map_text(map));
    }
  }
  return std::move(needs).take();
}

Facts read_facts(std::span<const std::uint8_t> bytes, const BpfObject& object) {
  Facts facts;
  const ObjectData& data = data_of(object);
  const elf::ElfFile elf = elf::ElfFile::from_memory(bytes, object.name());
  if (data.btf) {
    facts.symbols = kernel_symbols(elf, data);
    if (const auto ext = elf.section(".BTF.ext")) {
      try {
        facts.lines = LineInfo(ext->data, *data.btf, object.name());
      } catch (const Error& error) {
        facts.line_damage = error.where() + ": " + error.reason();
      }
    }
  }
  facts.needs = kernel_needs(data, facts.symbols);
  return facts;
}

bool takes_type_ids(const Facts& facts, const ObjectData& data) noexcept {
  return std::ranges::any_of(facts.needs, [&](const KernelNeed& need) {
    return need.kind == NeedKind::type_id && is_loaded_by_default(data.programs[need.program].section);
  });
}

WithoutBtf without_btf(const Facts& facts, const ObjectData& data) noexcept {
  WithoutBtf result = WithoutBtf::loads;
  for (const KernelNeed& need : facts.needs) {
    if (need.kind <= NeedKind::struct_ops) {  // how a program is attached
      const bool is_on = is_loaded_by_default(data.programs[need.program].section);
      if (is_on) result = std::max(result, WithoutBtf::loads_others);
    } else if (need.kind != NeedKind::type_id) {
      result = WithoutBtf::fails;
    }
  }
  return result;
}

}  // namespace minbtf::object
