// SPDX-License-Identifier: BSD-2-Clause
// Which instructions the verifier reaches: tables of small programs, programs compiled by clang, and the verifier of
// the kernel that runs the tests.
#include "core/reachability.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "elf/elf_file.hpp"
#include "libbpf/loader_log.hpp"
#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/verifier.hpp"
#include "support/os/cpu_limit.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"

namespace minbtf::test {

namespace {

using core::PatchedInsn;
using core::Reach;
using core::Verifier;
using object::Instruction;
using Program = std::vector<Instruction>;

// A small assembler. It has opcodes of its own, independent of the tested file.

constexpr int X = 0x08;  // the source operand is a register
constexpr int wide = 0x07, narrow = 0x04;
enum Op : int {
  ADD = 0x00,
  SUB = 0x10,
  MUL = 0x20,
  DIV = 0x30,
  OR = 0x40,
  AND = 0x50,
  LSH = 0x60,
  RSH = 0x70,
  NEG = 0x80,
  MOD = 0x90,
  XOR = 0xa0,
  MOV = 0xb0,
  ARSH = 0xc0,
  END = 0xd0
};
enum Condition : int {
  JEQ = 0x10,
  JGT = 0x20,
  JGE = 0x30,
  JSET = 0x40,
  JNE = 0x50,
  JSGT = 0x60,
  JSGE = 0x70,
  JLT = 0xa0,
  JLE = 0xb0,
  JSLT = 0xc0,
  JSLE = 0xd0
};
constexpr std::array conditions = {JEQ, JGT, JGE, JSET, JNE, JSGT, JSGE, JLT, JLE, JSLT, JSLE};

Instruction raw(int code, int dst = 0, int src = 0, int off = 0, std::int32_t imm = 0) {
  return {.code = static_cast<std::uint8_t>(code),
          .dst_reg = static_cast<std::uint8_t>(dst),
          .src_reg = static_cast<std::uint8_t>(src),
          .off = static_cast<std::int16_t>(off),
          .imm = imm};
}
Instruction alu(int op, int dst, std::int32_t imm, int width = wide) { return raw(op | width, dst, 0, 0, imm); }
Instruction alu_reg(int op, int dst, int src, int width = wide, int off = 0) {
  return raw(op | width | X, dst, src, off);
}
Instruction mov(int dst, std::int32_t imm) { return alu(MOV, dst, imm); }
Instruction jump_if(int condition, int dst, std::int32_t imm, int off) {
  return raw(condition | 0x05, dst, 0, off, imm);
}
Instruction jump32_if(int condition, int dst, std::int32_t imm, int off) {
  return raw(condition | 0x06, dst, 0, off, imm);
}
Instruction go(int off) { return raw(0x05, 0, 0, off); }
Instruction call(std::int32_t helper) { return raw(0x85, 0, 0, 0, helper); }
const Instruction leave = raw(0x95);

/// A 16-byte instruction.
void ld_imm64(Program& out, int dst, std::uint64_t value, int src = 0) {
  out.push_back(raw(0x18, dst, src, 0, static_cast<std::int32_t>(value)));
  out.push_back(raw(0, 0, 0, 0, static_cast<std::int32_t>(value >> 32U)));
}

Program operator+(Program left, const Program& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// Returns a digit for each place: 1 if it can be reached.
std::string reach(const Program& program, const std::vector<PatchedInsn>& patches = {},
                  Verifier verifier = Verifier::linux_5_1) {
  std::string out;
  for (const Reach each : core::reach(program, patches, verifier)) out += each == Reach::never ? '0' : '1';
  return out;
}

/// Returns a letter for each place: n (never), p (perhaps) or a (always).
std::string sure(const Program& program, const std::vector<PatchedInsn>& patches = {},
                 Verifier verifier = Verifier::linux_5_1) {
  std::string out;
  for (const Reach each : core::reach(program, patches, verifier)) {
    out += each == Reach::never ? 'n' : each == Reach::perhaps ? 'p' : 'a';
  }
  return out;
}

/// Returns whether the jump at the end of `start` is taken: "yes", "no", or "?" if it is not decided.
std::string taken(Program start, const std::vector<PatchedInsn>& patches = {},
                  Verifier verifier = Verifier::linux_5_1) {
  const std::size_t end = start.size();
  const std::string all = reach(std::move(start) + Program{leave, leave}, patches, verifier);
  const std::string ways = all.substr(end);
  return ways == "01" ? "yes" : ways == "10" ? "no" : ways == "11" ? "?" : "neither: " + all;
}

/// Returns "yes" if `reg` is known to hold `value` after `start`, "no" if it holds another number, and "?" if it is not
/// known.
std::string holds(const Program& start, int reg, std::int32_t value, Verifier verifier = Verifier::linux_5_1) {
  return taken(start + Program{jump_if(JEQ, reg, value, 1)}, {}, verifier);
}

Verifier told_by(const BtfForge& forge) { return core::verifier_of(btf::View::parse(forge.bytes(), "kernel")); }

BtfForge with_helpers(const std::vector<ForgedEnumerator>& helpers) {
  BtfForge forge;
  forge.integer("int", 4, 1);
  forge.enumeration("bpf_func_id", 4, helpers);
  return forge;
}

}  // namespace

TEST_CASE("reachability: comparisons of numbers decide a jump", "[reachability]") {
  struct Row {
    std::int32_t dst;
    std::int32_t imm;
    std::string holding;  ///< of 64 bits
    std::string holding32;
  };
  const std::string equal = " jeq jge jsge jle jsle ";
  const std::string less = " jne jlt jle jslt jsle ";
  const std::string greater = " jne jgt jge jsgt jsge ";
  // -1 is the largest unsigned number, in 64 bits or in 32 bits.
  const std::string minus = " jne jgt jge jslt jsle ";
  const std::vector<Row> rows = {{0, 0, equal, equal},
                                 {1, 1, equal + "jset ", equal + "jset "},
                                 {1, 2, less, less},
                                 {3, 2, greater + "jset ", greater + "jset "},
                                 {4, 3, greater, greater},
                                 {-1, 0, minus, minus},
                                 {-1, 1, minus + "jset ", minus + "jset "},
                                 {-1, -1, equal + "jset ", equal + "jset "}};
  const std::map<int, std::string> names = {{JEQ, " jeq "}, {JGT, " jgt "},   {JGE, " jge "},   {JSET, " jset "},
                                            {JNE, " jne "}, {JSGT, " jsgt "}, {JSGE, " jsge "}, {JLT, " jlt "},
                                            {JLE, " jle "}, {JSLT, " jslt "}, {JSLE, " jsle "}};
  for (const Row& row : rows) {
    for (const int condition : conditions) {
      INFO(row.dst << names.at(condition) << row.imm);
      const auto expected = [&](const std::string& holding) {
        return holding.find(names.at(condition)) == std::string::npos ? "no" : "yes";
      };
      CHECK(taken({mov(1, row.dst), jump_if(condition, 1, row.imm, 1)}) == expected(row.holding));
      CHECK(taken({mov(1, row.dst), jump32_if(condition, 1, row.imm, 1)}) == expected(row.holding32));
      CHECK(taken({mov(1, row.dst), mov(2, row.imm), raw(condition | 0x05 | X, 1, 2, 1)}) == "?");
      CHECK(taken({mov(1, row.dst), mov(2, row.imm), raw(condition | 0x06 | X, 1, 2, 1)}) == "?");
      CHECK(taken({jump_if(condition, 1, row.imm, 1)}) == "?");
      CHECK(taken({jump32_if(condition, 1, row.imm, 1)}) == "?");
    }
  }
}

TEST_CASE("reachability: a 32-bit comparison uses the low half, a 64-bit one the full register", "[reachability]") {
  Program start;
  ld_imm64(start, 1, 0);
  const auto ask = [&](std::uint64_t value, const Instruction& jump) {
    return taken(start + Program{jump}, {{.insn = 0, .value = value}});
  };
  CHECK(ask(0x500000000, jump_if(JEQ, 1, 0, 1)) == "no");
  CHECK(ask(0x500000000, jump32_if(JEQ, 1, 0, 1)) == "yes");
  CHECK(ask(0x5ffffffff, jump32_if(JEQ, 1, -1, 1)) == "yes");
  CHECK(ask(0x5ffffffff, jump32_if(JSLT, 1, 0, 1)) == "yes");
  CHECK(ask(0x5ffffffff, jump_if(JSLT, 1, 0, 1)) == "no");
  CHECK(ask(0xffffffffffffffff, jump_if(JEQ, 1, -1, 1)) == "yes");
  CHECK(ask(0xffffffff, jump_if(JEQ, 1, -1, 1)) == "no");
}

TEST_CASE("reachability: older verifiers decide less", "[reachability]") {
  const auto ask = [](Verifier verifier, std::int32_t value, int condition, std::int32_t imm) {
    return taken({mov(1, value), jump_if(condition, 1, imm, 1)}, {}, verifier);
  };
  for (const int condition : conditions) {
    INFO(condition);
    const bool is_equality = condition == JEQ || condition == JNE;
    CHECK(ask(Verifier::linux_4_16, 1, condition, 0) ==
          (is_equality ? ask(Verifier::linux_5_1, 1, condition, 0) : "?"));
    CHECK(ask(Verifier::any, 1, condition, 0) == "?");
    CHECK(ask(Verifier::any, 1, condition, 1) == (is_equality ? ask(Verifier::linux_5_1, 1, condition, 1) : "?"));
  }
  // A program that only newer verifiers load: one such jump at any place is enough.
  CHECK(taken({mov(1, 1), jump32_if(JGT, 1, 0, 1)}, {}, Verifier::any) == "yes");
  CHECK(reach({mov(1, 1), jump_if(JGT, 1, 0, 1), leave, jump32_if(JEQ, 2, 0, 0), leave}, {}, Verifier::any) == "11011");
  // Older verifiers follow neither arithmetic nor 16-byte numbers.
  CHECK(holds({mov(1, 1), alu(ADD, 1, 0)}, 1, 1, Verifier::any) == "?");
  CHECK(holds({mov(1, 1), alu(ADD, 1, 0)}, 1, 1, Verifier::linux_4_16) == "yes");
  CHECK(holds({mov(2, 1), alu_reg(MOV, 1, 2)}, 1, 1, Verifier::any) == "yes");
  CHECK(holds({alu(MOV, 1, 1, narrow)}, 1, 1, Verifier::any) == "yes");
  Program start;
  ld_imm64(start, 1, 0);
  start.push_back(jump_if(JEQ, 1, 1, 1));
  CHECK(taken(start, {{.insn = 0, .value = 1}}, Verifier::any) == "?");
  CHECK(taken(start, {{.insn = 0, .value = 1}}, Verifier::linux_4_16) == "yes");
  // 32-bit arithmetic, and arithmetic shifts.
  for (const Instruction& insn : {alu(ADD, 1, 0, narrow), alu(ARSH, 1, 0), alu_reg(MOV, 1, 1, narrow)}) {
    INFO(int{insn.code});
    CHECK(holds({mov(1, 1), insn}, 1, 1, Verifier::linux_4_16) == "?");
    CHECK(holds({mov(1, 1), insn}, 1, 1, Verifier::linux_5_1) == "yes");
  }
}

TEST_CASE("reachability: arithmetic has the same results as in the verifier", "[reachability]") {
  struct Row {
    int op;
    std::int32_t dst;
    std::int32_t src;
    std::string wide_result;  ///< "?" if a verifier may not follow it
    std::string narrow_result;
  };
  const std::string unsigned_minus = "4294967295";
  const std::vector<Row> rows = {
      {ADD, 2, 3, "5", "5"},
      {ADD, 1, -1, "0", "0"},
      {ADD, 0, -1, "-1", unsigned_minus},
      {SUB, 5, 3, "2", "2"},
      {SUB, 0, 1, "-1", "?"},
      {SUB, -1, -1, "0", "0"},
      {MUL, 6, 7, "42", "42"},
      {MUL, -1, 3, "-3", "4294967293"},
      {MUL, 65536, 65536, "4294967296", "0"},
      {OR, 5, 2, "7", "7"},
      {OR, 0, -1, "-1", unsigned_minus},
      {AND, 6, 3, "2", "2"},
      {AND, -1, -1, "-1", unsigned_minus},
      {LSH, 1, 31, "2147483648", "2147483648"},
      {LSH, 3, 31, "6442450944", "2147483648"},
      {LSH, 1, 32, "4294967296", "?"},
      {LSH, 1, 64, "?", "?"},
      {LSH, 1, -1, "?", "?"},
      {RSH, 6, 1, "3", "3"},
      {RSH, -1, 31, "8589934591", "1"},
      {RSH, -1, 32, unsigned_minus, "?"},
      {RSH, -1, 64, "?", "?"},
      {ARSH, -2, 1, "-1", "?"},
      {ARSH, 6, 1, "3", "?"},
      {ARSH, -2, 64, "?", "?"},
      {MOV, 1, -1, "-1", unsigned_minus},
      {DIV, 6, 2, "?", "?"},
      {DIV, 6, 0, "?", "?"},
      {MOD, 6, 4, "?", "?"},
      {MOD, 6, 0, "?", "?"},
      {XOR, 1, 1, "?", "?"},
      {NEG, 1, 0, "?", "?"},
      {END, 1, 16, "?", "?"},
  };
  // The result is moved to a place where a 32-bit comparison can test either half.
  const auto result = [](const Instruction& insn, std::int32_t dst, std::int32_t src, const std::string& expected) {
    Program program = {mov(1, dst), mov(2, src), insn};
    const std::uint64_t value = expected == "?" ? 0 : static_cast<std::uint64_t>(std::stoll(expected));
    const std::string low = taken(program + Program{jump32_if(JEQ, 1, static_cast<std::int32_t>(value), 1)});
    const std::string high =
        taken(program + Program{alu(RSH, 1, 32), jump32_if(JEQ, 1, static_cast<std::int32_t>(value >> 32U), 1)});
    if (low == "?" && high == "?") return std::string("?");
    return low == "yes" && high == "yes" ? std::to_string(static_cast<std::int64_t>(value)) : low + ", " + high;
  };
  for (const Row& row : rows) {
    INFO(row.op << ": " << row.dst << ", " << row.src);
    CHECK(result(alu(row.op, 1, row.src), row.dst, row.src, row.wide_result) == row.wide_result);
    CHECK(result(alu(row.op, 1, row.src, narrow), row.dst, row.src, row.narrow_result) == row.narrow_result);
    CHECK(result(alu_reg(row.op, 1, 2), row.dst, row.src, row.wide_result) == row.wide_result);
    CHECK(result(alu_reg(row.op, 1, 2, narrow), row.dst, row.src, row.narrow_result) == row.narrow_result);
  }
  // Moves with sign extension, since Linux 6.6.
  const auto movsx = [&](std::int32_t src, int bits, int width, const std::string& expected) {
    return result(alu_reg(MOV, 1, 2, width, bits), 0, src, expected);
  };
  CHECK(movsx(0x1ff, 8, wide, "-1") == "-1");
  CHECK(movsx(0x17f, 8, wide, "127") == "127");
  CHECK(movsx(0x18000, 16, wide, "-32768") == "-32768");
  CHECK(movsx(-5, 32, wide, "-5") == "-5");
  CHECK(movsx(0x1ff, 8, narrow, unsigned_minus) == unsigned_minus);
  CHECK(movsx(0x1ffff, 16, narrow, unsigned_minus) == unsigned_minus);
  CHECK(movsx(1, 32, narrow, "?") == "?");
  CHECK(movsx(1, 1, wide, "?") == "?");  // a cast between address spaces
  CHECK(movsx(1, 7, narrow, "?") == "?");
  // A 32-bit shift by a register depends on all 64 bits of the register.
  for (const int op : {LSH, RSH}) {
    const Program by_many = {mov(1, 1), mov(2, 1), alu(LSH, 2, 32), alu_reg(op, 1, 2, narrow)};
    CHECK(holds(by_many, 1, 1) == "?");
  }
  // `off` distinguishes division with sign; later instructions may use it, too.
  CHECK(result(raw(ADD | wide, 1, 0, 1, 2), 1, 0, "?") == "?");
  CHECK(holds({raw(MOV | narrow, 1, 0, 8, 2)}, 1, 2) == "?");
}

TEST_CASE("reachability: sums that overflow are unknown, as in verifiers whose bounds lose them", "[reachability]") {
  const auto lowest = [](int reg) { return Program{mov(reg, 1), alu(LSH, reg, 63)}; };
  CHECK(holds(lowest(1) + lowest(2) + Program{alu_reg(ADD, 1, 2)}, 1, 0) == "?");
  CHECK(holds(lowest(1) + Program{alu(SUB, 1, 1)}, 1, 0) == "?");
  CHECK(taken(lowest(1) + Program{alu(SUB, 1, 1), jump_if(JSGT, 1, 0, 1)}) == "?");
  CHECK(taken(lowest(1) + Program{alu(ADD, 1, 1), jump_if(JSLT, 1, 0, 1)}) == "yes");
}

TEST_CASE("reachability: an instruction that writes a register makes its number unknown, and no other number",
          "[reachability]") {
  // The registers that are known after the instruction. Before it, the numbers in r0 to r9 are known.
  const auto kept = [](const Instruction& insn) {
    Program start;
    for (int reg = 0; reg < 10; ++reg) start.push_back(mov(reg, reg));
    start.push_back(insn);
    std::string out;
    for (int reg = 0; reg < 10; ++reg) out += holds(start, reg, reg) == "yes" ? std::to_string(reg) : "-";
    return out;
  };
  const std::string all = "0123456789";
  const std::string none = "----------";
  const std::string after_call = "------6789";
  CHECK(kept(raw(0x79, 3, 1)) == "012-456789");            // load
  CHECK(kept(raw(0x81, 3, 1)) == "012-456789");            // load with sign extension
  CHECK(kept(raw(0x7b, 3, 1)) == all);                     // store
  CHECK(kept(raw(0x7a, 3, 0, 0, 1)) == all);               // store of a number
  CHECK(kept(raw(0xdb, 3, 4, 0, 0x00)) == "-12--56789");   // atomic operation, which may fetch
  CHECK(kept(raw(0xdb, 3, 4, 0, 0xf1)) == "-12--56789");   // cmpxchg
  CHECK(kept(raw(0xdb, 3, 4, 0, 0x100)) == "-12--56789");  // load-acquire
  CHECK(kept(call(14)) == after_call);
  CHECK(kept(raw(0x85, 0, 1, 0, -1)) == after_call);  // call of a subprogram
  CHECK(kept(raw(0x85, 0, 2, 0, 7)) == after_call);   // call of a kfunc
  CHECK(kept(raw(0x20, 0, 0, 0, 4)) == after_call);   // LD_ABS
  CHECK(kept(raw(0x40, 0, 2)) == after_call);         // LD_IND
  CHECK(kept(raw(0x8d, 3)) == none);                  // callx
  CHECK(kept(raw(0xe5)) == none);                     // may_goto
  CHECK(kept(alu_reg(MOV, 3, 10)) == "012-456789");
  CHECK(kept(alu_reg(ADD, 3, 10)) == "012-456789");
  // Registers that do not exist.
  CHECK(kept(mov(10, 1)) == all);
  CHECK(kept(mov(15, 1)) == all);
  CHECK(kept(alu_reg(MOV, 3, 15)) == "012-456789");
  // Opcodes of newer instruction sets.
  for (const int code : {0xe4, 0xf4, 0xe7, 0xf7, 0x00, 0x60, 0x01, 0xa1, 0xe1, 0x02, 0xc2, 0x03, 0x83, 0xe3}) {
    INFO(code);
    CHECK(kept(raw(code, 3, 4)) == none);
  }
}

TEST_CASE("reachability: where paths meet, only what they agree on is known", "[reachability]") {
  // if (r1) r2 = A; else r2 = B; then r3 is the same on both paths.
  const auto diamond = [](std::int32_t a, std::int32_t b) {
    return Program{mov(3, 7), jump_if(JEQ, 1, 0, 2), mov(2, a), go(1), mov(2, b)};
  };
  CHECK(holds(diamond(1, 1), 2, 1) == "yes");
  CHECK(holds(diamond(1, 2), 2, 1) == "?");
  CHECK(holds(diamond(1, 2), 3, 7) == "yes");
  // The second path is never taken, so it has no influence.
  CHECK(holds({mov(1, 1), jump_if(JEQ, 1, 0, 2), mov(2, 1), go(1), mov(2, 2)}, 2, 1) == "yes");
  // A comparison adds no knowledge: the register may hold a pointer, and still does so after it.
  CHECK(reach({jump_if(JNE, 1, 0, 1), jump_if(JEQ, 1, 0, 1), leave, leave}) == "1111");
  CHECK(reach({jump_if(JEQ, 1, 0, 1), leave, jump_if(JEQ, 1, 0, 1), leave, leave}) == "11111");
}

TEST_CASE("reachability: loops are followed until nothing changes", "[reachability]") {
  // r1 changes in each round, r2 does not.
  const Program loop = {mov(1, 0), mov(2, 0), alu(ADD, 1, 1), jump_if(JNE, 3, 0, -2)};
  CHECK(holds(loop, 2, 0) == "yes");
  CHECK(holds(loop, 1, 1) == "?");
  // Found in a later round: r1 is 0 only in the first.
  CHECK(reach({mov(1, 0), jump_if(JEQ, 1, 0, 1), leave, mov(1, 1), jump_if(JEQ, 3, 0, -4), leave}) == "111111");
  // A number moves from register to register, by one register in each round.
  Program chain;
  for (int reg = 0; reg < 9; ++reg) chain.push_back(mov(reg, 0));
  for (int reg = 8; reg > 0; --reg) chain.push_back(alu_reg(MOV, reg, reg - 1));
  chain.push_back(mov(0, 1));
  chain.push_back(jump_if(JNE, 9, 0, -10));
  chain.push_back(jump_if(JEQ, 8, 0, 1));
  CHECK(taken(chain) == "?");
  // An endless loop, and code after it.
  CHECK(reach({go(-1), leave}) == "10");
}

TEST_CASE("reachability: patched instructions are executed instead of the original ones", "[reachability]") {
  const Program guard = {mov(1, 1), jump_if(JEQ, 1, 0, 1)};
  CHECK(taken(guard) == "no");
  CHECK(taken(guard, {{.insn = 0, .value = 0}}) == "yes");
  CHECK(taken(guard, {{.insn = 0, .value = 1}}) == "no");
  CHECK(taken(guard, {{.insn = 0}}) == "?");
  // Of two patches for one instruction the last one is used.
  CHECK(taken(guard, {{.insn = 0, .value = 1}, {.insn = 0, .value = 0}}) == "yes");
  // An immediate operand has 32 bits. 64-bit arithmetic sign-extends it.
  CHECK(taken({mov(1, 0), jump_if(JEQ, 1, -1, 1)}, {{.insn = 0, .value = 0x1ffffffff}}) == "yes");
  CHECK(taken({alu(MOV, 1, 0, narrow), jump_if(JEQ, 1, -1, 1)}, {{.insn = 0, .value = 0xffffffff}}) == "no");
  CHECK(taken({mov(1, 1), alu(ADD, 1, 0), jump_if(JEQ, 1, 5, 1)}, {{.insn = 1, .value = 4}}) == "yes");
  CHECK(taken({mov(1, 1), alu(ADD, 1, 0), jump_if(JEQ, 1, 5, 1)}, {{.insn = 1}}) == "?");
  // The patched offset of a load does not determine the loaded number.
  CHECK(taken({raw(0x79, 1, 2), jump_if(JEQ, 1, 8, 1)}, {{.insn = 0, .value = 8}}) == "?");
  CHECK(taken({mov(1, 0), raw(0x7b, 2, 1), jump_if(JEQ, 1, 0, 1)}, {{.insn = 1, .value = 8}}) == "yes");
  // 16-byte numbers are known only if patched: the number in the object may be overwritten by a relocation.
  Program big;
  ld_imm64(big, 1, 0);
  big.push_back(jump_if(JEQ, 1, 0, 1));
  CHECK(taken(big) == "?");
  CHECK(taken(big, {{.insn = 0, .value = 0}}) == "yes");
  CHECK(taken(big, {{.insn = 0}}) == "?");
}

namespace {

/// r1 = the address of byte 8 of section 3.
const Program address_in_r1 = [] {
  Program out;
  ld_imm64(out, 1, 0);
  return out;
}();

/// Section 3 holds the bytes 0x80 to 0x9f. Returns `bytes` of them as a little-endian number.
std::optional<std::uint64_t> loaded(std::uint32_t section, std::int64_t offset, std::uint32_t bytes) {
  if (section != 3 || offset < 0 || offset + bytes > 32) return std::nullopt;
  std::uint64_t value = 0;
  for (std::uint32_t i = bytes; i-- > 0;) value = value << 8U | static_cast<std::uint64_t>(0x80 + offset + i);
  return value;
}

/// As holds(), with read-only data: the instruction at 0 takes its address.
std::string holds_loaded(const Program& start, int reg, std::int32_t value, Verifier verifier = Verifier::linux_5_6) {
  const std::vector<core::DataAddress> addresses = {{.insn = 0, .section = 3, .offset = 8}};
  const std::size_t end = start.size() + 1;
  const Program program = start + Program{jump_if(JEQ, reg, value, 1), leave, leave};
  const auto reached = core::reach(program, {}, verifier, {.addresses = addresses, .load = loaded});
  const bool can_fall = reached[end] != Reach::never;
  const bool can_jump = reached[end + 1] != Reach::never;
  return can_fall && can_jump ? "?" : can_jump ? "yes" : "no";
}

}  // namespace

TEST_CASE("reachability: a load from read-only data is a number for verifiers since Linux 5.6", "[reachability]") {
  const auto load = [](int code, int off) { return address_in_r1 + Program{raw(code, 2, 1, off)}; };
  constexpr int u32 = 0x61, u16 = 0x69, u8 = 0x71, s32 = 0x81, s16 = 0x89, s8 = 0x91;
  CHECK(holds_loaded(load(u8, 0), 2, 0x88) == "yes");
  CHECK(holds_loaded(load(u8, -8), 2, 0x80) == "yes");
  CHECK(holds_loaded(load(u8, 1), 2, 0x88) == "no");
  CHECK(holds_loaded(load(u16, 2), 2, 0x8b8a) == "yes");
  CHECK(holds_loaded(load(s8, 0), 2, 0x88 - 0x100) == "yes");
  CHECK(holds_loaded(load(s16, 2), 2, 0x8b8a - 0x10000) == "yes");
  CHECK(holds_loaded(load(s32, 0), 2, static_cast<std::int32_t>(0x8b8a8988U)) == "yes");
  // Zero-extended: other 64 bits.
  CHECK(holds_loaded(load(u32, 0), 2, static_cast<std::int32_t>(0x8b8a8988U)) == "no");
  CHECK(holds_loaded(load(u32, 0) + Program{alu(RSH, 2, 4)}, 2, 0x8b8a898) == "yes");
  CHECK(holds_loaded(load(0x79, 0) + Program{alu(RSH, 2, 36)}, 2, 0x8f8e8d8) == "yes");
  CHECK(holds_loaded(load(0x99, 0) + Program{alu(RSH, 2, 36)}, 2, 0x8f8e8d8) == "?");  // no such load exists
  // Bytes outside the section, and a register without an address.
  CHECK(holds_loaded(load(u8, 24), 2, 0) == "?");
  CHECK(holds_loaded(load(u8, -9), 2, 0) == "?");
  CHECK(holds_loaded(load(u16, 23), 2, 0) == "?");
  CHECK(holds_loaded(address_in_r1 + Program{raw(u8, 2, 3, 0)}, 2, 0x88) == "?");
  for (const Verifier older : {Verifier::any, Verifier::linux_4_16, Verifier::linux_5_1}) {
    CHECK(holds_loaded(load(u8, 0), 2, 0x88, older) == "?");
  }
  // 32-bit jumps make a program one of Linux 5.1, not of a newer kernel.
  const Program has_jump32 = {jump32_if(JEQ, 9, 0, 0)};
  CHECK(holds_loaded(load(u8, 0) + has_jump32, 2, 0x88, Verifier::any) == "?");
  CHECK(holds_loaded(load(u8, 0) + has_jump32, 2, 0x88) == "yes");
}

TEST_CASE("reachability: an address of read-only data is followed through moves and constant distances",
          "[reachability]") {
  const auto after = [](const Program& moves, int reg = 1) {
    return holds_loaded(address_in_r1 + moves + Program{raw(0x71, 2, reg, 0)}, 2, 0x8a);
  };
  CHECK(after({alu(ADD, 1, 2)}) == "yes");
  CHECK(after({alu(SUB, 1, -2)}) == "yes");
  CHECK(after({mov(3, 2), alu_reg(ADD, 1, 3)}) == "yes");
  CHECK(after({mov(3, 2), alu_reg(ADD, 3, 1)}, 3) == "yes");
  CHECK(after({mov(3, -2), alu_reg(SUB, 1, 3)}) == "yes");
  CHECK(after({alu_reg(MOV, 6, 1), call(14), alu(ADD, 6, 2)}, 6) == "yes");
  CHECK(after({alu(ADD, 1, 1)}) == "no");
  // Operations that the verifier rejects, or does not follow.
  CHECK(after({mov(3, 2), alu_reg(SUB, 3, 1)}, 3) == "?");
  CHECK(after({alu_reg(ADD, 1, 4)}) == "?");
  CHECK(after({alu_reg(ADD, 1, 1)}) == "?");
  CHECK(after({alu(ADD, 1, 2, narrow)}) == "?");
  CHECK(after({alu_reg(MOV, 1, 1, narrow), alu(ADD, 1, 2)}) == "?");
  CHECK(after({alu_reg(MOV, 3, 1, wide, 1), alu(ADD, 3, 2)}, 3) == "?");
  CHECK(after({alu(OR, 1, 2)}) == "?");
  CHECK(after({alu(ADD, 1, 1 << 29), alu(SUB, 1, (1 << 29) - 2)}) == "?");
  CHECK(after({alu(ADD, 1, (1 << 29) - 1), alu(ADD, 1, (1 << 29) - 1), alu(SUB, 1, (1 << 29) - 1)}) == "?");
  CHECK(after({call(14), alu(ADD, 1, 2)}) == "?");
  // An address is not a number, not even 0.
  CHECK(holds_loaded(address_in_r1, 1, 8) == "?");
  CHECK(holds_loaded(address_in_r1 + Program{alu(SUB, 1, 8)}, 1, 0) == "?");
  // Paths that meet with the same address, with another address, and with a number equal to the offset.
  const auto meet = [&](const Program& other) {
    Program start = address_in_r1 + Program{jump_if(JEQ, 4, 0, static_cast<int>(other.size()))} + other;
    return holds_loaded(start + Program{raw(0x71, 2, 1, 0)}, 2, 0x88);
  };
  CHECK(meet({alu(ADD, 1, 1), alu(SUB, 1, 1)}) == "yes");
  CHECK(meet({alu(ADD, 1, 1)}) == "?");
  CHECK(meet({mov(1, 8)}) == "?");
}

TEST_CASE("reachability: the value of a guard determines which code behind it is reached", "[reachability]") {
  // The guard is 0, 1, or not known.
  const Program guarded = {mov(1, 1), jump_if(JEQ, 1, 0, 2), mov(2, 8), go(1), mov(2, 16), leave};
  CHECK(reach(guarded, {{.insn = 0, .value = 0}}) == "110011");
  CHECK(reach(guarded, {{.insn = 0, .value = 1}}) == "111101");
  CHECK(reach(guarded, {{.insn = 0}}) == "111111");
  // A 16-byte instruction has one answer for its two places.
  Program big;
  ld_imm64(big, 1, 0);
  big.push_back(leave);
  CHECK(reach(big) == "111");
  CHECK(reach(Program{go(2)} + big) == "1001");
}

TEST_CASE("reachability: an instruction is certainly reached if all jumps before it are decided", "[reachability]") {
  CHECK(sure({mov(1, 1), leave}) == "aa");
  CHECK(sure({mov(1, 1), leave, leave}) == "aan");
  // Only while jumps are decided.
  const Program guarded = {mov(1, 1), jump_if(JEQ, 1, 0, 2), mov(2, 8), go(1), mov(2, 16), leave};
  CHECK(sure(guarded, {{.insn = 0, .value = 0}}) == "aannaa");
  CHECK(sure(guarded, {{.insn = 0, .value = 1}}) == "aaaana");
  CHECK(sure(guarded, {{.insn = 0}}) == "aapppp");
  CHECK(sure({mov(2, 2), jump_if(JEQ, 1, 0, 0), mov(2, 2), leave}) == "aapp");
  CHECK(sure({call(1), leave}) == "aa");
  CHECK(sure({raw(0xe5, 0, 0, 1), leave, leave}) == "app");  // may_goto
  // Both places of a 16-byte instruction, and the instruction after it.
  Program big;
  ld_imm64(big, 1, 0);
  CHECK(sure(Program{go(0)} + big + Program{leave}) == "aaaa");
  // A loop is followed once.
  CHECK(sure({mov(1, 1), go(-1), leave}) == "aan");
  CHECK(sure({mov(1, 3), alu(SUB, 1, 1), jump_if(JNE, 1, 0, -2), leave}) == "aaap");
  // If control can continue anywhere, no instruction is certain.
  CHECK(sure({mov(1, 1), go(50)}) == "pp");
  CHECK(sure({mov(1, 1), leave}, {{.insn = 7, .value = 0}}) == "pp");
}

TEST_CASE("reachability: each kind of jump reaches its target, and the next instruction if it is conditional",
          "[reachability]") {
  CHECK(reach({go(1), leave, leave}) == "101");
  CHECK(reach({raw(0x06, 0, 0, 0, 1), leave, leave}) == "101");  // gotol has its distance in imm
  CHECK(reach({raw(0x06, 0, 0, 1, 0), leave, leave}) == "110");
  CHECK(reach({raw(0xe5, 0, 0, 1), leave, leave}) == "111");  // may_goto
  CHECK(reach({leave, leave}) == "10");
  CHECK(reach({call(1), leave}) == "11");
  CHECK(reach({}).empty());
  // A jump is not counted for half of a 16-byte instruction.
  Program big;
  ld_imm64(big, 1, 0);
  CHECK(reach(Program{jump_if(JEQ, 1, 0, 2)} + big + Program{leave, leave}) == "11110");
}

TEST_CASE("reachability: if control can continue anywhere, everything is reachable", "[reachability]") {
  Program big;
  ld_imm64(big, 1, 0);
  const Program dead = {leave, mov(2, 2), leave};
  const auto with_dead = [&](const Program& start) { return reach(start + dead); };
  CHECK(with_dead({}) == "100");
  CHECK(with_dead({go(50)}) == "1111");
  CHECK(with_dead({go(-2)}) == "1111");
  CHECK(with_dead({jump_if(JEQ, 1, 0, 50)}) == "1111");
  CHECK(with_dead({jump_if(JEQ, 1, 0, -2)}) == "1111");
  CHECK(with_dead({raw(0x06, 0, 0, 0, std::numeric_limits<std::int32_t>::max())}) == "1111");
  CHECK(with_dead({raw(0x06, 0, 0, 0, std::numeric_limits<std::int32_t>::min())}) == "1111");
  CHECK(with_dead(Program{jump_if(JEQ, 1, 0, 1)} + big) == "111111");
  CHECK(reach({leave, mov(1, 1)}) == "10");
  CHECK(reach({go(1), leave, mov(1, 1)}) == "111");  // beyond the end of the program
  CHECK(reach({go(1), leave, raw(0x18)}) == "111");  // half a 16-byte instruction
  // gotox, and jumps of newer instruction sets.
  for (const int code : {0x0d, 0x0e, 0x86, 0x8e, 0x96, 0x9d, 0xe6, 0xed, 0xf5, 0xf6, 0xfd}) {
    INFO(code);
    CHECK(with_dead({raw(code)}) == "1111");
  }
  // Patches of instructions that libbpf cannot patch.
  const auto patched = [&](const Program& start, std::size_t insn) {
    return reach(start + dead, {{.insn = insn, .value = 0}});
  };
  CHECK(patched({}, 3) == "111");
  CHECK(patched({}, 0) == "111");
  CHECK(patched({call(1)}, 0) == "1111");
  CHECK(patched(big, 1) == "11111");
  CHECK(patched(big, 0) == "11100");
  // A jump that is never taken has no influence.
  CHECK(with_dead({mov(1, 1), jump_if(JEQ, 1, 0, 50)}) == "11100");
}

TEST_CASE("reachability: time is proportional to the length of the program", "[reachability]") {
  constexpr std::size_t size = 1'000'000;
  const CpuLimit limit(std::chrono::seconds(60), "reachability of a million instructions");
  // Each joint is entered ten times, and forgets one more register each time.
  Program program;
  for (int reg = 0; reg < 10; ++reg) program.push_back(mov(reg, reg));
  const auto loop = static_cast<std::int32_t>(program.size());
  while (program.size() < size) {
    program.push_back(jump_if(JSET, 10, 1, 1));
    program.push_back(raw(0x7b, 10, 1));
  }
  for (int reg = 9; reg > 0; --reg) program.push_back(alu_reg(MOV, reg, reg - 1));
  program.push_back(mov(0, 1));
  program.push_back(jump_if(JSET, 10, 1, 1));
  program.push_back(raw(0x06, 0, 0, 0, loop - static_cast<std::int32_t>(program.size()) - 1));
  program.push_back(leave);
  CHECK(reach(program) == std::string(program.size(), '1'));
  // No jump is taken.
  Program closed(size, jump_if(JEQ, 1, 0, 1));
  closed.front() = mov(1, 1);
  closed.push_back(leave);
  CHECK(reach(closed) == std::string(closed.size(), '1'));
}

namespace {

/// tests/bpf/reachability.bpf.c, compiled by clang for one version of the instruction set.
struct Compiled {
  std::string cpu;
  std::vector<std::uint8_t> bytes;
  BpfObject object;
  std::map<std::string, Program> programs;
};

std::map<std::string, Program> programs_of(const std::vector<std::uint8_t>& bytes, const BpfObject& object) {
  const auto elf = elf::ElfFile::from_memory(bytes, "reachability.bpf.o");
  std::map<std::uint32_t, std::span<const std::uint8_t>> sections;
  for (const minbtf::Program& program : object.programs()) {
    const auto section = elf.section(program.section).value();
    sections[section.index] = section.data;
  }
  std::map<std::string, Program> out;
  for (const elf::FunctionSymbol& function : elf.functions()) {
    const auto code = sections.at(function.section).subspan(function.offset, function.size);
    Program& program = out[std::string(function.name)];
    for (std::size_t at = 0; at < code.size(); at += 8) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(code[at + i]); };
      program.push_back(raw(code[at], code[at + 1] & 0xf, code[at + 1] >> 4,
                            static_cast<std::int16_t>(byte(2) | byte(3) << 8U),
                            static_cast<std::int32_t>(byte(4) | byte(5) << 8U | byte(6) << 16U | byte(7) << 24U)));
    }
  }
  return out;
}

Compiled compile(const std::string& cpu) {
  const TempDir directory;
  const std::string path = directory.file("reachability.bpf.o");
  const CommandResult result = run_command({TEST_CLANG, "-target", "bpfel", "-mcpu=" + cpu, "-g", "-O2", "-c",
                                            TEST_SOURCE_DIR "/tests/bpf/reachability.bpf.c", "-o", path});
  if (result.status != 0) throw std::runtime_error(result.err);
  const std::string contents = contents_of(path);
  std::vector<std::uint8_t> bytes(contents.begin(), contents.end());
  BpfObject object = BpfObject::parse(bytes, "reachability.bpf.o");
  auto programs = programs_of(bytes, object);
  return {cpu, std::move(bytes), std::move(object), std::move(programs)};
}

struct ForgedKernel {
  std::string name;
  std::vector<std::uint8_t> btf;
};

ForgedKernel new_kernel() {
  BtfForge f;
  const auto number = f.integer("int", 4, 1);
  const auto word = f.integer("long", 8, 1);
  f.structure("task", 32, {{"pid", number, 0}, {"extra", word, 64}, {"more", word, 128}, {"next", f.ptr(0), 192}});
  f.structure("added", 4, {{"x", number, 0}});
  f.enumeration("kind", 4, {{"first", 1}, {"second", 2}, {"third", 5}});
  return {"new", f.bytes()};
}

ForgedKernel old_kernel() {
  BtfForge f;
  const auto number = f.integer("int", 4, 1);
  f.structure("task", 16, {{"pid", number, 0}, {"state", f.integer("long", 8, 1), 64}});
  f.enumeration("kind", 4, {{"first", 1}});
  return {"old", f.bytes()};
}

/// Returns for each program whether a poisoned instruction can be reached.
std::map<std::string, bool> predict(const Compiled& compiled, const ForgedKernel& kernel, Verifier verifier) {
  const Plan plan({compiled.object});
  const std::vector<bool> all(compiled.object.programs().size(), true);
  std::map<std::string, std::vector<PatchedInsn>> patches;
  std::map<std::string, std::vector<std::size_t>> poisoned;
  for (const Resolution& each : plan.resolve(Btf::parse(kernel.btf, kernel.name), 0, all)) {
    const object::Record& record = object::data_of(compiled.object).records[each.relocation];
    REQUIRE(each.status != Status::failed);
    const std::string& name = compiled.object.programs()[record.program].name;
    if (each.status == Status::poisoned) poisoned[name].push_back(record.insn);
    patches[name].push_back(
        {.insn = record.insn, .value = each.status == Status::poisoned ? std::nullopt : std::optional(each.value)});
  }
  std::map<std::string, bool> out;
  for (const auto& [name, program] : compiled.programs) {
    const std::vector<Reach> reached = core::reach(program, patches[name], verifier);
    out[name] = std::ranges::any_of(poisoned[name], [&](std::size_t insn) { return reached[insn] != Reach::never; });
  }
  return out;
}

enum class Guard : std::uint8_t {
  good,    ///< no kernel's verifier reaches the poisoned instruction
  bad,     ///< the verifier of an old kernel reaches it
  beyond,  ///< no verifier reaches it, but reach() does not find this out
  open,    ///< depends on how the compiler orders the code
};

const std::map<std::string, Guard> guards = {{"if_else", Guard::good},
                                             {"both_of_two", Guard::good},
                                             {"one_of_two", Guard::good},
                                             {"early_return", Guard::good},
                                             {"ternary", Guard::good},
                                             {"chain", Guard::good},
                                             {"used_twice", Guard::good},
                                             {"loop_inside", Guard::good},
                                             {"load", Guard::good},
                                             {"load_in_loop", Guard::good},
                                             {"sum", Guard::good},
                                             {"shifted", Guard::good},
                                             {"enumerator", Guard::good},
                                             {"new_type", Guard::good},
                                             {"enumerator_value", Guard::good},
                                             {"unguarded", Guard::bad},
                                             {"guarded_by_another", Guard::bad},
                                             {"guarded_at_run_time", Guard::bad},
                                             {"wrong_way_round", Guard::bad},
                                             {"behind_the_guard", Guard::bad},
                                             {"through_the_stack", Guard::beyond},
                                             {"two_registers", Guard::beyond},
                                             {"subprogram", Guard::beyond},
                                             {"in_loop", Guard::open}};

const std::vector<std::string> cpus = {"v1", "v2", "v3", "v4"};

}  // namespace

