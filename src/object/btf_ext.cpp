// The layout is that of libbpf's btf_ext_parse_hdr() and btf_ext_setup_info(): a header, then for CO-RE a u32 record
// size followed by groups of (section name, count, records). Records may be longer than the 16 bytes known today.
#include "object/btf_ext.hpp"

#include "minbtf/error.hpp"
#include "wire/kinds.hpp"
#include "wire/place.hpp"

namespace minbtf::object {

namespace {

constexpr std::size_t header_with_core = 32;  ///< func_info, line_info and core_relo, each an offset and a length
constexpr std::size_t group_header = 8;
constexpr std::size_t least_record = 16;

[[noreturn]] void damaged(const std::string& file, std::size_t offset, const std::string& reason) {
  throw Error(ErrorKind::damaged, file, wire::place(".BTF.ext", offset), reason);
}

}  // namespace

std::vector<CoreRecord> parse_core_records(std::span<const std::uint8_t> section, const std::string& file) {
  if (section.size() < 8) damaged(file, 0, "truncated header: " + std::to_string(section.size()) + " bytes");
  const bool little = section[0] == 0x9f && section[1] == 0xeb;
  const bool big = section[0] == 0xeb && section[1] == 0x9f;
  if (!little && !big) damaged(file, 0, "the magic number is missing");
  const wire::ByteView bytes(section.data(), section.size(), little ? ByteOrder::little : ByteOrder::big);
  if (bytes.u8(2) != wire::btf_version || bytes.u8(3) != 0) {
    throw Error(ErrorKind::unsupported, file, ".BTF.ext+0x2",
                "version " + std::to_string(bytes.u8(2)) + ", flags " + std::to_string(bytes.u8(3)));
  }
  const std::size_t header = bytes.u32(4);
  if (header < 8 || header > bytes.size()) damaged(file, 4, "header length " + std::to_string(header));
  if (header < header_with_core) return {};

  const std::size_t offset = bytes.u32(24);
  const std::size_t length = bytes.u32(28);
  if (length == 0) return {};
  if (offset % 4 != 0) damaged(file, 24, "the CO-RE records are not aligned to 4 bytes");
  if (!bytes.contains(header + offset, length)) {
    damaged(file, 24,
            "the CO-RE records (" + std::to_string(length) + " bytes at " + std::to_string(header + offset) +
                ") reach beyond the section's " + std::to_string(bytes.size()) + " bytes");
  }
  const wire::ByteView core = bytes.sub(header + offset, length);
  const std::size_t base = header + offset;
  if (core.size() < 4) damaged(file, base, "no room for the record size");
  const std::size_t record = core.u32(0);
  if (record < least_record || record % 4 != 0) damaged(file, base, "record size " + std::to_string(record));
  if (core.size() == 4) damaged(file, base + 4, "CO-RE records are announced and missing");

  std::vector<CoreRecord> records;
  std::size_t at = 4;
  while (at < core.size()) {
    if (!core.contains(at, group_header)) damaged(file, base + at, "truncated group of CO-RE records");
    const std::uint32_t name = core.u32(at);
    const std::size_t count = core.u32(at + 4);
    at += group_header;
    if (count == 0) damaged(file, base + at - 4, "a group without CO-RE records");
    // count has 32 bits and record at most 32: the product fits 64.
    if (!core.contains(at, count * record)) {
      damaged(file, base + at - 4,
              std::to_string(count) + " CO-RE records of " + std::to_string(record) + " bytes are announced, " +
                  std::to_string(core.size() - at) + " bytes are left");
    }
    for (std::size_t i = 0; i < count; ++i, at += record) {
      records.push_back({.section_name_off = name,
                         .insn_off = core.u32(at),
                         .type_id = core.u32(at + 4),
                         .access_str_off = core.u32(at + 8),
                         .kind = core.u32(at + 12)});
    }
  }
  return records;
}

}  // namespace minbtf::object
