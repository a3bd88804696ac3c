#include "core/declaration.hpp"

#include "core/names.hpp"
#include "core/types_match.hpp"

namespace minbtf::core {

namespace {

/// Words for more than that help nobody.
constexpr int word_limit = 16;

class Comparison {
 public:
  Comparison(const Side& local, const Side& target, const Type& wanted, const Type& found)
      : local_(local), target_(target), wanted_(wanted), found_(found) {}

  [[nodiscard]] std::string members() const {
    for (std::uint32_t i = 0; i < wanted_.vlen; ++i) {
      const btf::Member member = local_.btf.member(wanted_, i);
      const std::string name(local_.btf.string(member.name_off));
      const std::string words = "member " + (name.empty() ? "without a name" : name);
      bool is_there = false;
      bool fits = false;
      for (std::uint32_t j = 0; j < found_.vlen && !fits; ++j) {
        const btf::Member other = target_.btf.member(found_, j);
        if (!same_name(name, other.name_off)) continue;
        is_there = true;
        fits = types_match(local_, member.type, target_, other.type).is_yes();
      }
      if (!is_there) return "no " + words;
      if (!fits) return words + " is of another type";
    }
    return wanted_.vlen > found_.vlen ? "fewer members" : "";
  }

  [[nodiscard]] std::string enumerators() const {
    if (wanted_.size_or_type != found_.size_or_type) return std::to_string(found_.size_or_type) + " bytes";
    for (std::uint32_t i = 0; i < wanted_.vlen; ++i) {
      const std::string name(local_.btf.string(local_.btf.enumerator(wanted_, i).name_off));
      bool is_there = false;
      for (std::uint32_t j = 0; j < found_.vlen && !is_there; ++j) {
        is_there = same_name(name, target_.btf.enumerator(found_, j).name_off);
      }
      if (!is_there) return "no enumerator " + name;
    }
    return wanted_.vlen > found_.vlen ? "fewer enumerators" : "";
  }

 private:
  [[nodiscard]] bool same_name(std::string_view name, std::uint32_t target_name) const {
    return essential_name(name) == essential_name(target_.btf.string(target_name));
  }

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
      const std::string_view name = btf.string(type.name_off);
      if (type.kind == Kind::int_ || type.kind == Kind::float_) return words + std::string(name);
      return words + std::string(wire::shape(type.kind).name) + (name.empty() ? "" : " ") + std::string(name);
    }
  }
  return words + "...";
}

std::string declared_otherwise(const Question& question, const btf::View& target, std::uint32_t candidate) {
  Work work(1U << 20U);
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
