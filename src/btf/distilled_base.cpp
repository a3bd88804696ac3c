// SPDX-License-Identifier: BSD-2-Clause
// How types of a distilled base are found in a kernel: the rules of libbpf's btf_relocate.c, which the kernel uses too.
// A type of the kernel fits a distilled type if all of these rules hold:
// 1. Both have the same name. A distilled type without a name, or of another kind than INT, FLOAT, ENUM, STRUCT, UNION
//    and FWD, is an error.
// 2. The kernel's type is INT, FLOAT, ENUM, ENUM64, STRUCT, UNION or FWD. The sizes are equal if it is INT, FLOAT, ENUM
//    or ENUM64, and also if it is a STRUCT or UNION and the kernel has several of these with its name.
// 3. The kinds fit: INT and FLOAT with the same kind, and INT with the same encoding; ENUM with ENUM or ENUM64; FWD
// with
//    a FWD of the same kind_flag, a STRUCT without kind_flag, or a UNION with kind_flag.
// 4. A STRUCT or UNION that the module holds by value (a member, behind typedefs, qualifiers and arrays) has the same
//    size.
// Exactly one type of the kernel must fit.
//
// Two rules are stricter than in libbpf. libbpf accepts a type of any kind for a STRUCT or UNION; here it is an error
// if the only one that fits has another kind. libbpf looks for types that are held by value (rule 4) only in some
// of the module's types; here all are looked at.
#include "btf/distilled_base.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/short_text.hpp"
#include "btf/bytes.hpp"
#include "btf/kinds.hpp"
#include "btf/parts.hpp"
#include "btf/references.hpp"
#include "minbtf/error.hpp"

namespace minbtf::btf {

namespace {

using Ids = std::vector<std::uint32_t>;

/// Most types of a distilled base with one name. Each of them is compared with each type of the kernel of this name.
constexpr std::size_t most_of_one_name = 64;

bool has_distilled_kind(Kind kind) noexcept {
  return kind == Kind::int_ || kind == Kind::float_ || kind == Kind::enum_ || kind == Kind::fwd || is_composite(kind);
}

/// Finds the types of a distilled base in the kernel's BTF.
class BaseSearch {
 public:
  /// `joined` has the types of the distilled base, which end before `end`, and those of the module.
  BaseSearch(const View& joined, std::uint32_t end, const View& base, const std::string& file)
      : joined_(joined), end_(end), base_(base), file_(file), found_(end, 0), embedded_(end, false) {}

  /// Returns the id in the kernel for each id of the distilled base. Throws Error.
  Ids find() {
    check_kinds();
    mark_embedded();
    count_composites();
    for (const NamedType& named : base_.named_types()) consider(named);
    for (std::uint32_t id = 1; id < end_; ++id) {
      if (found_[id] == 0) refuse(id, "is not in " + base_.name());
      const Kind kind = joined_.type(id).kind;
      const Kind base_kind = base_.type(found_[id]).kind;
      if (is_composite(kind) && base_kind != kind) {
        refuse(id, "is of kind " + std::string(message_word(base_kind)) + " in " + base_.name());
      }
    }
    return std::move(found_);
  }

 private:
  [[noreturn]] void refuse(std::uint32_t id, const std::string& reason) const {
    const Type type = joined_.type(id);
    std::string text(message_word(type.kind));
    text += " " + base::short_text(joined_.text(type.name_off));
    if (type.kind != Kind::fwd) text += ", " + std::to_string(type.size_or_type) + " bytes,";
    throw Error(ErrorKind::wrong_file, file_, ".BTF.base", text + " " + reason);
  }

  void check_kinds() {
    for (std::uint32_t id = 1; id < end_; ++id) {
      const Type type = joined_.type(id);
      const char* fault = nullptr;
      if (!has_distilled_kind(type.kind)) fault = " has a kind that a distilled base cannot have";
      if (fault == nullptr && joined_.is_empty_string(type.name_off)) fault = " has no name";
      const std::string_view name = joined_.text(type.name_off);
      if (name.size() > base::longest_text) fault = " has a name of over 512 bytes";
      if (fault != nullptr) throw Error(ErrorKind::damaged, file_, ".BTF.base", "type " + std::to_string(id) + fault);
      Ids& with_name = distilled_[name];
      with_name.push_back(id);
      if (with_name.size() > most_of_one_name) {
        throw Error(ErrorKind::unsupported, file_, ".BTF.base", "over 64 types are named " + std::string(name));
      }
    }
  }

