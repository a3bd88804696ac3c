// SPDX-License-Identifier: BSD-2-Clause
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

io::Contents contents_of(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  if (promise == Promise::none && io::is_bpf_elf(head)) return io::Contents::other;
  const io::Contents contents = io::contents_of(head);
  if (contents == io::Contents::pack && promise != Promise::none) refuse_pack(name);
  if (contents == io::Contents::other && promise != Promise::none) refuse_contents(head, promise, name);
  return contents;
}

void refuse_pack(const std::string& name) {
  throw Error(
      ErrorKind::wrong_file, name, "",
      "a pack of kernels, which is only read as a regular file that is INPUT of gen, check, verify, dump or pack, "
      "PACK of unpack, or REDUCED of select; decompress it first if it is compressed");
}

void refuse_contents(std::span<const std::uint8_t> head, Promise promise, const std::string& name) {
  const std::string forms = promise == Promise::name ? ", compressed or not" : "";
  throw Error(ErrorKind::wrong_file, name, "", io::not_a_kernel(head, forms));
}

void refuse_without_kernel(const std::string& name, std::size_t modules) {
  const std::string found = modules == 0 ? "" : ", but with " + base::counted(modules, "file") + " of kernel modules";
  throw Error(ErrorKind::wrong_file, name, "", "an archive without a kernel's BTF" + found);
}

io::SectionLimit section_limit(const UnpackLimits& limits) {
  return {.bytes = limits.kernel_bytes, .option = "--max-kernel-size"};
}

void check_kernel_size(std::uint64_t bytes, const std::string& name, const UnpackLimits& limits) {
  if (bytes <= limits.kernel_bytes) return;
  throw Error(ErrorKind::unsupported, name, "",
              std::to_string(bytes) + " bytes, over the limit of " + std::to_string(limits.kernel_bytes) +
                  " (--max-kernel-size)");
}

bool is_ignored_module(std::span<const std::uint8_t> btf, std::string_view path, const std::string& name) {
  if (!btf::is_split_btf(btf)) return false;
  // Raw BTF is weaker evidence of a module than a .ko file (io::is_module()). The name must therefore be that of a
  // module.
  if (is_module_name(path)) return true;
  throw Error(ErrorKind::wrong_file, name, "", std::string(btf::split_btf_reason));
}

std::optional<std::vector<std::uint8_t>> btf_in_tree(const elf::ElfFile& elf, std::string_view path,
                                                     const std::string& name, const UnpackLimits& limits) {
  const bool is_other = io::is_module(elf) ? may_be_module(path) : !elf.section_size(".BTF") && !is_kernel_name(path);
  if (is_other) return std::nullopt;
  return io::kernel_section(elf, name, section_limit(limits));
}

}  // namespace minbtf::archive
