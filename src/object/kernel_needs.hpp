// What in an object takes the BTF of the kernel that runs, so that no BTF that is shipped can stand in for it: what is
// attached by BTF, kernel functions and variables that are found in it, and ids of types in it.
//
// Facts: libbpf's src/libbpf.c, section_defs[], sec_def_matches(), obj_needs_vmlinux_btf().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "object/kernel_symbols.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

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
  /// "struct task_struct"; "name (struct tcp_congestion_ops)" of a map. Not longer than wire::longest_text.
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

}  // namespace minbtf::object
