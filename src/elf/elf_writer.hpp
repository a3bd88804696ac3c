// SPDX-License-Identifier: BSD-2-Clause
// Writes small ELF files: data for a linker, or a section for a program that searches by name. No linker is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf::elf {

/// The machine that an ELF file is for.
struct Machine {
  std::uint16_t number = 0;  ///< e_machine
  bool is_64_bit = true;     ///< EI_CLASS
  ByteOrder order = ByteOrder::little;
  std::uint32_t flags = 0;  ///< e_flags
};

/// A section of the new file. Section types and flags are those of <elf.h>.
struct NewSection {
  std::string name;
  std::uint32_t type = 1;  ///< SHT_PROGBITS
  std::uint64_t flags = 0;
  std::uint64_t alignment = 1;                  ///< bytes, a power of two
  std::span<const std::uint8_t> contents = {};  ///< must live until write_elf() returns
};

/// A global symbol of the new file.
struct NewSymbol {
  std::string name;
  std::optional<std::size_t> section;  ///< index in the list of sections; nothing: an absolute value (SHN_ABS)
  std::uint64_t value = 0;             ///< bytes from the start of the section, or the absolute value
  std::uint64_t size = 0;              ///< bytes
  bool is_object = false;              ///< STT_OBJECT; otherwise STT_NOTYPE
};

/// e_type.
enum class FileType : std::uint16_t { relocatable = 1, executable = 2 };

/// Returns an ELF file without program headers: the header, the contents of `sections`, `.symtab`, `.strtab`,
/// `.shstrtab`, and the section headers. The first of `sections` has index 1. The file always has a symbol table, with
/// its empty first symbol: Go's debug/elf, and with it cilium/ebpf, refuses an ELF file without one. Equal arguments
/// give equal bytes. Throws Error (unsupported) that names `name` if the file is 32-bit and would have over 2 GiB.
[[nodiscard]] std::vector<std::uint8_t> write_elf(const Machine& machine, FileType type,
                                                  std::span<const NewSection> sections,
                                                  std::span<const NewSymbol> symbols, const std::string& name);

}  // namespace minbtf::elf
