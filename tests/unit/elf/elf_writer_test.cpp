// SPDX-License-Identifier: BSD-2-Clause
#include "elf/elf_writer.hpp"

#include <elf.h>

#include <catch2/catch.hpp>

#include "elf/elf_file.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using Catch::Contains;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr elf::Machine x86_64 = {.number = EM_X86_64};
constexpr elf::Machine s390x = {.number = EM_S390, .order = ByteOrder::big};
constexpr elf::Machine arm = {.number = EM_ARM, .is_64_bit = false, .flags = 0x05000000};

const Bytes data = {1, 2, 3, 4, 5};

Bytes sample(const elf::Machine& machine) {
  const std::vector<elf::NewSection> sections = {
      {.name = ".odd", .contents = std::span(data).first(3)},
      {.name = ".rodata", .flags = SHF_ALLOC, .alignment = 32, .contents = data},
      {.name = ".note.GNU-stack"}};
  const std::vector<elf::NewSymbol> symbols = {
      {.name = "begin", .section = 1, .value = 0, .size = 5, .is_object = true},
      {.name = "stop", .section = 1, .value = 5},
      {.name = "length", .section = {}, .value = 5}};
  return elf::write_elf(machine, elf::FileType::relocatable, sections, symbols, "sample");
}

}  // namespace

TEST_CASE("elf_writer: sections and symbols are read back, for 32 and 64 bits and both byte orders") {
  const elf::Machine machine = GENERATE(x86_64, s390x, arm);
  const Bytes bytes = sample(machine);
  const elf::ElfFile file = elf::ElfFile::from_memory(bytes, "sample");
  CHECK(file.byte_order() == machine.order);
  CHECK_FALSE(file.is_bpf_object());
  const auto odd = file.section(".odd");
  const auto rodata = file.section(".rodata");
  REQUIRE(odd);
  REQUIRE(rodata);
  CHECK(odd->index == 1);
  CHECK(rodata->index == 2);
  CHECK(Bytes(odd->data.begin(), odd->data.end()) == Bytes{1, 2, 3});
  CHECK(Bytes(rodata->data.begin(), rodata->data.end()) == data);
  CHECK((rodata->data.data() - bytes.data()) % 32 == 0);
  CHECK(file.section(".note.GNU-stack"));
  const auto objects = file.data_symbols();
  REQUIRE(objects.size() == 1);
  CHECK(objects[0].name == "begin");
  CHECK(objects[0].section == 2);
  CHECK(objects[0].offset == 0);
  CHECK(objects[0].size == 5);
  CHECK(sample(machine) == bytes);
}

TEST_CASE("elf_writer: readelf accepts the file and prints its machine, sections and symbols") {
  const elf::Machine machine = GENERATE(x86_64, s390x, arm);
  const TempDir directory;
  const CommandResult result = run_command({"readelf", "-hSsW", directory.write("sample.o", sample(machine))});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("REL (Relocatable file)") && Contains(".rodata") && Contains(".shstrtab"));
  CHECK_THAT(result.out, Contains(machine.is_64_bit ? "ELF64" : "ELF32"));
  CHECK_THAT(result.out, Contains("5 OBJECT  GLOBAL DEFAULT    2 begin"));
  CHECK_THAT(result.out, Contains("0 NOTYPE  GLOBAL DEFAULT    2 stop"));
  CHECK_THAT(result.out, Contains("0 NOTYPE  GLOBAL DEFAULT  ABS length"));
  if (!machine.is_64_bit) CHECK_THAT(result.out, Contains("0x5000000, Version5 EABI"));
}

TEST_CASE("elf_writer: bpftool reads the .BTF section of an executable file without symbols") {
  const Bytes btf = other_sample_kernel();
  const std::vector<elf::NewSection> sections = {{.name = ".BTF", .flags = SHF_ALLOC, .alignment = 8, .contents = btf}};
  const TempDir directory;
  const std::string path =
      directory.write("vmlinux-1", elf::write_elf(x86_64, elf::FileType::executable, sections, {}, "vmlinux-1"));
  const std::string raw = directory.write("raw", btf);
  const CommandResult from_elf = run_command({"/usr/sbin/bpftool", "btf", "dump", "file", path});
  const CommandResult from_raw = run_command({"/usr/sbin/bpftool", "btf", "dump", "file", raw});
  CHECK(from_elf.status == 0);
  CHECK_FALSE(from_raw.out.empty());
  CHECK(from_elf.out == from_raw.out);
  CHECK_THAT(run_command({"readelf", "-hSW", path}).out, Contains("EXEC (Executable file)") && Contains(".symtab"));
}

}  // namespace minbtf::test
