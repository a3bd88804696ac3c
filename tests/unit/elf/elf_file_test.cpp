// SPDX-License-Identifier: BSD-2-Clause
#include "elf/elf_file.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <new>

#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

using elf::ElfFile;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<ForgedProgram> three_programs() {
  return {{.name = "first", .section = "tp/one", .insns = {mov_imm(0), exit_insn()}, .records = {}},
          {.name = "second", .section = "tp/one", .insns = {exit_insn()}, .records = {}},
          {.name = "third", .section = ".text", .insns = {exit_insn()}, .records = {}}};
}

Bytes object(ByteOrder order = ByteOrder::little) {
  return forge_object(EveryKind(order).forge, three_programs(), {.order = order});
}

std::uint64_t section_headers(const Bytes& bytes) {
  std::uint64_t at = 0;
  for (std::size_t i = 8; i-- > 0;) at = at << 8U | bytes.at(offsetof(Elf64_Ehdr, e_shoff) + i);
  return at;
}

/// Overwrites 32 bits of a section header of a little-endian file. The upper half of a 64-bit field stays zero.
void set_in_section(Bytes& bytes, std::size_t section, std::size_t field, std::uint32_t value) {
  set_u32(bytes, section_headers(bytes) + section * sizeof(Elf64_Shdr) + field, value, ByteOrder::little);
}

// Section indices in object(): code sections, .BTF, .BTF.ext, .symtab, .strtab.
constexpr std::size_t btf_index = 3;
constexpr std::size_t symbols_index = 5;

std::string read_all(const Bytes& bytes) {
  return error_text([&] {
    const ElfFile file = ElfFile::from_memory(bytes, "object");
    (void)file.section(".BTF");
    (void)file.functions();
  });
}

}  // namespace

TEST_CASE("elf_file: sections and function symbols are read in either byte order") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes bytes = object(order);
  const ElfFile file = ElfFile::from_memory(bytes, "object");
  CHECK(file.is_bpf_object());
  CHECK(file.byte_order() == order);

  const auto code = file.section("tp/one");
  REQUIRE(code);
  CHECK(code->data.size() == 24);
  CHECK(code->data[0] == 0xb7);
  const auto btf = file.section(".BTF");
  REQUIRE(btf);
  CHECK(btf->index == btf_index);
  CHECK(Bytes(btf->data.begin(), btf->data.end()) == EveryKind(order).forge.bytes());
  CHECK_FALSE(file.section(".BTF.base"));
  CHECK_FALSE(file.section("tp"));

  const auto functions = file.functions();
  REQUIRE(functions.size() == 3);
  CHECK(functions[1].name == "second");
  CHECK(functions[1].section == code->index);
  CHECK(functions[1].offset == 16);
  CHECK(functions[1].size == 8);
  CHECK(functions[2].name == "third");
  CHECK(functions[2].section != code->index);
}

TEST_CASE("elf_file: code sections are the executable sections that have contents") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  Bytes bytes = object(order);
  {
    const ElfFile file = ElfFile::from_memory(bytes, "object");
    const auto code = file.code();
    REQUIRE(code.size() == 2);
    CHECK(code[0].index == 1);
    CHECK(code[0].name == "tp/one");
    CHECK(code[0].data.size() == 24);
    CHECK(code[1].name == ".text");
    CHECK(code[1].data.size() == 8);
  }
  if (order == ByteOrder::big) return;
  const auto names_with = [&](std::size_t field, std::uint32_t value) {
    Bytes changed = bytes;
    set_in_section(changed, 1, field, value);
    std::vector<std::string> names;
    for (const auto& section : ElfFile::from_memory(changed, "object").code()) names.emplace_back(section.name);
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(names_with(offsetof(Elf64_Shdr, sh_type), SHT_NOBITS) == Names{".text"});
  CHECK(names_with(offsetof(Elf64_Shdr, sh_flags), SHF_ALLOC) == Names{".text"});
  CHECK(names_with(offsetof(Elf64_Shdr, sh_size), 0) == Names{".text"});
  CHECK(error_text([&] {
          (void)names_with(offsetof(Elf64_Shdr, sh_name), 0x10000);
        }).starts_with("damaged: object: ELF: a code section has no readable name"));
  CHECK(error_text([&] {
          (void)names_with(offsetof(Elf64_Shdr, sh_size), 0x10000);
        }).starts_with("damaged: object: ELF: section 1 (65536 bytes at "));
}

