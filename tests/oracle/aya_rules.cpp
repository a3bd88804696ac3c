// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/aya_rules.hpp"

#include <cstdint>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "minbtf/resolution.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;
using btf::Type;
using btf::View;

constexpr int resolve_depth = 32;
constexpr std::size_t most_parts = 64;
constexpr std::uint32_t pointer_bytes = 8;

/// An error of aya, which ends the relocation of the object.
struct AyaError : std::runtime_error {
  AyaError() : std::runtime_error("error") {}
};

std::string_view without_flavor(std::string_view name) { return name.substr(0, name.find("___")); }

std::uint32_t resolved(const View& view, std::uint32_t id) {
  for (int i = 0; i < resolve_depth; ++i) {
    const Type type = view.type(id);
    if (!btf::is_modifier_or_typedef(type.kind)) return id;
    id = type.size_or_type;
  }
  throw AyaError();
}

std::uint32_t size_of(const View& view, std::uint32_t id) {
  std::uint32_t elements = 1;
  for (int i = 0; i < resolve_depth; ++i) {
    const Type type = view.type(id);
    switch (type.kind) {
      case Kind::array:
        elements = view.array(type).nelems;
        id = view.array(type).type;
        break;
      case Kind::int_:
      case Kind::float_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::struct_:
      case Kind::union_:
      case Kind::datasec:
        return type.size_or_type * elements;
      case Kind::ptr:
        return pointer_bytes * elements;
      case Kind::void_:
      case Kind::fwd:
        throw AyaError();
      default:
        id = type.size_or_type;
        break;
    }
  }
  throw AyaError();
}

bool same_kind(const Type& local, const Type& target) {
  return btf::core_kind(local.kind) == btf::core_kind(target.kind);
}

bool are_integers_without_offset(const View& local, const Type& a, const View& target, const Type& b) {
  return btf::int_offset(local.info_word(a)) == 0 && btf::int_offset(target.info_word(b)) == 0;
}

bool fields_are_compatible(const View& local, std::uint32_t local_id, const View& target, std::uint32_t target_id) {
  for (int i = 0; i < resolve_depth; ++i) {
    const Type a = local.type(resolved(local, local_id));
    const Type b = target.type(resolved(target, target_id));
    if (btf::is_composite(a.kind) && btf::is_composite(b.kind)) return true;
    if (!same_kind(a, b)) return false;
    switch (a.kind) {
      case Kind::fwd:
      case Kind::enum_:
      case Kind::enum64:
        return without_flavor(local.string(a.name_off)) == without_flavor(target.string(b.name_off));
      case Kind::int_:
        return are_integers_without_offset(local, a, target, b);
      case Kind::float_:
      case Kind::ptr:
        return true;
      case Kind::array:
        local_id = local.array(a).type;
        target_id = target.array(b).type;
        break;
      default:
        throw AyaError();
    }
  }
  throw AyaError();
}

bool types_are_compatible(const View& local, std::uint32_t local_id, const View& target, std::uint32_t target_id,
                          int level) {
  if (level == 0) throw AyaError();
  if (!same_kind(local.type(local_id), target.type(target_id))) return false;
  for (int i = 0; i < resolve_depth; ++i) {
    const Type a = local.type(resolved(local, local_id));
    const Type b = target.type(resolved(target, target_id));
    if (!same_kind(a, b)) return false;
    switch (a.kind) {
      case Kind::int_:
        return are_integers_without_offset(local, a, target, b);
      case Kind::ptr:
        local_id = a.size_or_type;
        target_id = b.size_or_type;
        break;
      case Kind::array:
        local_id = local.array(a).type;
        target_id = target.array(b).type;
        break;
      case Kind::func_proto:
        if (a.vlen != b.vlen) return false;
        for (std::uint32_t n = 0; n < a.vlen; ++n) {
          const std::uint32_t of_local = resolved(local, local.param(a, n).type);
          if (!types_are_compatible(local, of_local, target, resolved(target, target.param(b, n).type), level - 1)) {
            return false;
          }
        }
        local_id = a.size_or_type;
        target_id = b.size_or_type;
        break;
      case Kind::void_:
      case Kind::struct_:
      case Kind::union_:
      case Kind::enum_:
      case Kind::enum64:
      case Kind::fwd:
      case Kind::float_:
        return true;
      default:
        throw AyaError();
    }
  }
  throw AyaError();
}