TEST_CASE("reachability: guards are found in the code that clang writes for them", "[reachability]") {
  const ForgedKernel with = new_kernel();
  const ForgedKernel without = old_kernel();
  for (const std::string& cpu : cpus) {
    const Compiled compiled = compile(cpu);
    for (const Verifier verifier : {Verifier::any, Verifier::linux_4_16, Verifier::linux_5_1}) {
      std::map<std::string, bool> on_new = predict(compiled, with, verifier);
      std::map<std::string, bool> on_old = predict(compiled, without, verifier);
      for (const auto& [name, guard] : guards) {
        INFO(name << ", -mcpu=" << cpu << ", " << static_cast<int>(verifier));
        if (guard == Guard::good) {
          if (verifier == Verifier::any) continue;
          CHECK_FALSE(on_old.at(name));
          CHECK_FALSE(on_new.at(name));
        } else if (guard != Guard::open) {
          CHECK(on_old.at(name));
          CHECK_FALSE(on_new.at(name));
        }
      }
      if (verifier != Verifier::any) continue;
      // Verifiers before Linux 4.16 decide that 0 is 0, but not that 1 is not 0. They have no 32-bit jumps.
      const bool has_32_bit_jumps = cpu == "v3" || cpu == "v4";
      for (const char* name : {"if_else", "load"}) {
        INFO(name << ", -mcpu=" << cpu);
        CHECK_FALSE(on_old.at(name));
        CHECK(on_new.at(name) == !has_32_bit_jumps);
      }
    }
  }
}

