// SPDX-License-Identifier: BSD-2-Clause
#include "support/fixtures.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <filesystem>
#include <stdexcept>

#include "elf/elf_file.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

void run_or_throw(const std::vector<std::string>& arguments) {
  const CommandResult result = run_command(arguments);
  if (result.status != 0) throw std::runtime_error(arguments.front() + ": " + result.err);
}

}  // namespace

std::string bpf_object(std::string_view name, std::string_view order) {
  return std::string(TEST_BPF_DIR "/").append(order).append("/").append(name).append(".bpf.o");
}

std::vector<std::uint8_t> kernel_btf(std::string_view order) {
  const std::string bytes = contents_of(bpf_object("kernel", order));
  const std::vector<std::uint8_t> image(bytes.begin(), bytes.end());
  const auto elf = elf::ElfFile::from_memory(image, "kernel.bpf.o");
  const auto section = elf.section(".BTF");
  if (!section) throw std::runtime_error("kernel.bpf.o has no .BTF section");
  return {section->data.begin(), section->data.end()};
}

std::string write_vmlinux(const TempDir& directory, std::string_view name, const std::vector<std::uint8_t>& btf,
                          std::string_view section) {
  const std::string object = directory.file(std::string(name) + ".without");
  const std::string raw = directory.write(std::string(name) + ".raw", btf);
  run_or_throw({TEST_CLANG, "-c", "-x", "c", "/dev/null", "-o", object});
  const std::string added = std::string(section).append("=").append(raw);
  run_or_throw({"objcopy", "--add-section", added, object, directory.file(name)});
  std::filesystem::remove(object);
  std::filesystem::remove(raw);
  return directory.file(name);
}

std::string write_sparse_elf(const TempDir& directory, std::string_view name, std::uint64_t bytes,
                             std::string_view section, std::uint64_t flags) {
  constexpr std::uint64_t zeros_at = 4096;
  const std::string names = std::string(1, '\0').append(section) + '\0';
  struct Image {
    Elf64_Ehdr header{};
    std::array<Elf64_Shdr, 3> sections{};
  } image;
  image.header.e_ident[EI_CLASS] = ELFCLASS64;
  image.header.e_ident[EI_DATA] = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  image.header.e_ident[EI_VERSION] = EV_CURRENT;
  std::copy_n(ELFMAG, SELFMAG, image.header.e_ident);
  image.header.e_type = ET_EXEC;
  image.header.e_machine = EM_X86_64;
  image.header.e_version = EV_CURRENT;
  image.header.e_shoff = offsetof(Image, sections);
  image.header.e_ehsize = sizeof(Elf64_Ehdr);
  image.header.e_shentsize = sizeof(Elf64_Shdr);
  image.header.e_shnum = image.sections.size();
  image.header.e_shstrndx = 2;
  image.sections[1].sh_name = 1;
  image.sections[1].sh_type = SHT_PROGBITS;
  image.sections[1].sh_flags = flags;
  image.sections[1].sh_offset = zeros_at;
  image.sections[1].sh_size = bytes;
  image.sections[2].sh_type = SHT_STRTAB;
  image.sections[2].sh_offset = sizeof(Image);
  image.sections[2].sh_size = names.size();
  const std::string path =
      directory.write(name, std::string(reinterpret_cast<const char*>(&image), sizeof(image)) + names);
  std::filesystem::resize_file(path, zeros_at + bytes);
  return path;
}

}  // namespace minbtf::test
