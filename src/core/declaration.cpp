#include "core/declaration.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/compat.hpp"
#include "core/names.hpp"
#include "wire/short_text.hpp"

namespace minbtf::core {

namespace {

/// Words for more than that help nobody.
constexpr int word_limit = 16;

/// Looking at a name takes a step, and more if it is longer than any real one.
constexpr std::size_t bytes_a_step = 64;

/// The members or enumerators of a type of the target by essential name.
class Names {
 public:
  struct Name {
    std::string_view name;
    std::uint32_t index = 0;
  };

  /// Nothing is found in a name that there is no work left for.
  template <typename NameOff>
  Names(const Side& side, std::uint32_t vlen, NameOff name_off) : work_(side.work) {
    names_.reserve(vlen);
    for (std::uint32_t i = 0; i < vlen && !work_.ran_out(); ++i) {
      names_.push_back({.name = take(side.btf.string(name_off(i))), .index = i});
    }
    std::ranges::stable_sort(names_, {}, &Name::name);
  }

  /// Those of the essential name of `name`, by index.
  [[nodiscard]] auto find(std::string_view name) const {
    return std::ranges::equal_range(names_, take(name), {}, &Name::name);
  }

 private:
  [[nodiscard]] std::string_view take(std::string_view name) const {
    for (std::size_t at = 0; at <= name.size(); at += bytes_a_step) {
      if (!work_.step()) return {};
    }
    return essential_name(name);
  }

  Work& work_;
  std::vector<Name> names_;
};

std::string with_name(std::string_view words, std::string_view name) {
  std::string text(words);
  wire::add_text(text, name);
  return text;
}

class Comparison {
 public:
  Comparison(const Side& local, const Side& target, const Type& wanted, const Type& found)
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
      if (target_.work.ran_out()) return "";
      if (fits) continue;
      const std::string words = with_name("member ", name.empty() ? "without a name" : name);
      return others.empty() ? wire::short_text("no " + words) : wire::short_text(words + " is of another type");
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
      if (target_.work.ran_out()) return "";
      if (!is_there) return with_name("no enumerator ", name);
    }
    return wanted_.vlen > found_.vlen ? "fewer enumerators" : "";
  }

 private:
  const Side& local_;
  const Side& target_;
  const Type& wanted_;
  const Type& found_;
};

}  // namespace

std::string declaration_words(const btf::View& btf, std::uint32_t id) {
  std::string words;
  for (int i = 0; i < word_limit; ++i) {
    const Type type = btf.type(id);
    if (!wire::is_known(type.kind)) return words + "a type of an unknown kind";
    if (wire::is_modifier_or_typedef(type.kind)) {
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
        words += std::string(wire::shape(type.kind).name) + (name.empty() ? "" : " ");
      }
      wire::add_text(words, name);
      return words;
    }
  }
  return words + "...";
}

std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate, Work& work) {
  const Side ours = {*question.local, bpf_pointer_bytes, work};
  const Side theirs = {target, default_pointer_bytes, work};
  const Underlying local = skip_mods_and_typedefs(ours, question.local_type);
  const Underlying found = skip_mods_and_typedefs(theirs, candidate);
  if (local.failure != Failure::none || found.failure != Failure::none) return "";
  const Comparison comparison(ours, theirs, local.type, found.type);
  const bool by_name = question.kind == RelocationKind::type_matches;
  if (by_name && wire::is_composite(local.type.kind) && local.type.kind == found.type.kind) return comparison.members();
  if (by_name && wire::is_any_enum(local.type.kind) && wire::is_any_enum(found.type.kind)) {
    return comparison.enumerators();
  }
  return declaration_words(target, candidate);
}

}  // namespace minbtf::core
