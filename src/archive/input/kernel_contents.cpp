#include "archive/input/kernel_contents.hpp"

#include "archive/tree_path.hpp"
#include "io/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

Promise promise_of(std::string_view path) { return is_kernel_name(path) ? Promise::name : Promise::none; }

Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  if (io::is_raw_btf(head)) return Contents::raw_btf;
  if (elf::is_elf(head) && (!io::is_bpf_elf(head) || promise != Promise::none)) return Contents::elf;
  if (io::is_packed(head)) return Contents::packed;
  if (promise == Promise::none) return Contents::other;
  refuse_contents(head, promise, name);
}

void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  const std::string forms = promise == Promise::name ? ", packed or not" : "";
  throw Error(ErrorKind::wrong_file, name, "",
              "neither raw BTF nor an ELF file with a .BTF section" + forms + ", but " + io::describe_contents(head));
}

void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits) {
  if (bytes <= limits.kernel_bytes) return;
  throw Error(ErrorKind::unsupported, name, "",
              std::to_string(bytes) + " bytes, over the limit of " + std::to_string(limits.kernel_bytes) +
                  " (--max-kernel-size)");
}

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

std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name) {
  if (elf.is_bpf_object()) {
    throw Error(ErrorKind::wrong_file, name, "", "a BPF object, where a kernel's BTF is needed");
  }
  return btf_section(elf, name);
}

std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                     const std::string& name) {
  const bool is_kernel = elf.section(".BTF") && !elf.section(".gnu.linkonce.this_module");
  if (!is_kernel && !is_kernel_name(path)) return std::nullopt;
  return kernel_section(elf, name);
}

}  // namespace minbtf::archive
