#include "archive/input/kernel_contents.hpp"

#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "btf/split_btf.hpp"
#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

/// Returns true if a kernel module (.ko) at this path is ignored: the path is not named like a kernel, or may be the
/// name of a module.
bool may_be_module(std::string_view path) { return !is_kernel_name(path) || is_module_name(path); }

}  // namespace

Promise promise_of(std::string_view path) { return is_kernel_name(path) ? Promise::name : Promise::none; }

Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  if (io::is_raw_btf(head)) return Contents::raw_btf;
  if (elf::is_elf(head) && (!io::is_bpf_elf(head) || promise != Promise::none)) return Contents::elf;
  if (io::is_packed(head)) return Contents::packed;
  if (promise == Promise::none) return Contents::other;
  refuse_contents(head, promise, name);
}

void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  const std::string forms = promise == Promise::name ? ", compressed or not" : "";
  throw Error(ErrorKind::wrong_file, name, "",
              "neither raw BTF nor an ELF file with a .BTF section" + forms + ", but " + io::describe_contents(head));
}

void refuse_without_kernel(const std::string& name, std::size_t modules) {
  const std::string found = modules == 0 ? "" : ", but with " + base::counted(modules, "file") + " of kernel modules";
  throw Error(ErrorKind::wrong_file, name, "", "an archive without a kernel's BTF" + found);
}

void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits) {
  if (bytes <= limits.kernel_bytes) return;
  throw Error(ErrorKind::unsupported, name, "",
              std::to_string(bytes) + " bytes, over the limit of " + std::to_string(limits.kernel_bytes) +
                  " (--max-kernel-size)");
}

bool is_ignored_module(std::span<const std::uint8_t> btf, std::string_view path, const std::string& name) {
  if (!btf::is_split_btf(btf)) return false;
  // Raw BTF is weaker evidence of a module than a .ko file (is_module()). The name must therefore be that of a module.
  if (is_module_name(path)) return true;
  throw Error(ErrorKind::wrong_file, name, "", std::string(btf::split_btf_reason));
}

bool is_module(const elf::ElfFile& elf) { return elf.section(".gnu.linkonce.this_module").has_value(); }

std::vector<std::uint8_t> btf_section(const elf::ElfFile& elf, const std::string& name) {
  if (is_module(elf)) {
    throw Error(ErrorKind::wrong_file, name, "", "a kernel module; the BTF of its kernel (vmlinux) is needed");
  }
  const auto section = elf.section(".BTF");
  if (!section) throw Error(ErrorKind::wrong_file, name, "", "an ELF file without a .BTF section");
  if (section->data.empty()) throw Error(ErrorKind::damaged, name, ".BTF", "the section is empty");
  return {section->data.begin(), section->data.end()};
}

std::vector<std::uint8_t> kernel_section(const elf::ElfFile& elf, const std::string& name) {
  if (elf.is_bpf_object()) {
    throw Error(ErrorKind::wrong_file, name, "", "a BPF object, not a kernel's BTF");
  }
  return btf_section(elf, name);
}

std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                     const std::string& name) {
  const bool is_other = is_module(elf) ? may_be_module(path) : !elf.section(".BTF") && !is_kernel_name(path);
  if (is_other) return std::nullopt;
  return kernel_section(elf, name);
}

}  // namespace minbtf::archive