TEST_CASE("elf_file: undefined symbols are listed, with the places in code that refer to them") {
  const std::string order = GENERATE("el", "eb");
  const std::string text = contents_of(bpf_object("kernel_needs", order));
  const Bytes bytes(text.begin(), text.end());
  const ElfFile file = ElfFile::from_memory(bytes, "object");
  std::map<std::uint32_t, std::string> names;
  for (const auto& symbol : file.externs())
    names[symbol.index] = std::string(symbol.name) + (symbol.weak ? " weak" : "");
  std::vector<std::string> found;
  for (const auto& [index, name] : names) found.push_back(name);
  std::ranges::sort(found);
  CHECK(found == std::vector<std::string>{"bpf_prog_active weak", "bpf_task_acquire", "bpf_task_release weak",
                                          "init_task_address", "perhaps_an_address weak", "runqueues"});

  const auto code = file.section("kprobe/vfs_open");
  REQUIRE(code);
  std::vector<std::string> referred;
  std::uint64_t last = 0;
  for (const auto& relocation : file.code_relocations()) {
    // No place in data or in debug information.
    CHECK(std::ranges::count(file.code(), relocation.section, &elf::CodeSection::index) == 1);
    if (relocation.section != code->index || !names.contains(relocation.symbol)) continue;
    referred.push_back(names[relocation.symbol]);
    CHECK(relocation.offset % 8 == 0);
    CHECK(relocation.offset >= last);
    last = relocation.offset;
  }
  CHECK(referred ==
        std::vector<std::string>{"init_task_address", "perhaps_an_address weak", "perhaps_an_address weak"});
  CHECK(last < code->data.size());
}

TEST_CASE("elf_file: a symbol that is defined, local, or has a type is not an extern") {
  const std::string text = contents_of(bpf_object("kernel_needs"));
  const Bytes whole(text.begin(), text.end());
  const auto symbol = ElfFile::from_memory(whole, "object").externs().front();
  std::size_t section = 1;
  const auto header = [&] { return section_headers(whole) + section * sizeof(Elf64_Shdr); };
  while (whole.at(header() + offsetof(Elf64_Shdr, sh_type)) != SHT_SYMTAB) ++section;
  std::size_t at = 0;
  for (std::size_t i = 8; i-- > 0;) at = at << 8U | whole.at(header() + offsetof(Elf64_Shdr, sh_offset) + i);
  at += symbol.index * sizeof(Elf64_Sym);
  const auto is_extern_with = [&](std::size_t field, std::uint8_t value) {
    Bytes bytes = whole;
    bytes.at(at + field) = value;
    const auto externs = ElfFile::from_memory(bytes, "object").externs();
    return std::ranges::count(externs, symbol.name, &elf::ExternSymbol::name) == 1;
  };
  const auto info = [](unsigned binding, unsigned type) { return static_cast<std::uint8_t>(binding << 4U | type); };
  CHECK(is_extern_with(offsetof(Elf64_Sym, st_info), info(STB_GLOBAL, STT_NOTYPE)));
  CHECK(is_extern_with(offsetof(Elf64_Sym, st_info), info(STB_WEAK, STT_NOTYPE)));
  CHECK_FALSE(is_extern_with(offsetof(Elf64_Sym, st_info), info(STB_LOCAL, STT_NOTYPE)));
  CHECK_FALSE(is_extern_with(offsetof(Elf64_Sym, st_info), info(STB_GLOBAL, STT_FUNC)));
  CHECK_FALSE(is_extern_with(offsetof(Elf64_Sym, st_shndx), 1));
}

