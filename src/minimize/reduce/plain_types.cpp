// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/plain_types.hpp"

#include <utility>

namespace minbtf::minimize {

namespace {

using btf::Kind;

constexpr std::uint32_t int_char = 2;  ///< BTF_INT_CHAR
constexpr std::uint32_t int_bool = 4;  ///< BTF_INT_BOOL

/// Returns a name of C; none is one from which a loader derives a pointer size.
std::string_view int_name(std::uint32_t size, std::uint32_t encoding) {
  if (encoding == int_bool) return size == 1 ? "_Bool" : "";
  const bool is_unsigned = (encoding & btf::int_signed) == 0;
  switch (size) {
    case 1:
      return is_unsigned && encoding != int_char ? "unsigned char" : "char";
    case 2:
      return is_unsigned ? "unsigned short" : "short";
    case 4:
      return is_unsigned ? "unsigned int" : "int";
    case 8:
      return is_unsigned ? "unsigned long long" : "long long";
    case 16:
      return is_unsigned ? "unsigned __int128" : "__int128";
    default:
      return "";
  }
}

std::string_view float_name(std::uint32_t size) {
  if (size == 4) return "float";
  if (size == 8) return "double";
  return size == 16 ? "long double" : "";
}

}  // namespace

bool is_bitfield_int(const GraphType& type) noexcept {
  return btf::int_offset(type.info) != 0 || (type.info & 0xffU) != (type.size * 8 & 0xffU);
}

void PlainTypes::use_as_integer(std::uint32_t id, std::uint32_t size) {
  ids_[{Kind::int_, size, btf::int_signed, 0, 0}] = id;
}

void PlainTypes::use_if_plain(const GraphType& type) {
  const std::uint32_t encoding = btf::int_encoding(type.info);
  const bool is_plain =
      type.info == int_info(encoding, type.size) && type.name == allowed(int_name(type.size, encoding));
  if (is_plain) ids_.try_emplace({Kind::int_, type.size, encoding, 0, 0}, type.id);
}

std::uint32_t PlainTypes::integer(std::uint32_t size, std::uint32_t encoding) {
  if (size == 0) size = 1;
  return add(
      {Kind::int_, size, encoding, 0, 0},
      {.kind = Kind::int_, .name = allowed(int_name(size, encoding)), .size = size, .info = int_info(encoding, size)});
}

std::uint32_t PlainTypes::any_integer() {
  if (any_integer_ == 0) any_integer_ = next_++;
  return any_integer_;
}

std::vector<GraphType> PlainTypes::take() {
  if (any_integer_ != 0) {
    const auto first = ids_.lower_bound({Kind::int_, 0, 0, 0, 0});
    const bool has_int = first != ids_.end() && std::get<Kind>(first->first) == Kind::int_;
    const std::uint32_t chosen = has_int ? first->second : integer(0, btf::int_signed);
    for (GraphType& type : types_) {
      for (std::uint32_t& id : type.references) {
        if (id == any_integer_) id = chosen;
      }
    }
  }
  return std::move(types_);
}

std::uint32_t PlainTypes::floating(std::uint32_t size) {
  if (size == 0) size = 4;
  return add({Kind::float_, size, 0, 0, 0}, {.kind = Kind::float_, .name = allowed(float_name(size)), .size = size});
}

std::uint32_t PlainTypes::enumeration(Kind kind, std::uint32_t size, bool kind_flag) {
  if (size == 0) size = kind == Kind::enum64 ? 8 : 4;
  return add({kind, size, kind_flag ? 1 : 0, 0, 0}, {.kind = kind, .kind_flag = kind_flag, .size = size});
}

std::uint32_t PlainTypes::pointer() { return add({Kind::ptr, 0, 0, 0, 0}, {.kind = Kind::ptr, .references = {0}}); }

std::uint32_t PlainTypes::array(std::uint32_t element, std::uint32_t index, std::uint32_t nelems) {
  return add({Kind::array, nelems, 0, element, index},
             {.kind = Kind::array, .nelems = nelems, .references = {element, index}});
}

std::uint32_t PlainTypes::add(const Key& key, GraphType type) {
  const auto [known, is_new] = ids_.try_emplace(key, next_);
  if (!is_new) return known->second;
  type.id = next_++;
  types_.push_back(std::move(type));
  return known->second;
}

}  // namespace minbtf::minimize
