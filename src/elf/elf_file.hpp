// Sections and function symbols of an ELF file. The only user of libelf.
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

/// Bytes of a name that is read; mangled ones have some hundred. Many names can end in one long string, which would be
/// gone through for each.
inline constexpr std::size_t longest_name = 1024;

// Names and data live as long as the ElfFile.

struct Section {
  std::uint32_t index = 0;
  std::span<const std::uint8_t> data;
};

/// A section that libbpf looks for programs in: SHT_PROGBITS, executable, not empty.
struct CodeSection {
  std::uint32_t index = 0;
  std::string_view name;
  std::span<const std::uint8_t> data;
};

/// A section that libbpf makes a map of which nobody can change: SHT_PROGBITS, not executable, `.rodata` or
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

/// A symbol that others have to define: SHN_UNDEF, STT_NOTYPE, global or weak (libbpf.c, sym_is_extern()).
struct ExternSymbol {
  std::uint32_t index = 0;  ///< in the symbol table
  std::string_view name;
  bool weak = false;
};

/// A place in a section that a linker, or a loader, writes to.
struct RelocatedPlace {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
};

/// Where code refers to a symbol.
struct CodeRelocation {
  std::uint32_t section = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the section
  std::uint32_t symbol = 0;  ///< index in the symbol table
  // What the symbol stands for.
  std::uint32_t target_section = 0;
  std::uint64_t target_offset = 0;  ///< bytes from the start of that section
};

[[nodiscard]] bool is_elf(std::span<const std::uint8_t> bytes) noexcept;

class ElfFile {
 public:
  /// `bytes` has to live as long as the ElfFile. Throws Error (wrong_file, damaged).
  static ElfFile from_memory(std::span<const std::uint8_t> bytes, std::string name);
  /// Reads from `fd` only what is asked for; `fd` has to stay open as long as the ElfFile. Throws Error.
  static ElfFile from_file(int fd, std::string name);

  ElfFile(ElfFile&&) noexcept;
  ElfFile& operator=(ElfFile&&) noexcept;
  ~ElfFile();

  [[nodiscard]] bool is_bpf_object() const noexcept;
  [[nodiscard]] ByteOrder byte_order() const noexcept;
  /// The first section of that name that has data in the file.
  [[nodiscard]] std::optional<Section> section(std::string_view name) const;
  /// By index. Throws Error (damaged) if together they have more bytes than the file.
  [[nodiscard]] std::vector<CodeSection> code() const;
  [[nodiscard]] std::vector<FunctionSymbol> functions() const;
  /// By index. Throws Error (damaged) if together they have more bytes than the file. Left out are compressed ones and
  /// names that are too long.
  [[nodiscard]] std::vector<ReadOnlySection> read_only_data() const;
  /// Those with a name that can be read.
  [[nodiscard]] std::vector<DataSymbol> data_symbols() const;
  /// Those with a name.
  [[nodiscard]] std::vector<ExternSymbol> externs() const;
  /// All SHT_REL entries of executable sections, in file order. Throws Error (damaged) if there are more than the file
  /// has room for.
  [[nodiscard]] std::vector<CodeRelocation> code_relocations() const;
  /// Where SHT_REL and SHT_RELA entries apply to one of these sections (ascending; none is executable), in file order.
  /// Throws Error as the last one.
  [[nodiscard]] std::vector<RelocatedPlace> data_relocations(std::span<const std::uint32_t> sections) const;

 private:
  struct Impl;
  explicit ElfFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minbtf::elf
