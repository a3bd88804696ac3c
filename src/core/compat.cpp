// SPDX-License-Identifier: BSD-2-Clause
#include "core/compat.hpp"

#include "btf/essential_name.hpp"

namespace minbtf::core {

namespace {

/// Limit of libbpf for two things: the nesting of prototypes (__bpf_core_types_are_compat()) or of members and
/// prototypes (__bpf_core_types_match()), and the number of types in a row on each such level.
constexpr int level_limit = 32;

/// Returns no if one of the INTs has a bit offset, as INTs of bitfields had in old BTF. Size and sign do not count.
Answer ints_are_compat(const MatchSide& local, const Type& local_type, const MatchSide& target,
                       const Type& target_type) {
  return Answer::when(btf::int_offset(local.btf.info_word(local_type)) == 0 &&
                      btf::int_offset(target.btf.info_word(target_type)) == 0);
}

/// __bpf_core_types_are_compat() of relo_core.c:
///  1. The kinds are the same before qualifiers and typedefs are skipped; ENUM and ENUM64 count as one.
///  2. These are at most the 32nd types in a row (steps 6 and 7); otherwise the comparison fails.
///  3. Qualifiers and typedefs of both are skipped. The kinds are the same; ENUM and ENUM64 count as one.
///  4. void, STRUCT, UNION, ENUM, ENUM64 and FWD: compatible, whatever their members or enumerators.
///  5. INT: compatible if neither has a bit offset.
///  6. PTR: continue at 2 with the pointees. ARRAY: continue at 2 with the elements.
///  7. FUNC_PROTO: both have the same number of parameters. For each pair, qualifiers and typedefs are skipped, and the
///     comparison starts at 1; prototypes nest at most 32 levels, otherwise it fails. Then continue at 2 with the
///     return types, qualifiers and typedefs skipped.
///  8. All other kinds: not compatible.
Answer compare_types(const MatchSide& local, std::uint32_t local_id, const MatchSide& target, std::uint32_t target_id,
                     int level) {
  // Rule 1: a typedef, for example, is compatible only with a typedef.
  if (btf::core_kind(local.btf.type(local_id).kind) != btf::core_kind(target.btf.type(target_id).kind)) {
    return Answer::no();
  }
  for (int depth = 0; depth < level_limit; ++depth) {
    const Underlying ours = skip_mods_and_typedefs(local, local_id);
    const Underlying theirs = skip_mods_and_typedefs(target, target_id);
    if (ours.failure != Failure::none) return Answer::fail(ours.failure);
    if (theirs.failure != Failure::none) return Answer::fail(theirs.failure);
    if (btf::core_kind(ours.type.kind) != btf::core_kind(theirs.type.kind)) return Answer::no();

    switch (ours.type.kind) {
      case Kind::void_:
      case Kind::struct_:
      case Kind::union_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::fwd:
        return Answer::yes();
      case Kind::int_:
        return ints_are_compat(local, ours.type, target, theirs.type);
      case Kind::ptr:
        target.depend_on(Dependency::What::pointee, theirs.id);
        local_id = ours.type.size_or_type;
        target_id = theirs.type.size_or_type;
        break;
      case Kind::array:
        local_id = local.btf.array(ours.type).type;
        target_id = target.btf.array(theirs.type).type;
        break;
      case Kind::func_proto: {
        if (ours.type.vlen != theirs.type.vlen) return Answer::no();
        for (std::uint32_t i = 0; i < ours.type.vlen; ++i) {
          if (level <= 0) return Answer::fail(Failure::bad_type);
          if (!target.steps.step()) return Answer::fail(Failure::endless_type);
          const Underlying our_param = skip_mods_and_typedefs(local, local.btf.param(ours.type, i).type);
          const Underlying their_param = skip_mods_and_typedefs(target, target.btf.param(theirs.type, i).type);
          if (our_param.failure != Failure::none) return Answer::fail(our_param.failure);
          if (their_param.failure != Failure::none) return Answer::fail(their_param.failure);
          const Answer answer = compare_types(local, our_param.id, target, their_param.id, level - 1);
          if (!answer.is_yes()) return answer;
        }
        local_id = ours.type.size_or_type;
        target_id = theirs.type.size_or_type;
        break;
      }
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
      case Kind::func:
      case Kind::var:
      case Kind::datasec:
      case Kind::float_:
      case Kind::decl_tag:
        return Answer::no();
    }
  }
  return Answer::fail(Failure::bad_type);
}

/// __bpf_core_types_match() of relo_core.c:
///  1. The types lie below at most 31 members and parameters; otherwise the comparison fails.
///  2. These are at most the 32nd types in a row (steps 9 to 11); otherwise the comparison fails.
///  3. Qualifiers and typedefs of both are skipped. The essential names are the same (bpf_core_names_match()).
///  4. void: matches void.
///  5. FWD: matches a FWD with the same kind_flag. Behind a pointer it also matches a STRUCT (kind_flag 0) or a UNION
///     (kind_flag 1).
///  6. ENUM, ENUM64: matches either of them under bpf_core_enums_match(): the same size, at least as many enumerators,
///     and for each local enumerator one of its essential name.
///  7. STRUCT, UNION: behind a pointer it matches the same kind, or a FWD of that kind. Elsewhere it matches the same
///     kind under bpf_core_composites_match(): at least as many members, and for each local member one of its essential
///     name whose type matches (from 1, one level deeper).
///  8. INT: matches an INT of the same size and sign.
///  9. PTR: needs a PTR. Continue at 2 with the pointees, which are now behind a pointer.
/// 10. ARRAY: needs an ARRAY with the same number of elements. Continue at 2 with the element types.
/// 11. FUNC_PROTO: needs a FUNC_PROTO with the same number of parameters. Each pair of parameters matches (from 1, one
///     level deeper). Continue at 2 with the return types.
/// 12. All other kinds: no match.
class Matcher {
 public:
  Matcher(const MatchSide& local, const MatchSide& target) : local_(local), target_(target) {}

