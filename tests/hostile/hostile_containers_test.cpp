// SPDX-License-Identifier: BSD-2-Clause
// Files that are meant to take much time or memory when `objects` searches them.
#include <elf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "archive/input/object_search.hpp"
#include "elf/elf_file.hpp"
#include "support/error_text.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/guarded.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using std::chrono_literals::operator""ms;
using Bytes = std::vector<std::uint8_t>;

/// Searches a file. Returns the error, without the directory of the file.
std::string error_of(const Bytes& bytes, const archive::ObjectLimits& limits) {
  const TempDir directory;
  const std::string path = directory.write("file", bytes);
  archive::ObjectSearch search(limits, [](const Error&) {});
  std::string error = error_text([&] { search.add(path); });
  const std::size_t at = error.find(path);
  return at == std::string::npos ? error : error.replace(at, path.size(), "file");
}

/// Returns the ELF header of a BPF object whose section headers are at this offset.
Bytes header_with_table_at(std::uint32_t offset) {
  Bytes header = sample_object();
  header.resize(sizeof(Elf64_Ehdr));
  set_u32(header, offsetof(Elf64_Ehdr, e_shoff), offset, ByteOrder::little);
  return header;
}

/// Returns an ELF file of `count` sections that all have the bytes from 0 to `size`, and the same name.
Bytes with_overlapping_sections(std::size_t count, std::uint64_t size) {
  const std::size_t names = sizeof(Elf64_Ehdr);
  const std::size_t table = 2048;
  Bytes bytes(table + (count + 2) * sizeof(Elf64_Shdr));
  std::fill(bytes.begin() + names + 1, bytes.begin() + names + 501, 'n');
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shoff = table;
  header.e_shstrndx = 1;
  std::memcpy(bytes.data(), &header, sizeof(header));
  const auto put = [&](std::size_t index, const Elf64_Shdr& section) {
    std::memcpy(bytes.data() + table + index * sizeof(section), &section, sizeof(section));
  };
  Elf64_Shdr first = {};
  first.sh_size = count + 2;  // more than e_shnum can hold
  put(0, first);
  Elf64_Shdr strings = {};
  strings.sh_name = 1;
  strings.sh_type = SHT_STRTAB;
  strings.sh_offset = names;
  strings.sh_size = 502;
  put(1, strings);
  Elf64_Shdr section = {};
  section.sh_name = 1;
  section.sh_type = SHT_PROGBITS;
  section.sh_size = size;
  for (std::size_t i = 0; i < count; ++i) put(i + 2, section);
  return bytes;
}

}  // namespace

TEST_CASE("hostile_containers: many archives in an archive that each unpack to many bytes are an error") {
  const Bytes bomb = compressed(Bytes(4 << 20, 'x'), Compression::gzip);
  TarForge tar;
  for (int i = 0; i < 1000; ++i) tar.file("bomb" + std::to_string(i), bomb);
  const CpuLimit limit(5000ms, "bombs");
  // Each is under the limit of one member, or over it: then it is left out, and was unpacked nevertheless.
  for (const std::uint64_t member : {8U << 20U, 2U << 20U}) {
    CAPTURE(member);
    const archive::ObjectLimits limits = {.unpack = {.kernel_bytes = member}, .unpacked_bytes = 64U << 20U};
    const std::string error = error_of(tar.bytes(), limits);
    CHECK_THAT(error, Catch::StartsWith("unsupported: file: bomb") &&
                          Catch::EndsWith(": over 67108864 bytes are unpacked up to here"));
  }
}

TEST_CASE("hostile_containers: a small object in many places with long names does not fill the memory") {
  Bytes object = header_with_table_at(sizeof(Elf64_Ehdr));
  object[offsetof(Elf64_Ehdr, e_shnum)] = 1;
  object.resize(sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr));
  Bytes many;
  while (many.size() < (2U << 20U)) many.insert(many.end(), object.begin(), object.end());
  const Bytes tar = TarForge().file(std::string(1000, 'm'), many).bytes();
  const std::uint64_t kept = 256U << 10U;
  const PeakMemory peak;
  const std::string error = error_of(tar, {.kept_bytes = kept});
  CHECK_THAT(error, Catch::EndsWith("with this, the objects, their places and the messages have over 262144 bytes"));
  // The file, the member, and what is kept.
  CHECK(peak.bytes() < 4 * tar.size() + 4 * kept);
}

TEST_CASE("hostile_containers: messages about incomplete objects count as memory") {
  const Bytes header = header_with_table_at(0xffffffff);
  Bytes headers;
  for (int i = 0; i < 20'000; ++i) headers.insert(headers.end(), header.begin(), header.end());
  CHECK_THAT(error_of(headers, {.kept_bytes = 1U << 20U}),
             Catch::StartsWith("unsupported: file: 0x") && Catch::EndsWith(" have over 1048576 bytes"));
}

TEST_CASE("hostile_containers: sections that overlap name each place once") {
  const Bytes bytes = with_overlapping_sections(1'000'000, std::uint64_t{1} << 40U);
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t i = 0; i < 1000; ++i) offsets.push_back(i * 64);
  CHECK(wrong_with("names_of_places()", bytes.size(), [&]() -> std::string {
          const elf::ElfFile file = elf::ElfFile::from_memory(bytes, "file");
          const auto places = file.names_of_places(offsets);
          for (const elf::PlaceNames& place : places) {
            if (place.section != std::string(500, 'n')) return "another name: " + std::string(place.section);
          }
          return places.size() == offsets.size() ? "" : "too few places";
        }) == "");
}

}  // namespace minbtf::test
