// SPDX-License-Identifier: BSD-2-Clause
#include "core/spec_match.hpp"

#include <array>
#include <limits>

#include "btf/essential_name.hpp"
#include "core/compat.hpp"

namespace minbtf::core {

namespace {

/// Searches for an access in a candidate: bpf_core_spec_match() of relo_core.c for field relocations. For each accessor
/// of the local spec, in order:
///  1. Qualifiers and typedefs of the current type are skipped.
///  2. A named accessor: bpf_core_match_member() finds the member (see find_member()). Not found: no match. The
///     member's type is the current type.
///  3. An index after the first accessor: the current type is an ARRAY, and the index is below the number of elements,
///     or the array is flexible (is_flex_arr()). Otherwise: no match. The element type, its qualifiers and typedefs
///     skipped, is the current type.
///  4. An index is a step. Over BPF_CORE_SPEC_MAX_LEN steps fail; each member on the path is a step as well.
///  5. An index adds index * size of the current type to the offset. No size (btf__resolve_size()): fails.
class FieldSearch {
 public:
  FieldSearch(const Question& question, const MatchSide& local, const MatchSide& target, Mismatch* mismatch)
      : q_(question), local_(local), target_(target), mismatch_(mismatch) {}

  Answer run(std::uint32_t candidate) {
    target_.depend_on(Dependency::What::type, candidate);
    const Answer answer = follow(candidate);
    if (!answer.is_no() || thorough()) depend_on_path();
    return answer;
  }

  [[nodiscard]] std::uint32_t bit_offset() const { return bit_offset_; }
  [[nodiscard]] const Accessor& last() const { return last_; }
  /// Returns the last member on the path, or null.
  [[nodiscard]] const HoldingMember* holder() const { return has_holder_ ? &holder_ : nullptr; }

  /// Notes that the offset of the field is read: the offsets of the members on the path, and the sizes of elements
  /// whose index is not 0.
  void depend_on_offset() const {
    const HoldingMember* holder = nullptr;
    HoldingMember last;
    for (std::uint32_t i = 0; i < path_len_; ++i) {
      const PathStep& step = path_[i];
      if (step.is_member) {
        last = {.composite = step.composite, .member = step.member};
        holder = &last;
        target_.depend_on(Dependency::What::offset, step.composite, step.member);
      } else if (step.member != 0) {
        static_cast<void>(resolve_size(target_, step.composite, holder));
      }
    }
  }

 private:
  /// A member of a composite, or an element: then its type and index.
  struct PathStep {
    std::uint32_t composite;
    std::uint32_t member;
    bool is_member;
    bool left_over;  ///< from a search that ended without a member; see find_member()
  };

  Answer follow(std::uint32_t id) {
    for (std::size_t i = 0; i < q_.accessors.size(); ++i) {
      step_ = i;
      const Underlying at = skip_mods_and_typedefs(target_, id);
      if (at.failure != Failure::none) return Answer::fail(at.failure);
      const Accessor& accessor = q_.accessors[i];
      if (accessor.named) {
        const Answer found = find_member(accessor, at, id);
        if (found.is_no()) {
          note(btf::is_composite(at.type.kind) ? Mismatch::What::no_member : Mismatch::What::wrong_kind, at.id);
        }
        if (!found.is_yes()) return found;
        continue;
      }
      id = at.id;
      if (i > 0) {
        const Answer entered = enter_array(accessor, at.type, id);
        if (!entered.is_yes()) return entered;
      }
      const Answer stepped = step_to_element(accessor, id);
      if (!stepped.is_yes()) return stepped;
    }
    return Answer::yes();
  }

  /// Sets `id` to the element's type on success.
  Answer enter_array(const Accessor& accessor, const Type& type, std::uint32_t& id) {
    if (type.kind != Kind::array) {
      note(Mismatch::What::no_array, id);
      return Answer::no();
    }
    const btf::Array array = target_.btf.array(type);
    const Accessor& holder = last();
    if (accessor.index >= array.nelems && !is_flexible(target_.btf, holder, array)) {
      depend_on_inflexible(holder, array);
      note(Mismatch::What::short_array, id);
      return Answer::no();
    }
    depend_on_element(accessor, array, id);
    const Underlying element = skip_mods_and_typedefs(target_, array.type);
    if (element.failure != Failure::none) return Answer::fail(element.failure);
    id = element.id;
    return Answer::yes();
  }

