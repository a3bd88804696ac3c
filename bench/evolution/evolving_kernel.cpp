// SPDX-License-Identifier: BSD-2-Clause
#include "evolution/evolving_kernel.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <span>
#include <stdexcept>

namespace minbtf::bench {

namespace {

using btf::Kind;
using btf::Third;

/// Numbers the strings of a view in the order of their first use.
class StringNumbers {
 public:
  StringNumbers(const btf::View& view, std::vector<std::string>& strings)
      : view_(view), strings_(strings), numbers_(view.strings().size(), unknown) {}

  std::uint32_t operator()(std::uint32_t offset) {
    if (view_.is_empty_string(offset)) return 0;
    std::uint32_t& number = numbers_[offset];
    if (number == unknown) {
      number = static_cast<std::uint32_t>(strings_.size());
      strings_.emplace_back(view_.string(offset));
    }
    return number;
  }

 private:
  static constexpr std::uint32_t unknown = 0xffffffff;
  const btf::View& view_;
  std::vector<std::string>& strings_;
  std::vector<std::uint32_t> numbers_;
};

std::vector<Element> elements_of(const btf::View& view, const btf::Type& type, StringNumbers& number) {
  std::vector<Element> out;
  if (btf::shape(type.kind).elem_size == 0) return out;
  out.reserve(type.vlen);
  for (std::uint32_t i = 0; i < type.vlen; ++i) {
    if (btf::is_composite(type.kind)) {
      const btf::Member member = view.member(type, i);
      out.push_back({number(member.name_off), member.type, member.bit_offset, member.bitfield_size});
    } else if (btf::is_any_enum(type.kind)) {
      const btf::Enumerator one = view.enumerator(type, i);
      out.push_back({number(one.name_off), 0, static_cast<std::uint32_t>(one.value),
                     static_cast<std::uint32_t>(one.value >> 32U)});
    } else if (type.kind == Kind::datasec) {
      const btf::Variable variable = view.variable(type, i);
      out.push_back({0, variable.type, variable.offset, variable.size});
    } else {
      const btf::Param param = view.param(type, i);
      out.push_back({number(param.name_off), param.type});
    }
  }
  return out;
}

Record record_of(const btf::View& view, std::uint32_t id, StringNumbers& number) {
  const btf::Type type = view.type(id);
  if (!btf::is_known(type.kind)) throw std::invalid_argument("the base has a type of an unknown kind");
  Record out{.kind = type.kind,
             .kind_flag = type.kind_flag,
             .name = number(type.name_off),
             .third = type.size_or_type,
             .vlen = type.vlen};
  if (type.kind == Kind::int_ || type.kind == Kind::var || type.kind == Kind::decl_tag) out.word = view.info_word(type);
  if (type.kind == Kind::array) {
    const btf::Array array = view.array(type);
    out.word = array.nelems;
    out.element_type = array.type;
    out.index_type = array.index_type;
  }
  out.elements = elements_of(view, type, number);
  return out;
}

/// Writes words in a byte order.
class Words {
 public:
  explicit Words(ByteOrder order)
      : is_swapped_((order == ByteOrder::little) != (std::endian::native == std::endian::little)) {}

  void reserve(std::size_t count) { words_.reserve(count); }
  void add(std::uint32_t word) { words_.push_back(is_swapped_ ? __builtin_bswap32(word) : word); }
  [[nodiscard]] std::size_t bytes() const { return words_.size() * sizeof(std::uint32_t); }
  [[nodiscard]] const std::uint32_t* data() const { return words_.data(); }

 private:
  bool is_swapped_;
  std::vector<std::uint32_t> words_;
};

/// Writes a kernel. Strings get their offsets in the order of their first use, as after pahole's deduplication.
class KernelWriter {
 public:
  KernelWriter(const std::vector<Record>& records, const std::vector<Handle>& order,
               const std::vector<std::string>& strings, ByteOrder byte_order)
      : strings_(strings), byte_order_(byte_order), types_(byte_order) {
    ids_.resize(records.size());
    for (std::size_t i = 0; i < order.size(); ++i) ids_[order[i]] = static_cast<std::uint32_t>(i + 1);
    offsets_.resize(strings.size());
    types_.reserve(order.size() * 10);
    text_.reserve(3U << 20U);
    text_.push_back('\0');
    for (const Handle handle : order) put(records[handle]);
  }

  [[nodiscard]] std::vector<std::uint8_t> bytes() const {
    Words header(byte_order_);
    // Magic, version and flags are two bytes and two single bytes: the word that has them depends on the byte order.
    const std::uint32_t first = byte_order_ == ByteOrder::little
                                    ? std::uint32_t{btf::btf_version} << 16U | btf::btf_magic
                                    : std::uint32_t{btf::btf_magic} << 16U | btf::btf_version << 8U;
    const auto type_bytes = static_cast<std::uint32_t>(types_.bytes());
    for (const std::uint32_t word : {first, static_cast<std::uint32_t>(btf::header_size), 0U, type_bytes, type_bytes,
                                     static_cast<std::uint32_t>(text_.size())}) {
      header.add(word);
    }
    std::vector<std::uint8_t> out(header.bytes() + type_bytes + text_.size());
    std::memcpy(out.data(), header.data(), header.bytes());
    std::memcpy(out.data() + header.bytes(), types_.data(), type_bytes);
    std::memcpy(out.data() + header.bytes() + type_bytes, text_.data(), text_.size());
    return out;
  }

