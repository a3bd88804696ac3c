// SPDX-License-Identifier: BSD-2-Clause
// Combines the outcomes of the candidates into what libbpf does. Source: libbpf src/relo_core.c, the loop at the end of
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

/// The part of a record that is not in its question and can matter on a kernel. Many records of many objects share one.
struct PatchRule {
  enum class Form : std::uint8_t {
    unexpected,  ///< the instruction cannot be patched, or does not hold the local value
    missing,     ///< no instruction: poison is not possible either
    immediate,
    memory,  ///< a load or store
  };

  RelocationKind kind = RelocationKind::field_byte_offset;
  Failure invalid = Failure::none;           ///< Asked::invalid
  Failure original_failure = Failure::none;  ///< failure of Asked::original
  Form form = Form::missing;
  // For `memory` only:
  LoadClass load_class = LoadClass::other;  ///< of Asked::original
  std::uint32_t original_bytes = 0;         ///< bytes of the local field; for an array, of its element
  std::uint32_t original_total_bytes = 0;   ///< bytes of the local field; for an array, of the array
  std::uint32_t access_bytes = 0;           ///< bytes that the instruction loads or stores
  std::uint64_t local_id = 0;               ///< for type_id_local

  auto operator<=>(const PatchRule&) const = default;
};

/// Returns the patch rule of a record.
[[nodiscard]] PatchRule rule_of(const Asked& asked, const object::Record& record);

/// Returns true if libbpf fails on the record on every kernel.
[[nodiscard]] bool fails_everywhere(const PatchRule& rule) noexcept;

/// Candidates that have equal outcomes for every question of a group. They count as one.
struct CandidateClass {
  std::uint32_t first = 0;  ///< the first candidate: an index into a row of outcomes
  std::uint32_t size = 0;
};

/// The result for a record before its instruction is patched.
struct Verdict {
  Failure failure = Failure::none;
  bool matched = false;
  FieldValue value;  ///< of the first candidate that matches; without a match only `value.value` is set
  bool poison = false;
  std::uint32_t candidates = 0;  ///< number of candidates on the list
  std::uint32_t matching = 0;    ///< number of candidates that match
  std::uint32_t first = 0;       ///< index of the first candidate that matches, if `matched`
};

/// Resolves one record, up to patching. `outcomes` has one entry for each candidate of the root. `list` has the
/// candidates that earlier records of the same local type left, in order. decide() narrows `list` to the candidates
/// that match. It leaves `list` unchanged if no candidate matches, or after a failure, where libbpf stops.
[[nodiscard]] Verdict decide(const PatchRule& rule, std::span<const Outcome> outcomes,
                             std::vector<CandidateClass>& list);

/// The size of a field that is an array, for loads.
enum class ArrayLoad : std::uint8_t {
  element,  ///< libbpf 1.6 and newer
  whole,    ///< older versions
};

/// Applies a verdict to the record's instruction. Sets status, failure, value, load_size, candidates and matching of
/// the result.
[[nodiscard]] Resolution patch(const PatchRule& rule, const Verdict& verdict, ArrayLoad arrays = ArrayLoad::element);

}  // namespace minbtf::core
