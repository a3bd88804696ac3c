// SPDX-License-Identifier: BSD-2-Clause
#include "core/reachability.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/instruction_set.hpp"
#include "core/registers.hpp"

namespace minbtf::core {

namespace {

using object::Instruction;

/// Where control continues after an instruction.
struct Next {
  bool known = true;  ///< false: control can continue anywhere
  bool falls_through = true;
  std::optional<std::int64_t> target = {};
};

constexpr Next nowhere = {.falls_through = false};
constexpr Next anywhere = {.known = false};

/// Returns the target of a jump, which may lie outside the program, or nothing for other instructions.
std::optional<std::int64_t> target_of(std::size_t at, const Instruction& insn) {
  if (!bpf::is_jump(insn) || bpf::op_of(insn) == bpf::call || bpf::op_of(insn) == bpf::exit) return std::nullopt;
  const bool far = bpf::class_of(insn) == bpf::jmp32 && bpf::op_of(insn) == bpf::ja;
  return static_cast<std::int64_t>(at) + 1 + (far ? insn.imm : insn.off);
}

/// Follows numbers and jumps through a program.
///
/// explore() keeps what is known about the registers at each joint: at the start, and at each instruction that a jump
/// leads to. It walks from a joint to the next joint and enters that one with its registers. A joint that is entered
/// again keeps only what all entries agree on (Registers::meet()), and is walked again if that is less than before. A
/// joint can forget each of 10 registers once, so it is walked at most 11 times. follow() then visits once more the
/// instructions that are certain to be reached.
///
/// Example:
///   0  call                 r0 is not known afterwards
///   1  r6 = 0
///   2  if r0 == 0 goto 4    not decided: enters joint 4 with r6 = 0, and falls through
///   3  r6 = 1               enters joint 4 with r6 = 1
///   4  if r6 == 1 goto 6    the entries disagree: r6 is not known, and the jump is not decided
///   5  r0 = 0
///   6  exit                 Reach::always for 0 to 2, Reach::perhaps for 3 to 6
class Exploration {
 public:
  Exploration(std::span<const Instruction> program, std::span<const PatchedInsn> patches, Verifier verifier,
              const ReadOnlyData& data)
      : program_(program), data_(data), states_(program.size()), verifier_(verifier) {
    for (std::size_t at = 0; at < program.size(); ++at) {
      const Instruction& insn = program[at];
      if (bpf::class_of(insn) == bpf::jmp32) verifier_ = std::max(verifier_, Verifier::linux_5_1);
      const auto target = target_of(at, insn);
      if (target && is_insn(*target)) states_[static_cast<std::size_t>(*target)].joined = true;
      if (insn.code == bpf::ld_imm64 && at + 1 < program.size()) states_[++at].second_half = true;
    }
    for (const PatchedInsn& patch : patches) apply(patch);
    if (verifier < Verifier::linux_5_6) return;
    for (const DataAddress& address : data.addresses) {
      if (address.insn < program.size()) addresses_[address.insn] = {address.section, address.offset};
    }
  }

  /// Marks the instructions that control can reach. Returns false if control can reach anything.
  bool explore() {
    if (program_.empty()) return true;
    if (!patches_fit_ || !enter(0, Registers())) return false;
    while (!pending_.empty()) {
      const std::size_t at = pending_.back();
      pending_.pop_back();
      Joint& joint = joints_.at(at);
      joint.pending = false;
      if (!walk(at, joint.registers)) return false;
    }
    return true;
  }

  /// Marks the instructions that are certain to be reached: from the start to the first jump that is not decided.
  void follow() {
    Registers registers;
    std::size_t at = 0;
    while (patches_fit_ && at < program_.size() && !states_[at].second_half && !states_[at].certain) {
      states_[at].certain = true;
      const Next next = step(at, registers);
      if (!next.known || next.falls_through == next.target.has_value()) return;
      if (!next.target) {
        at += program_[at].code == bpf::ld_imm64 ? 2 : 1;
      } else if (is_insn(*next.target)) {
        at = static_cast<std::size_t>(*next.target);
      } else {
        return;
      }
    }
  }

  [[nodiscard]] std::vector<Reach> result() const {
    std::vector<Reach> out;
    out.reserve(states_.size());
    for (std::size_t at = 0; at < states_.size(); ++at) {
      const InsnState& state = states_[states_[at].second_half ? at - 1 : at];
      out.push_back(state.certain ? Reach::always : state.reached ? Reach::perhaps : Reach::never);
    }
    return out;
  }

