// SPDX-License-Identifier: BSD-2-Clause
// Evaluates one question against one candidate. Source: libbpf src/relo_core.c, bpf_core_spec_match() and
// bpf_core_calc_relo(), without the comparison of candidates with each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/question.hpp"

namespace minbtf::core {

/// The outcome of a question for one candidate. It has everything that can influence a later step, so a candidate can
/// replace another one with equal outcomes.
struct Outcome {
  Answer::State state = Answer::State::no;
  Failure failure = Failure::none;
  std::uint32_t bit_offset = 0;
  FieldValue value = {};  ///< for type_id_target, its value is the candidate's type id (btf::View::own_id())

  auto operator<=>(const Outcome&) const = default;
};

/// What is read of an outcome besides state, failure and value. It depends on the relocations with the question, and on
/// whether there are other candidates.
struct OutcomeUse {
  /// Another candidate matches as well. libbpf compares their bit offsets (bpf_core_calc_relo_insn()), also for kinds
  /// of relocations whose value is not an offset.
  bool compares_offsets = true;
  /// The sizes of the load are read. bpf_core_calc_relo() computes them for each field_byte_offset, and
  /// bpf_core_patch_insn() uses them for loads and stores.
  bool reads_load_sizes = true;
  struct Sizes {
    std::uint32_t element_bytes = 0;
    std::uint32_t total_bytes = 0;

    bool operator==(const Sizes&) const = default;
  };
  /// The sizes of the local field, if they are the same in all relocations with the question. If the target's sizes are
  /// the same too, libbpf does not read the class of a load (bpf_core_calc_relo()).
  std::optional<Sizes> local_sizes = {};

  [[nodiscard]] bool reads_load_class(const FieldValue& value) const {
    return reads_load_sizes &&
           local_sizes != Sizes{.element_bytes = value.element_bytes, .total_bytes = value.total_bytes};
  }
};

/// Returns the parts of an outcome that are read; the others are 0.
[[nodiscard]] Outcome visible(const Outcome& outcome, const OutcomeUse& use);

/// Returns true if this outcome cannot influence libbpf: the candidate does not match, or libbpf's own search would not
/// end (endless_type), or libbpf does not know a kind of BTF that this version skips (unsupported_kind).
[[nodiscard]] constexpr bool decides_nothing(const Outcome& outcome) noexcept {
  return outcome.state == Answer::State::no || outcome.failure == Failure::endless_type ||
         outcome.failure == Failure::unsupported_kind;
}

/// Where the search ended in a candidate that does not match. It serves messages only.
struct Mismatch {
  enum class What : std::uint8_t {
    none,           ///< the candidate matches, or matching failed with an error
    no_member,      ///< `type` has no member of that name
    wrong_member,   ///< the type of member `member` of composite `type` is not compatible
    no_array,       ///< the access needs an array, and `type` is not an array
    short_array,    ///< array `type` has too few elements
    no_enumerator,  ///< `type` has no enumerator of that name
    wrong_kind,     ///< `type` has no members, or no enumerators, because of its kind
  };
  What what = What::none;
  std::size_t accessor = 0;  ///< index of the question's accessor that was not found
  std::uint32_t type = 0;    ///< in the target, qualifiers and typedefs skipped
  std::uint32_t member = 0;
};

/// Optional parameters of ask().
struct AskOptions {
  Trace* trace = nullptr;        ///< receives what the outcome depends on; a minimal trace stays empty without a match
  OutcomeUse use = {};           ///< for `trace`: what is read of the outcome
  Mismatch* mismatch = nullptr;  ///< receives where the search ended, for fields and enumerators
  /// Pointer size of the target in bytes. 0: the size that current libbpf derives from the BTF
  /// (target_pointer_bytes()).
  std::uint32_t pointer_bytes = 0;
  /// Byte order of the target's machine. Empty: that of the target's BTF. They can differ, since libbpf reads both.
  std::optional<ByteOrder> order = {};
};

/// Returns the pointer size that libbpf derives from the BTF, or 8 if the BTF has no INT named `long`.
[[nodiscard]] std::uint32_t target_pointer_bytes(const btf::View& target) noexcept;

/// Evaluates `question` against `candidate`, a type id of `target`.
[[nodiscard]] Outcome ask(const Question& question, const btf::View& target, std::uint32_t candidate,
                          WorkBudget& budget, const AskOptions& options = {});

}  // namespace minbtf::core
