// SPDX-License-Identifier: BSD-2-Clause
// Read-only data to which programs refer: its bytes, as in the object, and the names of its variables.
//
// Source: libbpf's src/libbpf.c. bpf_object__elf_collect() makes a map of `.rodata` and of each `.rodata.NAME`.
// bpf_program__record_reloc() and bpf_object__relocate_data() write the offset in the map into 16-byte instructions:
// the immediate that the instruction holds, plus the offset of the symbol of its relocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "elf/elf_file.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

/// Finds the read-only data of the programs whose code `data` keeps. Throws Error (damaged).
[[nodiscard]] ReadOnlyData find_read_only_data(const elf::ElfFile& elf, const ObjectData& data);

/// Bytes of read-only data that a program reads as one number.
struct ReadOnlyPlace {
  std::uint32_t section = 0;  ///< index into ReadOnlyData::sections
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint32_t bytes = 0;    ///< 1, 2, 4 or 8

  auto operator<=>(const ReadOnlyPlace&) const = default;
};

/// Returns the number at a place, unsigned, in the byte order of the object. Returns nothing if the section does not
/// have these bytes, or if a linker or loader overwrites one of them.
[[nodiscard]] std::optional<std::uint64_t> read_number(const ObjectData& data, const ReadOnlyPlace& place);

/// Name of a place in the program's source, and the sign of its number.
struct NamedNumber {
  /// "enable_x", "config.enable_x" or "limits[3]"; without a better name "enable_x+0x4" or ".rodata+0x10".
  std::string name;
  bool is_signed = false;
};
[[nodiscard]] NamedNumber name_of(const ObjectData& data, const ReadOnlyPlace& place);

}  // namespace minbtf::object
