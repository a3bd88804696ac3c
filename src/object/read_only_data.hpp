// Read-only data that programs refer to: its bytes, as the object has them, and the names of its variables.
//
// Facts: libbpf's src/libbpf.c. bpf_object__elf_collect() makes a map of `.rodata` and of each `.rodata.NAME`;
// bpf_program__record_reloc() and bpf_object__relocate_data() write the place in it into 16-byte loads: what the load
// held, and the offset of the symbol that it is relocated by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "elf/elf_file.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

/// For programs whose code `data` keeps. Throws Error (damaged).
[[nodiscard]] ReadOnlyData find_read_only_data(const elf::ElfFile& elf, const ObjectData& data);

/// Some bytes of read-only data that are read as one number.
struct ReadOnlyPlace {
  std::uint32_t section = 0;  ///< index into ReadOnlyData::sections
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint32_t bytes = 0;    ///< 1, 2, 4 or 8

  auto operator<=>(const ReadOnlyPlace&) const = default;
};

/// The number there, without sign, in the byte order of the object. Absent if the section has no such bytes, or if
/// somebody else writes to one of them.
[[nodiscard]] std::optional<std::uint64_t> read_number(const ObjectData& data, const ReadOnlyPlace& place);

/// What a place is called in the program, and how its number is to be understood.
struct NamedNumber {
  std::string name;  ///< "enable_x", "config.enable_x", "limits[3]"; with an offset where that is all there is
  bool is_signed = false;
};
[[nodiscard]] NamedNumber name_of(const ObjectData& data, const ReadOnlyPlace& place);

}  // namespace minbtf::object
