// SPDX-License-Identifier: BSD-2-Clause
// Basic operations on types that all comparisons share, for both sides of a comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf::core {

using btf::Kind;
using btf::Type;

/// The result of a comparison. `failed` is an error: libbpf then fails to load the object. `no` is not an error.
struct Answer {
  enum class State : std::uint8_t { no, yes, failed };
  State state = State::no;
  Failure failure = Failure::none;

  static constexpr Answer no() noexcept { return {}; }
  static constexpr Answer yes() noexcept { return {.state = State::yes}; }
  static constexpr Answer when(bool condition) noexcept { return condition ? yes() : no(); }
  static constexpr Answer fail(Failure why) noexcept { return {.state = State::failed, .failure = why}; }
  [[nodiscard]] constexpr bool is_no() const noexcept { return state == State::no; }
  [[nodiscard]] constexpr bool is_yes() const noexcept { return state == State::yes; }
};

/// A limit on the steps of one comparison. libbpf has no limit, and does not end on some type graphs (anonymous members
/// that fan out). Real comparisons take a few thousand steps.
class StepCounter {
 public:
  static constexpr std::uint32_t most = 1U << 23U;

  explicit StepCounter(std::uint32_t steps = most) : left_(steps) {}
  /// Counts a step. Returns false if the limit was reached before.
  [[nodiscard]] bool step() noexcept { return left_ != 0 && left_-- != 0; }
  [[nodiscard]] bool ran_out() const noexcept { return left_ == 0; }

 private:
  std::uint32_t left_;
};

/// Limits the steps of all comparisons with one kernel. After eight comparisons have used up their steps, each further
/// comparison gets 1/1024 of them, so no kernel takes long, however many questions lead into endless type graphs.
///
/// Example: 1,000 questions that all lead into such a graph take 8 * 2^23 + 992 * 2^13 steps (75 million) instead of
/// 1,000 * 2^23 (8.4 billion).
class WorkBudget {
 public:
  [[nodiscard]] StepCounter steps() const noexcept {
    return StepCounter(lost_ < 8 ? StepCounter::most : StepCounter::most >> 10U);
  }
  void note(const StepCounter& steps) noexcept { lost_ += steps.ran_out() ? 1 : 0; }

 private:
  unsigned lost_ = 0;
};

/// A part of the target that a comparison needs to have the same result. The first kinds say what must be in the
/// reduced BTF. The others say what is read from the parts in it: everything else may be written in another way.
struct Dependency {
  enum class What : std::uint8_t {
    type,               ///< the type itself, and the types that it refers to other than pointees
    pointee,            ///< the pointee of pointer `id`
    member,             ///< member `n` of composite `id`
    enumerator,         ///< enumerator `n` of enum `id`
    least_members,      ///< any `n` members of composite `id`
    least_enumerators,  ///< any `n` enumerators of enum `id`
    pointer_size,       ///< the INT from which a loader derives the pointer size

    name,             ///< the name of type `id`
    size,             ///< the size of type `id`
    encoding,         ///< the encoding of INT `id`, or the kind_flag of an enum
    length,           ///< the number of elements of ARRAY `id`
    layout,           ///< the elements of `id` as they stand: their order, and which members are anonymous
    offset,           ///< bit offset and bitfield size of member `n` of composite `id`
    member_size,      ///< the size of the INT, FLOAT or enum of member `n`, behind arrays
    member_encoding,  ///< the encoding or kind_flag of this type
    member_length,    ///< the numbers of elements of the arrays of member `n`
    member_index,     ///< member `n` is an ARRAY that has the element `value`
    value,            ///< the value of enumerator `n` of enum `id`
    verbatim,         ///< type `id` and all types that it refers to, as they are
  };
  What what = What::type;
  std::uint32_t id = 0;
  std::uint32_t n = 0;
  std::uint32_t value = 0;
};

/// The parts of the target on which an answer depends.
///
/// A minimal trace has what the answer needs if everything else is left out. A thorough trace also has what was tried
/// and rejected: a member of the right name and the wrong type, or the last member that keeps a zero-length array from
/// being flexible. If all of that is kept, the comparison takes the same path whatever else is left out.
class Trace {
 public:
  explicit Trace(bool thorough) : thorough_(thorough) {}

