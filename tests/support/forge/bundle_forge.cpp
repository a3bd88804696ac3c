// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/bundle_forge.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "support/forge/byte_sink.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t crc_offset = 48;

auto key_of(const ForgedKernel& kernel) {
  return std::tie(kernel.machine, kernel.release, kernel.id, kernel.version_id, kernel.build);
}

std::vector<std::string> strings_of(const ForgedBundle& bundle) {
  std::set<std::string> all;
  for (const ForgedKernel& each : bundle.kernels) all.insert({each.release, each.id, each.version_id, each.build});
  all.erase("");
  std::vector<std::string> strings(all.begin(), all.end());
  if (!bundle.sorts_strings) std::ranges::reverse(strings);
  strings.insert(strings.begin(), "");
  return strings;
}

std::vector<std::string> contents_of(const ForgedBundle& bundle) {
  std::vector<std::string> contents;
  for (const ForgedKernel& each : bundle.kernels) {
    if (std::ranges::find(contents, each.content) == contents.end()) contents.push_back(each.content);
  }
  if (!bundle.sorts_contents) std::ranges::reverse(contents);
  if (!bundle.unused_content.empty()) contents.push_back(bundle.unused_content);
  return contents;
}

std::uint32_t number_at(const Bytes& bytes, std::size_t offset) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{bytes[offset + i]} << (8 * i);
  return value;
}

std::uint32_t crc_of_text(const std::string& text) {
  return forged_crc32(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

std::uint32_t forged_crc32(const std::uint8_t* bytes, std::size_t size) {
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 0; i < size; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

void set_number(Bytes& bytes, std::size_t offset, std::uint32_t value, unsigned size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return;
  for (unsigned i = 0; i < size; ++i) bytes[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void correct_index_crc(Bytes& bundle) {
  if (bundle.size() < 64) return;
  const std::uint64_t end = std::uint64_t{number_at(bundle, 40)} + number_at(bundle, 44);
  if (end > bundle.size() || end < 64) return;
  set_number(bundle, crc_offset, 0);
  set_number(bundle, crc_offset, forged_crc32(bundle.data(), static_cast<std::size_t>(end)));
}

Bytes forge_bundle(const ForgedBundle& given) {
  ForgedBundle bundle = given;
  if (bundle.sorts_kernels) {
    std::ranges::sort(bundle.kernels, [](const auto& left, const auto& right) { return key_of(left) < key_of(right); });
  }
  ByteSink strings(ByteOrder::little);
  std::map<std::string, std::uint32_t> string_offsets;
  for (const std::string& each : strings_of(bundle)) {
    string_offsets[each] = static_cast<std::uint32_t>(strings.size());
    strings.text(each);
    strings.u8(0);
  }
  const std::vector<std::string> contents = contents_of(bundle);
  const std::size_t header_size = 64 + bundle.longer_header;
  const std::size_t contents_off = header_size + 32 * bundle.kernels.size();
  const std::size_t strings_off = contents_off + 16 * contents.size();

  ByteSink index(ByteOrder::little);
  for (const ForgedKernel& each : bundle.kernels) {
    index.u32(each.machine);
    for (const std::string& text : {each.release, each.id, each.version_id, each.build})
      index.u32(string_offsets[text]);
    index.u32(static_cast<std::uint32_t>(std::ranges::find(contents, each.content) - contents.begin()));
    index.zeros(8);
  }
  std::size_t file_size = strings_off + strings.size();
  ByteSink data(ByteOrder::little);
  for (const std::string& each : contents) {
    data.zeros((8 - file_size % 8) % 8);
    file_size = (file_size + 7) / 8 * 8;
    index.u32(static_cast<std::uint32_t>(file_size));
    index.u32(static_cast<std::uint32_t>(each.size()));
    index.u32(crc_of_text(each));
    index.u32(0);
    data.text(each);
    file_size += each.size();
  }
  if (bundle.pads_after_last) data.zeros(8);
  if (bundle.pads_after_last) file_size += 8;

  ByteSink out(ByteOrder::little);
  out.text("\x89MBNDL\r\n");
  out.u16(1);
  out.u16(bundle.minor);
  out.u32(static_cast<std::uint32_t>(header_size));
  out.u64(file_size);
  out.u32(static_cast<std::uint32_t>(bundle.kernels.size()));
  out.u32(static_cast<std::uint32_t>(header_size));
  out.u32(static_cast<std::uint32_t>(contents.size()));
  out.u32(static_cast<std::uint32_t>(contents_off));
  out.u32(static_cast<std::uint32_t>(strings_off));
  out.u32(static_cast<std::uint32_t>(strings.size()));
  out.zeros(16 + bundle.longer_header);
  out.append(index.bytes());
  out.append(strings.bytes());
  out.append(data.bytes());
  Bytes bytes = out.bytes();
  correct_index_crc(bytes);
  return bytes;
}

Bytes forge_bundle(std::vector<ForgedKernel> kernels) {
  ForgedBundle bundle;
  bundle.kernels = std::move(kernels);
  return forge_bundle(bundle);
}

Bytes sample_bundle() {
  constexpr std::uint32_t arm64 = 0x010200b7;
  constexpr std::uint32_t i386 = 0x01010003;
  return forge_bundle({
      {.release = "4.19.0-20-amd64", .id = "debian", .version_id = "10", .build = "#1 a", .content = "BTF 1"},
      {.release = "4.19.0-20-amd64", .id = "debian", .version_id = "10", .build = "#1 b", .content = "BTF 2"},
      {.release = "4.19.0-22-amd64", .id = "debian", .version_id = "10", .content = "BTF 2"},
      {.release = "5.4.0-42-generic", .id = "ubuntu", .version_id = "18.04", .content = "BTF three"},
      {.release = "5.4.0-42-generic", .id = "ubuntu", .version_id = "20.04", .content = "BTF 4"},
      {.release = "5.4.0-44-generic", .id = "ubuntu", .version_id = "20.04", .content = "BTF 4"},
      {.machine = arm64, .release = "4.18.0-305.el8.aarch64", .id = "centos", .version_id = "8", .content = "BTF 5"},
      {.machine = arm64, .release = "4.18.0-305.el8.aarch64", .id = "fedora", .version_id = "28", .content = "BTF 6"},
      {.machine = i386, .release = "6.1.0-50", .content = "BTF 7"},
  });
}

}  // namespace minbtf::test
