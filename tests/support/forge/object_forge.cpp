// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/object_forge.hpp"

#include <elf.h>

#include <algorithm>

#include "support/forge/byte_sink.hpp"

namespace minbtf::test {

namespace {

constexpr std::size_t insn_size = 8;

struct CodeSection {
  std::string name;
  std::vector<const ForgedProgram*> programs;
};

std::vector<CodeSection> by_section(const std::vector<ForgedProgram>& programs) {
  std::vector<CodeSection> sections;
  for (const ForgedProgram& program : programs) {
    const auto same = [&](const CodeSection& section) { return section.name == program.section; };
    auto found = std::find_if(sections.begin(), sections.end(), same);
    if (found == sections.end()) found = sections.insert(sections.end(), {.name = program.section, .programs = {}});
    found->programs.push_back(&program);
  }
  return sections;
}

std::vector<std::uint8_t> code_of(const CodeSection& section, ByteOrder order) {
  ByteSink out(order);
  for (const ForgedProgram* program : section.programs) {
    for (const ForgedInsn& insn : program->insns) {
      const bool little = order == ByteOrder::little;
      out.u8(insn.code);
      out.u8(static_cast<std::uint8_t>(little ? insn.src << 4U | insn.dst : insn.dst << 4U | insn.src));
      out.u16(static_cast<std::uint16_t>(insn.off));
      out.u32(static_cast<std::uint32_t>(insn.imm));
    }
  }
  return out.bytes();
}

void put_records(ByteSink& out, BtfForge& local, const CodeSection& section, std::uint32_t record_size) {
  std::size_t count = 0;
  for (const ForgedProgram* program : section.programs) count += program->records.size();
  if (count == 0) return;
  out.u32(local.string(section.name));
  out.u32(static_cast<std::uint32_t>(count));
  std::size_t start = 0;
  for (const ForgedProgram* program : section.programs) {
    for (const ForgedRecord& record : program->records) {
      out.u32(static_cast<std::uint32_t>((start + record.insn) * insn_size));
      out.u32(record.type_id);
      out.u32(local.string(record.access));
      out.u32(record.kind);
      for (std::uint32_t i = 16; i < record_size; ++i) out.u8(0xff);
    }
    start += program->insns.size();
  }
}

std::vector<std::uint8_t> btf_ext(BtfForge& local, const std::vector<CodeSection>& sections,
                                  const ForgedObjectOptions& options) {
  ByteSink groups(options.order);
  for (const CodeSection& section : sections) put_records(groups, local, section, options.record_size);
  ByteSink core(options.order);
  if (groups.size() != 0) {
    core.u32(options.record_size);
    core.append(groups.bytes());
  }
  ByteSink out(options.order);
  out.u16(btf::btf_magic);
  out.u8(btf::btf_version);
  out.u8(0);
  out.u32(options.ext_header_length);
  for (int i = 0; i < 4; ++i) out.u32(0);  // no func_info, no line_info
  if (options.ext_header_length >= 32) {
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(core.size()));
    out.zeros(options.ext_header_length - 32);
  }
  out.append(core.bytes());
  return out.bytes();
}

/// One section of the file, with the fields of its header.
struct Section {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::vector<std::uint8_t> data = {};
  std::uint32_t link = 0;
  std::uint32_t info = 0;
  std::uint64_t align = 1;
  std::uint64_t entry_size = 0;
};

/// The string table, which holds the names of sections and symbols.
class Names {
 public:
  std::uint32_t add(const std::string& name) {
    const auto at = static_cast<std::uint32_t>(text_.size());
    text_.append(name).push_back('\0');
    return at;
  }
  [[nodiscard]] std::vector<std::uint8_t> bytes() const { return {text_.begin(), text_.end()}; }

 private:
  std::string text_ = std::string(1, '\0');
};

void put_symbol(ByteSink& out, std::uint32_t name, std::uint8_t info, std::size_t section, std::uint64_t value,
                std::uint64_t size) {
  out.u32(name);
  out.u8(info);
  out.u8(STV_DEFAULT);
  out.u16(static_cast<std::uint16_t>(section));
  out.u64(value);
  out.u64(size);
}

/// Returns the symbol table. The section indices of code start at 1.
std::vector<std::uint8_t> symbols(const std::vector<CodeSection>& sections, Names& names, ByteOrder order) {
  ByteSink out(order);
  out.zeros(sizeof(Elf64_Sym));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    std::uint64_t at = 0;
    for (const ForgedProgram* program : sections[i].programs) {
      const std::uint64_t size = program->insns.size() * insn_size;
      put_symbol(out, names.add(program->name), ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), i + 1, at, size);
      at += size;
    }
  }
  return out.bytes();
}