TEST_CASE("reachability: the verifier loads exactly the programs that are guarded", "[reachability]") {
  if (!libbpf::loader_obstacle().empty())
    return skip_test("loading BPF programs needs root and a kernel that allows it");
  const QuietLibbpf quiet;
  const TempDir directory;
  const std::string with = directory.write("new.btf", new_kernel().btf);
  const std::string without = directory.write("old.btf", old_kernel().btf);
  for (const std::string& cpu : cpus) {
    const Compiled compiled = compile(cpu);
    std::map<std::string, bool> on_old = predict(compiled, old_kernel(), Verifier::linux_5_1);
    for (const auto& [name, guard] : guards) {
      INFO(name << ", -mcpu=" << cpu);
      CHECK(loads(compiled.bytes, name, with));
      CHECK(loads(compiled.bytes, name, without) == (guard == Guard::beyond || !on_old.at(name)));
    }
  }
}

namespace {

/// A frozen map, as libbpf makes one of .rodata, with one value of several bytes.
class FrozenMap {
 public:
  FrozenMap() {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<std::uint8_t>(i % 3 == 0 ? i : i % 3 - 1);
    struct bpf_map_create_opts options = {};
    options.sz = sizeof options;
    options.map_flags = BPF_F_RDONLY_PROG;
    fd_ = bpf_map_create(BPF_MAP_TYPE_ARRAY, "frozen", sizeof(std::uint32_t), size, 1, &options);
    const std::uint32_t first = 0;
    REQUIRE(fd_ >= 0);
    REQUIRE(bpf_map_update_elem(fd_, &first, bytes_.data(), BPF_ANY) == 0);
    REQUIRE(bpf_map_freeze(fd_) == 0);
  }
  FrozenMap(const FrozenMap&) = delete;
  FrozenMap& operator=(const FrozenMap&) = delete;
  ~FrozenMap() { close(fd_); }

