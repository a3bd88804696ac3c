// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/bundle_machine.hpp"

#include "elf/machines.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

std::uint32_t bundle_machine(const Architecture& architecture, ByteOrder order) {
  const elf::Machine* const machine = elf::find_machine(architecture.name);
  if (machine == nullptr) {
    throw Error(ErrorKind::unsupported, "bundle", "",
                "machines of " + std::string(architecture.name) + " are not known");
  }
  return elf::bundle_machine(*machine, order);
}

const Architecture* architecture_of_machine(std::uint32_t machine) {
  return find_architecture(elf::architecture_of_bundle(machine));
}

}  // namespace minbtf::archive
