// SPDX-License-Identifier: BSD-2-Clause
// Follows all ways in which subsets of an object's programs narrow the candidates of one local type, on two BTFs at
// once.
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

/// The outcomes and candidates of one of the two BTFs.
struct NarrowingSide {
  const OutcomeTable& table;
  std::vector<core::CandidateClass> candidates;  ///< of the group, before any narrowing
};

struct NarrowingSides {
  NarrowingSide full;
  NarrowingSide reduced;
  core::ArrayLoad arrays = core::ArrayLoad::element;
  std::string name;  ///< name of the full BTF, for messages
};

/// Bound on the work of one comparison. Real objects take some thousands.
struct NarrowingBudget {
  std::uint64_t left = 1U << 24U;  ///< entries of states that may still be visited: once for each record and state
};

/// A record that resolves differently on the two BTFs, with a set of programs for which it does.
struct Disagreement {
  std::size_t record = 0;             ///< index into the object's records
  std::vector<std::size_t> programs;  ///< ascending; of subprograms only the record's own
  Resolution full;
  Resolution reduced;
};

/// Finds the records that resolve differently on the two BTFs for some subset of an object's programs. Follows
/// bpf_object__relocate_core() of libbpf.c:
///  1. Records are resolved in their order. All records with one local type id share one list of candidates.
///  2. A record that belongs to no program is skipped.
///  3. A record of a program is skipped if the program is switched off. Both ways are followed.
///  4. Subprograms (functions in `.text`) cannot be switched off. Their records are always resolved, even if no loaded
///     program calls them.
///
/// `records` is ascending; all are of `object` and have one local type id, and therefore one group. `is_same` returns
/// true if two resolutions of a class are the same for libbpf. Each record is returned at most once. Throws Error
/// (unsupported) if the programs narrow the candidates in more ways than can be followed.
[[nodiscard]] std::vector<Disagreement> follow_narrowing(
    const QueryPlan& plan, std::size_t object, std::span<const std::uint32_t> records, const NarrowingSides& sides,
    NarrowingBudget& budget,
    const std::function<bool(const RelocationClass& each, const Resolution& full, const Resolution& reduced)>& is_same);

}  // namespace minbtf::minimize
