// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/kernel_byte_order.hpp"

#include "btf/bytes.hpp"
#include "elf/machines.hpp"

namespace minbtf::archive {

std::string byte_order_fault(const Architecture* architecture, std::span<const std::uint8_t> btf) {
  if (architecture == nullptr || architecture->name == "mips64" || btf.empty()) return {};
  const elf::Machine* const machine = elf::find_machine(architecture->name);
  const ByteOrder order = btf::order_of(btf);
  if (machine == nullptr || machine->order == order) return {};
  return std::string("the BTF is ") + btf::to_string(order) + ", and kernels of " + std::string(architecture->name) +
         " are " + btf::to_string(machine->order);
}

}  // namespace minbtf::archive