  [[nodiscard]] bool thorough() const noexcept { return thorough_; }
  void add(Dependency::What what, std::uint32_t id, std::uint32_t n = 0, std::uint32_t value = 0) {
    dependencies_.push_back({what, id, n, value});
  }

  [[nodiscard]] std::size_t mark() const noexcept { return dependencies_.size(); }
  /// Removes the dependencies of an attempt that was rejected. A thorough trace keeps them.
  void rollback(std::size_t mark) {
    if (!thorough_) dependencies_.resize(mark);
  }
  /// Notes that a member of the right name and the wrong type was skipped. In the reduced BTF it may be missing, or
  /// match.
  void note_rejected_member() noexcept { has_rejected_member_ = true; }
  [[nodiscard]] bool has_rejected_member() const noexcept { return has_rejected_member_; }

  [[nodiscard]] const std::vector<Dependency>& dependencies() const noexcept { return dependencies_; }

 private:
  bool thorough_;
  bool has_rejected_member_ = false;
  std::vector<Dependency> dependencies_;
};

/// One side of a comparison: its types, and how to read them.
struct MatchSide {
  const btf::View& btf;
  std::uint32_t pointer_bytes;
  StepCounter& steps;
  Trace* trace = nullptr;  ///< receives the dependencies of a target; may be null
  /// Byte order of the machine, which shifts of bitfields depend on.
  ByteOrder order = btf.byte_order();

  void depend_on(Dependency::What what, std::uint32_t id, std::uint32_t n = 0, std::uint32_t value = 0) const {
    if (trace != nullptr) trace->add(what, id, n, value);
  }
  /// Returns this side for reads that no result depends on.
  [[nodiscard]] MatchSide untraced() const {
    MatchSide side = *this;
    side.trace = nullptr;
    return side;
  }
};

/// A member, for dependencies on its type. The types of members are private to them: another member with the same type
/// may read more or less of it.
struct HoldingMember {
  std::uint32_t composite = 0;
  std::uint32_t member = 0;
};

/// A type behind qualifiers and typedefs.
struct Underlying {
  std::uint32_t id = 0;
  Type type = {};
  Failure failure = Failure::none;
};

/// Limit for typedefs, qualifiers and arrays in a row. Real chains are shorter; only loops reach it.
inline constexpr int chain_limit = 256;

/// Returns the first type that is no typedef, qualifier or type tag (libbpf's skip_mods_and_typedefs()). Fails with
/// endless_type for a loop, where libbpf does not return, and with unsupported_kind for a kind known only from the
/// layout section.
[[nodiscard]] inline Underlying skip_mods_and_typedefs(const MatchSide& side, std::uint32_t id) {
  for (int i = 0; i < chain_limit; ++i) {
    const Type type = side.btf.type(id);
    if (!btf::is_known(type.kind)) return {.id = id, .type = type, .failure = Failure::unsupported_kind};
    if (!btf::is_modifier_or_typedef(type.kind)) return {.id = id, .type = type};
    if (!side.steps.step()) break;
    id = type.size_or_type;
  }
  return {.failure = Failure::endless_type};
}

struct Size {
  Failure failure = Failure::none;
  std::uint64_t bytes = 0;
};

/// Returns the size of a type (libbpf's btf.c, btf__resolve_size()):
///  1. The types in a row are at most 32; otherwise bad_type.
///  2. INT, STRUCT, UNION, ENUM, ENUM64, DATASEC and FLOAT have their own size. PTR has the pointer size of the side.
///  3. Typedefs, qualifiers, VAR, DECL_TAG and type tags have the size of their type.
///  4. An ARRAY has the size of its element type times its length. Over 32 bits: too_deep (libbpf's E2BIG).
///  5. All other kinds have no size: bad_type (libbpf's EINVAL).
/// `holder` is the member whose type is resolved, or the member that holds an array with this element; null: none.
[[nodiscard]] Size resolve_size(const MatchSide& side, std::uint32_t id, const HoldingMember* holder = nullptr);

}  // namespace minbtf::core
