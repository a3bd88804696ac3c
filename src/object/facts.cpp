#include "object/facts.hpp"

#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::object {

Facts read_facts(std::span<const std::uint8_t> bytes, const BpfObject& object) {
  Facts facts;
  const ObjectData& data = object.data();
  const elf::ElfFile elf = elf::ElfFile::from_memory(bytes, object.name());
  if (data.btf) {
    facts.symbols = kernel_symbols(elf, data);
    if (const auto ext = elf.section(".BTF.ext")) {
      try {
        facts.lines = LineInfo(ext->data, *data.btf, object.name());
      } catch (const Error& error) {
        facts.line_damage = error.where() + ": " + error.reason();
      }
    }
  }
  facts.needs = kernel_needs(data, facts.symbols);
  return facts;
}

}  // namespace minbtf::object