TEST_CASE("elf_file: a name of over 1024 bytes is rejected") {
  const auto names_of = [](std::size_t length, const char* section) {
    const Bytes bytes = forge_object(
        BtfForge(), {{.name = std::string(length, 'p'), .section = section, .insns = {exit_insn()}, .records = {}}});
    const ElfFile file = ElfFile::from_memory(bytes, "object");
    return error_text([&] {
      (void)file.code();
      const auto functions = file.functions();
      CHECK(functions.at(0).name.size() == length);
    });
  };
  CHECK(names_of(elf::longest_name, "tp/one") == "no error");
  CHECK(names_of(elf::longest_name + 1, "tp/one") ==
        "damaged: object: ELF: a function symbol has a name of over 1024 bytes");
  const std::string section(elf::longest_name + 1, 's');
  CHECK(names_of(1, section.c_str() + 1) == "no error");
  CHECK(names_of(1, section.c_str()) == "damaged: object: ELF: a code section has a name of over 1024 bytes");
}

TEST_CASE("elf_file: relocations with a wrong section, size or offset are rejected") {
  const std::string text = contents_of(bpf_object("kernel_needs"));
  const Bytes whole(text.begin(), text.end());
  const auto relocations_with = [&](std::size_t field, std::uint32_t value) {
    Bytes bytes = whole;
    // The first section of relocations applies to .text.
    std::size_t section = 1;
    while (bytes.at(section_headers(bytes) + section * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_type)) != SHT_REL) {
      ++section;
    }
    set_in_section(bytes, section, field, value);
    return error_text([&] { (void)ElfFile::from_memory(bytes, "object").code_relocations(); });
  };
  CHECK(relocations_with(offsetof(Elf64_Shdr, sh_entsize), 16) == "no error");
  CHECK(relocations_with(offsetof(Elf64_Shdr, sh_info), 999)
            .starts_with("damaged: object: ELF: relocations apply to a section that does not exist"));
  CHECK(relocations_with(offsetof(Elf64_Shdr, sh_entsize), 0)
            .starts_with("damaged: object: ELF: unreadable relocations"));
  CHECK(
      relocations_with(offsetof(Elf64_Shdr, sh_entsize), 8).starts_with("damaged: object: ELF: unreadable relocation"));
  CHECK(relocations_with(offsetof(Elf64_Shdr, sh_offset), 0x100000)
            .starts_with("damaged: object: ELF: unreadable relocations"));
}

TEST_CASE("elf_file: overlapping sections are rejected before they are read many times") {
  const auto error_of = [](Bytes bytes, const std::function<void(Bytes&)>& change,
                           const std::function<void(const ElfFile&)>& read) {
    change(bytes);
    return error_text([&] { read(ElfFile::from_memory(bytes, "object")); });
  };
  // Each of the two code sections covers the complete file.
  CHECK(error_of(
            object(),
            [](Bytes& bytes) {
              for (const std::size_t section : {1, 2}) {
                set_in_section(bytes, section, offsetof(Elf64_Shdr, sh_offset), 0);
                set_in_section(bytes, section, offsetof(Elf64_Shdr, sh_size), static_cast<std::uint32_t>(bytes.size()));
              }
            },
            [](const ElfFile& file) { (void)file.code(); }) == "damaged: object: ELF: code sections overlap");
  // The beginning of .BTF becomes a second symbol table.
  CHECK(error_of(
            object(),
            [](Bytes& bytes) {
              set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_type), SHT_SYMTAB);
              set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_entsize), sizeof(Elf64_Sym));
              set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_size), 2 * sizeof(Elf64_Sym));
            },
            [](const ElfFile& file) { (void)file.code_relocations(); }) ==
        "damaged: object: ELF: several symbol tables");
  // All sections of relocations cover the complete file, which is zeros: relocations by the first symbol, in code.
  const std::string text = contents_of(bpf_object("kernel_needs"));
  CHECK(error_of(
            Bytes(text.begin(), text.end()),
            [](Bytes& bytes) {
              const std::uint64_t headers = section_headers(bytes);
              const std::size_t size = (headers - sizeof(Elf64_Ehdr)) / sizeof(Elf64_Rel) * sizeof(Elf64_Rel);
              std::fill_n(bytes.begin() + sizeof(Elf64_Ehdr), size, std::uint8_t{0});
              for (std::size_t i = 1; headers + (i + 1) * sizeof(Elf64_Shdr) <= bytes.size(); ++i) {
                if (bytes.at(headers + i * sizeof(Elf64_Shdr) + offsetof(Elf64_Shdr, sh_type)) != SHT_REL) continue;
                set_in_section(bytes, i, offsetof(Elf64_Shdr, sh_info), 2);
                set_in_section(bytes, i, offsetof(Elf64_Shdr, sh_offset), sizeof(Elf64_Ehdr));
                set_in_section(bytes, i, offsetof(Elf64_Shdr, sh_size), static_cast<std::uint32_t>(size));
              }
            },
            [](const ElfFile& file) { (void)file.code_relocations(); }) ==
        "damaged: object: ELF: sections of relocations overlap");
}

