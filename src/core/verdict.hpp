// From what each candidate says to what libbpf does. Reference: libbpf src/relo_core.c, the loop at the end of
// bpf_core_calc_relo_insn(), and bpf_core_patch_insn().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/spec_match.hpp"
#include "minbtf/resolution.hpp"
#include "object/object_data.hpp"

namespace minbtf::core {

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

/// Decides one record. `outcomes` has one entry for each candidate of the root; `list` holds the indices of those that
/// earlier records of the same local type left, and is narrowed to those that match, unless none does. A failure
/// leaves it as it was: libbpf does not go on after one.
[[nodiscard]] Verdict decide(const Asked& asked, std::span<const Outcome> outcomes, std::vector<std::uint32_t>& list);

/// Applies a verdict to the record's instruction. Sets status, failure, value, load_size, candidates and matching.
[[nodiscard]] Resolution patch(const Asked& asked, const Verdict& verdict, const object::Record& record);

}  // namespace minbtf::core