  Answer match(std::uint32_t local_id, std::uint32_t target_id, bool behind_ptr, int level) {
    if (level <= 0) return Answer::fail(Failure::bad_type);
    for (int depth = 0; depth < level_limit; ++depth) {
      if (!target_.steps.step()) return Answer::fail(Failure::endless_type);
      const Underlying ours = skip_mods_and_typedefs(local_, local_id);
      const Underlying theirs = skip_mods_and_typedefs(target_, target_id);
      if (ours.failure != Failure::none) return Answer::fail(ours.failure);
      if (theirs.failure != Failure::none) return Answer::fail(theirs.failure);
      if (!names_match(ours.type.name_off, theirs.type.name_off)) return Answer::no();
      target_.depend_on(Dependency::What::name, theirs.id);

      switch (ours.type.kind) {
        case Kind::void_:
          return Answer::when(theirs.type.kind == Kind::void_);
        case Kind::fwd:
          return match_forward(ours.type, theirs.type, behind_ptr);
        case Kind::enum_:
        case Kind::enum64:
          if (!btf::is_any_enum(theirs.type.kind)) return Answer::no();
          return match_enums(ours.type, theirs);
        case Kind::struct_:
        case Kind::union_:
          if (behind_ptr) return match_behind_pointer(ours.type, theirs.type);
          if (ours.type.kind != theirs.type.kind) return Answer::no();
          return match_members(ours.type, theirs, level);
        case Kind::int_:
          return match_ints(ours.type, theirs);
        case Kind::ptr:
          if (theirs.type.kind != Kind::ptr) return Answer::no();
          target_.depend_on(Dependency::What::pointee, theirs.id);
          behind_ptr = true;
          local_id = ours.type.size_or_type;
          target_id = theirs.type.size_or_type;
          break;
        case Kind::array: {
          if (theirs.type.kind != Kind::array) return Answer::no();
          const btf::Array our_array = local_.btf.array(ours.type);
          const btf::Array their_array = target_.btf.array(theirs.type);
          if (our_array.nelems != their_array.nelems) return Answer::no();
          target_.depend_on(Dependency::What::length, theirs.id);
          local_id = our_array.type;
          target_id = their_array.type;
          break;
        }
        case Kind::func_proto: {
          if (theirs.type.kind != Kind::func_proto || ours.type.vlen != theirs.type.vlen) return Answer::no();
          for (std::uint32_t i = 0; i < ours.type.vlen; ++i) {
            const Answer answer = match(local_.btf.param(ours.type, i).type, target_.btf.param(theirs.type, i).type,
                                        behind_ptr, level - 1);
            if (!answer.is_yes()) return answer;
          }
          local_id = ours.type.size_or_type;
          target_id = theirs.type.size_or_type;
          break;
        }
        case Kind::typedef_:
        case Kind::volatile_:
        case Kind::const_:
        case Kind::restrict_:
        case Kind::type_tag:
        case Kind::func:
        case Kind::var:
        case Kind::datasec:
        case Kind::float_:
        case Kind::decl_tag:
          return Answer::no();
      }
    }
    return Answer::fail(Failure::bad_type);
  }

