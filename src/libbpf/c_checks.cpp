// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/c_checks.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "base/short_text.hpp"
#include "btf/kinds.hpp"
#include "core/walk.hpp"
#include "libbpf/c_attributes.hpp"

namespace minbtf::libbpf {

namespace {

/// Returns the offsets of the distinct strings that are names in one of libbpf's hash tables.
std::vector<std::uint32_t> hashed_names(const btf::View& btf) {
  std::vector<std::uint32_t> names;
  for (const btf::NamedType& named : btf.named_types()) {
    const btf::Kind kind = btf.type(named.id).kind;
    if (kind != btf::Kind::int_ && kind != btf::Kind::float_) names.push_back(named.name_off);
  }
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type type = btf.type(id);
    if (!btf::is_any_enum(type.kind)) continue;
    for (std::uint32_t i = 0; i < type.vlen; ++i) names.push_back(btf.enumerator(type, i).name_off);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

}  // namespace

/// hashmap.h of libbpf:
///  1. str_hash(): for each character, the hash is multiplied by 31 and the character is added.
///  2. hash_bits(): the hash is multiplied by a constant, and its highest bits are the place.
///  3. The table is doubled when it is more than three quarters full.
std::size_t most_names_in_one_place(const btf::View& btf) {
  const std::vector<std::uint32_t> names = hashed_names(btf);
  const auto bits = static_cast<unsigned>(std::bit_width(names.size() + names.size() / 3 + 3));
  std::vector<std::uint32_t> counts(std::size_t{1} << bits);
  for (const std::uint32_t name : names) {
    std::uint64_t hash = 0;
    for (const char c : start_of_name(btf, name))
      hash = hash * 31 + static_cast<std::uint64_t>(static_cast<signed char>(c));
    ++counts[(hash * 11400714819323198485U) >> (64U - bits)];
  }
  return *std::ranges::max_element(counts);
}

namespace {

using btf::Kind;
using btf::Type;

constexpr std::size_t longest_name = 511;
constexpr auto bad_name = "has a name that C does not accept";
constexpr std::size_t longest_shown = 64;
constexpr std::uint32_t most_old_vlen = 0xffff;
/// Limit on nested types. Kernels have up to 35. libbpf takes about a kilobyte of stack for each.
constexpr std::uint32_t most_depth = 128;
constexpr std::uint32_t most_cost = std::numeric_limits<std::uint32_t>::max();
/// Limit on the estimated text: `most_total` characters, and `most_total_of_a_byte` for each byte of the BTF. Kernels
/// take 25 characters for each byte, and 52 if they were never deduplicated.
constexpr std::uint64_t most_total = std::uint64_t{1} << 26U;
constexpr std::uint64_t most_total_of_a_byte = 256;
/// Characters for indentation, punctuation and keywords.
constexpr std::uint64_t cost_of_line = 48;
/// Limit on names in one place of a hash table. Kernels have up to 8.
constexpr std::size_t most_in_one_place = 1000;
/// libbpf counts the bits of a struct in an int.
constexpr std::uint64_t most_bits = std::numeric_limits<std::int32_t>::max();

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Returns true for a name that an INT or FLOAT may have. It may be several words, such as "long unsigned int".
bool is_type_words(std::string_view name) {
  return name.size() <= longest_name &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == ' '; });
}

/// Returns true if the name may stand between quotes, as in btf_type_tag("...").
bool is_quotable(std::string_view name) {
  return name.size() <= longest_name &&
         std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

bool is_declaration_of_its_own(Kind kind) {
  return kind == Kind::func || kind == Kind::var || kind == Kind::datasec || kind == Kind::decl_tag;
}

}  // namespace

std::string_view start_of_name(const btf::View& btf, std::uint32_t offset) {
  const char* const start = reinterpret_cast<const char*>(btf.strings().data() + offset);
  return {start, ::strnlen(start, std::min(btf.strings().size() - offset, longest_name + 1))};
}

bool is_identifier(std::string_view name) {
  return !name.empty() && name.size() <= longest_name && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c); });
}

