// SPDX-License-Identifier: BSD-2-Clause
#include "core/mismatch_text.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "base/short_text.hpp"
#include "base/sorted.hpp"
#include "btf/essential_name.hpp"
#include "core/compat.hpp"

namespace minbtf::core {

namespace {

std::string kind_and_name(Kind kind, std::string_view name) {
  const std::string word(btf::message_word(btf::core_kind(kind)));
  if (name.empty()) return "anonymous " + word;
  std::string text = word + " ";
  base::add_text(text, name);
  return text;
}

std::string root_text(const Question& question) { return kind_and_name(question.root.kind, question.root.name); }

/// Returns "int", "struct bio", "pointer", "array of char" or "function". The text has no array lengths: they differ
/// between kernels with the same outcome.
std::string type_words(const btf::View& btf, std::uint32_t id) {
  constexpr int most_dimensions = 4;
  std::string words;
  int dimensions = 0;
  for (int i = 0; i < chain_limit; ++i) {
    const Type type = btf.type(id);
    if (!btf::is_known(type.kind)) break;
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
        base::add_text(words, btf.text(type.name_off));
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
        base::add_text(words, kind_and_name(type.kind, btf.text(type.name_off)));
        return words;
    }
  }
  return words + "what has no name here";
}

Explanation differs(std::string subject, const std::string& there, const std::string& here) {
  return {.reason = Reason::incompatible,
          .subject = std::move(subject),
          // Integers of the same name can differ: old compilers wrote a bit offset for INTs of bitfields.
          .detail = base::short_text(there == here ? there + " of another form there"
                                                   : there + " there, " + here + " in the object")};
}

/// Returns the name of the composite that lacks a member, if the access does not show it.
std::string holder_detail(const btf::View& target, const Mismatch& mismatch) {
  // The first two accessors are the root's index and its member.
  if (mismatch.accessor < 2 || target.is_empty_string(target.type(mismatch.type).name_off)) return "";
  return "in " + type_words(target, mismatch.type);
}

/// Most parts of a declaration that are described.
constexpr int word_limit = 16;

/// Bytes of a name that count as one step. A real name is not longer.
constexpr std::size_t bytes_a_step = 64;

/// The members or enumerators of a type of the target by essential name.
class Names {
 public:
  struct Name {
    std::string_view name;
    std::uint32_t index = 0;
  };

  /// If the steps run out, the names that remain are not found.
  template <typename NameOff>
  Names(const MatchSide& side, std::uint32_t vlen, NameOff name_off) : steps_(side.steps) {
    names_.reserve(vlen);
    for (std::uint32_t i = 0; i < vlen && !steps_.ran_out(); ++i) {
      names_.push_back({.name = take(side.btf.string(name_off(i))), .index = i});
    }
    std::ranges::stable_sort(names_, {}, &Name::name);
  }

  /// Returns the entries that have the essential name of `name`, by index.
  [[nodiscard]] std::span<const Name> find(std::string_view name) const {
    return base::equal_elements(names_, take(name), &Name::name);
  }

 private:
  [[nodiscard]] std::string_view take(std::string_view name) const {
    for (std::size_t at = 0; at <= name.size(); at += bytes_a_step) {
      if (!steps_.step()) return {};
    }
    return btf::essential_name(name);
  }

  StepCounter& steps_;
  std::vector<Name> names_;
};

std::string with_name(std::string_view words, std::string_view name) {
  std::string text(words);
  base::add_text(text, name);
  return text;
}

/// Finds the first difference between a local type and a type of the target.
class Declarations {
 public:
  Declarations(const MatchSide& local, const MatchSide& target, const Type& wanted, const Type& found)
      : local_(local), target_(target), wanted_(wanted), found_(found) {}