  Answer step_to_element(const Accessor& accessor, std::uint32_t id) {
    if (path_len_ == spec_max_len) return Answer::fail(Failure::too_deep);
    last_ = {.type_id = id, .index = accessor.index};
    path_[path_len_++] = {.composite = id, .member = accessor.index, .is_member = false, .left_over = false};
    const Size size = resolve_size(target_.untraced(), id);
    if (size.failure != Failure::none) return Answer::fail(size.failure);
    // libbpf holds the size in an int here, and treats a negative size as an error.
    if (size.bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int32_t>::max())) {
      return Answer::fail(Failure::bad_type);
    }
    bit_offset_ += accessor.index * static_cast<std::uint32_t>(size.bytes) * 8;
    return Answer::yes();
  }

  /// bpf_core_match_member() of relo_core.c:
  ///  1. Qualifiers and typedefs of the type are skipped. A type other than STRUCT and UNION: no match.
  ///  2. Members are visited in their order. Before each of them: BPF_CORE_SPEC_MAX_LEN steps already taken: fails.
  ///  3. An anonymous member is a step, adds its offset, and is searched from 1. A match or a failure there ends the
  ///     search. Otherwise the step and the offset are taken back, and the search continues with the next member.
  ///  4. The first member of the name ends the search. It is a step and adds its offset. Its type is compatible
  ///     (bpf_core_fields_are_compat()), or there is no match. Names are compared with their flavors.
  ///  5. A member of another name is skipped.
  /// If the type in rule 4 is not compatible, libbpf does not take back the step and the offset of that member. If the
  /// search is in an anonymous member, it continues behind that member, and a member found later has an offset that is
  /// too large. This code does the same.
  ///
  /// Example: local `int a`, target `struct s { struct { long x; void *a; }; int a; }`. The first `a` (bit 64) is not
  /// compatible. The second `a` (bit 128) matches with offset 64 + 128.
  ///
  /// Sets `next` to the member's type on success.
  Answer find_member(const Accessor& local, const Underlying& at, std::uint32_t& next) {
    if (at.failure != Failure::none) return Answer::fail(at.failure);
    if (!btf::is_composite(at.type.kind)) return Answer::no();
    for (std::uint32_t i = 0; i < at.type.vlen; ++i) {
      if (!target_.steps.step()) return Answer::fail(Failure::endless_type);
      if (path_len_ == spec_max_len) {
        target_.depend_on(Dependency::What::member, at.id, i);
        return Answer::fail(Failure::too_deep);
      }
      const btf::Member member = target_.btf.member(at.type, i);
      const bool is_anonymous = target_.btf.is_empty_string(member.name_off);
      if (!is_anonymous && !target_.btf.is_string(member.name_off, local.name)) continue;
      bit_offset_ += member.bit_offset;
      path_[path_len_++] = {.composite = at.id, .member = i, .is_member = true, .left_over = false};
      if (!is_anonymous) {
        return take_member(local, {.type_id = at.id, .index = i, .named = true, .name = local.name}, member, next);
      }
      const std::uint32_t before = path_len_;
      const Answer found = find_member(local, skip_mods_and_typedefs(target_, member.type), next);
      if (!found.is_no()) return found;
      for (std::uint32_t step = before; step < path_len_; ++step) path_[step - 1].left_over = true;
      bit_offset_ -= member.bit_offset;
      --path_len_;
    }
    return Answer::no();
  }

  Answer take_member(const Accessor& local, const Accessor& found, const btf::Member& member, std::uint32_t& next) {
    next = member.type;
    const btf::Member wanted = local_.btf.member(local_.btf.type(local.type_id), local.index);
    const Answer answer = fields_are_compat(local_, wanted.type, target_, member.type);
    if (answer.is_no()) {
      // If this member were left out, another member of the same name could be found.
      if (thorough()) depend_on_path();
      if (target_.trace != nullptr) target_.trace->note_rejected_member();
      note(Mismatch::What::wrong_member, found.type_id, found.index);
      return answer;
    }
    last_ = found;
    holder_ = {.composite = found.type_id, .member = found.index};
    has_holder_ = true;
    return answer;
  }