struct Accessor {
  std::uint32_t type = 0;
  std::uint32_t index = 0;
  bool is_named = false;
};

/// A path through the types of one side.
struct Path {
  const View* view = nullptr;
  std::uint32_t root = 0;
  std::vector<Accessor> accessors = {};
  std::size_t parts = 0;
  std::uint64_t bit_offset = 0;
};

bool is_flexible(const Path& path, const btf::Array& array) {
  const Accessor& holder = path.accessors.back();
  const Type type = path.view->type(holder.type);
  return array.nelems == 0 && type.kind == Kind::struct_ && holder.index == type.vlen - 1;
}

std::vector<std::uint32_t> numbers_of(std::string_view access) {
  std::vector<std::uint32_t> out;
  std::istringstream text{std::string(access)};
  for (std::string number; std::getline(text, number, ':');) {
    if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) throw AyaError();
    out.push_back(static_cast<std::uint32_t>(std::stoul(number)));
  }
  if (out.empty()) throw AyaError();
  return out;
}

Path local_path(const View& view, std::uint32_t root, const std::vector<std::uint32_t>& numbers) {
  Path path = {.view = &view, .root = root};
  std::uint32_t id = resolved(view, root);
  path.accessors.push_back({.type = id, .index = numbers[0]});
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    id = resolved(view, id);
    const Type type = view.type(id);
    const std::uint32_t index = numbers[i];
    if (btf::is_composite(type.kind)) {
      if (index >= type.vlen) throw AyaError();
      const btf::Member member = view.member(type, index);
      path.bit_offset += member.bit_offset;
      if (member.name_off != 0) path.accessors.push_back({.type = id, .index = index, .is_named = true});
      id = member.type;
    } else if (type.kind == Kind::array) {
      const btf::Array array = view.array(type);
      id = resolved(view, array.type);
      if (index >= array.nelems && !is_flexible(path, array)) throw AyaError();
      path.accessors.push_back({.type = id, .index = index});
      path.bit_offset += std::uint64_t{index} * size_of(view, id) * 8;
    } else {
      throw AyaError();
    }
  }
  return path;
}

/// Returns the type of the member, or nothing.
std::optional<std::uint32_t> match_member(const Path& local, const Accessor& wanted, std::uint32_t target_id,
                                          Path& path) {
  const btf::Member local_member = local.view->member(local.view->type(wanted.type), wanted.index);
  const View& view = *path.view;
  target_id = resolved(view, target_id);
  const Type type = view.type(target_id);
  if (!btf::is_composite(type.kind)) return std::nullopt;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (path.parts == most_parts) throw AyaError();
    const btf::Member member = view.member(type, i);
    const std::string_view name = view.string(member.name_off);
    if (name.empty()) {
      const auto found = match_member(local, wanted, member.type, path);
      if (!found) continue;
      path.bit_offset += member.bit_offset;
      ++path.parts;
      return found;
    }
    if (name != local.view->string(local_member.name_off)) continue;
    if (!fields_are_compatible(*local.view, local_member.type, view, member.type)) return std::nullopt;
    path.bit_offset += member.bit_offset;
    ++path.parts;
    path.accessors.push_back({.type = target_id, .index = i, .is_named = true});
    return member.type;
  }
  return std::nullopt;
}

std::optional<Path> match_path(const Path& local, const View& view, std::uint32_t candidate) {
  Path path = {.view = &view, .root = candidate};
  std::uint32_t id = candidate;
  for (std::size_t i = 0; i < local.accessors.size(); ++i) {
    const Accessor& accessor = local.accessors[i];
    id = resolved(view, id);
    if (accessor.is_named) {
      const auto next = match_member(local, accessor, id, path);
      if (!next) return std::nullopt;
      id = *next;
      continue;
    }
    if (i > 0) {
      const Type type = view.type(id);
      if (type.kind != Kind::array) return std::nullopt;
      const btf::Array array = view.array(type);
      if (accessor.index >= array.nelems && !is_flexible(path, array)) return std::nullopt;
      id = resolved(view, array.type);
    }
    if (path.parts == most_parts) throw AyaError();
    ++path.parts;
    path.accessors.push_back({.type = id, .index = accessor.index});
    path.bit_offset += std::uint64_t{accessor.index} * size_of(view, id) * 8;
  }
  return path;
}

