// SPDX-License-Identifier: BSD-2-Clause
// Finds the instructions of a program that the kernel's verifier reaches once CO-RE has patched the program.
//
// libbpf replaces an instruction whose relocation has no match by a call of a helper that does not exist. Only
// do_check() in the kernel's kernel/bpf/verifier.c rejects that call, and only if it reaches it: the earlier passes do
// not look up helpers, or continue if a helper does not exist. Instructions that do_check() did not reach are removed
// before helpers are looked up again (opt_remove_dead_code(), since Linux 5.1, for privileged loaders), or overwritten
// (sanitize_dead_code(), before 5.1 and for other loaders). Kernels before 4.14.9 do neither. A guard therefore decides
// whether the program loads: bpf_core_field_exists() is a register that is set to a patched 0 or 1, and its `if` is a
// jump that tests this register.
//
// Example on a kernel without the field `f` (`if (bpf_core_field_exists(s->f)) use(s->f);`):
//   0  r1 = 1               patched to r1 = 0
//   1  if r1 == 0 goto 3    decided: the jump is taken
//   2  r2 = *(s + off)      poisoned, but never reached: the program loads
//   3  exit
//
// The answer errs on one side only: the verifier does not reach an instruction for which reach() returns Reach::never.
// Numbers are followed through registers only as far as the verifier is known to follow them. Where two paths meet,
// numbers that differ between them are forgotten, while the verifier follows each path separately. Newer verifiers also
// follow these, which this code does not: the stack (since 5.3), comparisons of two registers (5.3), xor (5.10), neg,
// end, div and mod. A comparison adds no knowledge about its register: for the verifier, a pointer that was compared
// with 0 remains a pointer. Loading without CAP_PERFMON is left out: for such a loader the verifier also follows the
// branch that is not taken, as the processor might (since 5.13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/verifier.hpp"
#include "object/object_data.hpp"

namespace minbtf::core {

/// The change of one instruction by CO-RE on a kernel.
struct PatchedInsn {
  std::size_t insn = 0;  ///< instruction number within the program
  /// The patched value (Resolution::value) that replaces the number in the object. Empty: not known.
  std::optional<std::uint64_t> value = {};
};

/// Whether the verifier reaches an instruction.
enum class Reach : std::uint8_t {
  never,
  perhaps,
  always,  ///< no undecided jump precedes it on the path from the start
};

/// Returns for each place in `program` whether the verifier reaches it from the first instruction. `patches` are
/// applied in their order.
///
/// `program` is a complete program or subprogram, as libbpf takes it from a section. Calls of subprograms return. A
/// 16-byte instruction takes two places, which have the same answer. A program with 32-bit jumps, which need Linux 5.1,
/// is treated as a program of that kernel, whatever `verifier` is. The number in a 16-byte instruction of the object
/// counts as unknown unless it is patched, because ELF relocations write to it. `data` is used from Verifier::linux_5_6
/// on.
///
/// Everything is Reach::perhaps if control leaves the program or enters the middle of a 16-byte instruction, if the
/// target of a jump is not known, or if a patch is for an instruction that libbpf cannot patch.
///
/// Takes time in proportion to the program's length. No instruction is visited more than 12 times: once in each of two
/// passes, and once more for each of the 10 registers that can be forgotten.
[[nodiscard]] std::vector<Reach> reach(std::span<const object::Instruction> program,
                                       std::span<const PatchedInsn> patches, Verifier verifier,
                                       const ReadOnlyData& data = {});

}  // namespace minbtf::core
