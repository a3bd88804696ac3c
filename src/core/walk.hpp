// Steps that every walk through types takes, on either side of a comparison.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/resolution.hpp"

namespace minbtf::core {

using btf::Kind;
using btf::Type;

/// No match is an outcome; a failure is a third thing, which makes libbpf give the load up.
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

/// A bound on the steps of one comparison. libbpf has none, and on some graphs (anonymous members that fan out) would
/// not come back; real comparisons take a few thousand steps.
class StepCounter {
 public:
  static constexpr std::uint32_t most = 1U << 23U;

  explicit StepCounter(std::uint32_t steps = most) : left_(steps) {}
  /// False when the bound is reached.
  [[nodiscard]] bool step() noexcept { return left_ != 0 && left_-- != 0; }
  [[nodiscard]] bool ran_out() const noexcept { return left_ == 0; }

 private:
  std::uint32_t left_;
};

/// How many steps the comparisons with one kernel may take: less after some have run out of it, so that no kernel keeps
/// us for long, however many questions lead into such graphs.
class WorkBudget {
 public:
  [[nodiscard]] StepCounter steps() const noexcept {
    return StepCounter(lost_ < 8 ? StepCounter::most : StepCounter::most >> 10U);
  }
  void note(const StepCounter& steps) noexcept { lost_ += steps.ran_out() ? 1 : 0; }

 private:
  unsigned lost_ = 0;
};

/// A part of the target that a walk had to see for libbpf to decide as it did.
struct Dependency {
  enum class What : std::uint8_t {
    type,               ///< the type itself; types that it names follow, pointees do not
    pointee,            ///< what the pointer `id` points to
    member,             ///< member `n` of composite `id`
    enumerator,         ///< enumerator `n` of enum `id`
    least_members,      ///< at least `n` members of composite `id`, whichever
    least_enumerators,  ///< at least `n` enumerators of enum `id`, whichever
    pointer_size,       ///< the INT that tells the size of a pointer
  };
  What what = What::type;
  std::uint32_t id = 0;
  std::uint32_t n = 0;
};

/// The parts of the target that an answer stands on.
///
/// A minimal trace holds what the answer needs if everything else is left out. A thorough one also holds what was
/// tried and rejected on the way (a member of the right name and the wrong type, the last member that keeps a
/// zero-length array from being flexible): with that kept, the walk takes the same turns whatever else is left out.
class Trace {
 public:
  explicit Trace(bool thorough) : thorough_(thorough) {}

  [[nodiscard]] bool thorough() const noexcept { return thorough_; }
  void add(Dependency::What what, std::uint32_t id, std::uint32_t n = 0) { dependencies_.push_back({what, id, n}); }

  [[nodiscard]] std::size_t mark() const noexcept { return dependencies_.size(); }
  /// Forgets a turn that led nowhere; a thorough trace remembers it.
  void rollback(std::size_t mark) {
    if (!thorough_) dependencies_.resize(mark);
  }
  /// A member of the right name and the wrong type was passed by. Where less is left it may be gone, or fit.
  void note_rejected_member() noexcept { has_rejected_member_ = true; }
  [[nodiscard]] bool has_rejected_member() const noexcept { return has_rejected_member_; }

  [[nodiscard]] const std::vector<Dependency>& dependencies() const noexcept { return dependencies_; }

 private:
  bool thorough_;
  bool has_rejected_member_ = false;
  std::vector<Dependency> dependencies_;
};

/// One side of a comparison: types, and what is known about reading them.
struct MatchSide {
  const btf::View& btf;
  std::uint32_t pointer_bytes;
  StepCounter& steps;
  Trace* trace = nullptr;  ///< set for a target whose answer has to be reproduced
  /// Of the machine; shifts of bitfields follow it.
  ByteOrder order = btf.byte_order();

  void depend_on(Dependency::What what, std::uint32_t id, std::uint32_t n = 0) const {
    if (trace != nullptr) trace->add(what, id, n);
  }
};

struct Underlying {
  std::uint32_t id = 0;
  Type type = {};
  Failure failure = Failure::none;
};

/// Real chains of typedefs, qualifiers and arrays are shorter than this; loops run into it.
inline constexpr int chain_limit = 256;

/// libbpf's skip_mods_and_typedefs(): the first type that is no typedef, qualifier or type tag. libbpf loops for ever
/// where such a chain does; here that is endless_type. A kind known only by its layout is unsupported_kind.
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

/// libbpf's btf__resolve_size() (btf.c): at most 32 types deep, arrays multiplied out. bad_type stands for EINVAL,
/// too_deep for E2BIG.
[[nodiscard]] Size resolve_size(const MatchSide& side, std::uint32_t id);

}  // namespace minbtf::core