CheckForC::CheckForC(const btf::View& btf) : btf_(btf), nodes_(std::size_t{2} * btf.id_end()) {
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const Type type = btf.type(id);
    if (!btf::is_known(type.kind)) {
      refuse(ErrorKind::unsupported, id, "is not known to libbpf 1.1");
    }
    if (type.vlen > most_old_vlen) {
      refuse(ErrorKind::unsupported, id,
             "has " + std::to_string(type.vlen) + " members, and libbpf 1.1 reads 65535 at most");
    }
  }
  if (most_names_in_one_place(btf) > most_in_one_place) {
    throw Error(ErrorKind::unsupported, btf.name(), "",
                "its names make libbpf's hash tables slow: it cannot be written in C, only with --format=json");
  }
}

void CheckForC::check_all() {
  for (std::uint32_t id = 1; id < btf_.id_end(); ++id) {
    if (!is_declaration_of_its_own(btf_.type(id).kind)) visit({.id = id}, 0);
  }
}

void CheckForC::check_declared(std::uint32_t id) { add_cost(id, visit({.id = id, .through_ptr = true}, 0).cost); }

void CheckForC::check_name(std::uint32_t id) const {
  if (!is_identifier(start_of_name(btf_, btf_.type(id).name_off))) refuse(ErrorKind::unsupported, id, bad_name);
}

void CheckForC::refuse(ErrorKind kind, std::uint32_t id, const std::string& what) const {
  const Type type = btf_.type(id);
  std::string text = "type [" + std::to_string(id) + "] ";
  text += btf::is_known(type.kind) ? std::string(btf::shape(type.kind).name)
                                   : "of kind " + std::to_string(static_cast<unsigned>(type.kind));
  const std::string_view name = start_of_name(btf_, type.name_off);
  if (!name.empty()) text += " '" + std::string(name.substr(0, longest_shown)) + "'";
  const std::string where =
      id == 0 ? "" : base::place("types", type.at - static_cast<std::uint32_t>(btf::type_header_size));
  throw Error(kind, btf_.name(), where, text + " " + what + ": it cannot be written in C, only with --format=json");
}

CheckForC::Node CheckForC::visit(TypeVisit visited, std::uint32_t level) {
  Node& node = nodes_[(std::size_t{2} * visited.id) + (visited.through_ptr ? 1 : 0)];
  if (node.state == Node::State::done) return node;
  if (node.state == Node::State::open) refuse(ErrorKind::damaged, visited.id, "contains itself");
  if (level == most_depth) {
    refuse(ErrorKind::unsupported, visited.id, "ends a chain of more than " + std::to_string(most_depth) + " types");
  }
  node.state = Node::State::open;

  const Type type = btf_.type(visited.id);
  if (is_declaration_of_its_own(type.kind)) refuse(ErrorKind::damaged, visited.id, "is used as a type");
  if (btf::is_composite(type.kind) || type.kind == Kind::fwd) has_met_record_ = true;
  std::uint64_t cost = cost_of_line + start_of_name(btf_, type.name_off).size();
  std::uint32_t depth = 0;
  for_each_need(btf_, type, visited.through_ptr, [&](TypeVisit next) {
    const Node below = visit(next, level + 1);
    cost += below.cost;
    depth = std::max<std::uint32_t>(depth, below.depth);
  });
  check_own_name(visited.id, type);
  if (!is_only_named(type, visited.through_ptr)) {
    check_names_inside(visited.id, type);
    check_sizes(visited.id, type);
    cost += cost_inside(type);
  }
  if (depth >= most_depth) {
    refuse(ErrorKind::unsupported, visited.id, "starts a chain of more than " + std::to_string(most_depth) + " types");
  }
  node.cost = static_cast<std::uint32_t>(std::min<std::uint64_t>(cost, most_cost));
  node.depth = static_cast<std::uint16_t>(depth + 1);
  node.state = Node::State::done;
  add_cost(visited.id, node.cost);
  return node;
}

void CheckForC::add_cost(std::uint32_t id, std::uint64_t cost) {
  total_ += cost;
  if (total_ > most_total + most_total_of_a_byte * btf_.byte_size())
    refuse(ErrorKind::unsupported, id, "makes the text too long");
}

void CheckForC::check_own_name(std::uint32_t id, const Type& type) const {
  const std::string_view name = start_of_name(btf_, type.name_off);
  bool is_good = true;
  if (type.kind == Kind::int_ || type.kind == Kind::float_) {
    is_good = is_type_words(name);
  } else if (type.kind == Kind::type_tag) {
    is_good = type.kind_flag ? is_attribute(name) && name.size() <= longest_name : is_quotable(name);
  } else if (btf::is_sought(type.kind)) {
    is_good = type.name_off == 0 || is_identifier(name);
  }
  if (!is_good) refuse(ErrorKind::unsupported, id, bad_name);
}

