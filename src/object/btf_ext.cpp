// SPDX-License-Identifier: BSD-2-Clause
// The layout is that of libbpf's btf_ext_parse_hdr() and btf_ext_setup_info(): a header, then for each kind of record a
// u32 record size and groups of (section name, count, records). Records may be longer than those known today.
#include "object/btf_ext.hpp"

#include <algorithm>
#include <iterator>

#include "base/short_text.hpp"
#include "btf/kinds.hpp"
#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::object {

namespace {

constexpr std::size_t group_header = 8;
constexpr std::size_t least_record = 16;  ///< for line info and for CO-RE
constexpr unsigned column_bits = 10;      ///< BPF_LINE_INFO_LINE_COL() of include/uapi/linux/bpf.h

/// A kind of record.
struct Part {
  std::size_t in_header;  ///< where the header has the offset and the length of the records
  const char* noun;       ///< name of the records in messages
};
constexpr Part line_info{16, "line info"};
constexpr Part core_relo{24, "CO-RE"};

[[noreturn]] void damaged(const std::string& file, std::size_t offset, const std::string& reason) {
  throw Error(ErrorKind::damaged, file, base::place(".BTF.ext", offset), reason);
}

/// Calls take(name of the section, record) for each record. Throws Error (damaged, unsupported).
template <typename Take>
void for_each_record(std::span<const std::uint8_t> section, const std::string& file, const Part& part, Take take) {
  const std::string records = std::string(part.noun) + " records";
  if (section.size() < 8) damaged(file, 0, "truncated header: " + std::to_string(section.size()) + " bytes");
  const bool little = section[0] == 0x9f && section[1] == 0xeb;
  const bool big = section[0] == 0xeb && section[1] == 0x9f;
  if (!little && !big) damaged(file, 0, "the magic number is missing");
  const btf::ByteView bytes(section.data(), section.size(), little ? ByteOrder::little : ByteOrder::big);
  if (bytes.u8(2) != btf::btf_version || bytes.u8(3) != 0) {
    throw Error(ErrorKind::unsupported, file, ".BTF.ext+0x2",
                "version " + std::to_string(bytes.u8(2)) + ", flags " + std::to_string(bytes.u8(3)));
  }
  const std::size_t header = bytes.u32(4);
  if (header < 8 || header > bytes.size()) damaged(file, 4, "header length " + std::to_string(header));
  if (header < part.in_header + 8) return;

  const std::size_t offset = bytes.u32(part.in_header);
  const std::size_t length = bytes.u32(part.in_header + 4);
  if (length == 0) return;
  if (offset % 4 != 0) damaged(file, part.in_header, "the " + records + " are not aligned to 4 bytes");
  if (!bytes.contains(header + offset, length)) {
    damaged(file, part.in_header,
            "the " + records + " (" + std::to_string(length) + " bytes at " + std::to_string(header + offset) +
                ") reach beyond the section's " + std::to_string(bytes.size()) + " bytes");
  }
  const btf::ByteView data = bytes.sub(header + offset, length);
  const std::size_t base = header + offset;
  if (data.size() < 4) damaged(file, base, "no room for the record size");
  const std::size_t record = data.u32(0);
  if (record < least_record || record % 4 != 0) damaged(file, base, "record size " + std::to_string(record));
  if (data.size() == 4) damaged(file, base + 4, records + " are announced and missing");

  std::size_t at = 4;
  while (at < data.size()) {
    if (!data.contains(at, group_header)) damaged(file, base + at, "truncated group of " + records);
    const std::uint32_t name = data.u32(at);
    const std::size_t count = data.u32(at + 4);
    at += group_header;
    if (count == 0) damaged(file, base + at - 4, "a group without " + records);
    // count has 32 bits and record at most 32: the product fits 64.
    if (!data.contains(at, count * record)) {
      damaged(file, base + at - 4,
              std::to_string(count) + " " + records + " of " + std::to_string(record) + " bytes are announced, " +
                  std::to_string(data.size() - at) + " bytes are left");
    }
    for (std::size_t i = 0; i < count; ++i, at += record) take(name, data.sub(at, record));
  }
}

}  // namespace

std::vector<CoreRecord> parse_core_records(std::span<const std::uint8_t> section, const std::string& file) {
  std::vector<CoreRecord> records;
  for_each_record(section, file, core_relo, [&](std::uint32_t name, const btf::ByteView& record) {
    records.push_back({.section_name_off = name,
                       .insn_off = record.u32(0),
                       .type_id = record.u32(4),
                       .access_str_off = record.u32(8),
                       .kind = record.u32(12)});
  });
  return records;
}

std::vector<LineRecord> parse_line_records(std::span<const std::uint8_t> section, const std::string& file) {
  std::vector<LineRecord> records;
  for_each_record(section, file, line_info, [&](std::uint32_t name, const btf::ByteView& record) {
    const std::uint32_t line_col = record.u32(12);
    records.push_back({.section_name_off = name,
                       .file_name_off = record.u32(4),
                       .insn_off = record.u32(0),
                       .line = line_col >> column_bits,
                       .column = line_col & ((1U << column_bits) - 1)});
  });
  return records;
}

std::string_view section_name(const btf::View& btf, std::uint32_t name_off, const char* noun, const std::string& file) {
  if (!btf.has_string(name_off) || btf.is_empty_string(name_off)) {
    throw Error(ErrorKind::damaged, file, ".BTF.ext", std::string(noun) + " for a section without a name");
  }
  const std::string_view name = btf.string_start(name_off, elf::longest_name + 1);
  if (name.size() > elf::longest_name) {
    throw Error(
        ErrorKind::damaged, file, ".BTF.ext",
        std::string(noun) + " for a section with a name of over " + std::to_string(elf::longest_name) + " bytes");
  }
  return name;
}

LineInfo::LineInfo(std::span<const std::uint8_t> section, const btf::View& btf, const std::string& file) : btf_(&btf) {
  std::map<std::uint32_t, std::vector<LineRecord>> by_name_off;
  for (const LineRecord& record : parse_line_records(section, file)) {
    if (!btf.has_string(record.file_name_off) || btf.is_empty_string(record.file_name_off)) {
      throw Error(ErrorKind::damaged, file, ".BTF.ext", "line info for a file without a name");
    }
    by_name_off[record.section_name_off].push_back(record);
  }
  for (auto& [name_off, records] : by_name_off) {
    std::vector<LineRecord>& known = sections_[section_name(btf, name_off, "line info", file)];
    known.insert(known.end(), records.begin(), records.end());
  }
  for (auto& [name, records] : sections_) std::ranges::stable_sort(records, {}, &LineRecord::insn_off);
}

std::optional<SourceLine> LineInfo::find(std::string_view section, std::uint64_t program_off,
                                         std::uint64_t insn_off) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) return std::nullopt;
  const std::vector<LineRecord>& records = found->second;
  const auto after = std::ranges::upper_bound(records, insn_off, {}, &LineRecord::insn_off);
  if (after == records.begin()) return std::nullopt;
  const LineRecord& record = *std::prev(after);
  if (record.insn_off < program_off || record.line == 0) return std::nullopt;
  return SourceLine{.file = btf_->string_start(record.file_name_off, elf::longest_name),
                    .line = record.line,
                    .column = record.column};
}

}  // namespace minbtf::object
