// SPDX-License-Identifier: BSD-2-Clause
#include "elf/elf_writer.hpp"

#include <elf.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "minbtf/error.hpp"

namespace minbtf::elf {

namespace {

constexpr std::uint64_t most_bytes_32 = std::uint64_t{1} << 31U;

/// Appends numbers in the byte order and the word size of a machine.
class Bytes {
 public:
  explicit Bytes(const Machine& machine) : machine_(machine) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint64_t value) { number(value, 2); }
  void u32(std::uint64_t value) { number(value, 4); }
  /// A field of 8 bytes in a 64-bit file, and of 4 bytes in a 32-bit file.
  void word(std::uint64_t value) { number(value, machine_.is_64_bit ? 8 : 4); }

  void add(std::span<const std::uint8_t> bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
  void align(std::uint64_t to) { out_.resize((out_.size() + to - 1) / to * to); }
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  [[nodiscard]] std::size_t size() const noexcept { return out_.size(); }
  [[nodiscard]] std::span<const std::uint8_t> view() const noexcept { return out_; }
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(out_); }

 private:
  void number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned place = machine_.order == ByteOrder::little ? i : bytes - 1 - i;
      out_.push_back(static_cast<std::uint8_t>(value >> 8 * place));
    }
  }

  const Machine& machine_;
  std::vector<std::uint8_t> out_;
};

/// The contents of a string table.
class Strings {
 public:
  /// Returns the offset of `text`. Equal texts are not shared.
  std::uint32_t add(const std::string& text) {
    if (text.empty()) return 0;
    const std::size_t offset = bytes_.size();
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.push_back(0);
    return static_cast<std::uint32_t>(offset);
  }
  [[nodiscard]] std::span<const std::uint8_t> view() const noexcept { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_ = {0};
};

/// A section header.
struct Header {
  std::uint32_t name = 0;
  std::uint32_t type = SHT_NULL;
  std::uint64_t flags = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t alignment = 0;
  std::uint64_t entry_size = 0;
};

class Writer {
 public:
  Writer(const Machine& machine, FileType type) : machine_(machine), type_(type), out_(machine) {}

  std::vector<std::uint8_t> write(std::span<const NewSection> sections, std::span<const NewSymbol> symbols) {
    std::size_t total = 4096;
    for (const NewSection& section : sections) total += section.contents.size() + section.alignment;
    out_.reserve(total);
    write_file_header(out_, 0, 0);  // has the size of the final header
    headers_.emplace_back();
    for (const NewSection& section : sections) {
      add({.type = section.type, .flags = section.flags, .alignment = section.alignment}, section.name,
          section.contents);
    }
    Strings strings;
    const std::vector<std::uint8_t> table = symbol_table(symbols, strings);
    const auto symbol_index = static_cast<std::uint32_t>(headers_.size());
    // sh_info is the index of the first symbol that is not local.
    add({.type = SHT_SYMTAB,
         .link = symbol_index + 1,
         .info = 1,
         .alignment = word_size(),
         .entry_size = machine_.is_64_bit ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)},
        ".symtab", table);
    add({.type = SHT_STRTAB, .alignment = 1}, ".strtab", strings.view());
    const std::uint32_t own_name = names_.add(".shstrtab");
    add({.name = own_name, .type = SHT_STRTAB, .alignment = 1}, "", names_.view());
    out_.align(word_size());
    const std::size_t table_offset = out_.size();
    for (const Header& header : headers_) write_section_header(header);
    std::vector<std::uint8_t> file = out_.take();
    Bytes final_header(machine_);
    write_file_header(final_header, table_offset, headers_.size());
    std::ranges::copy(final_header.view(), file.begin());
    return file;
  }

 private:
  [[nodiscard]] std::uint64_t word_size() const { return machine_.is_64_bit ? 8 : 4; }

  void add(Header header, const std::string& name, std::span<const std::uint8_t> contents) {
    if (!name.empty()) header.name = names_.add(name);
    out_.align(std::max<std::uint64_t>(header.alignment, 1));
    header.offset = out_.size();
    header.size = contents.size();
    out_.add(contents);
    headers_.push_back(header);
  }

  std::vector<std::uint8_t> symbol_table(std::span<const NewSymbol> symbols, Strings& strings) const {
    Bytes table(machine_);
    write_symbol(table, 0, 0, SHN_UNDEF, 0, 0);
    for (const NewSymbol& symbol : symbols) {
      const auto info =
          static_cast<std::uint8_t>(ELF64_ST_INFO(STB_GLOBAL, symbol.is_object ? STT_OBJECT : STT_NOTYPE));
      const auto section = symbol.section ? static_cast<std::uint16_t>(*symbol.section + 1) : std::uint16_t{SHN_ABS};
      write_symbol(table, strings.add(symbol.name), info, section, symbol.value, symbol.size);
    }
    return table.take();
  }

  /// The fields of a symbol have another order in a 32-bit file.
  void write_symbol(Bytes& table, std::uint32_t name, std::uint8_t info, std::uint16_t section, std::uint64_t value,
                    std::uint64_t size) const {
    table.u32(name);
    if (!machine_.is_64_bit) {
      table.word(value);
      table.word(size);
    }
    table.u8(info);
    table.u8(STV_DEFAULT);
    table.u16(section);
    if (machine_.is_64_bit) {
      table.word(value);
      table.word(size);
    }
  }

  void write_file_header(Bytes& out, std::uint64_t table_offset, std::size_t sections) const {
    for (const char c : std::string_view(ELFMAG, SELFMAG)) out.u8(static_cast<std::uint8_t>(c));
    out.u8(machine_.is_64_bit ? ELFCLASS64 : ELFCLASS32);
    out.u8(machine_.order == ByteOrder::little ? ELFDATA2LSB : ELFDATA2MSB);
    out.u8(EV_CURRENT);
    while (out.size() < EI_NIDENT) out.u8(0);  // EI_OSABI and the rest
    out.u16(static_cast<std::uint16_t>(type_));
    out.u16(machine_.number);
    out.u32(EV_CURRENT);
    out.word(0);  // e_entry
    out.word(0);  // e_phoff
    out.word(table_offset);
    out.u32(machine_.flags);
    out.u16(machine_.is_64_bit ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    out.u16(0);  // e_phentsize
    out.u16(0);  // e_phnum
    out.u16(machine_.is_64_bit ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
    out.u16(sections);
    out.u16(sections == 0 ? 0 : sections - 1);  // e_shstrndx: the last section
  }

  void write_section_header(const Header& header) {
    out_.u32(header.name);
    out_.u32(header.type);
    out_.word(header.flags);
    out_.word(0);  // sh_addr
    out_.word(header.offset);
    out_.word(header.size);
    out_.u32(header.link);
    out_.u32(header.info);
    out_.word(header.alignment);
    out_.word(header.entry_size);
  }

  const Machine& machine_;
  FileType type_;
  Bytes out_;
  Strings names_;
  std::vector<Header> headers_;
};

}  // namespace

std::vector<std::uint8_t> write_elf(const Machine& machine, FileType type, std::span<const NewSection> sections,
                                    std::span<const NewSymbol> symbols, const std::string& name) {
  std::uint64_t total = 0;
  for (const NewSection& section : sections) total += section.contents.size();
  if (!machine.is_64_bit && total > most_bytes_32) {
    throw Error(ErrorKind::unsupported, name, "", "over 2 GiB, too large for a 32-bit ELF file");
  }
  return Writer(machine, type).write(sections, symbols);
}

}  // namespace minbtf::elf
