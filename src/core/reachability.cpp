#include "core/reachability.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace minbtf::core {

namespace {

using object::Instruction;

// Opcodes, as in the kernel's Documentation/bpf/standardization/instruction-set.rst.
enum Class : unsigned { ld, ldx, st, stx, alu, jmp, jmp32, alu64 };
enum Arithmetic : unsigned { add, sub, mul, div, or_, and_, lsh, rsh, neg, mod, xor_, mov, arsh, end };
enum Jump : unsigned { ja, jeq, jgt, jge, jset, jne, jsgt, jsge, call, exit, jlt, jle, jslt, jsle, may_goto };
enum Mode : unsigned { mode_imm, mode_abs, mode_ind, mode_mem, mode_memsx, mode_atomic = 6 };
constexpr unsigned ld_imm64 = 0x18;

constexpr std::uint8_t caller_saved = 6;  ///< r0 to r5
constexpr std::uint8_t tracked = 10;      ///< r0 to r9; r10 is the frame pointer

unsigned class_of(const Instruction& insn) { return insn.code & 7U; }
unsigned op_of(const Instruction& insn) { return insn.code >> 4U; }
unsigned mode_of(const Instruction& insn) { return insn.code >> 5U; }
bool has_source_register(const Instruction& insn) { return (insn.code & 0x08U) != 0; }
bool is_jump(const Instruction& insn) { return class_of(insn) == jmp || class_of(insn) == jmp32; }

using Number = std::optional<std::uint64_t>;

std::uint64_t sign_extend(std::int64_t value) { return static_cast<std::uint64_t>(value); }
std::uint64_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

/// A place in read-only data.
struct Address {
  std::uint32_t section = 0;
  std::int64_t offset = 0;
};

/// Knowledge about r0 to r9: numbers that are scalars for the verifier as well, and addresses of read-only data.
class Registers {
 public:
  [[nodiscard]] Number get(std::uint8_t reg) const {
    return knows(reg) && !has_address(reg) ? Number(values_[reg]) : std::nullopt;
  }
  [[nodiscard]] std::optional<Address> address(std::uint8_t reg) const {
    if (!knows(reg) || !has_address(reg)) return std::nullopt;
    return Address{.section = sections_[reg], .offset = static_cast<std::int64_t>(values_[reg])};
  }
  void set(std::uint8_t reg, Number value) {
    if (reg >= tracked) return;
    known_ = static_cast<std::uint16_t>(value ? known_ | bit(reg) : known_ & ~bit(reg));
    addresses_ = static_cast<std::uint16_t>(addresses_ & ~bit(reg));
    if (value) values_[reg] = *value;
  }
  void set_address(std::uint8_t reg, const Address& address) {
    if (reg >= tracked) return;
    set(reg, static_cast<std::uint64_t>(address.offset));
    addresses_ = static_cast<std::uint16_t>(addresses_ | bit(reg));
    sections_[reg] = address.section;
  }
  void forget(std::uint8_t below = tracked) { known_ = static_cast<std::uint16_t>(known_ & ~(bit(below) - 1U)); }
  /// Keeps only the knowledge that `other` shares. Returns true if something was forgotten.
  bool meet(const Registers& other) {
    const std::uint16_t before = known_;
    for (std::uint8_t reg = 0; reg < tracked; ++reg) {
      if (knows(reg) && !agrees(other, reg)) set(reg, std::nullopt);
    }
    return known_ != before;
  }

 private:
  static unsigned bit(std::uint8_t reg) { return 1U << reg; }
  [[nodiscard]] bool knows(std::uint8_t reg) const { return reg < tracked && (known_ & bit(reg)) != 0; }
  [[nodiscard]] bool has_address(std::uint8_t reg) const { return (addresses_ & bit(reg)) != 0; }
  [[nodiscard]] bool agrees(const Registers& other, std::uint8_t reg) const {
    return other.knows(reg) && values_[reg] == other.values_[reg] && has_address(reg) == other.has_address(reg) &&
           (!has_address(reg) || sections_[reg] == other.sections_[reg]);
  }

