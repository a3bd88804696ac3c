// What an object refers to by name: symbols of the kernel (`extern ... __ksym`), and the struct_ops maps it defines.
//
// Facts: libbpf's src/libbpf.c, bpf_object__collect_externs() and bpf_object_init_struct_ops().
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "elf/elf_file.hpp"
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

struct KernelSymbol {
  SymbolKind kind = SymbolKind::function;
  std::string_view name;        ///< in the strings of the object's BTF
  bool weak = false;            ///< libbpf goes on without it if the kernel has none of that name
  std::vector<SymbolUse> uses;  ///< in programs, by program and instruction
};

/// Undefined symbols that the object's BTF has in its section `.ksyms`, in the order of the symbol table. Throws Error.
[[nodiscard]] std::vector<KernelSymbol> kernel_symbols(const elf::ElfFile& elf, const ObjectData& data);

/// Names are in the strings of the object's BTF, of any length.
struct StructOpsMap {
  std::string_view name;
  std::string_view type;  ///< name of the struct
};

/// The variables of `.struct_ops` and `.struct_ops.link`, each once, in the order of the object's BTF.
[[nodiscard]] std::vector<StructOpsMap> struct_ops_maps(const btf::View& btf);

}  // namespace minbtf::object
