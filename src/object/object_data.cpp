// SPDX-License-Identifier: BSD-2-Clause
#include "object/object_data.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "btf/bytes.hpp"

namespace minbtf::object {

Instruction decode(std::span<const std::uint8_t> data, std::size_t at, ByteOrder order) {
  const btf::ByteView bytes(data.data() + at, instruction_size, order);
  const std::uint8_t registers = bytes.u8(1);
  // The two 4-bit fields depend on the byte order as well: dst_reg is the low half only on little-endian.
  const bool little = order == ByteOrder::little;
  return {.code = bytes.u8(0),
          .dst_reg = static_cast<std::uint8_t>(little ? registers & 0xfU : registers >> 4U),
          .src_reg = static_cast<std::uint8_t>(little ? registers >> 4U : registers & 0xfU),
          .off = static_cast<std::int16_t>(bytes.u16(2)),
          .imm = static_cast<std::int32_t>(bytes.u32(4))};
}

std::size_t ObjectData::program_at(std::uint32_t section, std::uint64_t offset) const noexcept {
  const auto after = std::upper_bound(
      extents.begin(), extents.end(), std::pair(section, offset),
      [](const auto& at, const ProgramExtent& extent) { return at < std::pair(extent.section, extent.offset); });
  if (after == extents.begin()) return no_program;
  const auto extent = std::prev(after);
  if (extent->section != section || offset - extent->offset >= extent->size) return no_program;
  return static_cast<std::size_t>(extent - extents.begin());
}

bool ObjectData::is_subprogram(std::size_t program) const noexcept {
  return programs.size() > 1 && programs[program].section == ".text";
}

std::vector<Instruction> instructions(const ObjectData& data, std::size_t program) {
  const ProgramExtent& extent = data.extents[program];
  const auto code = std::ranges::lower_bound(data.code, extent.section, {}, &Code::section);
  if (code == data.code.end() || code->section != extent.section) return {};
  std::vector<Instruction> all;
  all.reserve(extent.size / instruction_size);
  for (std::uint64_t at = 0; extent.size - at >= instruction_size; at += instruction_size) {
    all.push_back(decode(code->bytes, extent.offset + at, data.order));
  }
  return all;
}

}  // namespace minbtf::object
