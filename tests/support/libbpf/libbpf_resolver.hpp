// libbpf's own CO-RE resolver, called in process: what the loader would decide, without root, kernel or verifier.
//
// It is libbpf 1.1's. Where the newest decides otherwise, Rules::newest corrects its answer from its own numbers. It
// divides by zero on a bitfield of pointer type and does not come back from a loop of typedefs: no test may ask for
// that. Each class belongs to one thread.
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

/// One named step of a resolved access, as far as another BTF has to have it, too. Array elements are no steps.
struct PathStep {
  std::string composite;  ///< kind and essential name of the struct or union; or of the enum
  std::string name;       ///< of the member or enumerator
  std::uint32_t bit_offset = 0;
  std::uint32_t bitfield_size = 0;
  auto operator<=>(const PathStep&) const = default;
};

[[nodiscard]] PathStep member_step(const struct btf* btf, std::uint32_t id, std::uint32_t index);
[[nodiscard]] PathStep enumerator_step(const struct btf* btf, std::uint32_t id, std::uint32_t index);

/// What libbpf makes of one relocation.
struct Verdict {
  std::size_t relocation = 0;  ///< index of the record in the object
  std::uint32_t kind = 0;
  int error = 0;          ///< positive errno; 0 unless libbpf gives the load up
  bool in_patch = false;  ///< the error came from bpf_core_patch_insn()
  /// Why, in the words of libbpf's warning; empty if it gave none that is known here.
  std::string_view reason;
  bool poison = false;  ///< the instruction was replaced by an invalid one
  bool fail_memsz_adjust = false;
  bool validate = false;
  std::uint64_t new_val = 0;  ///< 0 for type_id_target, whose ids mean nothing elsewhere
  std::uint32_t orig_sz = 0;
  std::uint32_t new_sz = 0;
  std::string target_type;  ///< for type_id_target: kind, name and size of the type that the id names
  /// The instruction afterwards, and its second half; the immediate operand of type_id_target is left out.
  std::uint64_t patched = 0;
  std::uint64_t patched_second = 0;
  std::uint32_t load_size = 0;  ///< bytes that the patched load or store accesses; 0 for other instructions

  bool operator==(const Verdict&) const = default;
  [[nodiscard]] bool failed() const noexcept { return error != 0; }
  /// One line for messages.
  [[nodiscard]] std::string text() const;
};

/// A kernel's BTF, full or reduced, as libbpf reads it.
class ResolverTarget {
 public:
  /// Throws std::runtime_error if btf__new() refuses the bytes.
  ResolverTarget(std::span<const std::uint8_t> bytes, std::string name);

  [[nodiscard]] const struct btf* btf() const noexcept { return btf_.get(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] bool big_endian() const noexcept { return big_endian_; }
  /// Ids that bpf_core_add_cands() finds for a local type, remembered by kind and essential name.
  const std::vector<std::uint32_t>& candidates(const struct btf* local, std::uint32_t local_id);

 private:
  BtfPointer btf_;
  std::string name_;
  bool big_endian_ = false;
  std::map<std::string, std::vector<std::uint32_t>> candidates_;
};

/// Which libbpf decides.
enum class Rules {
  libbpf_1_1,
  /// Where a field is an array the load size is its element's, since libbpf 1.6. Only integers and enums are signed,
  /// since 1.3: before, any other type's next word was taken for the encoding of an integer.
  newest,
};

/// A BPF object as libbpf reads it: its types by libbpf, its records and instructions by BpfObject.
class ResolverObject {
 public:
  /// Throws std::runtime_error if libbpf does not read the object's .BTF.
  ResolverObject(std::span<const std::uint8_t> elf, BpfObject object);
  /// The same of an ELF file that libbpf may not like: `btf` is its .BTF.
  static ResolverObject of_btf(std::span<const std::uint8_t> btf, BpfObject object);

  [[nodiscard]] const BpfObject& object() const noexcept { return object_; }
  [[nodiscard]] const struct btf* btf() const noexcept { return btf_.get(); }

  /// bpf_object__relocate_core() with the programs for which `programs` is true: candidates are narrowed relocation
  /// after relocation. Where libbpf would stop at a failure this goes on, as if the relocation had not been there.
  /// Records in other programs, or in none, are left out.
  [[nodiscard]] std::vector<Verdict> resolve(ResolverTarget& target, const std::vector<bool>& programs,
                                             Rules rules) const;

  /// The steps of a relocation's access through each candidate that matches on its own.
  [[nodiscard]] std::vector<std::vector<PathStep>> paths(ResolverTarget& target, std::size_t relocation) const;

 private:
  ResolverObject(BtfPointer btf, BpfObject object);

  BpfObject object_;
  BtfPointer btf_;
};

/// Kind, name and size: what makes a type the same one in another BTF.
[[nodiscard]] std::string type_text(const struct btf* btf, std::uint32_t id);

/// From now on libbpf prints nothing; what it would say of a failed relocation becomes Verdict::reason.
void listen_to_libbpf() noexcept;

}  // namespace minbtf::test