struct Value {
  std::uint64_t value = 0;
  std::uint32_t size = 0;  ///< of a load; 0: not known
  std::uint32_t type = 0;  ///< what is loaded
};

Value value_of_element(const Path& path, RelocationKind kind) {
  const std::uint32_t type = path.accessors.back().type;
  const std::uint32_t size = size_of(*path.view, type);
  if (kind == RelocationKind::field_byte_size) return {.value = size, .type = type};
  if (kind != RelocationKind::field_byte_offset) throw AyaError();
  return {.value = path.bit_offset / 8, .size = size, .type = type};
}

std::uint64_t signedness(const View& view, const Type& type) {
  if (btf::is_any_enum(type.kind)) return type.kind_flag ? 1 : 0;
  return type.kind == Kind::int_ ? btf::int_encoding(view.info_word(type)) & btf::int_signed : 0;
}

Value field_value(const Path& path, RelocationKind kind) {
  if (kind == RelocationKind::field_exists) return {.value = 1};
  const Accessor& last = path.accessors.back();
  if (!last.is_named) return value_of_element(path, kind);
  const View& view = *path.view;
  const btf::Member member = view.member(view.type(last.type), last.index);
  const std::uint32_t id = resolved(view, member.type);
  const Type type = view.type(id);
  const auto bit_offset = static_cast<std::uint32_t>(path.bit_offset);
  std::uint32_t bits = member.bitfield_size;
  std::uint32_t bytes = 0;
  std::uint32_t offset = 0;
  if (bits != 0) {
    bytes = size_of(view, id);
    if (bytes == 0) throw AyaError();
    offset = bit_offset / 8 / bytes * bytes;
    while (bit_offset + bits - offset * 8 > bytes * 8) {
      if (bytes >= 8) throw AyaError();
      bytes *= 2;
      offset = bit_offset / 8 / bytes * bytes;
    }
  } else {
    bytes = size_of(view, id);
    bits = bytes * 8;
    offset = bit_offset / 8;
  }
  switch (kind) {
    case RelocationKind::field_byte_offset:
      if (member.bitfield_size != 0) return {.value = offset};
      return {.value = offset, .size = bytes, .type = id};
    case RelocationKind::field_byte_size:
      return {.value = bytes};
    case RelocationKind::field_signed:
      return {.value = signedness(view, type)};
    case RelocationKind::field_lshift_u64:
      return {.value = std::uint64_t{64} - (bit_offset + bits - offset * 8)};
    default:
      return {.value = std::uint64_t{64} - bits};
  }
}

/// Returns the value of the first enumerator of this name.
std::optional<std::uint64_t> enumerator_value(const View& view, std::uint32_t id, std::string_view name) {
  const Type type = view.type(resolved(view, id));
  if (!btf::is_any_enum(type.kind)) return std::nullopt;
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    const btf::Enumerator each = view.enumerator(type, i);
    if (without_flavor(view.string(each.name_off)) != without_flavor(name)) continue;
    return type.kind == Kind::enum_ && !type.kind_flag ? each.value & 0xffffffffU : each.value;
  }
  return std::nullopt;
}

bool is_plain_unsigned(const View& view, std::uint32_t id) {
  const Type type = view.type(id);
  return type.kind == Kind::int_ && (btf::int_encoding(view.info_word(type)) & btf::int_signed) == 0;
}

/// Returns how a load or store changes.
std::string load_text(const object::Record& record, const View& local_view, const Value& local, const View& view,
                      const Value& value) {
  constexpr std::uint8_t class_mask = 7;
  constexpr std::uint8_t last_memory_class = 3;  // BPF_LDX, BPF_ST, BPF_STX
  const std::uint8_t code = record.instruction ? record.instruction->code & class_mask : 0;
  if (code == 0 || code > last_memory_class || local.size == value.size) return "";
  if (local.size == 0 || value.size == 0) return ", error";
  const bool pointers = local_view.type(local.type).kind == Kind::ptr && view.type(value.type).kind == Kind::ptr;
  const bool integers = is_plain_unsigned(local_view, local.type) && is_plain_unsigned(view, value.type);
  return pointers || integers ? ", load of " + std::to_string(value.size) : ", error";
}

