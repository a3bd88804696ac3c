// SPDX-License-Identifier: BSD-2-Clause
#include "commands/embed/embedding.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>

#include "elf/elf_writer.hpp"

namespace minbtf::cli {

namespace {

// 16 bytes are enough for every type that C aligns by default.
constexpr std::uint64_t data_alignment = 16;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void add_u32(std::vector<std::uint8_t>& bytes, std::uint32_t value) {  // little-endian
  for (unsigned shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

/// Returns the contents of .note.gnu.property. A linker marks a program as protected only if every object has the mark;
/// without this note, data would switch the protection off for the whole program. The architectures that have such a
/// property are little-endian and 64-bit.
std::vector<std::uint8_t> property_note(const EmbedTarget& target) {
  std::vector<std::uint8_t> note;
  add_u32(note, 4);   // bytes of the owner's name
  add_u32(note, 16);  // bytes of the properties
  add_u32(note, 5);   // NT_GNU_PROPERTY_TYPE_0
  note.insert(note.end(), {'G', 'N', 'U', 0});
  add_u32(note, target.property);
  add_u32(note, 4);  // bytes of the value
  add_u32(note, target.protections);
  add_u32(note, 0);  // padding to 8 bytes
  return note;
}

/// Returns a string of GNU as and clang with its quotes.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace

EmbeddedSymbols symbols_with(const std::string& prefix) {
  return {.start = prefix + "_start", .end = prefix + "_end", .size = prefix + "_size"};
}

std::string binary_prefix(std::string_view file_name) {
  std::string prefix = "_binary_";
  for (const char c : file_name) prefix += is_letter(c) || is_digit(c) ? c : '_';
  return prefix;
}

bool is_c_identifier(std::string_view text) noexcept {
  if (text.empty() || is_digit(text.front())) return false;
  return std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

std::vector<std::uint8_t> embedding_object(std::span<const std::uint8_t> bytes, const EmbeddedSymbols& symbols,
                                           const EmbedTarget& target, const std::string& name) {
  std::vector<elf::NewSection> sections = {
      {.name = ".rodata", .flags = SHF_ALLOC, .alignment = data_alignment, .contents = bytes},
      {.name = ".note.GNU-stack"}};
  std::vector<std::uint8_t> note;
  if (target.property != 0) {
    note = property_note(target);
    sections.push_back(
        {.name = ".note.gnu.property", .type = SHT_NOTE, .flags = SHF_ALLOC, .alignment = 8, .contents = note});
  }
  const std::vector<elf::NewSymbol> all = {
      {.name = symbols.start, .section = 0, .value = 0, .size = bytes.size(), .is_object = true},
      {.name = symbols.end, .section = 0, .value = bytes.size()},
      {.name = symbols.size, .section = {}, .value = bytes.size()}};
  return elf::write_elf(target.machine, elf::FileType::relocatable, sections, all, name);
}

std::string embedding_source(std::string_view path, const EmbeddedSymbols& symbols) {
  // `%progbits` and `%object`: `@` begins a comment on arm. The size is a difference of symbols, so that it is right
  // also if the file is changed before it is assembled.
  return fmt::format(
      "/* Made by min-btf embed. The path is relative to the directory in which the assembler runs. */\n"
      "\t.section .rodata,\"a\",%progbits\n"
      "\t.balign {3}\n"
      "\t.globl {0}\n"
      "\t.type {0}, %object\n"
      "{0}:\n"
      "\t.incbin {4}\n"
      "\t.globl {1}\n"
      "{1}:\n"
      "\t.size {0}, {1} - {0}\n"
      "\t.globl {2}\n"
      "\t.set {2}, {1} - {0}\n"
      "\t.section .note.GNU-stack,\"\",%progbits\n",
      symbols.start, symbols.end, symbols.size, data_alignment, quoted(path));
}

}  // namespace minbtf::cli
