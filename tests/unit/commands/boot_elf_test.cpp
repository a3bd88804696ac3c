// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/boot_elf.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <elf.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "support/fixtures.hpp"

using namespace minbtf;
using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes elf_of(const char* architecture, const Bytes& btf) {
  return cli::boot_elf(btf, *archive::find_architecture(architecture), "kernel");
}

/// Returns the bytes of the BTF that libbpf finds in an ELF file; empty if it finds none.
Bytes btf_by_libbpf(const Bytes& elf) {
  const TempDir directory;
  struct btf* const found = ::btf__parse_elf(directory.write("vmlinux-1", elf).c_str(), nullptr);
  if (::libbpf_get_error(found) != 0) return {};
  __u32 size = 0;
  const auto* const data = static_cast<const std::uint8_t*>(::btf__raw_data(found, &size));
  Bytes bytes(data, data + size);
  ::btf__free(found);
  return bytes;
}

}  // namespace

TEST_CASE("boot_elf: libbpf finds the same bytes in the file of each architecture") {
  CHECK(archive::architectures().size() >= 12);
  for (const archive::Architecture& architecture : archive::architectures()) {
    CAPTURE(architecture.name);
    CHECK(btf_by_libbpf(cli::boot_elf(kernel_btf(), architecture, "kernel")) == kernel_btf());
  }
}

TEST_CASE("boot_elf: the header is that of the architecture, and the file has no program headers") {
  struct Row {
    const char* architecture;
    unsigned char elf_class;
    unsigned char data;
    std::uint16_t machine;
  };
  const Row row =
      GENERATE(Row{"x86_64", ELFCLASS64, ELFDATA2LSB, EM_X86_64}, Row{"aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64},
               Row{"armhf", ELFCLASS32, ELFDATA2LSB, EM_ARM}, Row{"i386", ELFCLASS32, ELFDATA2LSB, EM_386});
  CAPTURE(row.architecture);
  const Bytes file = elf_of(row.architecture, kernel_btf());
  CHECK(file[EI_CLASS] == row.elf_class);
  CHECK(file[EI_DATA] == row.data);
  // e_type and e_machine are at the same place in both classes.
  CHECK(file[offsetof(Elf64_Ehdr, e_type)] == ET_EXEC);
  CHECK(file[offsetof(Elf64_Ehdr, e_machine)] + 256 * file[offsetof(Elf64_Ehdr, e_machine) + 1] == row.machine);
  const std::size_t count = row.elf_class == ELFCLASS64 ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum);
  CHECK(file[count] == 0);
  const Bytes big = elf_of("s390x", kernel_btf("eb"));
  CHECK(big[EI_DATA] == ELFDATA2MSB);
  CHECK(big[offsetof(Elf64_Ehdr, e_machine) + 1] == EM_S390);
}
