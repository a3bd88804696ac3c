#include "core/explain.hpp"

#include <algorithm>

#include "core/names.hpp"
#include "wire/short_text.hpp"

namespace minbtf::core {

namespace {

std::string kind_and_name(Kind kind, std::string_view name) {
  const std::string word(wire::shape(wire::core_kind(kind)).name);
  if (name.empty()) return "anonymous " + word;
  std::string text = word + " ";
  wire::add_text(text, name);
  return text;
}

std::string root_text(const Question& question) { return kind_and_name(question.root.kind, question.root.name); }

/// "int", "struct bio", "pointer", "array of char", "function". Lengths of arrays are left out: they differ between
/// kernels that are asked with the same outcome.
std::string type_words(const btf::View& btf, std::uint32_t id) {
  constexpr int most_dimensions = 4;
  std::string words;
  int dimensions = 0;
  for (int i = 0; i < chain_limit; ++i) {
    const Type type = btf.type(id);
    if (!wire::is_known(type.kind)) break;
    switch (type.kind) {
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
        id = type.size_or_type;
        continue;
      case Kind::array:
        if (++dimensions > most_dimensions) return words + "arrays";
        words += "array of ";
        id = btf.array(type).type;
        continue;
      case Kind::ptr:
        return words + "pointer";
      case Kind::func_proto:
        return words + "function";
      case Kind::void_:
        return words + "void";
      case Kind::int_:
      case Kind::float_:
        wire::add_text(words, btf.text(type.name_off));
        return words;
      case Kind::struct_:
      case Kind::union_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::fwd:
      case Kind::func:
      case Kind::var:
      case Kind::datasec:
      case Kind::decl_tag:
        wire::add_text(words, kind_and_name(type.kind, btf.text(type.name_off)));
        return words;
    }
  }
  return words + "what has no name here";
}

Explanation differs(std::string subject, const std::string& there, const std::string& here) {
  return {.reason = Reason::incompatible,
          .subject = std::move(subject),
          // Integers of one name can differ: old compilers gave those of bitfields an offset.
          .detail = wire::short_text(there == here ? there + " of another form there"
                                                   : there + " there, " + here + " in the object")};
}

/// The composite that has no such member, where the path does not tell.
std::string holder_detail(const btf::View& target, const Mismatch& mismatch) {
  // The first two accessors are the root's element and its member.
  if (mismatch.accessor < 2 || target.is_empty_string(target.type(mismatch.type).name_off)) return "";
  return "in " + type_words(target, mismatch.type);
}

}  // namespace

std::string access_text(const Question& question, std::size_t count) {
  std::string text = is_type_based(question.kind) ? root_text(question) : wire::short_text(question.root.name);
  for (std::size_t i = 0; i < std::min(count, question.accessors.size()); ++i) {
    const Accessor& accessor = question.accessors[i];
    if (is_enumval_based(question.kind)) {
      wire::add_text(text, ".");
      wire::add_text(text, essential_name(accessor.name));
    } else if (accessor.named) {
      wire::add_text(text, ".");
      wire::add_text(text, accessor.name);
    } else if (i > 0 || accessor.index != 0) {
      wire::add_text(text, "[" + std::to_string(accessor.index) + "]");
    }
  }
  return text;
}

Explanation explain(const Question& question, const btf::View& target, const Mismatch& mismatch) {
  using What = Mismatch::What;
  const std::string access = access_text(question, mismatch.accessor + 1);
  switch (mismatch.what) {
    case What::no_member:
      return {.reason = Reason::no_such_member, .subject = access, .detail = holder_detail(target, mismatch)};
    case What::wrong_member: {
      const Accessor& wanted = question.accessors[mismatch.accessor];
      const btf::View& local = *question.local;
      return differs(access, type_words(target, target.member(target.type(mismatch.type), mismatch.member).type),
                     type_words(local, local.member(local.type(wanted.type_id), wanted.index).type));
    }
    case What::no_array:
      return {.reason = Reason::incompatible,
              .subject = access,
              .detail = type_words(target, mismatch.type) + " there, no array"};
    case What::short_array:
      return {.reason = Reason::incompatible, .subject = access, .detail = "the array is too short there"};
    case What::no_enumerator:
      return {.reason = Reason::no_such_enumerator, .subject = access, .detail = ""};
    case What::wrong_kind:
      return differs(access_text(question, mismatch.accessor), type_words(target, mismatch.type),
                     type_words(*question.local, question.accessors[mismatch.accessor].type_id));
    case What::none:
      break;
  }
  return {.reason = Reason::incompatible, .subject = access, .detail = "declared otherwise there"};
}

Explanation explain_no_candidate(const Question& question, Kind other) {
  return {.reason = Reason::no_such_type,
          .subject = root_text(question),
          .detail = other == Kind::void_ ? "" : "only " + kind_and_name(other, question.root.name)};
}

}  // namespace minbtf::core
