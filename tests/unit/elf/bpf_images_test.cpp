// SPDX-License-Identifier: BSD-2-Clause
#include "elf/bpf_images.hpp"

#include <elf.h>

#include <catch2/catch.hpp>
#include <cstddef>

#include "elf/elf_file.hpp"
#include "elf/elf_writer.hpp"
#include "support/error_text.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

using elf::find_bpf_images;

namespace {

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& bytes, const Bytes& more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

/// Returns the image in `bytes`.
Bytes part(const Bytes& bytes, const elf::BpfImage& image) {
  const auto start = bytes.begin() + static_cast<std::ptrdiff_t>(image.offset);
  return {start, start + static_cast<std::ptrdiff_t>(image.size)};
}

}  // namespace

TEST_CASE("bpf_images: images of both byte orders are found at all offsets, with their exact size") {
  const Bytes little = sample_object({.order = ByteOrder::little});
  const Bytes big = sample_object({.order = ByteOrder::big});
  for (std::size_t gap = 0; gap < 9; ++gap) {
    CAPTURE(gap);
    Bytes bytes(gap, 0x7f);
    append(bytes, little);
    append(bytes, Bytes(gap, 'E'));
    append(bytes, big);
    append(bytes, {0x7f, 'E', 'L', 'F'});
    const elf::BpfImages images = find_bpf_images(bytes, "bytes");
    CHECK(images.cut.empty());
    REQUIRE(images.complete.size() == 2);
    CHECK(images.complete[0].offset == gap);
    CHECK(images.complete[0].order == ByteOrder::little);
    CHECK(images.complete[1].order == ByteOrder::big);
    CHECK((part(bytes, images.complete[0]) == little));
    CHECK((part(bytes, images.complete[1]) == big));
  }
}

TEST_CASE("bpf_images: ELF files that are no BPF objects are not found") {
  for (const Bytes& bytes : {sample_object({.machine = EM_X86_64}), sample_object({.type = ET_EXEC}), Bytes{},
                             Bytes{0x7f, 'E', 'L', 'F'}, Bytes(1000, 0x7f)}) {
    const elf::BpfImages images = find_bpf_images(bytes, "bytes");
    CHECK(images.complete.empty());
    CHECK(images.cut.empty());
  }
}