 private:
  bool names_match(std::uint32_t local_name, std::uint32_t target_name) const {
    const std::string_view ours = local_.btf.string(local_name);
    const std::string_view theirs = target_.btf.string(target_name);
    take_steps(ours);
    take_steps(theirs);
    return btf::essential_name(ours) == btf::essential_name(theirs);
  }

  /// Counts the bytes of a name beyond those that any kernel's name has (KSYM_NAME_LEN). The caller counts the name
  /// itself.
  void take_steps(std::string_view name) const {
    constexpr std::size_t longest = 512;
    constexpr std::size_t bytes_a_step = 32;
    for (std::size_t at = longest; at < name.size(); at += bytes_a_step) (void)target_.steps.step();
  }

  /// Rule 5. The kind_flag of a FWD distinguishes union (1) from struct (0).
  static Answer match_forward(const Type& ours, const Type& theirs, bool behind_ptr) {
    if (theirs.kind == Kind::fwd) return Answer::when(ours.kind_flag == theirs.kind_flag);
    if (!behind_ptr) return Answer::no();
    return Answer::when(theirs.kind == (ours.kind_flag ? Kind::union_ : Kind::struct_));
  }

  static Answer match_behind_pointer(const Type& ours, const Type& theirs) {
    if (ours.kind == theirs.kind) return Answer::yes();
    return Answer::when(theirs.kind == Kind::fwd && theirs.kind_flag == (ours.kind == Kind::union_));
  }

  [[nodiscard]] Answer match_ints(const Type& ours, const Underlying& target_type) const {
    const Type& theirs = target_type.type;
    target_.depend_on(Dependency::What::size, target_type.id);
    target_.depend_on(Dependency::What::encoding, target_type.id);
    if (theirs.kind != Kind::int_ || ours.size_or_type != theirs.size_or_type) return Answer::no();
    const auto our_sign = btf::int_encoding(local_.btf.info_word(ours)) & btf::int_signed;
    const auto their_sign = btf::int_encoding(target_.btf.info_word(theirs)) & btf::int_signed;
    return Answer::when(our_sign == their_sign);
  }

  Answer match_enums(const Type& ours, const Underlying& theirs) {
    if (ours.size_or_type != theirs.type.size_or_type || ours.vlen > theirs.type.vlen) return Answer::no();
    target_.depend_on(Dependency::What::size, theirs.id);
    target_.depend_on(Dependency::What::layout, theirs.id);
    for (std::uint32_t i = 0; i < ours.vlen; ++i) {
      const std::uint32_t name = local_.btf.enumerator(ours, i).name_off;
      std::uint32_t j = 0;
      for (; j < theirs.type.vlen; ++j) {
        if (!target_.steps.step()) return Answer::fail(Failure::endless_type);
        if (names_match(name, target_.btf.enumerator(theirs.type, j).name_off)) break;
      }
      if (j == theirs.type.vlen) return Answer::no();
      target_.depend_on(Dependency::What::enumerator, theirs.id, j);
    }
    // Two local flavors can match the same enumerator; the number of enumerators is compared nevertheless.
    target_.depend_on(Dependency::What::least_enumerators, theirs.id, ours.vlen);
    return Answer::yes();
  }

  Answer match_members(const Type& ours, const Underlying& theirs, int level) {
    if (ours.vlen > theirs.type.vlen) return Answer::no();
    // This holds for every result: the members are compared only because the target has enough of them.
    target_.depend_on(Dependency::What::least_members, theirs.id, ours.vlen);
    target_.depend_on(Dependency::What::layout, theirs.id);
    for (std::uint32_t i = 0; i < ours.vlen; ++i) {
      const Answer answer = match_member(local_.btf.member(ours, i), theirs, level);
      if (!answer.is_yes()) return answer;
    }
    return Answer::yes();
  }

