// SPDX-License-Identifier: BSD-2-Clause
// A .BTF.ext section that contains only line info.
#pragma once

#include <cstdint>
#include <vector>

#include "support/forge/byte_sink.hpp"

namespace minbtf::test {

/// `struct bpf_line_info`. The offset of the source line is left out: it is always 0.
struct ForgedLine {
  std::uint32_t insn_off = 0;
  std::uint32_t file_name_off = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct ForgedLines {
  std::uint32_t section_name_off = 0;
  std::vector<ForgedLine> lines;
};

/// Returns the section. Offsets in it, with a header of 24 bytes: record size 0x18, first group 0x1c, its count 0x20,
/// its records 0x24.
inline std::vector<std::uint8_t> forge_line_info(ByteOrder order, const std::vector<ForgedLines>& sections,
                                                 std::uint32_t record_size = 16, std::uint32_t header = 24) {
  ByteSink info(order);
  info.u32(record_size);
  for (const ForgedLines& section : sections) {
    info.u32(section.section_name_off);
    info.u32(static_cast<std::uint32_t>(section.lines.size()));
    for (const ForgedLine& line : section.lines) {
      info.u32(line.insn_off);
      info.u32(line.file_name_off);
      info.u32(0);
      info.u32(line.line << 10U | line.column);
      for (std::uint32_t i = 16; i < record_size; ++i) info.u8(0xff);
    }
  }
  ByteSink out(order);
  out.u16(0xeb9f);
  out.u8(1);
  out.u8(0);
  out.u32(header);
  out.u32(0);
  out.u32(0);
  out.u32(0);
  out.u32(static_cast<std::uint32_t>(info.size()));
  out.zeros(header - 24);
  out.append(info.bytes());
  return out.bytes();
}

}  // namespace minbtf::test