  static constexpr int size = 64;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::optional<std::uint64_t> load(std::int64_t offset, std::uint32_t bytes) const {
    if (offset < 0 || offset + bytes > size) return std::nullopt;
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + offset, bytes);  // the tests run on little-endian machines
    return value;
  }

 private:
  std::array<std::uint8_t, size> bytes_ = {};
  int fd_ = -1;
};

/// A random program of numbers and forward jumps. The verifier accepts it whatever it computes.
class RandomProgram {
 public:
  RandomProgram(unsigned seed, int map) : random_(seed), map_(map), has_32_bits_(below(2) == 0) {
    add(call(7));  // get_prandom_u32: r0 is not known afterwards
    for (int reg = 1; reg < 10; ++reg) add(below(6) == 0 ? alu_reg(MOV, reg, 0) : mov(reg, number()));
    for (int left = 5 + below(30); left > 0; --left) add_any(left);
    add(mov(0, 0));
    add(leave);
  }

  [[nodiscard]] const Program& executed() const { return executed_; }
  /// The program before CO-RE: patched numbers have other values.
  [[nodiscard]] const Program& written() const { return written_; }
  [[nodiscard]] const std::vector<PatchedInsn>& patches() const { return patches_; }
  [[nodiscard]] const std::vector<core::DataAddress>& addresses() const { return addresses_; }

