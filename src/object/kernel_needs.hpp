// SPDX-License-Identifier: BSD-2-Clause
// Parts of an object that need the running kernel's own BTF, which no shipped BTF can replace: programs that attach by
// BTF, kernel functions and variables that libbpf finds in the kernel's BTF, and ids of the kernel's types.
//
// Source: libbpf's src/libbpf.c, section_defs[], sec_def_matches(), obj_needs_vmlinux_btf(),
// bpf_object__collect_externs() and bpf_object_init_struct_ops().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/inspection.hpp"
#include "object/btf_ext.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

/// How libbpf finds a symbol of the kernel.
enum class SymbolKind : std::uint8_t {
  function,          ///< a kfunc, found in the kernel's BTF
  typed_variable,    ///< found in the kernel's BTF
  untyped_variable,  ///< `extern const void`: an address from /proc/kallsyms; needs no BTF
};

/// An instruction that refers to a symbol.
struct SymbolUse {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint64_t insn_off = 0;        ///< bytes from the start of the section
};

/// A symbol of the kernel that an object refers to by name (`extern ... __ksym`).
struct KernelSymbol {
  SymbolKind kind = SymbolKind::function;
  std::string_view name;        ///< in the strings of the object's BTF
  bool weak = false;            ///< the kernel need not have this symbol
  std::vector<SymbolUse> uses;  ///< in programs; by program and instruction
};

/// Returns the undefined symbols that section `.ksyms` of the object's BTF lists, in the order of the symbol table.
/// Throws Error (damaged, unsupported).
[[nodiscard]] std::vector<KernelSymbol> kernel_symbols(const elf::ElfFile& elf, const ObjectData& data);

/// A struct_ops map that an object defines. The names are in the strings of the object's BTF and have any length.
struct StructOpsMap {
  std::string_view name;
  std::string_view type;  ///< name of the struct
};

/// Returns the variables of `.struct_ops` and `.struct_ops.link`, each once, in the order of the object's BTF.
[[nodiscard]] std::vector<StructOpsMap> struct_ops_maps(const btf::View& btf);

/// One reason why an object needs the running kernel's own BTF.
struct KernelNeed {
  std::size_t program = no_program;  ///< index into ObjectData::programs; no_program: needed by the object itself
  NeedKind kind = NeedKind::function;
  /// The function, hook, symbol or type: "vfs_read" for "fentry/vfs_read", empty if the section does not name it; the
  /// symbol's name; "struct task_struct"; "name (struct tcp_congestion_ops)" for a map. At most base::longest_text
  /// bytes.
  std::string subject;
  bool weak = false;                     ///< the program loads without it
  std::vector<std::uint64_t> insn_offs;  ///< instructions that refer to it, in bytes from the start of the section
};

/// How a program attaches by BTF.
struct BtfAttach {
  NeedKind kind = NeedKind::function;
  std::string_view name;  ///< what it attaches to; part of the section's name
};

/// Returns false if the name of the section begins with `?`: libbpf then loads the program only on request.
[[nodiscard]] constexpr bool is_loaded_by_default(std::string_view section) noexcept {
  return !section.starts_with('?');
}

/// Returns how a program attaches by BTF, from the name of its section. Returns nothing for a program that does not
/// attach by the kernel's BTF. A program that replaces a function of another program (freplace) uses the BTF of that
/// program.
[[nodiscard]] std::optional<BtfAttach> btf_attach(std::string_view section) noexcept;

/// Returns the needs by program, with those of the object itself last; then by kind and subject.
[[nodiscard]] std::vector<KernelNeed> kernel_needs(const ObjectData& data, const std::vector<KernelSymbol>& symbols);

/// Facts about an object that only `inspect` and `check` report; relocating does not need them. Must not outlive the
/// object.
struct Facts {
  LineInfo lines;
  std::string line_damage;  ///< why the line info cannot be used; empty: no damage
  std::vector<KernelSymbol> symbols;
  std::vector<KernelNeed> needs;
};

/// Reads the facts. `bytes` are those from which `object` was parsed. Throws Error (damaged, unsupported) for
/// unreadable symbols or relocations. Damaged line info is no error: Facts::lines is then empty.
[[nodiscard]] Facts read_facts(std::span<const std::uint8_t> bytes, const BpfObject& object);

/// Returns what libbpf does without the BTF of the kernel. Rules of libbpf.c, obj_needs_vmlinux_btf(): libbpf needs
/// that BTF for a typed `__ksym`, for a struct_ops map, and for a program that is switched on and attaches by BTF. It
/// refuses the object if the BTF is missing.
[[nodiscard]] WithoutBtf without_btf(const Facts& facts, const ObjectData& data) noexcept;

/// Returns true if a program that libbpf loads by default uses bpf_core_type_id_kernel(). With a shipped BTF the
/// program loads, but the id has no meaning to the kernel.
[[nodiscard]] bool takes_type_ids(const Facts& facts, const ObjectData& data) noexcept;

}  // namespace minbtf::object