TEST_CASE("elf_file: compressed names are rejected") {
  Bytes bytes = object();
  set_in_section(bytes, symbols_index + 1, offsetof(Elf64_Shdr, sh_flags), SHF_COMPRESSED);
  CHECK(error_text([&] { (void)ElfFile::from_memory(bytes, "object").functions(); }) ==
        "unsupported: object: ELF: compressed names");
}

TEST_CASE("elf_file: an open file is read with the same result as memory") {
  const Bytes bytes = object();
  const int fd = memfd_create("object", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  {
    const ElfFile file = ElfFile::from_file(fd, "object");
    CHECK(file.is_bpf_object());
    CHECK(file.functions().size() == 3);
    const auto btf = file.section(".BTF");
    REQUIRE(btf);
    CHECK(Bytes(btf->data.begin(), btf->data.end()) == EveryKind().forge.bytes());
  }
  close(fd);
}

TEST_CASE("elf_file: a read error is an error of kind io") {
  const Bytes bytes = object();
  const int fd = memfd_create("object", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  // Address 0 is not mapped, so that reading the memory of this process at a low offset fails with EIO.
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  REQUIRE(memory >= 0);
  const std::string expected = "io: object: cannot read: Input/output error";
  SECTION("when the file is opened") {
    const int unreadable = open(("/proc/self/fd/" + std::to_string(fd)).c_str(), O_WRONLY | O_CLOEXEC);
    REQUIRE(unreadable >= 0);
    CHECK(error_text([&] { (void)ElfFile::from_file(unreadable, "object"); }) ==
          "io: object: cannot read: Bad file descriptor");
    close(unreadable);
  }
  SECTION("when names or sections are read") {
    const ElfFile file = ElfFile::from_file(fd, "object");
    REQUIRE(dup3(memory, fd, O_CLOEXEC) == fd);
    CHECK(error_text([&] { (void)file.section(".BTF"); }) == expected);
    CHECK(error_text([&] { (void)file.section_size(".BTF"); }) == expected);
    CHECK(error_text([&] { (void)file.code(); }) == expected);
    CHECK(error_text([&] { (void)file.functions(); }) == expected);
  }
  SECTION("when contents are read") {
    const ElfFile file = ElfFile::from_file(fd, "object");
    REQUIRE(file.section_size(".BTF"));
    REQUIRE(dup3(memory, fd, O_CLOEXEC) == fd);
    CHECK(error_text([&] { (void)file.section(".BTF"); }) == expected);
  }
  close(memory);
  close(fd);
}

TEST_CASE("elf_file: a file that has shrunk since it was opened is damaged") {
  const Bytes bytes = object();
  const int fd = memfd_create("object", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  {
    const ElfFile file = ElfFile::from_file(fd, "object");
    REQUIRE(file.section_size(".BTF"));
    REQUIRE(ftruncate(fd, 64) == 0);
    CHECK_THAT(error_text([&] { (void)file.section(".BTF"); }), Catch::StartsWith("damaged: object: ELF: section 3 ("));
  }
  close(fd);
}

// AddressSanitizer ends the process if malloc() gets a size that no machine has.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("elf_file: a section for which there is not enough memory is std::bad_alloc") {
  const std::uint64_t size = std::uint64_t{1} << 60U;
  Bytes bytes = object();
  set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_offset), 0);
  set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_size), 0);
  set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_size) + 4, static_cast<std::uint32_t>(size >> 32U));
  const int fd = memfd_create("object", MFD_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  REQUIRE(ftruncate(fd, static_cast<off_t>(size)) == 0);
  {
    const ElfFile file = ElfFile::from_file(fd, "object");
    CHECK(file.section_size(".BTF") == size);
    CHECK_THROWS_AS(file.section(".BTF"), std::bad_alloc);
  }
  close(fd);
}
#endif