  [[nodiscard]] std::string members() const {
    const Names names(target_, found_.vlen, [&](std::uint32_t i) { return target_.btf.member(found_, i).name_off; });
    for (std::uint32_t i = 0; i < wanted_.vlen; ++i) {
      const btf::Member member = local_.btf.member(wanted_, i);
      const std::string_view name = local_.btf.string(member.name_off);
      const auto others = names.find(name);
      const bool fits = std::ranges::any_of(others, [&](const Names::Name& other) {
        return types_match(local_, member.type, target_, target_.btf.member(found_, other.index).type).is_yes();
      });
      if (target_.steps.ran_out()) return "";
      if (fits) continue;
      const std::string words = with_name("member ", name.empty() ? "without a name" : name);
      return others.empty() ? base::short_text("no " + words) : base::short_text(words + " is of another type");
    }
    return wanted_.vlen > found_.vlen ? "fewer members" : "";
  }

  [[nodiscard]] std::string enumerators() const {
    if (wanted_.size_or_type != found_.size_or_type) return std::to_string(found_.size_or_type) + " bytes";
    const Names names(target_, found_.vlen,
                      [&](std::uint32_t i) { return target_.btf.enumerator(found_, i).name_off; });
    for (std::uint32_t i = 0; i < wanted_.vlen; ++i) {
      const std::string_view name = local_.btf.string(local_.btf.enumerator(wanted_, i).name_off);
      const bool is_there = !names.find(name).empty();
      if (target_.steps.ran_out()) return "";
      if (!is_there) return with_name("no enumerator ", name);
    }
    return wanted_.vlen > found_.vlen ? "fewer enumerators" : "";
  }

 private:
  const MatchSide& local_;
  const MatchSide& target_;
  const Type& wanted_;
  const Type& found_;
};

}  // namespace

std::string access_text(const Question& question, std::size_t count) {
  std::string text = is_type_based(question.kind) ? root_text(question) : base::short_text(question.root.name);
  for (std::size_t i = 0; i < std::min(count, question.accessors.size()); ++i) {
    const Accessor& accessor = question.accessors[i];
    if (is_enumval_based(question.kind)) {
      base::add_text(text, ".");
      base::add_text(text, btf::essential_name(accessor.name));
    } else if (accessor.named) {
      base::add_text(text, ".");
      base::add_text(text, accessor.name);
    } else if (i > 0 || accessor.index != 0) {
      base::add_text(text, "[" + std::to_string(accessor.index) + "]");
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

std::string declaration_words(const btf::View& btf, std::uint32_t id) {
  std::string words;
  for (int i = 0; i < word_limit; ++i) {
    const Type type = btf.type(id);
    if (!btf::is_known(type.kind)) return words + "a type of an unknown kind";
    if (btf::is_modifier_or_typedef(type.kind)) {
      id = type.size_or_type;
    } else if (type.kind == Kind::ptr) {
      words += "pointer to ";
      id = type.size_or_type;
    } else if (type.kind == Kind::array) {
      words += "array of " + std::to_string(btf.array(type).nelems) + " ";
      id = btf.array(type).type;
    } else if (type.kind == Kind::func_proto) {
      return words + "function of " + std::to_string(type.vlen) + " parameters";
    } else {
      const std::string_view name = btf.text(type.name_off);
      if (type.kind != Kind::int_ && type.kind != Kind::float_) {
        words += std::string(btf::shape(type.kind).name) + (name.empty() ? "" : " ");
      }
      base::add_text(words, name);
      return words;
    }
  }
  return words + "...";
}

std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate,
                               StepCounter& steps) {
  const MatchSide ours = {*question.local, bpf_pointer_bytes, steps};
  const MatchSide theirs = {target, btf::default_pointer_bytes, steps};
  const Underlying local = skip_mods_and_typedefs(ours, question.local_type);
  const Underlying found = skip_mods_and_typedefs(theirs, candidate);
  if (local.failure != Failure::none || found.failure != Failure::none) return "";
  const Declarations declarations(ours, theirs, local.type, found.type);
  const bool by_name = question.kind == RelocationKind::type_matches;
  if (by_name && btf::is_composite(local.type.kind) && local.type.kind == found.type.kind)
    return declarations.members();
  if (by_name && btf::is_any_enum(local.type.kind) && btf::is_any_enum(found.type.kind)) {
    return declarations.enumerators();
  }
  return declaration_words(target, candidate);
}

}  // namespace minbtf::core
