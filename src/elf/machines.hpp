// SPDX-License-Identifier: BSD-2-Clause
// The machines of ELF files for each architecture.
#pragma once

#include <elf.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "elf/elf_writer.hpp"

namespace minbtf::elf {

struct NamedMachine {
  std::string_view architecture;  ///< the name of an archive::Architecture
  Machine machine;
};

/// Number of LoongArch, which <elf.h> of older systems lacks.
inline constexpr std::uint16_t em_loongarch = 258;

/// All machines that files are written for. The flags are those of data for user space. A linker refuses to mix objects
/// whose flags contradict each other:
///  - arm: EF_ARM_EABI_VER5. Whether floats are passed in registers (armhf) or not (armel) is in .ARM.attributes of
///    objects with code; an object without attributes fits both.
///  - riscv64: EF_RISCV_FLOAT_ABI_DOUBLE, the ABI lp64d of all distributions. EF_RISCV_RVC is not set: it marks code
///    with compressed instructions, and linkers add it to the program if any object has it.
///  - ppc64le: version 2 of the ABI.
///  - loongarch64: EF_LOONGARCH_ABI_DOUBLE_FLOAT and EF_LOONGARCH_OBJABI_V1.
///  - i386, ppc64, mips64, mips64el, sparc64: none. Objects for a linker are not written for them.
inline constexpr std::array machines = {
    NamedMachine{"x86_64", {.number = EM_X86_64}},
    NamedMachine{"arm64", {.number = EM_AARCH64}},
    NamedMachine{"i386", {.number = EM_386, .is_64_bit = false}},
    NamedMachine{"arm", {.number = EM_ARM, .is_64_bit = false, .flags = 0x05000000}},
    NamedMachine{"ppc64le", {.number = EM_PPC64, .flags = 0x2}},
    NamedMachine{"ppc64", {.number = EM_PPC64, .order = ByteOrder::big}},
    NamedMachine{"riscv64", {.number = EM_RISCV, .flags = 0x4}},
    NamedMachine{"loongarch64", {.number = em_loongarch, .flags = 0x43}},
    NamedMachine{"s390x", {.number = EM_S390, .order = ByteOrder::big}},
    NamedMachine{"mips64el", {.number = EM_MIPS}},
    NamedMachine{"mips64", {.number = EM_MIPS, .order = ByteOrder::big}},
    NamedMachine{"sparc64", {.number = EM_SPARCV9, .order = ByteOrder::big}},
};

/// Returns the machine of the architecture with this name; null if there is none.
[[nodiscard]] constexpr const Machine* find_machine(std::string_view architecture) noexcept {
  for (const NamedMachine& each : machines) {
    if (each.architecture == architecture) return &each.machine;
  }
  return nullptr;
}

/// Returns the machine as bundles state it (docs/bundle-format.md): e_machine | ELFCLASS << 16 | ELFDATA << 24. `order`
/// is the byte order of the kernel.
[[nodiscard]] constexpr std::uint32_t bundle_machine(const Machine& machine, ByteOrder order) noexcept {
  const std::uint32_t elf_class = machine.is_64_bit ? ELFCLASS64 : ELFCLASS32;
  const std::uint32_t elf_data = order == ByteOrder::little ? ELFDATA2LSB : ELFDATA2MSB;
  return machine.number | elf_class << 16U | elf_data << 24U;
}

/// Returns the name of the architecture of a machine in a bundle; empty if none is known. The architecture has the
/// machine's number and class, and its byte order if one has this too: ppc64 and ppc64le, mips64 and mips64el have the
/// same number. Big-endian arm64 is arm64.
[[nodiscard]] constexpr std::string_view architecture_of_bundle(std::uint32_t machine) noexcept {
  std::string_view found;
  for (const NamedMachine& each : machines) {
    for (const ByteOrder order : {ByteOrder::little, ByteOrder::big}) {
      if (bundle_machine(each.machine, order) != machine) continue;
      if (order == each.machine.order) return each.architecture;
      found = each.architecture;
    }
  }
  return found;
}

}  // namespace minbtf::elf