TEST_CASE("elf_file: an ELF file of another machine or type is not a BPF object") {
  const auto is_bpf_object = [](const ForgedObjectOptions& options) {
    const Bytes bytes = forge_object(BtfForge(), three_programs(), options);
    return ElfFile::from_memory(bytes, "object").is_bpf_object();
  };
  CHECK(is_bpf_object({}));
  CHECK_FALSE(is_bpf_object({.machine = EM_X86_64}));
  CHECK_FALSE(is_bpf_object({.machine = EM_NONE}));
  CHECK_FALSE(is_bpf_object({.type = ET_EXEC}));
  CHECK_FALSE(is_bpf_object({.type = ET_CORE}));
}

TEST_CASE("elf_file: a file without a complete ELF identification is rejected") {
  const std::string expected = "wrong_file: object: not an ELF file";
  CHECK(read_all({}) == expected);
  CHECK(read_all({0x7f}) == expected);
  CHECK(read_all({0x7f, 'E', 'L', 'G', 0, 0, 0, 0}) == expected);
  CHECK(read_all({'!', '<', 'a', 'r', 'c', 'h', '>', '\n'}) == expected);
  CHECK(read_all(EveryKind().forge.bytes()) == expected);
  CHECK(read_all({0x7f, 'E', 'L', 'F'}) == expected);
}

TEST_CASE("elf_file: a section without contents in the file does not count") {
  Bytes bytes = object();
  set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_type), SHT_NOBITS);
  CHECK_FALSE(ElfFile::from_memory(bytes, "object").section(".BTF"));
}

TEST_CASE("elf_file: an empty section counts") {
  Bytes bytes = object();
  set_in_section(bytes, btf_index, offsetof(Elf64_Shdr, sh_size), 0);
  const auto section = ElfFile::from_memory(bytes, "object").section(".BTF");
  REQUIRE(section);
  CHECK(section->data.empty());
}

