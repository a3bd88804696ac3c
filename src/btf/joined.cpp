// SPDX-License-Identifier: BSD-2-Clause
// A module fits its base if all of these rules hold. Split BTF does not name its base, so rules 3 to 5 are also how the
// BTF of another kernel is recognized.
// 1. Both have the same byte order.
// 2. Every record lies within the type section, and its kind is known. (A kind that only the base's layout section
//    describes is known, too.)
// 3. Every type id refers to a type of the base or of the module, and the kind of this type may stand there
//    (may_refer()). The kernel's btf_check_all_types() has the same rules for kinds.
// 4. Every name lies within the strings of both.
// 5. A name in the base's strings is the beginning of a string there. It is an identifier, unless the type is of a kind
//    whose names are free: INT ("long unsigned int"), FLOAT, DATASEC (".data..percpu") and tags.
//
// Worked example: the base has 100 type ids and 1000 bytes of strings, modules A and B have 10 types and 50 bytes of
// strings each. The types of B have the ids 100 to 109 in its own file, and 110 to 119 in the joined BTF. B's reference
// to type 105 becomes 115, its name at offset 1007 becomes 1057. Its references to type 42 and to the name at offset
// 500 stay: they lead into the base.
#include "btf/joined.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/short_text.hpp"
#include "btf/bytes.hpp"
#include "btf/kinds.hpp"
#include "btf/parts.hpp"
#include "minbtf/error.hpp"

namespace minbtf::btf {

namespace {

/// Longer names are not compared.
constexpr std::size_t most_compared = 512;
constexpr std::size_t most_joined_bytes = std::numeric_limits<std::uint32_t>::max();

/// Returns true if a field of a type of kind `from` may lead to a type of kind `to`.
bool may_refer(Kind from, TypeIdField field, Kind to) noexcept {
  const bool has_value = from == Kind::array || from == Kind::var || is_composite(from);
  switch (to) {
    case Kind::void_:
      return !has_value && from != Kind::func && from != Kind::datasec && from != Kind::decl_tag;
    case Kind::func:
      return from == Kind::decl_tag;
    case Kind::func_proto:
      return from == Kind::func || from == Kind::ptr || is_modifier_or_typedef(from);
    case Kind::var:
      return from == Kind::datasec || from == Kind::decl_tag;
    case Kind::datasec:
    case Kind::decl_tag:
      return false;
    case Kind::struct_:
    case Kind::union_:
    case Kind::typedef_:
      if (from == Kind::decl_tag) return true;
      break;
    case Kind::int_:
    case Kind::ptr:
    case Kind::array:
    case Kind::enum_:
    case Kind::fwd:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::float_:
    case Kind::type_tag:
    case Kind::enum64:
      break;
  }
  if (field == TypeIdField::array_index) return to == Kind::int_ || is_modifier_or_typedef(to);
  return from != Kind::func && from != Kind::datasec && from != Kind::decl_tag;
}

/// True for the kinds whose name must be an identifier.
bool has_identifier(Kind kind) noexcept {
  return is_known(kind) && kind != Kind::int_ && kind != Kind::float_ && kind != Kind::datasec &&
         kind != Kind::decl_tag && kind != Kind::type_tag;
}

/// Accepts what the kernel accepts (__btf_name_valid()), and '$', which compilers write for names of their own.
bool is_identifier(std::string_view name) noexcept {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' || c == '$';
  };
  const auto is_later = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, is_later);
}

/// Checks one module, and changes its ids and offsets.
class ModuleJoin {
 public:
  ModuleJoin(const View& base, const std::string& base_file, const ModuleBtf& module)
      : base_(base), base_file_(base_file), module_(module), parts_(parts_of(module.bytes, module.file, "header")) {
    if (parts_.order != base.byte_order()) {
      throw Error(ErrorKind::wrong_file, module.file, "header",
                  std::string(to_string(parts_.order)) + ", but " + base_file + " is " + to_string(base.byte_order()));
    }
    const ByteView& strings = parts_.strings;
    if (strings.size() != 0 && strings.u8(strings.size() - 1) != 0) {
      throw Error(ErrorKind::damaged, module.file, "strings", "the string section does not end with NUL");
    }
    find_records();
  }

  [[nodiscard]] std::uint32_t types() const noexcept { return static_cast<std::uint32_t>(records_.size()); }
  [[nodiscard]] const ByteView& strings() const noexcept { return parts_.strings; }