 private:
  struct InsnState {
    bool joined = false;  ///< a jump leads here, so several states can meet
    bool second_half = false;
    bool patched = false;  ///< has an entry in patches_
    bool reached = false;
    bool certain = false;
  };
  /// The start or the target of a jump, and what is known there on every path.
  struct Joint {
    Registers registers;
    bool pending = false;
  };

  [[nodiscard]] bool is_insn(std::int64_t at) const {
    return at >= 0 && at < static_cast<std::int64_t>(program_.size());
  }

  void apply(const PatchedInsn& patch) {
    // Poison would replace the jump and thereby change the paths of the program.
    if (patch.insn >= program_.size() || states_[patch.insn].second_half || bpf::is_jump(program_[patch.insn])) {
      patches_fit_ = false;
      return;
    }
    states_[patch.insn].patched = true;
    patches_[patch.insn] = patch;
  }

  [[nodiscard]] const PatchedInsn* patch_at(std::size_t at) const {
    return states_[at].patched ? &patches_.at(at) : nullptr;
  }

  /// Enters a joint, from which a walk begins or continues. Returns false if `where` is no instruction.
  bool enter(std::int64_t where, const Registers& registers) {
    if (!is_insn(where)) return false;
    const auto at = static_cast<std::size_t>(where);
    const auto [found, is_new] = joints_.try_emplace(at, Joint{.registers = registers});
    Joint& joint = found->second;
    if ((is_new || joint.registers.meet(registers)) && !joint.pending) {
      joint.pending = true;
      pending_.push_back(at);
    }
    return true;
  }

  /// Walks from a joint to the next joint, or to the end of the path. Returns false if control can continue anywhere.
  bool walk(std::size_t at, Registers registers) {
    for (;;) {
      if (at >= program_.size() || states_[at].second_half) return false;
      states_[at].reached = true;
      const Next next = step(at, registers);
      if (!next.known || (next.target && !enter(*next.target, registers))) return false;
      if (!next.falls_through) return true;
      at += program_[at].code == bpf::ld_imm64 ? 2 : 1;
      if (at < program_.size() && states_[at].joined) return enter(static_cast<std::int64_t>(at), registers);
    }
  }

  Next step(std::size_t at, Registers& registers) const {
    const Instruction& insn = program_[at];
    if (bpf::is_jump(insn)) return jump(at, insn, registers);
    const PatchedInsn* const patch = patch_at(at);
    const auto address = insn.code == bpf::ld_imm64 ? addresses_.find(at) : addresses_.end();
    execute({.insn = insn,
             .patch = patch != nullptr ? &patch->value : nullptr,
             .address = address != addresses_.end() ? &address->second : nullptr},
            verifier_, data_.load, registers);
    return {};
  }

  Next jump(std::size_t at, const Instruction& insn, Registers& registers) const {
    const bool wide = bpf::class_of(insn) == bpf::jmp;
    const unsigned op = bpf::op_of(insn);
    if (op == bpf::call && wide) {
      // An indirect call (callx) is not in every kernel.
      registers.forget(bpf::has_source_register(insn) ? Registers::tracked : Registers::caller_saved);
      return {};
    }
    if (bpf::is_comparison(op)) {
      const auto taken = is_taken(insn, verifier_, registers);
      return {.falls_through = taken != true, .target = taken == false ? std::nullopt : target_of(at, insn)};
    }
    if (bpf::has_source_register(insn)) return anywhere;  // gotox
    if (op == bpf::ja) return {.falls_through = false, .target = target_of(at, insn)};
    if (op == bpf::exit && wide) return nowhere;
    if (op == bpf::may_goto && wide) {
      registers.forget();
      return {.target = target_of(at, insn)};
    }
    return anywhere;
  }

  std::span<const Instruction> program_;
  const ReadOnlyData& data_;
  std::vector<InsnState> states_;
  Verifier verifier_;
  bool patches_fit_ = true;
  std::unordered_map<std::size_t, PatchedInsn> patches_;
  std::unordered_map<std::size_t, Address> addresses_;  ///< by number of the 16-byte instruction
  std::unordered_map<std::size_t, Joint> joints_;
  std::vector<std::size_t> pending_;  ///< joints that are still to be walked
};

}  // namespace

std::vector<Reach> reach(std::span<const Instruction> program, std::span<const PatchedInsn> patches, Verifier verifier,
                         const ReadOnlyData& data) {
  Exploration exploration(program, patches, verifier, data);
  if (!exploration.explore()) return std::vector<Reach>(program.size(), Reach::perhaps);
  exploration.follow();
  return exploration.result();
}

}  // namespace minbtf::core