  /// Records the first mismatch. Later ones follow from it.
  void note(Mismatch::What what, std::uint32_t type, std::uint32_t member = 0) const {
    if (mismatch_ == nullptr || mismatch_->what != Mismatch::What::none) return;
    *mismatch_ = {.what = what, .accessor = step_, .type = type, .member = member};
  }

  [[nodiscard]] bool thorough() const { return target_.trace != nullptr && target_.trace->thorough(); }

  void depend_on_path() const {
    for (std::uint32_t i = 0; i < path_len_; ++i) {
      if (path_[i].is_member && (thorough() || !path_[i].left_over)) {
        target_.depend_on(Dependency::What::member, path_[i].composite, path_[i].member);
      }
    }
  }

  /// The array has the element of `accessor`, or is flexible.
  void depend_on_element(const Accessor& accessor, const btf::Array& array, std::uint32_t id) const {
    if (!has_holder_) {
      target_.depend_on(Dependency::What::verbatim, id);
    } else if (accessor.index < array.nelems) {
      target_.depend_on(Dependency::What::member_index, holder_.composite, holder_.member, accessor.index);
    } else {
      target_.depend_on(Dependency::What::layout, holder_.composite);
      target_.depend_on(Dependency::What::member_length, holder_.composite, holder_.member);
    }
  }

  /// An array without elements that is not the last member must not become the last member.
  void depend_on_inflexible(const Accessor& holder, const btf::Array& array) const {
    if (!thorough() || !holder.named || array.nelems != 0) return;
    const std::uint32_t vlen = target_.btf.type(holder.type_id).vlen;
    target_.depend_on(Dependency::What::member, holder.type_id, vlen - 1);
  }

  const Question& q_;
  const MatchSide& local_;
  const MatchSide& target_;
  Mismatch* mismatch_;
  std::size_t step_ = 0;  ///< index of the current accessor
  Accessor last_;         ///< last accessor of libbpf's high-level spec for the target
  HoldingMember holder_;  ///< the last member on the path, if has_holder_
  bool has_holder_ = false;
  std::array<PathStep, spec_max_len> path_;  ///< the first path_len_ are set
  std::uint32_t path_len_ = 0;
  std::uint32_t bit_offset_ = 0;
};

Outcome from(const Answer& answer) { return {.state = answer.state, .failure = answer.failure}; }

Outcome with_value(const FieldValue& value, std::uint32_t bit_offset = 0) {
  if (value.failure != Failure::none) return {.state = Answer::State::failed, .failure = value.failure};
  return {.state = Answer::State::yes, .bit_offset = bit_offset, .value = value};
}

/// Returns true if the local field is a bitfield.
bool is_local_bitfield(const Question& question) {
  const Accessor& last = question.accessors.back();
  if (!last.named) return false;
  return question.local->member(question.local->type(last.type_id), last.index).bitfield_size != 0;
}

/// Returns true if the value depends on the offset of the field.
bool reads_offset(RelocationKind kind, const FieldValue& value) {
  if (kind == RelocationKind::field_exists) return false;
  return value.is_bitfield || kind == RelocationKind::field_byte_offset || kind == RelocationKind::field_lshift_u64;
}

Outcome ask_field(const Question& question, const MatchSide& local, const MatchSide& target, std::uint32_t candidate,
                  const AskOptions& options) {
  FieldSearch search(question, local, target, options.mismatch);
  const Answer answer = search.run(candidate);
  if (!answer.is_yes()) return from(answer);
  const FieldValue value = field_value(target, question.kind,
                                       {.last = search.last(),
                                        .holder = search.holder(),
                                        .bit_offset = search.bit_offset(),
                                        .is_local_bitfield = is_local_bitfield(question)});
  if (target.trace != nullptr) {
    if (options.use.compares_offsets || reads_offset(question.kind, value)) search.depend_on_offset();
    if (options.use.reads_load_class(value) && question.kind == RelocationKind::field_byte_offset) {
      const HoldingMember* holder = search.holder();
      if (holder != nullptr) target.depend_on(Dependency::What::member_encoding, holder->composite, holder->member);
    }
  }
  return with_value(value, search.bit_offset());
}

/// bpf_core_spec_match() and bpf_core_calc_enumval_relo() of relo_core.c for enumerators:
///  1. Qualifiers and typedefs are skipped. A type other than ENUM and ENUM64: no match.
///  2. The first enumerator of the same essential name is found. No such enumerator: no match.
///  3. enumval_exists is 1. enumval_value is the enumerator's value.
Outcome ask_enumerator(const Question& question, const MatchSide& target, std::uint32_t candidate, Mismatch* mismatch) {
  target.depend_on(Dependency::What::type, candidate);
  const Underlying at = skip_mods_and_typedefs(target, candidate);
  if (at.failure != Failure::none) return from(Answer::fail(at.failure));
  if (!btf::is_any_enum(at.type.kind)) {
    if (mismatch != nullptr) *mismatch = {.what = Mismatch::What::wrong_kind, .type = at.id};
    return {};
  }
  const std::string_view wanted = btf::essential_name(question.accessors.front().name);
  for (std::uint32_t i = 0; i < at.type.vlen; ++i) {
    const btf::Enumerator enumerator = target.btf.enumerator(at.type, i);
    if (btf::essential_name(target.btf.string(enumerator.name_off)) != wanted) continue;
    target.depend_on(Dependency::What::enumerator, at.id, i);
    if (question.kind == RelocationKind::enumval_value) target.depend_on(Dependency::What::value, at.id, i);
    return with_value({.value = question.kind == RelocationKind::enumval_exists ? 1 : enumerator.value});
  }
  if (mismatch != nullptr) *mismatch = {.what = Mismatch::What::no_enumerator, .type = at.id};
  return {};
}

/// bpf_core_spec_match() and bpf_core_calc_type_relo() of relo_core.c for types:
///  1. type_matches needs types_match(), all other kinds need types_are_compat(). Otherwise: no match.
///  2. type_id_target is the candidate's id, in the file of its module if it has one. type_exists and type_matches
///  are 1.
///  3. type_size is the size (btf__resolve_size()). No size: fails.
Outcome ask_type(const Question& question, const MatchSide& local, const MatchSide& target, std::uint32_t candidate) {
  const bool strict = question.kind == RelocationKind::type_matches;
  const Answer answer = strict ? types_match(local, question.local_type, target, candidate)
                               : types_are_compat(local, question.local_type, target, candidate);
  if (!answer.is_yes()) return from(answer);
  // The id names a type of this size (docs/design.md, The law).
  if (question.kind == RelocationKind::type_id_target) target.depend_on(Dependency::What::size, candidate);
  if (question.kind == RelocationKind::type_id_target) return with_value({.value = target.btf.own_id(candidate)});
  if (question.kind != RelocationKind::type_size) return with_value({.value = 1});
  const Size size = resolve_size(target, candidate);
  // libbpf returns EINVAL for both reasons.
  if (size.failure == Failure::too_deep) return from(Answer::fail(Failure::bad_type));
  if (size.failure != Failure::none) return from(Answer::fail(size.failure));
  return with_value({.value = size.bytes});
}

}  // namespace

