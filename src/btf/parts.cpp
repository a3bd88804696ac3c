// SPDX-License-Identifier: BSD-2-Clause
#include "btf/parts.hpp"

#include "btf/kinds.hpp"
#include "minbtf/error.hpp"

namespace minbtf::btf {

BtfParts parts_of(std::span<const std::uint8_t> bytes, const std::string& file, const char* section) {
  const auto damaged = [&](const std::string& reason) { throw Error(ErrorKind::damaged, file, section, reason); };
  const ByteOrder order = order_of(bytes);
  const ByteView all(bytes.data(), bytes.size(), order);
  if (all.size() < header_size) damaged("shorter than the header of BTF");
  if (all.u16(0) != btf_magic) damaged("no BTF: the magic is wrong");
  if (all.u8(2) != btf_version) {
    throw Error(ErrorKind::unsupported, file, section, "BTF version " + std::to_string(all.u8(2)));
  }
  if (all.u8(3) != 0) throw Error(ErrorKind::unsupported, file, section, "BTF flags " + std::to_string(all.u8(3)));
  const std::size_t length = all.u32(4);
  if (length < header_size || length > all.size()) damaged("the header has a wrong length");
  const ByteView body = all.sub(length, all.size() - length);
  const auto part = [&](std::size_t at) {
    if (!body.contains(all.u32(at), all.u32(at + 4))) damaged("a section lies beyond the end");
    return body.sub(all.u32(at), all.u32(at + 4));
  };
  return {.order = order,
          .types = part(8),
          .strings = part(16),
          .layout = length >= layout_header_size ? part(24) : ByteView()};
}

std::vector<std::uint8_t> btf_with(ByteOrder order, std::span<const ByteView> types, std::span<const ByteView> strings,
                                   const ByteView& layout) {
  const auto total = [](std::span<const ByteView> parts) {
    std::size_t bytes = 0;
    for (const ByteView& part : parts) bytes += part.size();
    return bytes;
  };
  const std::size_t header_bytes = layout.size() == 0 ? header_size : layout_header_size;
  const std::size_t type_bytes = total(types);
  const std::size_t string_bytes = total(strings);
  std::vector<std::uint8_t> out(header_bytes);
  out.reserve(header_bytes + type_bytes + layout.size() + string_bytes);
  const auto append = [&](const ByteView& part) { out.insert(out.end(), part.data(), part.data() + part.size()); };
  for (const ByteView& part : types) append(part);
  if (layout.size() != 0) append(layout);  // before the strings, so that it is aligned
  for (const ByteView& part : strings) append(part);
  const bool is_little = order == ByteOrder::little;
  out[0] = is_little ? 0x9f : 0xeb;
  out[1] = is_little ? 0xeb : 0x9f;
  out[2] = btf_version;
  WordWriter header(out, order);
  header.set(4, static_cast<std::uint32_t>(header_bytes));
  header.set(12, static_cast<std::uint32_t>(type_bytes));
  header.set(16, static_cast<std::uint32_t>(type_bytes + layout.size()));
  header.set(20, static_cast<std::uint32_t>(string_bytes));
  if (layout.size() != 0) {
    header.set(24, static_cast<std::uint32_t>(type_bytes));
    header.set(28, static_cast<std::uint32_t>(layout.size()));
  }
  return out;
}

}  // namespace minbtf::btf
