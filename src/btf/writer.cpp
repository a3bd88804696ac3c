// SPDX-License-Identifier: BSD-2-Clause
#include "btf/writer.hpp"

namespace minbtf::btf {

Writer::Writer(ByteOrder order) : order_(order), strings_{0} { offsets_.emplace("", 0); }

void Writer::put(std::vector<std::uint8_t>& out, std::uint32_t value) const {
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned shift = order_ == ByteOrder::little ? i * 8 : (3 - i) * 8;
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

std::uint32_t Writer::string(std::string_view text) {
  const auto [entry, added] = offsets_.try_emplace(std::string(text), static_cast<std::uint32_t>(strings_.size()));
  if (added) {
    strings_.insert(strings_.end(), text.begin(), text.end());
    strings_.push_back(0);
  }
  return entry->second;
}

void Writer::begin_type(std::string_view name, Kind kind, std::uint32_t vlen, bool kind_flag,
                        std::uint32_t size_or_type) {
  word(string(name));
  word(btf::make_info(static_cast<std::uint8_t>(kind), vlen, kind_flag));
  word(size_or_type);
}

void Writer::word(std::uint32_t value) { put(types_, value); }

void Writer::member(std::string_view name, std::uint32_t type, std::uint32_t offset) {
  word(string(name));
  word(type);
  word(offset);
}

void Writer::enumerator(Kind kind, std::string_view name, std::uint64_t value) {
  word(string(name));
  word(static_cast<std::uint32_t>(value));
  if (kind == Kind::enum64) word(static_cast<std::uint32_t>(value >> 32U));
}

void Writer::param(std::string_view name, std::uint32_t type) {
  word(string(name));
  word(type);
}

std::vector<std::uint8_t> Writer::finish() {
  const auto types = static_cast<std::uint32_t>(types_.size());
  std::vector<std::uint8_t> out;
  out.reserve(btf::header_size + types_.size() + strings_.size());
  const auto low = static_cast<std::uint8_t>(btf::btf_magic & 0xffU);
  const auto high = static_cast<std::uint8_t>(btf::btf_magic >> 8U);
  out.push_back(order_ == ByteOrder::little ? low : high);
  out.push_back(order_ == ByteOrder::little ? high : low);
  out.push_back(btf::btf_version);
  out.push_back(0);
  put(out, static_cast<std::uint32_t>(btf::header_size));
  put(out, 0);
  put(out, types);
  put(out, types);
  put(out, static_cast<std::uint32_t>(strings_.size()));
  out.insert(out.end(), types_.begin(), types_.end());
  out.insert(out.end(), strings_.begin(), strings_.end());
  return out;
}

}  // namespace minbtf::btf