 private:
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  std::int32_t number() {
    static constexpr std::array<std::int32_t, 12> usual = {
        0, 1, 2, 3, 4, 8, -1, -2, 31, 255, 0x7fffffff, std::numeric_limits<std::int32_t>::min()};
    return below(8) == 0 ? static_cast<std::int32_t>(random_()) : usual[random_() % usual.size()];
  }

  void add(const Instruction& insn) {
    executed_.push_back(insn);
    written_.push_back(insn);
  }

  /// Adds one instruction. At least `left` instructions follow it.
  void add_any(int left) {
    static constexpr std::array ops = {ADD, SUB, MUL, OR, AND, LSH, RSH, ARSH, XOR, DIV, MOD};
    const int dst = below(10);
    const int width = has_32_bits_ && below(2) == 0 ? narrow : wide;
    switch (below(10)) {
      case 0:
      case 1:
      case 2: {
        const int jump = conditions[random_() % conditions.size()] | (width == wide ? 0x05 : 0x06);
        const int off = 1 + below(std::min(left, 6));
        targets_.insert(executed_.size() + 1 + static_cast<std::size_t>(off));
        return add(below(5) == 0 ? raw(jump | X, dst, below(10), off) : raw(jump, dst, 0, off, number()));
      }
      case 3:
        return add(has_32_bits_ ? alu_reg(MOV, dst, below(10), wide, 8 << below(3)) : raw(NEG | width, dst));
      case 4:
        return add(alu_reg(MOV, dst, below(10), width));
      case 5:
        return add_patched(mov(dst, number()));
      case 6:
        return targets_.contains(executed_.size() + 1) ? add(mov(dst, 0)) : add_number(dst);
      case 7:
        if (below(2) == 0) return add_load(dst);
        return add(alu_reg(ops[random_() % ops.size()], dst, below(10), width));
      default: {
        const int op = ops[random_() % ops.size()];
        const bool is_shift = op == LSH || op == RSH || op == ARSH;
        const bool divides = op == DIV || op == MOD;
        return add(alu(op, dst, is_shift ? below(width == wide ? 64 : 32) : divides ? 3 : number(), width));
      }
    }
  }

