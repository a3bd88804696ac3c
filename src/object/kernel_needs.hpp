// What in an object takes the BTF of the kernel that runs, so that no BTF that is shipped can stand in for it: what is
// attached by BTF, kernel functions and variables that are found in it, and ids of types in it.
//
// Facts: libbpf's src/libbpf.c, section_defs[], sec_def_matches(), obj_needs_vmlinux_btf(),
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
#include "object/btf_ext.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

enum class SymbolKind : std::uint8_t {
  function,          ///< a kfunc: found in the kernel's BTF
  typed_variable,    ///< found in the kernel's BTF
  untyped_variable,  ///< `extern const void`: an address from /proc/kallsyms, no BTF
};

/// An instruction that refers to a symbol.
struct SymbolUse {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint64_t insn_off = 0;        ///< bytes from the start of its section
};

/// A symbol of the kernel that an object refers to by name (`extern ... __ksym`).
struct KernelSymbol {
  SymbolKind kind = SymbolKind::function;
  std::string_view name;        ///< in the strings of the object's BTF
  bool weak = false;            ///< libbpf goes on without it if the kernel has none of that name
  std::vector<SymbolUse> uses;  ///< in programs, by program and instruction
};

/// Undefined symbols that the object's BTF has in its section `.ksyms`, in the order of the symbol table. Throws Error.
[[nodiscard]] std::vector<KernelSymbol> kernel_symbols(const elf::ElfFile& elf, const ObjectData& data);

/// A struct_ops map that an object defines. Names are in the strings of the object's BTF, of any length.
struct StructOpsMap {
  std::string_view name;
  std::string_view type;  ///< name of the struct
};

/// The variables of `.struct_ops` and `.struct_ops.link`, each once, in the order of the object's BTF.
[[nodiscard]] std::vector<StructOpsMap> struct_ops_maps(const btf::View& btf);

enum class NeedKind : std::uint8_t {
  // How a program is attached.
  function,    ///< fentry, fexit, fmod_ret, fsession
  tracepoint,  ///< tp_btf
  lsm_hook,    ///< lsm, lsm_cgroup
  iterator,    ///< iter
  struct_ops,  ///< struct_ops
  // What its instructions refer to.
  kfunc,     ///< `__ksym` function
  variable,  ///< `__ksym` variable with a type
  type_id,   ///< bpf_core_type_id_kernel(); libbpf puts in an id of whatever BTF it relocates with
  // A map.
  struct_ops_map,
};

struct KernelNeed {
  std::size_t program = no_program;  ///< index into ObjectData::programs; no_program: the object, whatever is loaded
  NeedKind kind = NeedKind::function;
  /// What is looked for: "vfs_read" of "fentry/vfs_read", empty if the section does not say it; the symbol's name;
  /// "struct task_struct"; "name (struct tcp_congestion_ops)" of a map. Not longer than base::longest_text.
  std::string subject;
  bool weak = false;                     ///< the program can do without
  std::vector<std::uint64_t> insn_offs;  ///< of instructions that refer to it, bytes from the start of the section
};

struct BtfAttach {
  NeedKind kind = NeedKind::function;
  std::string_view name;  ///< into the section's name
};

/// False if the name begins with `?`: libbpf then loads the program only if it is told to.
[[nodiscard]] constexpr bool is_loaded_by_default(std::string_view section) noexcept {
  return !section.starts_with('?');
}

/// What the name of a program's section says. Nothing for programs that do not attach by the kernel's BTF; those that
/// replace a function of another program (freplace) take the BTF of that program.
[[nodiscard]] std::optional<BtfAttach> btf_attach(std::string_view section) noexcept;

/// By program, those of the object itself last; then by kind and subject.
[[nodiscard]] std::vector<KernelNeed> kernel_needs(const ObjectData& data, const std::vector<KernelSymbol>& symbols);

/// What people want to know of an object beyond what relocating it takes: read only where somebody asks. Must not
/// outlive the object.
struct Facts {
  LineInfo lines;
  std::string line_damage;  ///< why the line info cannot be used; empty if nothing is wrong with it
  std::vector<KernelSymbol> symbols;
  std::vector<KernelNeed> needs;
};

/// `bytes` are those that `object` was parsed from. Throws Error (damaged) for symbols or relocations that cannot be
/// read; line info that is damaged is no error, but none.
[[nodiscard]] Facts read_facts(std::span<const std::uint8_t> bytes, const BpfObject& object);

/// What libbpf makes of the object on a kernel without BTF, when a shipped one is given to it.
enum class WithoutBtf : std::uint8_t {
  loads,         ///< all of it; ids of types are then those of the shipped BTF
  loads_others,  ///< nothing, until the programs that attach by BTF are switched off
  fails,         ///< nothing, whichever programs are on
};

/// "loads", "loads_others", "fails".
[[nodiscard]] std::string_view to_string(WithoutBtf result) noexcept;

/// The verdict of libbpf.c, obj_needs_vmlinux_btf(): without the BTF that it needs it gives the whole object up.
[[nodiscard]] WithoutBtf without_btf(const Facts& facts, const ObjectData& data) noexcept;

/// Whether a program that libbpf loads by default has bpf_core_type_id_kernel(). With a shipped BTF it loads, and the
/// id means nothing to the kernel.
[[nodiscard]] bool takes_type_ids(const Facts& facts, const ObjectData& data) noexcept;

}  // namespace minbtf::object