 private:
  std::uint32_t offset(std::uint32_t number) {
    if (number == 0) return 0;
    if (offsets_[number] == 0) {
      offsets_[number] = static_cast<std::uint32_t>(text_.size());
      text_ += strings_[number];
      text_.push_back('\0');
    }
    return offsets_[number];
  }

  void put(const Record& record) {
    const btf::KindShape& shape = btf::shape(record.kind);
    const std::uint32_t vlen = shape.elem_size == 0 ? record.vlen : static_cast<std::uint32_t>(record.elements.size());
    types_.add(offset(record.name));
    types_.add(btf::make_info(static_cast<std::uint8_t>(record.kind), vlen, record.kind_flag));
    types_.add(shape.third == Third::type ? ids_[record.third] : record.third);
    if (record.kind == Kind::array) {
      types_.add(ids_[record.element_type]);
      types_.add(ids_[record.index_type]);
    }
    if (shape.info_size != 0) types_.add(record.word);
    for (const Element& element : record.elements) put(record, element);
  }

  void put(const Record& record, const Element& element) {
    if (record.kind != Kind::datasec) types_.add(offset(element.name));
    if (btf::is_any_enum(record.kind)) {
      types_.add(element.value);
      if (record.kind == Kind::enum64) types_.add(element.width);
      return;
    }
    types_.add(ids_[element.type]);
    if (record.kind == Kind::datasec) {
      types_.add(element.value);
      types_.add(element.width);
    } else if (record.kind != Kind::func_proto) {
      types_.add(element.value | (record.kind_flag ? element.width << 24U : 0));
    }
  }

  const std::vector<std::string>& strings_;
  ByteOrder byte_order_;
  std::vector<std::uint32_t> ids_;
  std::vector<std::uint32_t> offsets_;
  Words types_;
  std::string text_;
};

}  // namespace

EvolvingKernel::EvolvingKernel(const btf::View& base)
    : order_of_bytes_(base.byte_order()),
      pointer_bytes_(base.pointer_size().bytes == 4 ? 4 : 8),
      records_(base.id_end()),
      strings_(1) {
  StringNumbers number(base, strings_);
  for (std::uint32_t id = 1; id < base.id_end(); ++id) {
    records_[id] = record_of(base, id, number);
    order_.push_back(id);
  }
  numbers_.reserve(strings_.size() * 2);
  for (std::uint32_t i = 0; i < strings_.size(); ++i) numbers_.try_emplace(strings_[i], i);
  is_type_name_.resize(strings_.size());
  for (const Record& record : records_) is_type_name_[record.name] = true;
}

std::vector<std::uint8_t> EvolvingKernel::bytes() const {
  return KernelWriter(records_, order_, strings_, order_of_bytes_).bytes();
}

Handle EvolvingKernel::add(Handle anchor, Record record) {
  constexpr std::size_t most = 1U << 24U;
  if (records_.size() >= most) throw std::length_error("a kernel grew too large");
  const Handle handle = end();
  records_.push_back(std::move(record));
  added_.emplace_back(anchor, handle);
  return handle;
}

void EvolvingKernel::arrange() {
  std::sort(added_.begin(), added_.end());  // handles ascend in the order of additions
  std::vector<Handle> order;
  order.reserve(order_.size() + added_.size());
  const auto put = [&](const auto& self, Handle handle) -> void {
    if (!records_[handle].is_removed) order.push_back(handle);
    auto next = std::lower_bound(added_.begin(), added_.end(), std::pair<Handle, Handle>(handle, 0));
    for (; next != added_.end() && next->first == handle; ++next) self(self, next->second);
  };
  for (const Handle handle : order_) put(put, handle);
  order_ = std::move(order);
  added_.clear();
}

std::uint32_t EvolvingKernel::number_of(std::string_view text) {
  const auto [found, is_new] = numbers_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
  if (is_new) {
    strings_.emplace_back(text);
    is_type_name_.push_back(false);
  }
  return found->second;
}

std::uint32_t EvolvingKernel::new_type_name(std::string text) {
  std::uint32_t number = number_of(text);
  for (std::uint32_t i = 2; is_type_name_[number]; ++i) number = number_of(text + '_' + std::to_string(i));
  is_type_name_[number] = true;
  return number;
}

Handle EvolvingKernel::plain(Handle handle) const {
  while (btf::is_modifier_or_typedef(records_[handle].kind)) handle = records_[handle].third;
  return handle;
}

Handle EvolvingKernel::embedded(Handle handle) const {
  handle = plain(handle);
  while (records_[handle].kind == Kind::array) handle = plain(records_[handle].element_type);
  return handle;
}

std::uint32_t EvolvingKernel::bytes_of(Handle handle) const {
  const Handle at = plain(handle);
  const Record& record = records_[at];
  switch (record.kind) {
    case Kind::ptr:
      return pointer_bytes_;
    case Kind::array:
      return record.word * bytes_of(record.element_type);
    case Kind::var:
      return bytes_of(record.third);
    case Kind::int_:
    case Kind::struct_:
    case Kind::union_:
    case Kind::enum_:
    case Kind::enum64:
    case Kind::float_:
    case Kind::datasec:
      return record.third;
    case Kind::void_:
    case Kind::fwd:
    case Kind::typedef_:
    case Kind::volatile_:
    case Kind::const_:
    case Kind::restrict_:
    case Kind::func:
    case Kind::func_proto:
    case Kind::decl_tag:
    case Kind::type_tag:
      return 0;
  }
  return 0;
}

}  // namespace minbtf::bench