  void add_patched(const Instruction& insn) {
    patches_.push_back({.insn = executed_.size(), .value = static_cast<std::uint64_t>(insn.imm)});
    add(insn);
    written_.back().imm = 77;
  }

  void add_number(int dst) {
    const std::uint64_t value = static_cast<std::uint32_t>(number()) | std::uint64_t{random_() % 3} << 32U;
    patches_.push_back({.insn = executed_.size(), .value = value});
    ld_imm64(executed_, dst, value);
    ld_imm64(written_, dst, 77);
  }

  /// Adds an address in the map, perhaps moved, and a load from it. No jump leads into the middle.
  void add_load(int dst) {
    const bool is_moved = below(2) == 0;
    for (std::size_t at = executed_.size() + 1; at < executed_.size() + (is_moved ? 4 : 3); ++at) {
      if (targets_.contains(at)) return add(mov(dst, 0));
    }
    static constexpr std::array codes = {0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91};
    const int code = has_32_bits_ ? codes[random_() % codes.size()] : codes[random_() % 4];
    const int offset = 8 * below(FrozenMap::size / 8);
    const int distance = is_moved ? below(FrozenMap::size) - offset : 0;
    const int in_insn = -(distance & 7);  // loads are aligned
    addresses_.push_back({.insn = executed_.size(), .section = 0, .offset = offset});
    const std::uint64_t place = static_cast<std::uint32_t>(map_) | static_cast<std::uint64_t>(offset) << 32U;
    ld_imm64(executed_, dst, place, BPF_PSEUDO_MAP_VALUE);
    ld_imm64(written_, dst, 77);
    if (is_moved) add(alu(ADD, dst, distance));
    add(raw(code, dst, dst, in_insn));
  }