std::uint32_t target_pointer_bytes(const btf::View& target) noexcept {
  const std::uint32_t told = target.pointer_size().bytes;
  return told != 0 ? told : btf::default_pointer_bytes;
}

Outcome visible(const Outcome& outcome, const OutcomeUse& use) {
  Outcome out = outcome;
  if (!use.compares_offsets) out.bit_offset = 0;
  if (!use.reads_load_class(out.value)) out.value.load_class = LoadClass::other;
  if (!use.reads_load_sizes) {
    out.value.element_bytes = 0;
    out.value.total_bytes = 0;
  }
  return out;
}

Outcome ask(const Question& question, const btf::View& target, std::uint32_t candidate, WorkBudget& budget,
            const AskOptions& options) {
  Trace* const trace = options.trace;
  StepCounter steps = budget.steps();
  const MatchSide ours = {*question.local, bpf_pointer_bytes, steps};
  const MatchSide theirs = {target, options.pointer_bytes != 0 ? options.pointer_bytes : target_pointer_bytes(target),
                            steps, trace, options.order.value_or(target.byte_order())};
  const std::size_t mark = trace != nullptr ? trace->mark() : 0;
  const Outcome outcome = is_field_based(question.kind) ? ask_field(question, ours, theirs, candidate, options)
                          : is_enumval_based(question.kind)
                              ? ask_enumerator(question, theirs, candidate, options.mismatch)
                              : ask_type(question, ours, theirs, candidate);
  budget.note(steps);
  if (trace != nullptr && outcome.state == Answer::State::no) trace->rollback(mark);
  return outcome;
}

}  // namespace minbtf::core