  /// Appends the type section. `more_ids` and `more_bytes` are the numbers of types and of bytes of strings that other
  /// modules have added before.
  void append_to(std::vector<std::uint8_t>& types, std::uint32_t more_ids, std::uint32_t more_bytes) const {
    const std::size_t begin = types.size();
    types.insert(types.end(), parts_.types.data(), parts_.types.data() + parts_.types.size());
    WordWriter words(types, parts_.order);
    for_each_word(
        [&](std::size_t at, std::uint32_t name) {
          if (name >= base_.strings().size()) words.set(begin + at, name + more_bytes);
        },
        [&](std::size_t at, std::uint32_t id) {
          if (id >= base_.id_end()) words.set(begin + at, id + more_ids);
        });
  }

  /// Checks all names and references.
  void check() const {
    for_each_word([](std::size_t, std::uint32_t) {}, [](std::size_t, std::uint32_t) {});
  }

  /// Returns true if `wants` is true for the kind and the name of a type, or if a name is too long to be compared.
  [[nodiscard]] bool has(const std::function<bool(Kind, std::string_view)>& wants) const {
    return std::ranges::any_of(records_, [&](std::size_t at) {
      const auto kind = static_cast<Kind>(info_kind(word(at + 4)));
      const std::uint32_t offset = word(at);
      if (offset == 0 || !is_known(kind) || !is_sought(kind)) return false;
      const std::string_view name = name_start(offset);
      return name.size() == most_compared || wants(kind, name);
    });
  }

 private:
  [[nodiscard]] std::uint32_t word(std::size_t at) const { return parts_.types.u32(at); }

  /// Returns the first most_compared bytes of a name: in a hostile file all names can end in one long string.
  [[nodiscard]] std::string_view name_start(std::uint32_t offset) const {
    const std::size_t base_bytes = base_.strings().size();
    if (offset < base_bytes) return base_.string_start(offset, most_compared);
    const ByteView& own = parts_.strings;
    const char* const start = reinterpret_cast<const char*>(own.data() + (offset - base_bytes));
    return {start, ::strnlen(start, most_compared)};  // the last byte of the section is NUL
  }

