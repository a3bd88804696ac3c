// All ways in which subsets of an object's programs narrow the candidates of one local type, on two BTFs at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/verdict.hpp"
#include "minimize/query/outcome_table.hpp"

namespace minbtf::minimize {

/// One of two BTFs.
struct NarrowingSide {
  const OutcomeTable& table;
  std::vector<core::CandidateClass> candidates;  ///< of the group, before anything is narrowed
};

struct NarrowingSides {
  NarrowingSide full;
  NarrowingSide reduced;
  core::ArrayLoad arrays = core::ArrayLoad::element;
  std::string name;  ///< for messages
};

/// How much may be followed in one comparison. Real objects take some thousands.
struct NarrowingBudget {
  std::uint64_t left = 1U << 24U;  ///< candidates looked at for a record, once in each way that leads there
};

/// A record on which the two disagree, with the programs that have to be loaded for it.
struct Disagreement {
  std::size_t record = 0;             ///< in the object
  std::vector<std::size_t> programs;  ///< ascending; no subprograms, but for the record's own
  Resolution full;
  Resolution reduced;
};

/// Goes through `records` (ascending; all of one object, one local type id and so one group) as
/// bpf_object__relocate_core() does, with and without each program; but always with subprograms, which nobody can
/// switch off: it relocates those of `.text` whoever calls them. `is_same` says whether two resolutions of a class are
/// one decision. Each record is told once. Throws Error (unsupported) if there are too many ways.
[[nodiscard]] std::vector<Disagreement> follow_narrowing(
    const QueryPlan& plan, std::size_t object, std::span<const std::uint32_t> records, const NarrowingSides& sides,
    NarrowingBudget& budget,
    const std::function<bool(const RelocationClass& each, const Resolution& full, const Resolution& reduced)>& is_same);

}  // namespace minbtf::minimize