void CheckForC::check_names_inside(std::uint32_t id, const Type& type) const {
  const auto check_part = [&](std::uint32_t name_off, const char* what) {
    if (btf_.is_empty_string(name_off) || is_identifier(start_of_name(btf_, name_off))) return;
    refuse(ErrorKind::unsupported, id, std::string("has a ") + what + " with a name that C does not accept");
  };
  if (btf::is_composite(type.kind)) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) check_part(btf_.member(type, i).name_off, "member");
  } else if (btf::is_any_enum(type.kind)) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) check_part(btf_.enumerator(type, i).name_off, "value");
  } else if (type.kind == Kind::func_proto) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) check_part(btf_.param(type, i).name_off, "parameter");
  }
}

void CheckForC::check_sizes(std::uint32_t id, const Type& type) const {
  if (!btf::is_composite(type.kind)) return;
  const auto refuse_size = [&](const std::string& what) { refuse(ErrorKind::damaged, id, what); };
  if (std::uint64_t{type.size_or_type} * 8 > most_bits) refuse_size("is larger than 256 MiB");
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    const btf::Member member = btf_.member(type, i);
    if (!is_sized(member.type)) refuse_size("has a member without a size, number " + std::to_string(i));
    const std::uint64_t bits = member.bitfield_size != 0 ? member.bitfield_size : bits_of(member.type);
    if (member.bit_offset + bits > most_bits) {
      refuse_size("has a member that ends beyond 256 MiB, number " + std::to_string(i));
    }
  }
}

/// btf__align_of() of libbpf's btf.c, as far as it can return 0, by which libbpf would divide:
///  1. Qualifiers, typedefs and type tags have the alignment of their type, arrays that of their elements.
///  2. An INT, FLOAT or enum has its size, at most that of a pointer: 0 if its size is 0.
///  3. A pointer has its size, a struct or union the largest alignment of its members, which are checked by themselves.
///  4. All other kinds have 0.
bool CheckForC::is_sized(std::uint32_t id) const {
  Type type = btf_.type(id);
  while (btf::is_modifier_or_typedef(type.kind) || type.kind == Kind::array) {
    type = btf_.type(type.kind == Kind::array ? btf_.array(type).type : type.size_or_type);
  }
  if (type.kind == Kind::int_ || type.kind == Kind::float_ || btf::is_any_enum(type.kind)) {
    return type.size_or_type != 0;
  }
  return type.kind == Kind::ptr || btf::is_composite(type.kind);
}

std::uint64_t CheckForC::bits_of(std::uint32_t id) const {
  core::StepCounter unused;
  const std::uint32_t pointer_bytes = btf_.pointer_size().bytes != 0 ? btf_.pointer_size().bytes : sizeof(void*);
  const core::MatchSide side{.btf = btf_, .pointer_bytes = pointer_bytes, .steps = unused};
  return core::resolve_size(side, id).bytes * 8;
}

std::uint64_t CheckForC::cost_inside(const Type& type) const {
  constexpr std::uint64_t bits_of_padding = 32;  // one line of padding has at least these bits
  const auto name = [&](std::uint32_t name_off) { return cost_of_line + start_of_name(btf_, name_off).size(); };
  std::uint64_t cost = 0;
  if (btf::is_composite(type.kind)) {
    std::uint64_t end = 0;
    const auto pad_to = [&](std::uint64_t bit) {
      cost += bit > end ? ((bit - end) / bits_of_padding + 4) * cost_of_line : 0;
    };
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const btf::Member member = btf_.member(type, i);
      cost += name(member.name_off);
      pad_to(member.bit_offset);
      end = member.bit_offset + (member.bitfield_size != 0 ? member.bitfield_size : bits_of(member.type));
    }
    if (type.kind == Kind::struct_) pad_to(std::uint64_t{type.size_or_type} * 8);
  } else if (btf::is_any_enum(type.kind)) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) cost += name(btf_.enumerator(type, i).name_off);
  } else if (type.kind == Kind::func_proto) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) cost += name(btf_.param(type, i).name_off);
  }
  return cost;
}

}  // namespace minbtf::libbpf