  std::mt19937 random_;
  int map_;
  bool has_32_bits_;
  std::vector<core::DataAddress> addresses_;
  Program executed_;
  Program written_;
  std::vector<PatchedInsn> patches_;
  std::set<std::size_t> targets_;
};

bool verifier_accepts(const Program& program) {
  std::vector<struct bpf_insn> insns;
  for (const Instruction& each : program) {
    struct bpf_insn insn = {};
    insn.code = each.code;
    insn.dst_reg = each.dst_reg & 0xfU;
    insn.src_reg = each.src_reg & 0xfU;
    insn.off = each.off;
    insn.imm = each.imm;
    insns.push_back(insn);
  }
  const int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "random", "GPL", insns.data(), insns.size(), nullptr);
  if (fd < 0) return false;
  close(fd);
  return true;
}

/// Replaces an instruction as libbpf does if its relocation has no match.
void poison(Instruction& insn) { insn = call(195896080); }

/// Jumps are not poisoned: this would change the paths of the program.
bool can_be_poisoned(const Instruction& insn) { return (insn.code & 0x07) != 0x05 && (insn.code & 0x07) != 0x06; }

}  // namespace

TEST_CASE("reachability: the verifier reaches no unreachable instruction, and all certain ones", "[reachability]") {
  if (!libbpf::loader_obstacle().empty())
    return skip_test("loading BPF programs needs root and a kernel that allows it");
  if (!verifier_accepts({mov(0, 0), alu_reg(MOV, 0, 0, wide, 8), leave})) return skip_test("needs Linux 6.6");
  const unsigned seeds = 3000;
  std::size_t programs = 0;
  std::size_t unreachable = 0;
  std::size_t sure = 0;
  std::size_t loads = 0;
  const FrozenMap map;
  const auto load = [&](std::uint32_t, std::int64_t offset, std::uint32_t bytes) {
    const auto value = map.load(offset, bytes);
    loads += value ? 1 : 0;
    return value;
  };
  for (unsigned seed = 0; seed < seeds; ++seed) {
    const RandomProgram random(seed, map.fd());
    const std::vector<Reach> reached = core::reach(random.written(), random.patches(), Verifier::linux_5_6,
                                                   {.addresses = random.addresses(), .load = load});
    INFO("seed " << seed);
    Program program = random.executed();
    std::size_t count = 0;
    std::optional<std::size_t> last_sure;
    for (std::size_t at = 0; at < program.size(); ++at) {
      if (!can_be_poisoned(program[at])) continue;
      const bool is_long = program[at].code == 0x18 || (at > 0 && program[at - 1].code == 0x18);
      if (reached[at] == Reach::always && !is_long) last_sure = at;
      if (reached[at] != Reach::never) continue;
      poison(program[at]);
      ++count;
    }
    if (count > 0) {
      REQUIRE(verifier_accepts(random.executed()));
      CHECK(verifier_accepts(program));
      ++programs;
      unreachable += count;
    }
    if (!last_sure) continue;
    program = random.executed();
    poison(program[*last_sure]);
    CHECK_FALSE(verifier_accepts(program));
    ++sure;
  }
  std::cout << unreachable << " unreachable instructions in " << programs
            << " programs; one that is sure to be reached in " << sure << "; " << loads << " loads of read-only data\n";
  CHECK(programs > 1000);
  CHECK(sure > 1000);
  CHECK(loads > 1000);
}

