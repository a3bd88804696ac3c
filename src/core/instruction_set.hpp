// SPDX-License-Identifier: BSD-2-Clause
// Opcodes and fields of BPF instructions, as in the kernel's Documentation/bpf/standardization/instruction-set.rst.
#pragma once

#include "object/object_data.hpp"

namespace minbtf::core::bpf {

enum Class : unsigned { ld, ldx, st, stx, alu, jmp, jmp32, alu64 };
enum Arithmetic : unsigned { add, sub, mul, div, or_, and_, lsh, rsh, neg, mod, xor_, mov, arsh, end };
enum Jump : unsigned { ja, jeq, jgt, jge, jset, jne, jsgt, jsge, call, exit, jlt, jle, jslt, jsle, may_goto };
enum Mode : unsigned { mode_imm, mode_abs, mode_ind, mode_mem, mode_memsx, mode_atomic = 6 };
constexpr unsigned ld_imm64 = 0x18;  ///< the code of a 16-byte instruction

inline unsigned class_of(const object::Instruction& insn) { return insn.code & 7U; }
inline unsigned op_of(const object::Instruction& insn) { return insn.code >> 4U; }
inline unsigned mode_of(const object::Instruction& insn) { return insn.code >> 5U; }
inline bool has_source_register(const object::Instruction& insn) { return (insn.code & 0x08U) != 0; }
inline bool is_jump(const object::Instruction& insn) { return class_of(insn) == jmp || class_of(insn) == jmp32; }
/// Returns true if `op` of a jump compares two operands.
constexpr bool is_comparison(unsigned op) { return (op >= jeq && op <= jsge) || (op >= jlt && op <= jsle); }

}  // namespace minbtf::core::bpf