class Decider {
 public:
  Decider(const object::ObjectData& object, const object::Record& record, const AyaTarget& target)
      : local_(*object.btf), record_(record), target_(target), kind_(static_cast<RelocationKind>(record.kind)) {}

  std::string run() {
    if (kind_ == RelocationKind::type_id_local) return std::to_string(record_.type_id);
    const Type local = local_.type(record_.type_id);
    const std::vector<std::uint32_t> numbers = numbers_of(local_.string(record_.access_str_off));
    std::optional<Path> local_fields;
    std::string_view enumerator;
    if (kind_ <= RelocationKind::field_rshift_u64) {
      local_fields = local_path(local_, record_.type_id, numbers);
    } else if (kind_ >= RelocationKind::enumval_exists) {
      const Type type = local_.type(resolved(local_, record_.type_id));
      if (!btf::is_any_enum(type.kind) || numbers.size() != 1 || numbers[0] >= type.vlen) throw AyaError();
      enumerator = local_.string(local_.enumerator(type, numbers[0]).name_off);
    } else if (numbers != std::vector<std::uint32_t>{0}) {
      throw AyaError();
    }
    std::string decision = "no match";
    std::uint64_t first_offset = 0;
    for (const std::uint32_t candidate : target_.candidates(local, local_.string(local.name_off))) {
      std::uint64_t offset = 0;
      const auto found = local_fields                   ? of_field(*local_fields, candidate, offset)
                         : enumerator.data() != nullptr ? of_enumerator(enumerator, candidate)
                                                        : of_type(candidate);
      if (!found) continue;
      if (decision == "no match") {
        decision = *found;
        first_offset = offset;
      } else if (decision != *found || first_offset != offset) {
        return "ambiguous";
      }
    }
    return decision;
  }

 private:
  std::optional<std::string> of_field(const Path& local, std::uint32_t candidate, std::uint64_t& offset) const {
    const auto path = match_path(local, target_.view(), candidate);
    if (!path) return std::nullopt;
    offset = path->bit_offset;
    const Value value = field_value(*path, kind_);
    return std::to_string(value.value) + load_text(record_, local_, field_value(local, kind_), target_.view(), value);
  }

  std::optional<std::string> of_enumerator(std::string_view name, std::uint32_t candidate) const {
    const auto value = enumerator_value(target_.view(), candidate, name);
    if (!value) return std::nullopt;
    return kind_ == RelocationKind::enumval_exists ? "1" : std::to_string(*value);
  }

  std::optional<std::string> of_type(std::uint32_t candidate) const {
    const View& view = target_.view();
    if (!types_are_compatible(local_, record_.type_id, view, candidate, resolve_depth)) return std::nullopt;
    if (kind_ == RelocationKind::type_exists) return "1";
    if (kind_ == RelocationKind::type_size) return std::to_string(size_of(view, candidate));
    const Type type = view.type(candidate);
    return std::to_string(static_cast<int>(type.kind)) + " " + std::string(view.string(type.name_off));
  }

  const View& local_;
  const object::Record& record_;
  const AyaTarget& target_;
  RelocationKind kind_;
};

}  // namespace

AyaTarget::AyaTarget(const btf::View& view) : view_(view) {
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const std::string_view name = without_flavor(view.string(view.type(id).name_off));
    if (!name.empty()) by_name_[std::string(name)].push_back(id);
  }
}

std::vector<std::uint32_t> AyaTarget::candidates(const btf::Type& local, std::string_view name) const {
  std::vector<std::uint32_t> out;
  const auto found = by_name_.find(without_flavor(name));
  if (found == by_name_.end()) return out;
  for (const std::uint32_t id : found->second) {
    if (view_.type(id).kind == local.kind) out.push_back(id);
  }
  return out;
}

std::string decide_as_aya(const object::ObjectData& object, const object::Record& record, const AyaTarget& target) {
  try {
    return Decider(object, record, target).run();
  } catch (const AyaError& error) {
    return error.what();
  }
}

}  // namespace minbtf::test