  /// Marks the structs and unions that a struct or union of the module holds by value.
  void mark_embedded() {
    for (std::uint32_t id = end_; id < joined_.id_end(); ++id) {
      const Type type = joined_.type(id);
      if (!is_composite(type.kind)) continue;
      for (std::uint32_t i = 0; i < type.vlen; ++i) mark_member(joined_.member(type, i).type);
    }
  }
  void mark_member(std::uint32_t id) {
    // A chain without a loop has fewer steps than there are types.
    for (std::uint32_t steps = 0; id != 0 && steps < joined_.id_end(); ++steps) {
      const Type type = joined_.type(id);
      if (is_composite(type.kind)) {
        if (id < end_) embedded_[id] = true;
        return;
      }
      if (type.kind == Kind::array) {
        id = joined_.array(type).type;
      } else if (is_modifier_or_typedef(type.kind)) {
        id = type.size_or_type;
      } else {
        return;
      }
    }
  }

  void count_composites() {
    for (const NamedType& named : base_.named_types()) {
      if (is_composite(base_.type(named.id).kind)) ++composites_[named.name_off];
    }
  }

  /// Notes a type of the kernel for each distilled type that it fits.
  void consider(const NamedType& named) {
    const Type type = base_.type(named.id);
    if (type.kind == Kind::typedef_) return;
    const auto with_name = distilled_.find(base_.text(named.name_off));
    if (with_name == distilled_.end()) return;
    const bool needs_size = is_composite(type.kind) ? composites_.at(named.name_off) > 1 : type.kind != Kind::fwd;
    for (const std::uint32_t id : with_name->second) {
      const Type distilled = joined_.type(id);
      if (needs_size && distilled.size_or_type != type.size_or_type) continue;
      if (!fits(id, distilled, type)) continue;
      if (found_[id] != 0) {
        refuse(id, "has several types that fit in " + base_.name() + " (type ids " + std::to_string(found_[id]) +
                       " and " + std::to_string(named.id) + ")");
      }
      found_[id] = named.id;
    }
  }
  [[nodiscard]] bool fits(std::uint32_t id, const Type& distilled, const Type& type) const {
    switch (distilled.kind) {
      case Kind::fwd:
        if (type.kind == Kind::fwd) return type.kind_flag == distilled.kind_flag;
        if (type.kind == Kind::struct_) return !type.kind_flag;
        return type.kind == Kind::union_ && type.kind_flag;
      case Kind::int_:
        return type.kind == Kind::int_ &&
               int_encoding(base_.info_word(type)) == int_encoding(joined_.info_word(distilled));
      case Kind::float_:
        return type.kind == Kind::float_;
      case Kind::enum_:
        return is_any_enum(type.kind);
      case Kind::struct_:
      case Kind::union_:
        return !embedded_[id] || size_of(type) == distilled.size_or_type;
      case Kind::void_:
      case Kind::ptr:
      case Kind::array:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::func:
      case Kind::func_proto:
      case Kind::var:
      case Kind::datasec:
      case Kind::decl_tag:
      case Kind::type_tag:
      case Kind::enum64:
        break;  // check_kinds() refused them
    }
    return false;
  }
  [[nodiscard]] static std::uint32_t size_of(const Type& type) noexcept {
    return type.kind == Kind::fwd ? 0 : type.size_or_type;
  }

  const View& joined_;
  std::uint32_t end_;
  const View& base_;
  const std::string& file_;
  Ids found_;                                            ///< id in the kernel, by distilled id; 0: none yet
  std::vector<bool> embedded_;                           ///< by distilled id
  std::unordered_map<std::string_view, Ids> distilled_;  ///< ids by name
  std::unordered_map<std::uint32_t, std::uint32_t> composites_ = {};  ///< number of structs and unions by name_off
};

/// Changes the type ids and names of the module's types.
class Rewriter {
 public:
  Rewriter(const View& joined, const View& distilled, const View& base, const Ids& found, const std::string& file)
      : joined_(joined), distilled_(distilled), base_(base), found_(found), file_(file) {
    for (std::uint32_t id = 1; id < distilled.id_end(); ++id) {
      names_[distilled.type(id).name_off] = base.type(found[id]).name_off;
    }
  }

