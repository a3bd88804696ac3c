// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/btf_forge.hpp"

#include <algorithm>

#include "support/forge/byte_sink.hpp"

namespace minbtf::test {

using btf::Kind;

BtfForge::BtfForge(ByteOrder order) : order_(order), strings_(1, '\0') { offsets_.emplace("", 0); }

BtfForge BtfForge::split(const BtfForge& base) {
  BtfForge forge(base.order_);
  forge.base_types_ = base.next_id() - 1;
  forge.base_strings_ = static_cast<std::uint32_t>(base.strings_.size());
  forge.strings_.clear();
  forge.offsets_ = base.offsets_;
  return forge;
}

std::uint32_t BtfForge::string(std::string_view text) {
  const auto [entry, added] =
      offsets_.try_emplace(std::string(text), base_strings_ + static_cast<std::uint32_t>(strings_.size()));
  if (added) strings_.append(text).push_back('\0');
  return entry->second;
}

std::uint32_t BtfForge::type(std::string_view name, std::uint8_t kind, std::uint32_t vlen, bool kind_flag,
                             std::uint32_t size_or_type, std::vector<std::uint32_t> words) {
  Type all = {string(name), btf::make_info(kind, vlen, kind_flag), size_or_type};
  all.insert(all.end(), words.begin(), words.end());
  types_.push_back(std::move(all));
  return next_id() - 1;
}

std::uint32_t BtfForge::type(std::string_view name, Kind kind, std::uint32_t vlen, bool kind_flag,
                             std::uint32_t size_or_type, std::vector<std::uint32_t> words) {
  return type(name, static_cast<std::uint8_t>(kind), vlen, kind_flag, size_or_type, std::move(words));
}

std::uint32_t BtfForge::integer(std::string_view name, std::uint32_t bytes, std::uint32_t encoding, std::uint32_t bits,
                                std::uint32_t offset) {
  const std::uint32_t width = bits != 0 ? bits : bytes * 8;
  return type(name, Kind::int_, 0, false, bytes, {encoding << 24U | offset << 16U | width});
}

std::uint32_t BtfForge::ptr(std::uint32_t to) { return type("", Kind::ptr, 0, false, to); }

std::uint32_t BtfForge::array(std::uint32_t elem, std::uint32_t index_type, std::uint32_t nelems) {
  return type("", Kind::array, 0, false, 0, {elem, index_type, nelems});
}

std::uint32_t BtfForge::composite(Kind kind, std::string_view name, std::uint32_t bytes,
                                  const std::vector<ForgedMember>& members) {
  const bool bitfields =
      std::any_of(members.begin(), members.end(), [](const ForgedMember& m) { return m.bitfield_size != 0; });
  std::vector<std::uint32_t> words;
  words.reserve(members.size() * 3);
  for (const ForgedMember& member : members) {
    words.push_back(string(member.name));
    words.push_back(member.type);
    words.push_back(member.bit_offset | member.bitfield_size << 24U);
  }
  return type(name, kind, static_cast<std::uint32_t>(members.size()), bitfields, bytes, std::move(words));
}

std::uint32_t BtfForge::structure(std::string_view name, std::uint32_t bytes,
                                  const std::vector<ForgedMember>& members) {
  return composite(Kind::struct_, name, bytes, members);
}

std::uint32_t BtfForge::union_(std::string_view name, std::uint32_t bytes, const std::vector<ForgedMember>& members) {
  return composite(Kind::union_, name, bytes, members);
}

std::uint32_t BtfForge::enumeration(std::string_view name, std::uint32_t bytes,
                                    const std::vector<ForgedEnumerator>& values, bool is_signed) {
  std::vector<std::uint32_t> words;
  for (const ForgedEnumerator& value : values) {
    words.push_back(string(value.name));
    words.push_back(static_cast<std::uint32_t>(value.value));
  }
  return type(name, Kind::enum_, static_cast<std::uint32_t>(values.size()), is_signed, bytes, std::move(words));
}

std::uint32_t BtfForge::enumeration64(std::string_view name, std::uint32_t bytes,
                                      const std::vector<ForgedEnumerator>& values, bool is_signed) {
  std::vector<std::uint32_t> words;
  for (const ForgedEnumerator& value : values) {
    const auto bits = static_cast<std::uint64_t>(value.value);
    words.push_back(string(value.name));
    words.push_back(static_cast<std::uint32_t>(bits));
    words.push_back(static_cast<std::uint32_t>(bits >> 32U));
  }
  return type(name, Kind::enum64, static_cast<std::uint32_t>(values.size()), is_signed, bytes, std::move(words));
}

std::uint32_t BtfForge::fwd(std::string_view name, bool is_union) { return type(name, Kind::fwd, 0, is_union, 0); }
std::uint32_t BtfForge::typedef_(std::string_view name, std::uint32_t of) {
  return type(name, Kind::typedef_, 0, false, of);
}
std::uint32_t BtfForge::const_(std::uint32_t of) { return type("", Kind::const_, 0, false, of); }
std::uint32_t BtfForge::volatile_(std::uint32_t of) { return type("", Kind::volatile_, 0, false, of); }
std::uint32_t BtfForge::restrict_(std::uint32_t of) { return type("", Kind::restrict_, 0, false, of); }
std::uint32_t BtfForge::type_tag(std::string_view name, std::uint32_t of) {
  return type(name, Kind::type_tag, 0, false, of);
}

std::uint32_t BtfForge::func(std::string_view name, std::uint32_t proto, std::uint32_t linkage) {
  return type(name, Kind::func, linkage, false, proto);
}

std::uint32_t BtfForge::func_proto(std::uint32_t ret, const std::vector<ForgedParam>& params) {
  std::vector<std::uint32_t> words;
  for (const ForgedParam& param : params) {
    words.push_back(string(param.name));
    words.push_back(param.type);
  }
  return type("", Kind::func_proto, static_cast<std::uint32_t>(params.size()), false, ret, std::move(words));
}

std::uint32_t BtfForge::var(std::string_view name, std::uint32_t of, std::uint32_t linkage) {
  return type(name, Kind::var, 0, false, of, {linkage});
}

std::uint32_t BtfForge::datasec(std::string_view name, std::uint32_t bytes,
                                const std::vector<ForgedVariable>& variables) {
  std::vector<std::uint32_t> words;
  for (const ForgedVariable& variable : variables) {
    words.insert(words.end(), {variable.type, variable.offset, variable.size});
  }
  return type(name, Kind::datasec, static_cast<std::uint32_t>(variables.size()), false, bytes, std::move(words));
}

std::uint32_t BtfForge::float_(std::string_view name, std::uint32_t bytes) {
  return type(name, Kind::float_, 0, false, bytes);
}

std::uint32_t BtfForge::decl_tag(std::string_view name, std::uint32_t of, std::uint32_t component) {
  return type(name, Kind::decl_tag, 0, false, of, {component});
}

void BtfForge::set_type_word(std::uint32_t id, std::size_t word_index, std::uint32_t value) {
  types_.at(id - 1 - base_types_).at(word_index) = value;
}

std::vector<std::uint8_t> BtfForge::bytes() const {
  std::size_t words = 0;
  for (const Type& type : types_) words += type.size();
  const std::size_t layout_fields = header_.layout ? btf::layout_header_size - btf::header_size : 0;
  const std::size_t hdr_len = btf::header_size + layout_fields + header_.header_padding;
  const std::size_t type_len = words * 4;
  const std::size_t layout_off = type_len + header_.gap;
  const std::size_t layout_len = header_.layout ? header_.layout->size() * btf::layout_entry_size : 0;
  const std::size_t str_off = layout_off + layout_len;
  const auto field = [](const std::optional<std::uint32_t>& told, std::size_t truth) {
    return told.value_or(static_cast<std::uint32_t>(truth));
  };

  ByteSink out(order_);
  out.u16(header_.magic);
  out.u8(header_.version);
  out.u8(header_.flags);
  out.u32(field(header_.hdr_len, hdr_len));
  out.u32(field(header_.type_off, 0));
  out.u32(field(header_.type_len, type_len));
  out.u32(field(header_.str_off, str_off));
  out.u32(field(header_.str_len, strings_.size()));
  if (header_.layout) {
    out.u32(field(header_.layout_off, layout_off));
    out.u32(field(header_.layout_len, layout_len));
  }
  out.zeros(header_.header_padding);
  for (const Type& type : types_) {
    for (const std::uint32_t word : type) out.u32(word);
  }
  out.zeros(header_.gap);
  if (header_.layout) {
    for (const ForgedLayout& entry : *header_.layout) {
      out.u8(entry.info_sz);
      out.u8(entry.elem_sz);
      out.u16(entry.flags);
    }
  }
  out.text(strings_);
  out.zeros(header_.trailing);
  return out.bytes();
}

}  // namespace minbtf::test