  /// Checks each name and each reference, and calls name(place in the type section, string offset) and type_id(place,
  /// id).
  template <typename TakeName, typename TakeId>
  void for_each_word(TakeName take_name, TakeId take_id) const {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const std::size_t at = records_[i];
      const std::uint32_t info = word(at + 4);
      const auto kind = static_cast<Kind>(info_kind(info));
      const auto name = [&](std::size_t offset, bool is_element) {
        const std::uint32_t old = word(at + offset);
        check_name(i, kind, old, is_element);
        take_name(at + offset, old);
      };
      const auto type_id = [&](TypeIdField field, std::size_t offset) {
        const std::uint32_t old = word(at + offset);
        check_reference(i, kind, field, old);
        take_id(at + offset, old);
      };
      name(0, false);
      if (!is_known(kind)) continue;
      for_each_fixed_type_id(kind, type_id);
      const KindShape& own = shape(kind);
      const std::uint32_t elements = own.elem_size == 0 ? 0 : info_vlen(info);
      for (std::uint32_t n = 0; n < elements; ++n) {
        const std::size_t element = type_header_size + own.info_size + std::size_t{n} * own.elem_size;
        if (own.elem_name >= 0) name(element + static_cast<std::size_t>(own.elem_name), true);
        if (own.elem_type >= 0) type_id(TypeIdField::element, element_type_id(kind, n));
      }
    }
  }

  [[noreturn]] void refuse(ErrorKind kind, std::size_t record, const std::string& reason) const {
    throw Error(kind, module_.file, base::place("types", records_[record]),
                "type [" + std::to_string(base_.id_end() + record) + "] " + reason);
  }
  [[noreturn]] void does_not_fit(std::size_t record, const std::string& reason) const {
    refuse(ErrorKind::wrong_file, record, reason + ": the module does not fit " + base_file_);
  }

  /// Finds where each record begins (rule 2).
  void find_records() {
    const ByteView& types = parts_.types;
    for (std::size_t at = 0; at < types.size();) {
      records_.push_back(at);
      const std::size_t left = types.size() - at;
      if (left < type_header_size) {
        refuse(ErrorKind::damaged, records_.size() - 1, "has 12 bytes, but " + std::to_string(left) + " are left");
      }
      const std::size_t size = record_size(word(at + 4));
      if (size > left) {
        refuse(ErrorKind::damaged, records_.size() - 1,
               "has " + std::to_string(size) + " bytes, but " + std::to_string(left) + " are left");
      }
      at += size;
    }
  }
  [[nodiscard]] std::size_t record_size(std::uint32_t info) const {
    const std::uint8_t kind = info_kind(info);
    const auto known = static_cast<Kind>(kind);
    if (known == Kind::void_) refuse(ErrorKind::damaged, records_.size() - 1, "has kind 0, which no type may have");
    // vlen has 24 bits: the products fit.
    if (is_known(known)) {
      return type_header_size + shape(known).info_size + std::size_t{info_vlen(info)} * shape(known).elem_size;
    }
    const std::optional<UnknownSizes> sizes = sizes_of_unknown(base_.layout(), kind);
    if (!sizes) {
      refuse(ErrorKind::unsupported, records_.size() - 1,
             "has unknown kind " + std::to_string(kind) + ", and no layout section of " + base_file_ + " has its size");
    }
    return type_header_size + sizes->info_size + std::size_t{info_vlen(info)} * sizes->elem_size;
  }

  /// Checks rule 3.
  void check_reference(std::size_t record, Kind kind, TypeIdField field, std::uint32_t id) const {
    if (id >= base_.id_end() && id - base_.id_end() >= records_.size()) {
      does_not_fit(record, "refers to type id " + std::to_string(id) + ", both have " +
                               std::to_string(base_.id_end() + records_.size()) + " type ids");
    }
    const Kind target = kind_of(id);
    if (is_known(target) && !may_refer(kind, field, target)) {
      does_not_fit(record, "of kind " + std::string(message_word(kind)) + " refers to type [" + std::to_string(id) +
                               "] of kind " + std::string(message_word(target)));
    }
  }
  [[nodiscard]] Kind kind_of(std::uint32_t id) const {
    if (id < base_.id_end()) return base_.type(id).kind;
    return static_cast<Kind>(info_kind(word(records_[id - base_.id_end()] + 4)));
  }

  /// Checks rules 4 and 5.
  void check_name(std::size_t record, Kind kind, std::uint32_t offset, bool is_element) const {
    const ByteView& strings = base_.strings();
    if (offset == 0) return;
    if (offset >= strings.size()) {
      if (offset - strings.size() < parts_.strings.size()) return;
      does_not_fit(record, "has a name at string offset " + std::to_string(offset) + ", both have " +
                               std::to_string(strings.size() + parts_.strings.size()) + " bytes of strings");
    }
    if (strings.u8(offset - 1) != 0) {
      does_not_fit(record, "has a name at string offset " + std::to_string(offset) +
                               ", where no string of the base begins ('" + base::short_text(base_.text(offset)) + "')");
    }
    if (!is_element && !has_identifier(kind)) return;
    // Only as much as a message can hold is read: in a hostile base all names may be one long string.
    if (is_identifier(base_.text(offset))) return;
    does_not_fit(record, "has the name '" + base::short_text(base_.text(offset)) + "' of the base's strings");
  }

  const View& base_;
  const std::string& base_file_;
  const ModuleBtf& module_;
  BtfParts parts_;
  std::vector<std::size_t> records_ = {};  ///< offsets in the type section
};

}  // namespace

ScannedModule scan_module(const View& base, const std::string& base_file, const ModuleBtf& module,
                          const std::function<bool(Kind, std::string_view)>& wants) {
  const ModuleJoin scanned(base, base_file, module);
  scanned.check();
  return {.types = scanned.types(), .is_wanted = scanned.has(wants)};
}

Joined join(const View& base, const std::string& base_file, std::span<const ModuleBtf> modules) {
  Joined joined;
  std::vector<std::uint8_t> types;
  std::vector<ByteView> strings = {base.strings()};
  std::size_t total = layout_header_size + base.types().size() + base.strings().size() + base.layout().size();
  std::uint32_t more_ids = 0;
  std::uint32_t more_bytes = 0;
  for (const ModuleBtf& module : modules) {
    total += module.bytes.size();
    if (total > most_joined_bytes) {
      throw Error(ErrorKind::unsupported, module.file, "", "this module and those before it have over 4 GiB of BTF");
    }
    const ModuleJoin added(base, base_file, module);
    added.append_to(types, more_ids, more_bytes);
    joined.modules.push_back({.name = module.module, .first_type = base.id_end() + more_ids});
    more_ids += added.types();
    more_bytes += static_cast<std::uint32_t>(added.strings().size());
    strings.push_back(added.strings());
  }
  const std::vector<ByteView> all_types = {base.types(), ByteView(types.data(), types.size(), base.byte_order())};
  joined.bytes = btf_with(base.byte_order(), all_types, strings, base.layout());
  return joined;
}

}  // namespace minbtf::btf