TEST_CASE("elf_file: a section or symbol table with wrong offsets or sizes is rejected") {
  struct Row {
    std::string name;
    std::size_t section;
    std::size_t field;
    std::uint32_t value;
    std::string expected;  ///< beginning of the message; libelf's text follows
  };
  const std::vector<Row> rows = {
      {"a section beyond the file", btf_index, offsetof(Elf64_Shdr, sh_offset), 0x10000,
       "damaged: object: ELF: section 3 ("},
      {"a section longer than the file", btf_index, offsetof(Elf64_Shdr, sh_size), 0x10000,
       "damaged: object: ELF: section 3 (65536 bytes at "},
      {"a section that overflows", btf_index, offsetof(Elf64_Shdr, sh_offset) + 4, 0xffffffff,
       "damaged: object: ELF: section 3 ("},
      {"a compressed section", btf_index, offsetof(Elf64_Shdr, sh_flags), SHF_COMPRESSED,
       "unsupported: object: ELF: a compressed section is needed"},
      {"symbols without a size", symbols_index, offsetof(Elf64_Shdr, sh_entsize), 0,
       "damaged: object: ELF: unreadable symbol table"},
      {"symbols of another size", symbols_index, offsetof(Elf64_Shdr, sh_entsize), 8,
       "damaged: object: ELF: unreadable symbol"},
      {"symbols beyond the file", symbols_index, offsetof(Elf64_Shdr, sh_offset), 0x10000,
       "damaged: object: ELF: unreadable symbol table"},
      {"symbols named elsewhere", symbols_index, offsetof(Elf64_Shdr, sh_link), 1,
       "damaged: object: ELF: a function symbol has no readable name"},
      {"symbols named nowhere", symbols_index, offsetof(Elf64_Shdr, sh_link), 77,
       "damaged: object: ELF: a function symbol has no readable name"},
  };
  for (const Row& row : rows) {
    Bytes bytes = object();
    set_in_section(bytes, row.section, row.field, row.value);
    const std::string text = read_all(bytes);
    INFO(row.name << ": " << text);
    CHECK(text.starts_with(row.expected));
  }
}

TEST_CASE("elf_file: a file without sections, or without their names, has no .BTF") {
  Bytes bytes = object();
  SECTION("there are no sections") {
    set_u32(bytes, offsetof(Elf64_Ehdr, e_shoff), 0, ByteOrder::little);
    set_u16(bytes, offsetof(Elf64_Ehdr, e_shnum), 0, ByteOrder::little);
    set_u16(bytes, offsetof(Elf64_Ehdr, e_shstrndx), 0, ByteOrder::little);
    CHECK_FALSE(ElfFile::from_memory(bytes, "object").section(".BTF"));
  }
  SECTION("the sections have no names") {
    set_u16(bytes, offsetof(Elf64_Ehdr, e_shstrndx), 0, ByteOrder::little);
    CHECK_FALSE(ElfFile::from_memory(bytes, "object").section(".BTF"));
  }
  SECTION("the section of names does not exist") {
    set_u16(bytes, offsetof(Elf64_Ehdr, e_shstrndx), 99, ByteOrder::little);
    CHECK_FALSE(ElfFile::from_memory(bytes, "object").section(".BTF"));
  }
}

TEST_CASE("elf_file: section headers beyond the end of the file are rejected") {
  Bytes bytes = object();
  const std::string table = std::to_string(7 * sizeof(Elf64_Shdr));
  const std::string at = std::to_string(section_headers(bytes));
  bytes.pop_back();
  CHECK(read_all(bytes) == "damaged: object: ELF: truncated: the section headers (" + table + " bytes at " + at +
                               ") reach beyond the file's " + std::to_string(bytes.size()) + " bytes");
  bytes.push_back(0);
  set_u32(bytes, offsetof(Elf64_Ehdr, e_shoff) + 4, 0xffffffff, ByteOrder::little);
  CHECK(read_all(bytes).starts_with("damaged: object: ELF: "));
}

TEST_CASE("elf_file: an earlier error of libelf is not reported for a later file") {
  Bytes broken = object();
  set_in_section(broken, symbols_index, offsetof(Elf64_Shdr, sh_link), 77);
  (void)read_all(broken);
  Bytes unsized = object();
  set_in_section(unsized, symbols_index, offsetof(Elf64_Shdr, sh_entsize), 0);
  CHECK(read_all(unsized) == "damaged: object: ELF: unreadable symbol table");
}

TEST_CASE("elf_file: a truncated file is rejected") {
  const Bytes bytes = object(GENERATE(ByteOrder::little, ByteOrder::big));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const std::string text = read_all(part);
    INFO(length << " bytes: " << text);
    // The section headers come last, so no part of the file has all of them.
    CHECK((text.starts_with("damaged: object: ELF: ") || text.starts_with("wrong_file: ")));
  }
  CHECK(read_all(bytes) == "no error");
}

}  // namespace minbtf::test
