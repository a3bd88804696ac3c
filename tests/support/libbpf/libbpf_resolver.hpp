// SPDX-License-Identifier: BSD-2-Clause
// libbpf's own CO-RE resolver, called in this process: the result of the loader without root, kernel or verifier.
//
// The resolver is that of the linked libbpf, 1.1 or newer. Where the newest libbpf has another rule, Rules::newest
// corrects the result from other numbers of the linked libbpf. libbpf 1.1 divides by zero on a bitfield of pointer type
// and does not return from a loop of typedefs: tests must not pass such input. Objects of these classes must not be
// shared by threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "support/libbpf/libbpf_relo_core.hpp"

namespace minbtf::test {

struct BtfDeleter {
  void operator()(struct btf* btf) const noexcept { btf__free(btf); }
};
using BtfPointer = std::unique_ptr<struct btf, BtfDeleter>;

/// One named step of a resolved access, with the properties that the reduced BTF must preserve. Array elements are not
/// steps.
struct PathStep {
  std::string composite;  ///< kind and essential name of the struct, union or enum
  std::string name;       ///< of the member or enumerator
  std::uint32_t bit_offset = 0;
  std::uint32_t bitfield_size = 0;
  auto operator<=>(const PathStep&) const = default;
};

[[nodiscard]] PathStep member_step(const struct btf* btf, std::uint32_t id, std::uint32_t index);
[[nodiscard]] PathStep enumerator_step(const struct btf* btf, std::uint32_t id, std::uint32_t index);

/// libbpf's result for one relocation.
struct Verdict {
  std::size_t relocation = 0;  ///< index of the record in the object
  std::uint32_t kind = 0;
  int error = 0;          ///< positive errno; 0 if libbpf continues loading
  bool in_patch = false;  ///< the error came from bpf_core_patch_insn()
  /// The part of libbpf's warning in `known_warnings` that matches; empty if none matches.
  std::string_view reason;
  bool poison = false;  ///< the instruction was replaced by an invalid one
  bool fail_memsz_adjust = false;
  bool validate = false;
  std::uint64_t new_val = 0;  ///< 0 for type_id_target, whose ids have no meaning in another BTF
  std::uint32_t orig_sz = 0;
  std::uint32_t new_sz = 0;
  std::string target_type;  ///< for type_id_target: kind, name and size of the type that the id names
  /// The instruction after patching, and its second half. The immediate operand of type_id_target is left out.
  std::uint64_t patched = 0;
  std::uint64_t patched_second = 0;
  std::uint32_t load_size = 0;  ///< bytes that the patched load or store accesses; 0 for other instructions

  bool operator==(const Verdict&) const = default;
  [[nodiscard]] bool failed() const noexcept { return error != 0; }
  /// Returns one line for messages.
  [[nodiscard]] std::string text() const;
};

/// A kernel's BTF, full or reduced, as libbpf reads it, with the BTF of the modules that are loaded.
class ResolverTarget {
 public:
  /// Throws std::runtime_error if btf__new() refuses the bytes.
  ResolverTarget(std::span<const std::uint8_t> bytes, std::string name);
  /// Loads one more module, behind those that are loaded. `split` is raw split BTF. Throws std::runtime_error if libbpf
  /// refuses it.
  void load_module(std::span<const std::uint8_t> split);
  /// From now on, only these modules count, in this order. `modules` are numbers of load_module() calls, from 0.
  void use_modules(std::vector<std::size_t> modules);
  /// Returns the modules with candidates for a local type, of those that count; none if vmlinux has candidates.
  [[nodiscard]] std::vector<std::size_t> modules_with(const struct btf* local, std::uint32_t local_id);
  /// Returns the BTF of a module.
  [[nodiscard]] const struct btf* module(std::size_t number) const noexcept { return modules_[number].btf.get(); }

  [[nodiscard]] const struct btf* btf() const noexcept { return btf_.get(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool big_endian() const noexcept { return big_endian_; }
  /// Returns the types that libbpf's bpf_core_find_cands() finds for a local type: those of vmlinux or, if there are
  /// none, those of all modules. They are cached by kind and essential name.
  const std::vector<struct bpf_core_cand>& candidates(const struct btf* local, std::uint32_t local_id);

 private:
  using Candidates = std::vector<struct bpf_core_cand>;
  using Cache = std::map<std::string, Candidates>;  ///< by kind and essential name
  struct Module {
    BtfPointer btf;
    Cache found = {};
  };

  /// Returns the candidates in the types of one file, from `first` on.
  static const Candidates& find(Cache& cache, const std::string& key, const struct bpf_core_cand& local,
                                std::size_t name_size, const struct btf* btf, int first);

  BtfPointer btf_;
  std::vector<Module> modules_ = {};    ///< destroyed before btf_, their base
  std::vector<std::size_t> used_ = {};  ///< modules that count, in their order
  std::string name_;
  bool big_endian_ = false;
  Cache of_base_ = {};
  Cache candidates_ = {};
};

/// The version of libbpf whose rules apply.
enum class Rules {
  linked,  ///< the linked libbpf: 1.1 in Debian 12, 1.5 in Debian 13
  /// Two rules differ from those of libbpf 1.1. Since libbpf 1.6 the load size of an array field is the size of its
  /// element. Since libbpf 1.3 only integers and enums can be signed: before, the word after any other type was read as
  /// the encoding of an integer.
  newest,
};

/// A BPF object: libbpf reads its types, BpfObject its records and instructions.
class ResolverObject {
 public:
  /// Throws std::runtime_error if libbpf cannot read the object's .BTF.
  ResolverObject(std::span<const std::uint8_t> elf, BpfObject object);
  /// The same for an ELF file that libbpf may refuse: `btf` is its .BTF.
  static ResolverObject of_btf(std::span<const std::uint8_t> btf, BpfObject object);

  [[nodiscard]] const BpfObject& object() const noexcept { return object_; }
  [[nodiscard]] const struct btf* btf() const noexcept { return btf_.get(); }

  /// Does the work of bpf_object__relocate_core() for the programs for which `programs` is true: each relocation
  /// narrows the candidates of the next. libbpf stops at a failure; this function continues as if the failing
  /// relocation did not exist. Records in other programs, or in no program, are left out.
  [[nodiscard]] std::vector<Verdict> resolve(ResolverTarget& target, const std::vector<bool>& programs,
                                             Rules rules) const;

  /// Returns the steps of a relocation's access for each candidate that matches on its own.
  [[nodiscard]] std::vector<std::vector<PathStep>> paths(ResolverTarget& target, std::size_t relocation) const;

 private:
  ResolverObject(BtfPointer btf, BpfObject object);

  BpfObject object_;
  BtfPointer btf_;
};

/// Returns kind, name and size, by which a type is recognized in another BTF.
[[nodiscard]] std::string type_text(const struct btf* btf, std::uint32_t id);

/// Makes libbpf print nothing from now on. Its warning about a failed relocation becomes Verdict::reason.
void listen_to_libbpf() noexcept;

}  // namespace minbtf::test
