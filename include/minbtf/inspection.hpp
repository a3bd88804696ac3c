// SPDX-License-Identifier: BSD-2-Clause
// What a BPF object needs from a kernel: its questions by type, and the parts that need the running kernel's own BTF.
//
//     const minbtf::Inspection object = minbtf::inspect(bytes, "prog.bpf.o");
//     for (const minbtf::InspectedType& type : object.types) { ... }
#pragma once

#include "minbtf/cxx20.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/export.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf {

/// Why an object needs the running kernel's own BTF.
enum class NeedKind : std::uint8_t {
  // Kinds of attachment of a program.
  function,    ///< fentry, fexit, fmod_ret, fsession
  tracepoint,  ///< tp_btf
  lsm_hook,    ///< lsm, lsm_cgroup
  iterator,    ///< iter
  struct_ops,  ///< struct_ops
  // References in the instructions of a program.
  kfunc,     ///< `__ksym` function
  variable,  ///< `__ksym` variable with a type
  type_id,   ///< bpf_core_type_id_kernel(); libbpf patches in an id of the BTF that it relocates with
  // Maps.
  struct_ops_map,
};

/// Returns "attach_function", "attach_tracepoint", "attach_lsm_hook", "attach_iterator", "struct_ops",
/// "kernel_function", "kernel_variable", "type_id" or "struct_ops_map".
[[nodiscard]] MINBTF_API std::string_view to_string(NeedKind kind) noexcept;

/// Result of loading the object with libbpf on a kernel without BTF, with a shipped BTF.
enum class WithoutBtf : std::uint8_t {
  loads,         ///< all programs load; type ids are then those of the shipped BTF
  loads_others,  ///< the object loads only if the programs that attach by BTF are switched off
  fails,         ///< the object never loads, whichever programs are switched on
};

/// Returns "loads", "loads_others" or "fails".
[[nodiscard]] MINBTF_API std::string_view to_string(WithoutBtf result) noexcept;

/// A program or subprogram of the object.
struct InspectedProgram {
  std::string name;
  std::string section;
  /// True for a function of `.text` in an object that has other functions. It is loaded with the programs that call it.
  bool subprogram = false;
  bool loaded_by_default = false;  ///< false if the name of the section begins with `?`
  /// Programs that call this subprogram, directly or indirectly: indices into Inspection::programs, ascending. Empty
  /// for a program. Empty for all subprograms if the object has more calls than the library follows (about a million).
  std::vector<std::size_t> callers = {};
};

/// An instruction of the object, and its line of source code. The texts are valid as long as Inspection::object or a
/// copy of that object.
struct SourcePlace {
  std::optional<std::size_t> program = {};  ///< index into Inspection::programs; empty: in no program
  std::string_view section;
  std::uint32_t insn = 0;    ///< instruction number within the program, or within the section if there is no program
  std::string_view file;     ///< as the compiler wrote it; empty: the line is unknown
  std::uint32_t line = 0;    ///< from 1; 0: unknown
  std::uint32_t column = 0;  ///< from 1; 0: unknown
};

/// Equal CO-RE relocations of the object: one question, with the instructions that have these relocations. It is also
/// used for relocations that need no kernel, or that libbpf refuses on every kernel: `depends_on_kernel` is then false.
struct InspectedQuestion {
  RelocationKind kind = RelocationKind::field_byte_offset;
  /// Type and access with the names of the object's own declaration: "struct task_struct::real_parent". If flavors of a
  /// type share the question: those of the first relocation.
  std::string subject;
  /// True for a question, which is evaluated against each kernel. False for type_id_local, whose value is in the
  /// object, and if `failure` is set.
  bool depends_on_kernel = false;
  Failure failure = Failure::none;  ///< why libbpf refuses the relocations on every kernel
  std::vector<SourcePlace> places;  ///< at least one; by program and instruction, with those in no program last
};

/// The questions about one type.
struct InspectedType {
  /// Kind and essential name: "struct task_struct". The kind of an enum64 is "enum". Empty for relocations
  /// that libbpf refuses because of their type.
  std::string name;
  std::vector<InspectedQuestion> questions;  ///< by subject and kind
};

/// One reason why the object needs the running kernel's own BTF. No shipped BTF can replace it.
struct InspectedNeed {
  NeedKind kind = NeedKind::function;
  std::optional<std::size_t> program = {};  ///< index into Inspection::programs; empty: needed by the object itself
  /// The function, hook, symbol or type: "vfs_read" for "fentry/vfs_read", empty if the section does not name it; the
  /// symbol's name; "struct task_struct"; "name (struct tcp_congestion_ops)" for a map.
  std::string subject;
  bool weak = false;                ///< true for a `__weak` symbol, which a kernel with BTF need not have
  std::vector<SourcePlace> places;  ///< instructions that refer to a symbol or type, by number
};

/// `extern const void NAME __ksym`: an address that libbpf takes from /proc/kallsyms. It needs no BTF.
struct InspectedAddress {
  std::string name;
  bool weak = false;                ///< the kernel need not have this symbol
  std::vector<SourcePlace> places;  ///< by program and instruction
};

/// What an object needs from a kernel. Copies share the parsed object. Any number of threads may read the same
/// Inspection.
struct Inspection {
  /// The parsed object, from which a Plan can be made. It holds the texts of all SourcePlace. inspect() always sets it.
  std::optional<BpfObject> object;
  std::string name;  ///< BpfObject::name()
  ByteOrder byte_order = ByteOrder::little;
  std::string note;                        ///< BpfObject::note(): why there are no relocations; empty if there are
  std::string line_damage;                 ///< why the line info cannot be used; empty: no damage
  std::vector<InspectedProgram> programs;  ///< as BpfObject::programs()
  std::size_t relocations = 0;             ///< number of CO-RE relocations
  std::size_t questions = 0;         ///< number of distinct questions, as Plan::question_count() of this object alone
  std::vector<InspectedType> types;  ///< by name
  std::vector<InspectedNeed> needs;  ///< by program, with those of the object itself last; then by kind and subject
  std::vector<InspectedAddress> addresses;  ///< in the order of the symbol table
  WithoutBtf without_btf = WithoutBtf::loads;
};

/// Parses a BPF object and returns what it needs from a kernel. `bytes` and `name` are as for BpfObject::parse(); the
/// bytes are not needed afterwards. The question count of several objects together is
/// Plan(objects).question_count(). Throws Error as BpfObject::parse() does, and also (damaged, unsupported) if symbols
/// or relocations of the ELF file cannot be read. Damaged line info is no error: see Inspection::line_damage.
[[nodiscard]] MINBTF_API Inspection inspect(std::span<const std::uint8_t> bytes, std::string name);

}  // namespace minbtf
