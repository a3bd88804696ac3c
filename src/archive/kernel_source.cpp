#include "archive/kernel_source.hpp"

#include "elf/elf_file.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name) {
  // Every module has this section and no vmlinux does. Its BTF goes on where that of vmlinux ends.
  if (elf.section(".gnu.linkonce.this_module")) {
    throw Error(ErrorKind::wrong_file, name, "", "a kernel module; the BTF of its kernel (vmlinux) is needed");
  }
  const auto section = elf.section(".BTF");
  if (!section) throw Error(ErrorKind::wrong_file, name, "", "an ELF file without a .BTF section");
  if (section->data.empty()) throw Error(ErrorKind::damaged, name, ".BTF", "the section is empty");
  return {section->data.begin(), section->data.end()};
}

}  // namespace

std::vector<std::uint8_t> read_kernel(const std::filesystem::path& path) {
  io::InputFile file(path);
  if (io::is_raw_btf(file.head())) return file.read_all();
  if (!elf::is_elf(file.head())) {
    throw Error(ErrorKind::wrong_file, file.name(), "",
                "neither raw BTF nor an ELF file with a .BTF section, but " + io::describe_contents(file.head()));
  }
  if (file.is_regular()) return btf_section(elf::ElfFile::from_file(file.descriptor(), file.name()), file.name());
  const auto bytes = file.read_all();
  return btf_section(elf::ElfFile::from_memory(bytes, file.name()), file.name());
}

}  // namespace minbtf::archive
