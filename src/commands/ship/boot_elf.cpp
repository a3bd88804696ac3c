// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/boot_elf.hpp"

#include "elf/elf_writer.hpp"
#include "elf/machines.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

std::vector<std::uint8_t> boot_elf(std::span<const std::uint8_t> btf, const archive::Architecture& architecture,
                                   const std::string& name) {
  const elf::Machine* const machine = elf::find_machine(architecture.name);
  if (machine == nullptr) {
    throw Error(ErrorKind::unsupported, name, "", "ELF files for " + std::string(architecture.name) + " are not known");
  }
  const elf::NewSection section{.name = ".BTF", .alignment = 8, .contents = btf};
  return elf::write_elf(*machine, elf::FileType::executable, std::span(&section, 1), {}, name);
}

}  // namespace minbtf::cli
