// SPDX-License-Identifier: BSD-2-Clause
#include "libbpf/c_attributes.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string>

#include "btf/bytes.hpp"
#include "btf/kinds.hpp"

namespace minbtf::libbpf {

namespace {

/// First character of the names that with_marked_attributes() makes. No valid name in C contains it.
constexpr char mark = '\x01';
constexpr std::uint32_t kind_flag_bit = std::uint32_t{1} << 31U;

bool is_attribute_type(const btf::Type& type) { return type.kind == btf::Kind::type_tag && type.kind_flag; }

/// Writes 32-bit words in one byte order.
class Words {
 public:
  Words(std::vector<std::uint8_t>& bytes, ByteOrder order) : bytes_(bytes), swap_(order != btf::host_order) {}

  void put(std::size_t at, std::uint32_t value) {
    if (swap_) value = __builtin_bswap32(value);
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }

 private:
  std::vector<std::uint8_t>& bytes_;
  bool swap_;
};

}  // namespace

bool has_attributes(const btf::View& btf) {
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    if (is_attribute_type(btf.type(id))) return true;
  }
  return false;
}

std::vector<std::uint8_t> with_marked_attributes(std::span<const std::uint8_t> bytes, const btf::View& btf) {
  const btf::ByteView file(bytes.data(), bytes.size(), btf.byte_order());
  const std::size_t header = file.u32(4);
  const auto types = bytes.subspan(header + file.u32(8), file.u32(12));
  const auto strings = bytes.subspan(header + file.u32(16), file.u32(20));
  std::vector<std::uint8_t> out(btf::header_size + types.size() + strings.size());
  auto place = std::ranges::copy(bytes.first(btf::header_size), out.begin()).out;
  place = std::ranges::copy(types, place).out;
  std::ranges::copy(strings, place);

  Words words(out, btf.byte_order());
  auto string_bytes = static_cast<std::uint32_t>(strings.size());
  for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
    const btf::Type type = btf.type(id);
    if (!is_attribute_type(type)) continue;
    const std::string name = mark + std::to_string(id);
    out.insert(out.end(), name.c_str(), name.c_str() + name.size() + 1);
    const std::size_t record = btf::header_size + type.at - btf::type_header_size;
    words.put(record, string_bytes);
    words.put(record + 4, btf.word(type, 4) & ~kind_flag_bit);
    string_bytes += static_cast<std::uint32_t>(name.size() + 1);
  }
  words.put(4, btf::header_size);
  words.put(8, 0);
  words.put(12, static_cast<std::uint32_t>(types.size()));
  words.put(16, static_cast<std::uint32_t>(types.size()));
  words.put(20, string_bytes);
  return out;
}

std::optional<std::uint32_t> marked_type(std::string_view name) {
  if (!name.starts_with(mark)) return std::nullopt;
  std::uint32_t id = 0;
  std::from_chars(name.data() + 1, name.data() + name.size(), id);
  return id;
}

bool is_attribute(std::string_view text) {
  constexpr std::string_view others = "_ ,.:+-";
  std::size_t open = 0;
  for (const char c : text) {
    if (c == '(') {
      ++open;
    } else if (c == ')') {
      if (open == 0) return false;
      --open;
    } else {
      const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!is_word && others.find(c) == std::string_view::npos) return false;
    }
  }
  return open == 0 && !text.empty();
}

}  // namespace minbtf::libbpf