TEST_CASE("verifier_age: the helpers in a kernel's BTF show the age of its verifier") {
  CHECK(told_by(with_helpers({{"BPF_FUNC_spin_lock", 93}, {"BPF_FUNC_jiffies64", 118}})) == Verifier::linux_5_6);
  // openEuler's 4.19 has this helper of 5.5, but not the verifier of 5.5.
  CHECK(told_by(with_helpers({{"BPF_FUNC_spin_lock", 93}, {"BPF_FUNC_probe_read_kernel", 113}})) ==
        Verifier::linux_5_1);
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_spin_lock", 93}, {"__BPF_FUNC_MAX_ID", 94}})) ==
        Verifier::linux_5_1);
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_override_return", 58}})) == Verifier::linux_4_16);
  CHECK(told_by(with_helpers({{"BPF_FUNC_unspec", 0}, {"BPF_FUNC_map_lookup_elem", 1}})) == Verifier::any);
}

TEST_CASE("verifier_age: a kernel without the enum of helpers can have any verifier") {
  CHECK(told_by(BtfForge()) == Verifier::any);
  BtfForge other;
  other.structure("bpf_func_id", 0, {});
  CHECK(told_by(other) == Verifier::any);
  other.enumeration("bpf_func_id", 4, {{"BPF_FUNC_spin_lock", 93}});
  CHECK(told_by(other) == Verifier::linux_5_1);
}

}  // namespace minbtf::test
