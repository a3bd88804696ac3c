#include "core/explain.hpp"

#include <algorithm>

namespace minbtf::core {

namespace {

std::string root_text(const Question& question) {
  return std::string(wire::shape(question.root.kind).name) + " " + question.root.name;
}

/// "int", "struct bio", "pointer", "array of 4", "function".
std::string type_words(const btf::View& btf, std::uint32_t id) {
  for (int i = 0; i < chain_limit; ++i) {
    const Type type = btf.type(id);
    if (!wire::is_known(type.kind)) return "type of an unknown kind";
    const std::string name(btf.string(type.name_off));
    switch (type.kind) {
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
        id = type.size_or_type;
        continue;
      case Kind::ptr:
        return "pointer";
      case Kind::array:
        return "array of " + std::to_string(btf.array(type).nelems);
      case Kind::func_proto:
        return "function";
      case Kind::int_:
      case Kind::float_:
        return name;
      case Kind::void_:
        return "void";
      default:
        return std::string(wire::shape(type.kind).name) + " " + (name.empty() ? "(anonymous)" : name);
    }
  }
  return "type without end";
}

std::string member_type_words(const btf::View& btf, std::uint32_t composite, std::uint32_t member) {
  return type_words(btf, btf.member(btf.type(composite), member).type);
}

/// The composite that has no such member, where the path does not tell.
std::string holder_detail(const Question& question, const btf::View& target, const Mismatch& mismatch) {
  const Type type = target.type(mismatch.type);
  if (wire::is_known(type.kind) && !wire::is_composite(type.kind)) {
    return "in " + type_words(target, mismatch.type);
  }
  // The first two accessors are the root's element and its member.
  if (mismatch.accessor < 2 || target.is_empty_string(type.name_off)) return "";
  const std::string holder = type_words(target, mismatch.type);
  return holder == root_text(question) ? "" : "in " + holder;
}

}  // namespace

std::string access_text(const Question& question, std::size_t count) {
  if (!is_field_based(question.kind)) {
    return is_enumval_based(question.kind) && count > 0 && !question.accessors.empty()
               ? question.root.name + "." + std::string(question.accessors.front().name)
               : root_text(question);
  }
  std::string text = question.root.name;
  for (std::size_t i = 0; i < std::min(count, question.accessors.size()); ++i) {
    const Accessor& accessor = question.accessors[i];
    if (accessor.named) {
      text += "." + std::string(accessor.name);
    } else if (i > 0 || accessor.index != 0) {
      text += "[" + std::to_string(accessor.index) + "]";
    }
  }
  return text;
}

Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch) {
  using What = Mismatch::What;
  const std::string access = access_text(question, mismatch.accessor + 1);
  switch (mismatch.what) {
    case What::no_member:
      return {.reason = Reason::no_such_member, .subject = access, .detail = holder_detail(question, target, mismatch)};
    case What::wrong_member: {
      const Accessor& wanted = question.accessors[mismatch.accessor];
      return {.reason = Reason::incompatible,
              .subject = access,
              .detail = member_type_words(target, mismatch.type, mismatch.member) + " there, " +
                        member_type_words(*question.local, wanted.type_id, wanted.index) + " in the object"};
    }
    case What::no_array:
      return {.reason = Reason::incompatible,
              .subject = access,
              .detail = "no array there, but " + type_words(target, mismatch.type)};
    case What::short_array:
      return {
          .reason = Reason::incompatible, .subject = access, .detail = type_words(target, mismatch.type) + " there"};
    case What::no_enumerator:
      return {.reason = Reason::no_such_enumerator, .subject = access, .detail = ""};
    case What::wrong_type:
    case What::none:
      break;
  }
  return {.reason = Reason::incompatible, .subject = access, .detail = "declared otherwise there"};
}

Explanation explain_no_candidate(const Question& question) {
  return {.reason = Reason::no_such_type, .subject = root_text(question), .detail = ""};
}

}  // namespace minbtf::core
