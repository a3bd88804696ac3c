// SPDX-License-Identifier: BSD-2-Clause
// Sections, symbols and relocations of an ELF file. No other code uses libelf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "minbtf/btf.hpp"

namespace minbtf::elf {

/// Most bytes of a name. Mangled names have some hundred. In a hostile file many names can end in one long string;
/// reading it to its end for each name would take too long.
inline constexpr std::size_t longest_name = 1024;

// In all structs below, names and data live as long as the ElfFile.

struct Section {
  std::uint32_t index = 0;
  std::span<const std::uint8_t> data;
};

/// A section in which libbpf looks for programs: SHT_PROGBITS, executable, not empty.
struct CodeSection {
  std::uint32_t index = 0;
  std::string_view name;
  std::span<const std::uint8_t> data;
};

/// A section from which libbpf makes a read-only map: SHT_PROGBITS, not executable, not empty, named `.rodata` or
/// `.rodata.NAME`.
struct ReadOnlySection {
  std::uint32_t index = 0;
  std::string_view name;
  std::span<const std::uint8_t> data;
};

/// A symbol of type STT_OBJECT.
struct DataSymbol {
  std::string_view name;
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
  std::uint64_t size = 0;    ///< bytes
};

/// A symbol of type STT_FUNC.
struct FunctionSymbol {
  std::string_view name;
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
  std::uint64_t size = 0;    ///< bytes
  bool is_local = false;     ///< STB_LOCAL: `static` in C
};

/// A symbol that another file has to define: SHN_UNDEF, STT_NOTYPE, global or weak (libbpf.c, sym_is_extern()).
struct ExternSymbol {
  std::uint32_t index = 0;  ///< in the symbol table
  std::string_view name;
  bool weak = false;
};

/// A place in a section that a linker or a loader overwrites.
struct RelocatedPlace {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
};

/// A place in code that refers to a symbol.
struct CodeRelocation {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
  std::uint32_t symbol = 0;  ///< index in the symbol table
  // Where the symbol is.
  std::uint32_t target_section = 0;
  std::uint64_t target_offset = 0;  ///< bytes from the start of `target_section`
};

/// The names of a place in a file. Empty: there is none, or it cannot be read.
struct PlaceNames {
  std::string_view section;
  std::string_view symbol;  ///< of a symbol of type STT_OBJECT that begins at the place
};

[[nodiscard]] bool is_elf(std::span<const std::uint8_t> bytes) noexcept;

/// An ELF file, of any machine and byte order. Every function that reads the file throws std::bad_alloc if libelf runs
/// out of memory, and Error (io) if the system reports a read error.
class ElfFile {
 public:
  /// Opens an ELF file in memory. `bytes` must outlive the ElfFile. Throws Error (wrong_file, damaged, unsupported).
  static ElfFile from_memory(std::span<const std::uint8_t> bytes, std::string name);
  /// Opens an ELF file and reads only the parts that are used. `fd` must stay open as long as the ElfFile lives. Throws
  /// Error.
  static ElfFile from_file(int fd, std::string name);

  ElfFile(ElfFile&&) noexcept;
  ElfFile& operator=(ElfFile&&) noexcept;
  ~ElfFile();

  /// True for a relocatable file for the BPF machine (EM_BPF, ET_REL).
  [[nodiscard]] bool is_bpf_object() const noexcept;
  [[nodiscard]] ByteOrder byte_order() const noexcept;
  /// Returns the first section of that name that has data in the file.
  [[nodiscard]] std::optional<Section> section(std::string_view name) const;
  /// Returns the size of the same section in bytes, without reading its contents. Throws Error (damaged) if the section
  /// reaches beyond the end of the file.
  [[nodiscard]] std::optional<std::uint64_t> section_size(std::string_view name) const;
  /// Returns the code sections by index. Throws Error (damaged) if together they have more bytes than the file.
  [[nodiscard]] std::vector<CodeSection> code() const;
  [[nodiscard]] std::vector<FunctionSymbol> functions() const;
  /// Returns the read-only sections by index, except compressed sections and sections whose name is over longest_name.
  /// Throws Error (damaged) if together they have more bytes than the file.
  [[nodiscard]] std::vector<ReadOnlySection> read_only_data() const;
  /// Returns the symbols that have a readable name of at most longest_name bytes.
  [[nodiscard]] std::vector<DataSymbol> data_symbols() const;
  /// Returns the undefined symbols that have a name.
  [[nodiscard]] std::vector<ExternSymbol> externs() const;
  /// Returns all SHT_REL entries of executable sections, in file order. Throws Error (damaged) if there are more
  /// entries than the file has room for.
  [[nodiscard]] std::vector<CodeRelocation> code_relocations() const;
  /// Returns the places in `sections` to which SHT_REL and SHT_RELA entries apply, in file order. `sections` are
  /// indices, ascending, of sections that are not executable. Throws Error as code_relocations() does.
  [[nodiscard]] std::vector<RelocatedPlace> data_relocations(std::span<const std::uint32_t> sections) const;
  /// Returns the names of the places at `offsets`: bytes from the start of the file, ascending. A
  /// place in several sections has the name of the first, and a place at which several symbols begin that of the first.
  /// Takes time in proportion to the sections, the symbols and the offsets.
  [[nodiscard]] std::vector<PlaceNames> names_of_places(std::span<const std::uint64_t> offsets) const;

 private:
  struct Impl;
  explicit ElfFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::elf
