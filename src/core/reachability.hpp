// Which instructions of a program the kernel's verifier gets to once CO-RE has patched it.
//
// libbpf replaces an instruction whose relocation has no match by a call of a helper that does not exist. Only
// do_check() in the kernel's kernel/bpf/verifier.c rejects that call, where it gets there: the passes before it look no
// helper up, or go on if there is none. What do_check() did not see is removed before helpers are looked up once more
// (opt_remove_dead_code(), since Linux 5.1, for who may use BPF) or overwritten (sanitize_dead_code(): before, and for
// others); kernels before 4.14.9 do neither. So a guard decides whether the program loads: what becomes of
// bpf_core_field_exists() is a register that is set to a patched 0 or 1, and of its `if` a jump that looks at it.
//
// The answer errs on one side: what is called unreachable the verifier does not reach. Numbers are followed through
// registers only as far as the verifier is known to follow them; where two paths meet, what they disagree about is
// forgotten, while the verifier goes through both. Not followed, though newer verifiers do: the stack (since 5.3),
// comparisons of two registers (5.3), xor (5.10), neg, end, div and mod. Nothing is learnt from a
// comparison: a pointer that has been compared with 0 remains a pointer for the verifier. Loading without CAP_PERFMON
// is left out: there the verifier also follows the branch that is not taken, as the processor might (since 5.13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "btf/view.hpp"
#include "object/object_data.hpp"

namespace minbtf::core {

/// What CO-RE does to one instruction on a kernel.
struct PatchedInsn {
  std::size_t insn = 0;  ///< instruction number within the program
  /// What it holds instead of what the object says, as Resolution::value; absent if that is not known.
  std::optional<std::uint64_t> value = {};
};

/// How far a verifier follows numbers and conditional jumps. Each does what those before it do; distributions bring
/// newer ones to older kernels.
enum class Verifier : std::uint8_t {
  any,         ///< Linux 4.4 to 4.15: a register that was set to the very number that it is compared with
  linux_4_16,  ///< also to another number (kernel commit 3bf15921c58d), and 64-bit arithmetic
  linux_5_1,   ///< less than, greater than, and bits in common; 32-bit arithmetic
  linux_5_6,   ///< loads from maps that are frozen (since 5.5, kernel commit a23740ec43ba)
};

/// A kernel's BTF holds no version. It holds the helpers that programs may call (enum bpf_func_id,
/// include/uapi/linux/bpf.h), and distributions that bring helpers to an older kernel bring the verifier with them.
/// Verifier::any if it says nothing, as what has been reduced does.
[[nodiscard]] Verifier verifier_of(const btf::View& kernel);

/// Whether the verifier gets to an instruction.
enum class Reach : std::uint8_t {
  never,
  perhaps,
  always,  ///< whatever it makes of jumps that are not decided: none comes before
};

/// A 16-byte instruction that takes the address of read-only data.
struct DataAddress {
  std::size_t insn = 0;       ///< instruction number within the program
  std::uint32_t section = 0;  ///< as ReadOnlyData::load knows it
  std::int64_t offset = 0;    ///< bytes from the start of the section
};

/// Data in maps that neither programs nor users can change once programs are loaded: libbpf freezes what it makes of
/// .rodata before (libbpf.c, bpf_object__populate_internal_map()), and the verifier takes what is loaded from there for
/// a number (verifier.c, bpf_map_direct_read()).
struct ReadOnlyData {
  /// The `bytes` (1, 2, 4 or 8) at an offset of a section, as a number without sign; absent if it is not known. May be
  /// asked the same several times.
  using Load =
      std::function<std::optional<std::uint64_t>(std::uint32_t section, std::int64_t offset, std::uint32_t bytes)>;

  std::span<const DataAddress> addresses = {};
  Load load = {};
};

/// For each place in `program` whether the verifier gets to it from the first, with `patches` applied in their order.
/// `program` is a whole program or subprogram as libbpf takes it from a section; calls of subprograms return. A 16-byte
/// instruction takes two places, which have the same answer. A program with 32-bit jumps, which need Linux 5.1, is
/// taken for one of that kernel whatever `verifier` says. Numbers that the object holds in 16-byte instructions count
/// as unknown unless patched: ELF relocations go there. `data` counts from Verifier::linux_5_6 on.
///
/// Everything is perhaps reached where control leaves the program or enters a 16-byte instruction in the middle, at
/// jumps whose target is not known, and if a patch is for what libbpf cannot patch.
///
/// Takes time in proportion to the program's length: no instruction is gone through more than 12 times, twice at first
/// and once more for each of 10 registers that may be forgotten.
[[nodiscard]] std::vector<Reach> reach(std::span<const object::Instruction> program,
                                       std::span<const PatchedInsn> patches, Verifier verifier,
                                       const ReadOnlyData& data = {});

}  // namespace minbtf::core