std::vector<std::uint8_t> elf_image(std::vector<Section> sections, Names names, const ForgedObjectOptions& options) {
  std::vector<std::uint32_t> section_names;
  for (const Section& section : sections) section_names.push_back(names.add(section.name));
  section_names.push_back(names.add(".strtab"));
  sections.push_back({.name = ".strtab", .type = SHT_STRTAB, .data = names.bytes()});
  for (Section& section : sections) {
    if (section.type == SHT_SYMTAB) section.link = static_cast<std::uint32_t>(sections.size());
  }

  std::vector<std::uint64_t> offsets;
  ByteSink body(options.order);
  body.zeros(sizeof(Elf64_Ehdr));
  for (const Section& section : sections) {
    body.align(section.align);
    offsets.push_back(body.size());
    body.append(section.data);
  }
  body.align(8);

  ByteSink out(options.order);
  out.text(ELFMAG);
  out.u8(ELFCLASS64);
  out.u8(options.order == ByteOrder::little ? ELFDATA2LSB : ELFDATA2MSB);
  out.u8(EV_CURRENT);
  out.zeros(EI_NIDENT - out.size());
  out.u16(options.type);
  out.u16(options.machine);
  out.u32(EV_CURRENT);
  out.u64(0);
  out.u64(0);
  out.u64(body.size());  // section headers
  out.u32(0);
  out.u16(sizeof(Elf64_Ehdr));
  out.u16(0);
  out.u16(0);
  out.u16(sizeof(Elf64_Shdr));
  out.u16(static_cast<std::uint16_t>(sections.size() + 1));
  out.u16(static_cast<std::uint16_t>(sections.size()));  // .strtab also holds the section names
  const std::vector<std::uint8_t> contents = body.bytes();
  out.append({contents.begin() + static_cast<std::ptrdiff_t>(out.size()), contents.end()});
  out.zeros(sizeof(Elf64_Shdr));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    out.u32(section_names[i]);
    out.u32(sections[i].type);
    out.u64(sections[i].flags);
    out.u64(0);
    out.u64(offsets[i]);
    out.u64(sections[i].data.size());
    out.u32(sections[i].link);
    out.u32(sections[i].info);
    out.u64(sections[i].align);
    out.u64(sections[i].entry_size);
  }
  return out.bytes();
}

}  // namespace

ForgedInsn mov_imm(std::int32_t value) { return {.code = 0xb7, .imm = value}; }

ForgedInsn ldx(std::uint32_t size_bytes, std::int16_t off) {
  constexpr std::uint8_t ldx_mem = 0x61;
  const std::uint8_t size = size_bytes == 1 ? 0x10 : size_bytes == 2 ? 0x08 : size_bytes == 8 ? 0x18 : 0;
  return {.code = static_cast<std::uint8_t>(ldx_mem | size), .dst = 0, .src = 1, .off = off};
}

std::array<ForgedInsn, 2> ld_imm64(std::uint64_t value) {
  return {{{.code = 0x18, .imm = static_cast<std::int32_t>(value)},
           {.code = 0, .imm = static_cast<std::int32_t>(value >> 32U)}}};
}

ForgedInsn exit_insn() { return {.code = 0x95}; }
ForgedInsn branch_insn() { return {.code = 0x15, .dst = 1}; }

std::vector<std::uint8_t> forge_object(BtfForge local, const std::vector<ForgedProgram>& programs,
                                       const ForgedObjectOptions& options) {
  const std::vector<CodeSection> code = by_section(programs);
  std::vector<Section> sections;
  for (const CodeSection& section : code) {
    sections.push_back({.name = section.name,
                        .type = SHT_PROGBITS,
                        .flags = SHF_ALLOC | SHF_EXECINSTR,
                        .data = code_of(section, options.order),
                        .align = insn_size});
  }
  std::vector<std::uint8_t> ext = btf_ext(local, code, options);  // adds strings to `local`
  std::vector<std::uint8_t> btf = local.bytes();
  if (options.edit_btf) options.edit_btf(btf);
  if (options.edit_btf_ext) options.edit_btf_ext(ext);
  if (!options.without_btf) {
    sections.push_back({.name = ".BTF", .type = SHT_PROGBITS, .data = std::move(btf), .align = 4});
  }
  if (!options.without_btf_ext) {
    sections.push_back({.name = ".BTF.ext", .type = SHT_PROGBITS, .data = std::move(ext), .align = 4});
  }
  Names names;
  if (!options.without_symbols) {
    sections.push_back({.name = ".symtab",
                        .type = SHT_SYMTAB,
                        .data = symbols(code, names, options.order),
                        .info = 1,  // index of the first symbol that is not local
                        .align = 8,
                        .entry_size = sizeof(Elf64_Sym)});
  }
  return elf_image(std::move(sections), std::move(names), options);
}

}  // namespace minbtf::test
