// From what each candidate says to what libbpf does. Reference: libbpf src/relo_core.c, the loop at the end of
// bpf_core_calc_relo_insn(), and bpf_core_patch_insn().
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "core/spec_match.hpp"
#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"

namespace minbtf::core {

/// What a record says besides its question, as far as that can matter on any kernel. Many records of many objects say
/// the same.
struct PatchRule {
  enum class Form : std::uint8_t {
    unexpected,  ///< no instruction that can be patched, or one that does not hold what the record says
    missing,     ///< none at all: not even poison has a place
    immediate,
    memory,  ///< a load or store
  };

  RelocationKind kind = RelocationKind::field_byte_offset;
  Failure invalid = Failure::none;           ///< Asked::invalid
  Failure original_failure = Failure::none;  ///< of Asked::original
  Form form = Form::missing;
  LoadClass load_class = LoadClass::other;  ///< of Asked::original; these four for `memory`
  std::uint32_t original_bytes = 0;         ///< that the local type would take, of an array an element
  std::uint32_t original_total_bytes = 0;   ///< the same, of an array all of it
  std::uint32_t access_bytes = 0;           ///< that the instruction takes
  std::uint64_t local_id = 0;               ///< for type_id_local

  auto operator<=>(const PatchRule&) const = default;
};

[[nodiscard]] PatchRule rule_of(const Asked& asked, const object::Record& record);

/// Is the record wrong in itself, so that libbpf gives up whatever the kernel?
[[nodiscard]] bool fails_everywhere(const PatchRule& rule) noexcept;

/// Candidates that say the same to every question of a group count as one.
struct CandidateClass {
  std::uint32_t first = 0;  ///< the first of them: an index into a row of outcomes
  std::uint32_t size = 0;
};

/// What libbpf knows before it looks at the instruction.
struct Verdict {
  Failure failure = Failure::none;
  bool matched = false;
  FieldValue value;  ///< of the first candidate that matches; if none does, only `value.value`
  bool poison = false;
  std::uint32_t candidates = 0;  ///< considered
  std::uint32_t matching = 0;
  std::uint32_t first = 0;  ///< index of the first that matches, if `matched`
};

/// Decides one record. `outcomes` has one entry for each candidate of the root; `list` holds those that earlier records
/// of the same local type left, in order, and is narrowed to those that match, unless none does. A failure leaves it as
/// it was: libbpf does not go on after one.
[[nodiscard]] Verdict decide(const PatchRule& rule, std::span<const Outcome> outcomes,
                             std::vector<CandidateClass>& list);

/// What counts as the size of a field that is an array.
enum class ArrayLoad : std::uint8_t {
  element,  ///< libbpf 1.6 and newer
  whole,    ///< before
};

/// Applies a verdict to the record's instruction. Sets status, failure, value, load_size, candidates and matching.
[[nodiscard]] Resolution patch(const PatchRule& rule, const Verdict& verdict, ArrayLoad arrays = ArrayLoad::element);

}  // namespace minbtf::core