  /// Writes the changed words of all types of the module to `types`, the bytes of its type section.
  void rewrite(std::vector<std::uint8_t>& types, std::size_t distilled_bytes) const {
    WordWriter words(types, joined_.byte_order());
    for (std::uint32_t id = distilled_.id_end(); id < joined_.id_end(); ++id) {
      const Type type = joined_.type(id);
      const std::size_t at = type.at - type_header_size - distilled_bytes;
      const KindShape& own = shape(type.kind);
      words.set(at, name(type.name_off));
      for_each_fixed_type_id(type.kind, [&](TypeIdField, std::size_t offset) {
        words.set(at + offset, type_id(joined_.word(type, offset)));
      });
      if (own.elem_size == 0) continue;
      for (std::uint32_t n = 0; n < type.vlen; ++n) {
        const std::size_t element = type_header_size + own.info_size + std::size_t{n} * own.elem_size;
        if (own.elem_name >= 0) {
          const std::size_t offset = element + static_cast<std::size_t>(own.elem_name);
          words.set(at + offset, name(joined_.word(type, offset)));
        }
        if (own.elem_type >= 0) {
          const std::size_t offset = element_type_id(type.kind, n);
          words.set(at + offset, type_id(joined_.word(type, offset)));
        }
      }
    }
  }

 private:
  [[nodiscard]] std::uint32_t type_id(std::uint32_t id) const {
    return id < distilled_.id_end() ? found_[id] : id - distilled_.id_end() + base_.id_end();
  }
  [[nodiscard]] std::uint32_t name(std::uint32_t offset) const {
    if (offset == 0) return 0;
    const auto distilled_bytes = static_cast<std::uint32_t>(distilled_.strings().size());
    if (offset >= distilled_bytes) return offset - distilled_bytes + static_cast<std::uint32_t>(base_.strings().size());
    const auto known = names_.find(offset);
    if (known == names_.end()) {
      throw Error(ErrorKind::damaged, file_, ".BTF",
                  "the name at string offset " + std::to_string(offset) + " is not the name of a type in .BTF.base");
    }
    return known->second;
  }

  const View& joined_;
  const View& distilled_;
  const View& base_;
  const Ids& found_;
  const std::string& file_;
  std::unordered_map<std::uint32_t, std::uint32_t> names_;  ///< offset in the kernel's strings by distilled offset
};

}  // namespace

std::vector<std::uint8_t> rebased(std::span<const std::uint8_t> split, std::span<const std::uint8_t> distilled,
                                  const std::string& file, const View& base) {
  const BtfParts base_parts = parts_of(distilled, file, ".BTF.base");
  const BtfParts own = parts_of(split, file, ".BTF");
  if (base_parts.order != own.order || own.order != base.byte_order()) {
    throw Error(ErrorKind::wrong_file, file, ".BTF",
                std::string(to_string(own.order)) + ", but " + base.name() + " is " + to_string(base.byte_order()));
  }
  // Both together are full BTF: View::parse() checks all ids, names and records.
  const View only_base = View::parse({distilled.begin(), distilled.end()}, file + ": .BTF.base");
  const std::vector<ByteView> types = {base_parts.types, own.types};
  const std::vector<ByteView> strings = {base_parts.strings, own.strings};
  const View joined = View::parse(btf_with(own.order, types, strings), file);
  const Ids found = BaseSearch(joined, only_base.id_end(), base, file).find();

  std::vector<std::uint8_t> new_types(own.types.data(), own.types.data() + own.types.size());
  Rewriter(joined, only_base, base, found, file).rewrite(new_types, base_parts.types.size());
  const ByteView new_view(new_types.data(), new_types.size(), own.order);
  return btf_with(own.order, std::span(&new_view, 1), std::span(&own.strings, 1));
}

}  // namespace minbtf::btf