TEST_CASE("bpf_images: an image that is cut is reported by its offset, and the image behind it is found") {
  const Bytes whole = sample_object();
  for (std::size_t size = sizeof(Elf64_Ehdr); size < whole.size(); size += 1 + whole.size() / 50) {
    CAPTURE(size);
    Bytes bytes(3, 'x');
    append(bytes, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    const elf::BpfImages alone = find_bpf_images(bytes, "bytes");
    CHECK(alone.complete.empty());
    CHECK(alone.cut == std::vector<std::uint64_t>{3});
  }
  Bytes bytes(whole.begin(), whole.begin() + 100);
  append(bytes, whole);
  const elf::BpfImages images = find_bpf_images(bytes, "bytes");
  REQUIRE(images.complete.size() == 1);
  CHECK(images.complete[0].offset == 100);
  CHECK(images.cut == std::vector<std::uint64_t>{0});
}

TEST_CASE("bpf_images: no value of a header field leads out of the bytes") {
  const Bytes whole = sample_object();
  const std::size_t headers = whole.size() - 8 * sizeof(Elf64_Shdr);
  for (std::size_t at = 0; at < whole.size(); at = at == sizeof(Elf64_Ehdr) ? headers : at + 1) {
    for (const int value : {0x00, 0x01, 0x7f, 0xff}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(value);
      const elf::BpfImages images = find_bpf_images(changed, "bytes");
      for (const elf::BpfImage& image : images.complete) {
        REQUIRE(image.size >= sizeof(Elf64_Ehdr));
        REQUIRE(image.offset <= changed.size());
        REQUIRE(image.size <= changed.size() - image.offset);
      }
    }
  }
}

TEST_CASE("bpf_images: a number of sections in the first section header is used if e_shnum is 0") {
  Bytes bytes = sample_object();
  const auto read = [&](std::size_t at, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{bytes[at + i]} << 8 * i;
    return value;
  };
  const std::uint64_t table = read(offsetof(Elf64_Ehdr, e_shoff), 8);
  const auto sections = static_cast<std::uint8_t>(read(offsetof(Elf64_Ehdr, e_shnum), 2));
  bytes[offsetof(Elf64_Ehdr, e_shnum)] = 0;
  CHECK(find_bpf_images(bytes, "bytes").cut.size() == 1);
  bytes[table + offsetof(Elf64_Shdr, sh_size)] = sections;
  const elf::BpfImages images = find_bpf_images(bytes, "bytes");
  REQUIRE(images.complete.size() == 1);
  CHECK(images.complete[0].size == bytes.size());
}

TEST_CASE("bpf_images: many headers that share a table of sections are an error, and take no long time") {
  // Each header claims the same 60,000 section headers, of which the last reaches beyond the end.
  const std::size_t sections = 60'000;
  const std::size_t headers = 2000;
  Bytes bytes;
  for (std::size_t i = 0; i < headers; ++i) {
    Bytes header = sample_object();
    header.resize(sizeof(Elf64_Ehdr));
    set_u32(header, offsetof(Elf64_Ehdr, e_shoff), static_cast<std::uint32_t>((headers - i) * sizeof(Elf64_Ehdr)),
            ByteOrder::little);
    set_u32(header, offsetof(Elf64_Ehdr, e_shentsize), static_cast<std::uint32_t>(sizeof(Elf64_Shdr) | sections << 16U),
            ByteOrder::little);
    append(bytes, header);
  }
  bytes.resize(bytes.size() + sections * sizeof(Elf64_Shdr));
  const std::size_t last = bytes.size() - sizeof(Elf64_Shdr);
  bytes[last + offsetof(Elf64_Shdr, sh_type)] = SHT_PROGBITS;
  set_u32(bytes, last + offsetof(Elf64_Shdr, sh_size), 0xffffffff, ByteOrder::little);
  CHECK(error_text([&] { static_cast<void>(find_bpf_images(bytes, "bytes")); }) ==
        "damaged: bytes: incomplete BPF objects that share their section headers");
}

TEST_CASE("elf_file: places in a program have the names of the section and of the symbol that begins there") {
  const Bytes data(100, 1);
  // .bss has no bytes in the file: its sh_offset is that of .rodata.
  const std::vector<elf::NewSection> sections = {{.name = ".text", .contents = std::span(data).first(16)},
                                                 {.name = ".bss", .type = SHT_NOBITS, .alignment = 16},
                                                 {.name = ".rodata", .alignment = 16, .contents = data}};
  const std::vector<elf::NewSymbol> symbols = {
      {.name = "end_of_text", .section = 0, .value = 16, .is_object = true},
      {.name = "in_bss", .section = 1, .value = 0, .size = 8, .is_object = true},
      {.name = "also_in_bss", .section = 1, .value = 60, .size = 8, .is_object = true},
      {.name = "first", .section = 2, .value = 0, .size = 8, .is_object = true},
      {.name = "second", .section = 2, .value = 40, .size = 8, .is_object = true},
      {.name = "label", .section = 2, .value = 60},
      {.name = "absolute", .section = {}, .value = 90, .is_object = true}};
  const Bytes bytes = elf::write_elf({.number = EM_X86_64}, elf::FileType::relocatable, sections, symbols, "program");
  const std::uint64_t start = 80;  // of .rodata
  const auto names = elf::ElfFile::from_memory(bytes, "program")
                         .names_of_places(std::vector<std::uint64_t>{0, 64, start, start + 40, start + 60, 1 << 30});
  REQUIRE(names.size() == 6);
  CHECK((names[0].section.empty() && names[0].symbol.empty()));
  CHECK((names[1].section == ".text" && names[1].symbol.empty()));
  CHECK((names[2].section == ".rodata" && names[2].symbol == "first"));
  CHECK((names[3].section == ".rodata" && names[3].symbol == "second"));
  CHECK((names[4].section == ".rodata" && names[4].symbol.empty()));
  CHECK((names[5].section.empty() && names[5].symbol.empty()));
}

}  // namespace minbtf::test
