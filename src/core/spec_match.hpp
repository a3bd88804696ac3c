// One question put to one candidate. Reference: libbpf src/relo_core.c, bpf_core_spec_match() and
// bpf_core_calc_relo(), up to where candidates are compared with each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/question.hpp"

namespace minbtf::core {

/// What libbpf learns from one candidate. Everything that can influence a later decision is here: candidates with
/// equal outcomes can stand in for each other.
struct Outcome {
  Answer::State state = Answer::State::no;
  Failure failure = Failure::none;
  std::uint32_t bit_offset = 0;
  FieldValue value = {};  ///< for type_id_target its value is the candidate's type id

  auto operator<=>(const Outcome&) const = default;
};

/// Is there nothing here for libbpf to decide by? No match; or an end that it does not come to: it knows nothing of
/// kinds that are skipped here, and does not come back from endless types.
[[nodiscard]] constexpr bool decides_nothing(const Outcome& outcome) noexcept {
  return outcome.state == Answer::State::no || outcome.failure == Failure::endless_type ||
         outcome.failure == Failure::unsupported_kind;
}

/// Where the search for a question ended in a candidate that does not fit: for people, nothing is decided by it.
struct Mismatch {
  enum class What : std::uint8_t {
    none,           ///< it fits, or failed
    no_member,      ///< `type` has no member of that name
    wrong_member,   ///< member `member` of composite `type` is of a type that does not fit
    no_array,       ///< an element is looked for, and `type` is no array
    short_array,    ///< array `type` has fewer elements
    no_enumerator,  ///< `type` has no enumerator of that name
    wrong_kind,     ///< `type` has no members, or no enumerators, whatever their names
  };
  What what = What::none;
  std::size_t accessor = 0;  ///< of the question: the step that failed
  std::uint32_t type = 0;    ///< in the target, qualifiers and typedefs skipped
  std::uint32_t member = 0;
};

/// What an answer is wanted with. Both pointers may be null.
struct AskOptions {
  Trace* trace = nullptr;        ///< receives what the outcome depends on; a minimal trace of a mismatch is empty
  Mismatch* mismatch = nullptr;  ///< receives where the search for a field or enumerator ended that found nothing
  /// Of a pointer in the target; 0 for what a loader of today learns from it (target_pointer_bytes()).
  std::uint32_t pointer_bytes = 0;
  /// Of the target's machine; what the target's BTF is written in unless set. libbpf reads BTF in either order.
  std::optional<ByteOrder> order = {};
};

/// What the target tells, or else what loaders on today's kernels assume.
[[nodiscard]] std::uint32_t target_pointer_bytes(const btf::View& target) noexcept;

[[nodiscard]] Outcome ask(const Question& question, const btf::View& target, std::uint32_t candidate,
                          WorkBudget& budget, const AskOptions& options = {});

}  // namespace minbtf::core
