// SPDX-License-Identifier: BSD-2-Clause
#include "io/read/kernel_btf.hpp"

#include <optional>
#include <utility>

#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/btf.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

Contents contents_of(std::span<const std::uint8_t> head) noexcept {
  if (is_raw_btf(head)) return Contents::raw_btf;
  if (elf::is_elf(head)) return Contents::elf;
  if (is_pack(head)) return Contents::pack;
  return is_packed(head) ? Contents::packed : Contents::other;
}

std::string not_a_kernel(std::span<const std::uint8_t> head, std::string_view forms) {
  return "neither raw BTF nor an ELF file with a .BTF section" + std::string(forms) + ", but " +
         describe_contents(head);
}

bool is_module(const elf::ElfFile& elf) { return elf.section_size(".gnu.linkonce.this_module").has_value(); }

std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name, const SectionLimit& limit) {
  if (is_module(elf)) {
    throw Error(ErrorKind::wrong_file, name, "", "a kernel module; the BTF of its kernel (vmlinux) is needed");
  }
  const std::optional<std::uint64_t> size = elf.section_size(".BTF");
  if (!size) throw Error(ErrorKind::wrong_file, name, "", "an ELF file without a .BTF section");
  if (*size == 0) throw Error(ErrorKind::damaged, name, ".BTF", "the section is empty");
  if (*size > limit.bytes) {
    const std::string option = limit.option.empty() ? "" : " (" + std::string(limit.option) + ")";
    throw Error(ErrorKind::unsupported, name, ".BTF",
                std::to_string(*size) + " bytes, over the limit of " + std::to_string(limit.bytes) + option);
  }
  const std::span<const std::uint8_t> data = elf.section(".BTF").value().data;
  return {data.begin(), data.end()};
}

std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name, const SectionLimit& limit) {
  if (elf.is_bpf_object()) {
    throw Error(ErrorKind::wrong_file, name, "", "a BPF object, not a kernel's BTF");
  }
  return btf_section(elf, name, limit);
}

namespace {

/// Returns the raw BTF in `file`, without validating it.
std::vector<std::uint8_t> kernel_btf(InputFile& file) {
  switch (contents_of(file.head())) {
    case Contents::raw_btf:
      return file.read_all();
    case Contents::elf: {
      if (file.is_regular()) {
        return kernel_section(elf::ElfFile::from_file(file.descriptor(), file.name()), file.name(), {});
      }
      const std::vector<std::uint8_t> bytes = file.read_all();
      return kernel_section(elf::ElfFile::from_memory(bytes, file.name()), file.name(), {});
    }
    case Contents::packed:
      throw Error(ErrorKind::wrong_file, file.name(), "",
                  describe_contents(file.head()) + "; the library reads only uncompressed files of one kernel");
    case Contents::pack:
    case Contents::other:
      break;
  }
  throw Error(ErrorKind::wrong_file, file.name(), "", not_a_kernel(file.head()));
}

}  // namespace

}  // namespace minbtf::io

namespace minbtf {

Btf Btf::from_file(const std::string& path) {
  io::InputFile file(path);
  return parse(io::kernel_btf(file), path);
}

}  // namespace minbtf
