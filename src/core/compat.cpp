#include "core/compat.hpp"

#include "core/names.hpp"

namespace minbtf::core {

namespace {

/// bpf_core_types_are_compat() starts with this many levels of prototypes, and each follows as many pointers.
constexpr int level_limit = 32;

/// Integers are compatible whatever their size and sign, but for those that carry the offset of an old bitfield.
Answer ints_are_compat(const Side& local, const Type& local_type, const Side& target, const Type& target_type) {
  return Answer::when(btf::int_offset(local.btf.info_word(local_type)) == 0 &&
                      btf::int_offset(target.btf.info_word(target_type)) == 0);
}

Answer compare_types(const Side& local, std::uint32_t local_id, const Side& target, std::uint32_t target_id,
                     int level) {
  // Before anything is looked through: a typedef is only compatible with a typedef.
  if (wire::core_kind(local.btf.type(local_id).kind) != wire::core_kind(target.btf.type(target_id).kind)) {
    return Answer::no();
  }
  for (int depth = 0; depth < level_limit; ++depth) {
    const Underlying ours = skip_mods_and_typedefs(local, local_id);
    const Underlying theirs = skip_mods_and_typedefs(target, target_id);
    if (ours.failure != Failure::none) return Answer::fail(ours.failure);
    if (theirs.failure != Failure::none) return Answer::fail(theirs.failure);
    if (wire::core_kind(ours.type.kind) != wire::core_kind(theirs.type.kind)) return Answer::no();

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
        target.need(Need::What::pointee, theirs.id);
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
          if (!target.work.step()) return Answer::fail(Failure::endless_type);
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

}  // namespace

Answer fields_are_compat(const Side& local, std::uint32_t local_id, const Side& target, std::uint32_t target_id) {
  for (int depth = 0; depth < chain_limit; ++depth) {
    const Underlying ours = skip_mods_and_typedefs(local, local_id);
    const Underlying theirs = skip_mods_and_typedefs(target, target_id);
    if (ours.failure != Failure::none) return Answer::fail(ours.failure);
    if (theirs.failure != Failure::none) return Answer::fail(theirs.failure);
    if (wire::is_composite(ours.type.kind) && wire::is_composite(theirs.type.kind)) return Answer::yes();
    if (wire::core_kind(ours.type.kind) != wire::core_kind(theirs.type.kind)) return Answer::no();

    switch (ours.type.kind) {
      case Kind::ptr:
      case Kind::float_:
        return Answer::yes();
      case Kind::fwd:
      case Kind::enum_:
      case Kind::enum64: {
        const auto our_name = essential_name(local.btf.string(ours.type.name_off));
        const auto their_name = essential_name(target.btf.string(theirs.type.name_off));
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

Answer types_are_compat(const Side& local, std::uint32_t local_id, const Side& target, std::uint32_t target_id) {
  target.need(Need::What::type, target_id);
  return compare_types(local, local_id, target, target_id, level_limit);
}

}  // namespace minbtf::core