  Answer match_member(const btf::Member& ours, const Underlying& theirs, int level) {
    for (std::uint32_t j = 0; j < theirs.type.vlen; ++j) {
      if (!target_.steps.step()) return Answer::fail(Failure::endless_type);
      const btf::Member member = target_.btf.member(theirs.type, j);
      if (!names_match(ours.name_off, member.name_off)) continue;
      const std::size_t mark = target_.trace != nullptr ? target_.trace->mark() : 0;
      target_.depend_on(Dependency::What::member, theirs.id, j);
      // Composites behind a pointer are not entered, so a member is never behind a pointer.
      const Answer answer = match(ours.type, member.type, false, level - 1);
      if (!answer.is_no()) return answer;
      if (target_.trace == nullptr) continue;
      target_.trace->rollback(mark);
      target_.trace->note_rejected_member();
    }
    return Answer::no();
  }

  const MatchSide& local_;
  const MatchSide& target_;
};

}  // namespace

/// bpf_core_fields_are_compat() of relo_core.c:
///  1. Qualifiers and typedefs of both are skipped.
///  2. Both are STRUCT or UNION, in any combination: compatible.
///  3. The kinds are the same; ENUM and ENUM64 count as one.
///  4. PTR and FLOAT: compatible.
///  5. FWD, ENUM, ENUM64: compatible if the essential names are the same, or if one of the types is anonymous.
///  6. INT: compatible if neither has a bit offset.
///  7. ARRAY: continue at 1 with the element types; lengths do not count.
///  8. All other kinds: not compatible.
/// libbpf does not end for arrays in a loop. Here that is endless_type.
Answer fields_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                         std::uint32_t target_id) {
  for (int depth = 0; depth < chain_limit; ++depth) {
    const Underlying ours = skip_mods_and_typedefs(local, local_id);
    const Underlying theirs = skip_mods_and_typedefs(target, target_id);
    if (ours.failure != Failure::none) return Answer::fail(ours.failure);
    if (theirs.failure != Failure::none) return Answer::fail(theirs.failure);
    if (btf::is_composite(ours.type.kind) && btf::is_composite(theirs.type.kind)) return Answer::yes();
    if (btf::core_kind(ours.type.kind) != btf::core_kind(theirs.type.kind)) return Answer::no();

    switch (ours.type.kind) {
      case Kind::ptr:
      case Kind::float_:
        return Answer::yes();
      case Kind::fwd:
      case Kind::enum_:
      case Kind::enum64: {
        const auto our_name = btf::essential_name(local.btf.string(ours.type.name_off));
        const auto their_name = btf::essential_name(target.btf.string(theirs.type.name_off));
        // A type without a name is compatible with each name here, but not for aya: the name stays.
        if (!our_name.empty() && our_name == their_name) target.depend_on(Dependency::What::name, theirs.id);
        return Answer::when(our_name.empty() || their_name.empty() || our_name == their_name);
      }
      case Kind::int_:
        return ints_are_compat(local, ours.type, target, theirs.type);
      case Kind::array:
        local_id = local.btf.array(ours.type).type;
        target_id = target.btf.array(theirs.type).type;
        break;
      case Kind::void_:
      case Kind::struct_:
      case Kind::union_:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
      case Kind::func:
      case Kind::func_proto:
      case Kind::var:
      case Kind::datasec:
      case Kind::decl_tag:
        return Answer::no();
    }
  }
  return Answer::fail(Failure::endless_type);
}

Answer types_are_compat(const MatchSide& local, std::uint32_t local_id, const MatchSide& target,
                        std::uint32_t target_id) {
  target.depend_on(Dependency::What::type, target_id);
  return compare_types(local, local_id, target, target_id, level_limit);
}

Answer types_match(const MatchSide& local, std::uint32_t local_id, const MatchSide& target, std::uint32_t target_id) {
  target.depend_on(Dependency::What::type, target_id);
  return Matcher(local, target).match(local_id, target_id, false, level_limit);
}

}  // namespace minbtf::core