  std::array<std::uint64_t, tracked> values_ = {};    ///< numbers, or offsets of addresses
  std::array<std::uint32_t, tracked> sections_ = {};  ///< sections of addresses
  std::uint16_t known_ = 0;                           ///< bit i: values_[i] is valid
  std::uint16_t addresses_ = 0;                       ///< bit i: values_[i] is the offset of an address
};

/// Returns the result of `dst op src` if the verifier knows it for two numbers. After an overflow older verifiers soon
/// forget the result, because its bounds and its bits no longer agree; it is unknown here.
Number compute(const Instruction& insn, std::uint64_t dst, std::uint64_t src) {
  const bool wide = class_of(insn) == alu64;
  const std::uint64_t a = wide ? dst : low_half(dst);
  const std::uint64_t b = wide ? src : low_half(src);
  const unsigned bits = wide ? 64 : 32;  // a shift by more (all 64 bits of `src` count) makes the result unknown
  const auto result = [&](std::uint64_t value) { return Number(wide ? value : low_half(value)); };
  std::int64_t ignored = 0;
  const auto sa = static_cast<std::int64_t>(a);
  const auto sb = static_cast<std::int64_t>(b);
  switch (op_of(insn)) {
    case add:
      return __builtin_add_overflow(sa, sb, &ignored) ? std::nullopt : result(a + b);
    case sub:
      if (!wide && a < b) return std::nullopt;
      return __builtin_sub_overflow(sa, sb, &ignored) ? std::nullopt : result(a - b);
    case mul:
      return result(a * b);
    case or_:
      return result(a | b);
    case and_:
      return result(a & b);
    case lsh:
      return src < bits ? result(a << b) : std::nullopt;
    case rsh:
      return src < bits ? result(a >> b) : std::nullopt;
    case arsh:  // 32 bits: before Linux 5.6 computed as if it had 64
      return wide && src < bits ? result(sign_extend(sa >> b)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// Returns the result of `dst op src`. `dst` and `src` are extended to 64 bits by zeros, `sdst` and `ssrc` by their
/// sign. Returns nothing if `op` is no comparison.
std::optional<bool> compare(unsigned op, std::uint64_t dst, std::uint64_t src, std::int64_t sdst, std::int64_t ssrc) {
  switch (op) {
    case jeq:
      return dst == src;
    case jne:
      return dst != src;
    case jgt:
      return dst > src;
    case jge:
      return dst >= src;
    case jlt:
      return dst < src;
    case jle:
      return dst <= src;
    case jset:
      return (dst & src) != 0;
    case jsgt:
      return sdst > ssrc;
    case jsge:
      return sdst >= ssrc;
    case jslt:
      return sdst < ssrc;
    case jsle:
      return sdst <= ssrc;
    default:
      return std::nullopt;
  }
}

bool is_comparison(unsigned op) { return compare(op, 0, 0, 0, 0).has_value(); }

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
  if (!is_jump(insn) || op_of(insn) == call || op_of(insn) == exit) return std::nullopt;
  const bool far = class_of(insn) == jmp32 && op_of(insn) == ja;
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
      if (class_of(insn) == jmp32) verifier_ = std::max(verifier_, Verifier::linux_5_1);
      const auto target = target_of(at, insn);
      if (target && is_insn(*target)) states_[static_cast<std::size_t>(*target)].joined = true;
      if (insn.code == ld_imm64 && at + 1 < program.size()) states_[++at].second_half = true;
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
        at += program_[at].code == ld_imm64 ? 2 : 1;
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
    if (patch.insn >= program_.size() || states_[patch.insn].second_half || is_jump(program_[patch.insn])) {
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
      at += program_[at].code == ld_imm64 ? 2 : 1;
      if (at < program_.size() && states_[at].joined) return enter(static_cast<std::int64_t>(at), registers);
    }
  }

  Next step(std::size_t at, Registers& registers) const {
    const Instruction& insn = program_[at];
    return is_jump(insn) ? jump(at, insn, registers) : execute(at, insn, registers);
  }

  Next jump(std::size_t at, const Instruction& insn, Registers& registers) const {
    const bool wide = class_of(insn) == jmp;
    const unsigned op = op_of(insn);
    if (op == call && wide) {
      registers.forget(has_source_register(insn) ? tracked : caller_saved);  // callx is not in every kernel
      return {};
    }
    if (is_comparison(op)) {
      const auto taken = decide(insn, registers);
      return {.falls_through = taken != true, .target = taken == false ? std::nullopt : target_of(at, insn)};
    }
    if (has_source_register(insn)) return anywhere;  // gotox
    if (op == ja) return {.falls_through = false, .target = target_of(at, insn)};
    if (op == exit && wide) return nowhere;
    if (op == may_goto && wide) {
      registers.forget();
      return {.target = target_of(at, insn)};
    }
    return anywhere;
  }

  /// Returns whether a conditional jump is taken, if the verifier knows it.
  [[nodiscard]] std::optional<bool> decide(const Instruction& insn, const Registers& registers) const {
    const Number dst = registers.get(insn.dst_reg);
    if (!dst || has_source_register(insn)) return std::nullopt;
    const unsigned op = op_of(insn);
    const std::uint64_t imm = sign_extend(insn.imm);
    if (class_of(insn) == jmp32) {
      return compare(op, low_half(*dst), low_half(imm), static_cast<std::int32_t>(*dst), insn.imm);
    }
    if (verifier_ < Verifier::linux_5_1 && op != jeq && op != jne) return std::nullopt;
    if (verifier_ == Verifier::any && *dst != imm) return std::nullopt;
    return compare(op, *dst, imm, static_cast<std::int64_t>(*dst), insn.imm);
  }

  /// Executes an instruction that continues with the next one.
  Next execute(std::size_t at, const Instruction& insn, Registers& registers) const {
    const PatchedInsn* const patch = patch_at(at);
    switch (class_of(insn)) {
      case alu:
      case alu64:
        if (op_of(insn) > end) break;
        if (const auto moved = moved_address(insn, patch, registers)) {
          registers.set_address(insn.dst_reg, *moved);
        } else {
          registers.set(insn.dst_reg, arithmetic(insn, patch, registers));
        }
        return {};
      case ld:
        if (insn.code == ld_imm64) {
          registers.set(insn.dst_reg, patch && verifier_ != Verifier::any ? patch->value : std::nullopt);
          const auto address = addresses_.find(at);
          if (!patch && address != addresses_.end()) registers.set_address(insn.dst_reg, address->second);
          return {};
        }
        if (mode_of(insn) != mode_abs && mode_of(insn) != mode_ind) break;
        registers.forget(caller_saved);
        return {};
      case ldx:
        if (mode_of(insn) != mode_mem && mode_of(insn) != mode_memsx) break;
        registers.set(insn.dst_reg, patch ? std::nullopt : loaded(insn, registers));
        return {};
      case stx:
        if (mode_of(insn) == mode_atomic) {
          // The operation (fetch, load-acquire, cmpxchg) decides which one of these registers it writes, if any.
          for (const std::uint8_t reg : {insn.src_reg, insn.dst_reg, std::uint8_t{0}}) registers.set(reg, std::nullopt);
          return {};
        }
        [[fallthrough]];
      default:
        if (mode_of(insn) == mode_mem) return {};
    }
    registers.forget();  // an instruction of a newer instruction set
    return {};
  }

  /// Returns the number that a load leaves in its register, if it is known.
  [[nodiscard]] Number loaded(const Instruction& insn, const Registers& registers) const {
    static constexpr std::array<std::uint32_t, 4> sizes = {4, 2, 1, 8};
    const std::uint32_t bytes = sizes[insn.code >> 3U & 3U];
    const auto address = registers.address(insn.src_reg);
    if (!address || !data_.load) return std::nullopt;
    const Number value = data_.load(address->section, address->offset + insn.off, bytes);
    if (!value || mode_of(insn) == mode_mem) return value;
    switch (bytes) {
      case 1:
        return sign_extend(static_cast<std::int8_t>(*value));
      case 2:
        return sign_extend(static_cast<std::int16_t>(*value));
      case 4:
        return sign_extend(static_cast<std::int32_t>(*value));
      default:
        return std::nullopt;
    }
  }

  /// Returns the second operand of an arithmetic instruction.
  [[nodiscard]] static Number operand(const Instruction& insn, const PatchedInsn* patch, const Registers& registers) {
    if (has_source_register(insn)) return registers.get(insn.src_reg);
    if (!patch) return sign_extend(insn.imm);
    if (!patch->value) return std::nullopt;
    return sign_extend(static_cast<std::int32_t>(*patch->value));
  }

  /// Returns the address that an arithmetic instruction leaves in its register, if it is one. The verifier rejects
  /// offsets of 2^29 and more (check_reg_sane_offset()).
  [[nodiscard]] static std::optional<Address> moved_address(const Instruction& insn, const PatchedInsn* patch,
                                                            const Registers& registers) {
    constexpr std::int64_t largest = std::int64_t{1} << 29U;
    if (class_of(insn) != alu64 || insn.off != 0) return std::nullopt;
    auto address = registers.address(insn.dst_reg);
    Number by = operand(insn, patch, registers);
    switch (op_of(insn)) {
      case mov:
        return has_source_register(insn) ? registers.address(insn.src_reg) : std::nullopt;
      case add:
        if (!address && has_source_register(insn)) {
          address = registers.address(insn.src_reg);
          by = registers.get(insn.dst_reg);
        }
        break;
      case sub:
        if (by) by = 0 - *by;
        break;
      default:
        return std::nullopt;
    }
    if (!address || !by) return std::nullopt;
    const auto distance = static_cast<std::int64_t>(*by);
    if (distance <= -largest || distance >= largest) return std::nullopt;
    address->offset += distance;
    if (address->offset <= -largest || address->offset >= largest) return std::nullopt;
    return address;
  }

  /// Returns the number that an arithmetic instruction leaves in its register, if it is known.
  [[nodiscard]] Number arithmetic(const Instruction& insn, const PatchedInsn* patch, const Registers& registers) const {
    const bool wide = class_of(insn) == alu64;
    const Number src = operand(insn, patch, registers);
    if (!src) return std::nullopt;
    if (op_of(insn) == mov) return move(insn, *src);
    if (insn.off != 0 || verifier_ == Verifier::any) return std::nullopt;
    if (verifier_ < Verifier::linux_5_1 && (!wide || op_of(insn) == arsh)) return std::nullopt;
    const Number dst = registers.get(insn.dst_reg);
    return dst ? compute(insn, *dst, *src) : std::nullopt;
  }

  [[nodiscard]] Number move(const Instruction& insn, std::uint64_t src) const {
    const bool wide = class_of(insn) == alu64;
    if (wide && insn.off == 0) return src;
    if (!has_source_register(insn)) return insn.off == 0 ? Number(low_half(src)) : std::nullopt;
    if (verifier_ < Verifier::linux_5_1) return std::nullopt;
    const auto result = [&](std::int64_t value) {
      return Number(wide ? sign_extend(value) : low_half(sign_extend(value)));
    };
    switch (insn.off) {
      case 0:
        return low_half(src);
      case 8:
        return result(static_cast<std::int8_t>(src));
      case 16:
        return result(static_cast<std::int16_t>(src));
      case 32:
        return wide ? result(static_cast<std::int32_t>(src)) : std::nullopt;
      default:
        return std::nullopt;
    }
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

bool has_enumerator(const btf::View& kernel, const btf::Type& type, std::string_view name) {
  // New helpers are at the end.
  for (std::uint32_t i = type.vlen; i-- > 0;) {
    if (kernel.is_string(kernel.enumerator(type, i).name_off, name)) return true;
  }
  return false;
}

}  // namespace

Verifier verifier_of(const btf::View& kernel) {
  for (const btf::NamedType& named : kernel.named_types()) {
    if (!kernel.is_string(named.name_off, "bpf_func_id")) continue;
    const btf::Type type = kernel.type(named.id);
    if (!btf::is_any_enum(type.kind)) continue;
    // Helpers of Linux 5.6, 5.1 and 4.16. The helpers of 5.5, above all bpf_probe_read_kernel(), are also in kernels
    // that do not have its verifier, such as openEuler's 4.19.
    if (has_enumerator(kernel, type, "BPF_FUNC_jiffies64")) return Verifier::linux_5_6;
    if (has_enumerator(kernel, type, "BPF_FUNC_spin_lock")) return Verifier::linux_5_1;
    if (has_enumerator(kernel, type, "BPF_FUNC_override_return")) return Verifier::linux_4_16;
    return Verifier::any;
  }
  return Verifier::any;
}

std::vector<Reach> reach(std::span<const Instruction> program, std::span<const PatchedInsn> patches, Verifier verifier,
                         const ReadOnlyData& data) {
  Exploration exploration(program, patches, verifier, data);
  if (!exploration.explore()) return std::vector<Reach>(program.size(), Reach::perhaps);
  exploration.follow();
  return exploration.result();
}

}  // namespace minbtf::core
