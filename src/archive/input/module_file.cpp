// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/module_file.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "archive/input/kernel_contents.hpp"
#include "archive/input/kernel_release.hpp"
#include "archive/tree_path.hpp"
#include "btf/distilled_base.hpp"
#include "btf/split_btf.hpp"
#include "elf/elf_file.hpp"
#include "elf/module_info.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/read/kernel_btf.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using ModuleBytes = std::vector<std::uint8_t>;

/// Returns the contents of a section; empty if the file has no such section.
ModuleBytes section_of(const elf::ElfFile& elf, const char* section, const std::string& name,
                       const UnpackLimits& limits) {
  const std::optional<std::uint64_t> size = elf.section_size(section);
  if (!size || *size == 0) return {};
  if (*size > limits.kernel_bytes) {
    throw Error(ErrorKind::unsupported, name, section,
                std::to_string(*size) + " bytes, over the limit of " + std::to_string(limits.kernel_bytes) + " (" +
                    limits.size_option + ")");
  }
  const std::span<const std::uint8_t> data = elf.section(section).value().data;
  return {data.begin(), data.end()};
}

ModuleFile module_of(const elf::ElfFile& elf, const std::string& name, const UnpackLimits& limits) {
  if (elf.is_bpf_object()) throw Error(ErrorKind::wrong_file, name, "", "a BPF object, not a kernel module");
  ModuleFile module;
  module.file = name;
  module.btf = section_of(elf, ".BTF", name, limits);
  module.distilled_base = section_of(elf, ".BTF.base", name, limits);
  if (module.btf.empty() && !io::is_module(elf)) {
    throw Error(ErrorKind::wrong_file, name, "", "an ELF file without a .BTF section");
  }
  if (module.distilled_base.empty() && !io::is_module(elf) && !btf::is_split_btf(module.btf)) {
    throw Error(ErrorKind::wrong_file, name, "", "the BTF of a kernel; the BTF of a kernel module is needed");
  }
  const elf::ModuleInfo info = elf::module_info(section_of(elf, ".modinfo", name, limits));
  module.module = info.name.empty() ? module_name_of(name) : info.name;
  module.release = info.release();
  return module;
}

ModuleFile empty_module(const std::string& name) {
  return {.file = name, .module = module_name_of(name), .release = {}, .btf = {}, .distilled_base = {}};
}

ModuleFile raw_module(ModuleBytes bytes, const std::string& name) {
  if (!btf::is_split_btf(bytes)) {
    static_cast<void>(btf::View::parse_in_place(bytes, name, {}));  // names the fault of damaged BTF
    throw Error(ErrorKind::wrong_file, name, "",
                "not the BTF of a kernel module: it does not continue the BTF of a kernel");
  }
  return {.file = name, .module = module_name_of(name), .release = {}, .btf = std::move(bytes), .distilled_base = {}};
}

[[noreturn]] void refuse_as_module(std::span<const std::uint8_t> head, const std::string& name) {
  throw Error(ErrorKind::wrong_file, name, "",
              "neither raw BTF nor a kernel module, but " + io::describe_contents(head));
}

ModuleFile unpacked_module(io::ByteStream& input, const std::string& name, const UnpackLimits& limits) {
  Unpacker unpacker(input, name, limits);
  if (unpacker.is_tar()) throw Error(ErrorKind::wrong_file, name, "", "a tar; one kernel module is needed");
  static_cast<void>(unpacker.next());
  ModuleBytes bytes = unpacker.read_all();
  static_cast<void>(unpacker.next());  // reads to the end, where the checksum is
  return module_in(std::move(bytes), name, limits);
}

}  // namespace

std::string module_name_of(std::string_view path) {
  std::string_view name = file_name_of(path);
  constexpr std::array<std::string_view, 5> suffixes = {".xz", ".gz", ".zst", ".btf", ".ko"};
  for (const std::string_view suffix : suffixes) {
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  std::string out(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

ModuleFile module_in(std::vector<std::uint8_t> bytes, const std::string& name, const UnpackLimits& limits) {
  if (bytes.empty() && file_name_of(name).find('.') == std::string_view::npos) return empty_module(name);
  const auto head = std::span<const std::uint8_t>(bytes).first(std::min(bytes.size(), io::file_type_bytes));
  switch (io::contents_of(head)) {
    case io::Contents::raw_btf:
      return raw_module(std::move(bytes), name);
    case io::Contents::elf:
      return module_of(elf::ElfFile::from_memory(bytes, name), name, limits);
    case io::Contents::packed: {
      io::MemoryStream input(bytes);
      return unpacked_module(input, name, limits);
    }
    case io::Contents::pack:
    case io::Contents::other:
      break;
  }
  refuse_as_module(head, name);
}

ModuleFile read_module(const std::filesystem::path& path, const UnpackLimits& limits) {
  io::InputFile file(path);
  if (file.head().empty() && file_name_of(path.native()).find('.') == std::string_view::npos) {
    return empty_module(file.name());
  }
  const io::Contents contents = io::contents_of(file.head());
  if (contents == io::Contents::elf && file.is_regular()) {
    return module_of(elf::ElfFile::from_file(file.descriptor(), file.name()), file.name(), limits);
  }
  if (contents == io::Contents::packed && file.is_regular()) {
    file.rewind();
    io::FileStream input(file.descriptor(), file.name());
    return unpacked_module(input, file.name(), limits);
  }
  if (contents == io::Contents::pack || contents == io::Contents::other) refuse_as_module(file.head(), file.name());
  io::Buffer memory;
  const std::span<const std::uint8_t> bytes = file.read_all(memory, limits.kernel_bytes, limits.size_option);
  if (contents != io::Contents::packed) return module_in({bytes.begin(), bytes.end()}, file.name(), limits);
  io::MemoryStream input(bytes);
  return unpacked_module(input, file.name(), limits);
}

void check_release(const ModuleFile& module, std::string_view base_release, const std::string& base_file) {
  if (module.release.empty() || base_release.empty() || !module.distilled_base.empty()) return;
  if (may_be_release(base_release, module.release)) return;
  throw Error(ErrorKind::wrong_file, module.file, ".modinfo",
              "the module was built for " + module.release + ", and " + base_file + " is the kernel " +
                  std::string(base_release));
}

std::vector<std::uint8_t> split_btf_on(const ModuleFile& module, const btf::View& base) {
  if (module.distilled_base.empty()) return module.btf;
  return btf::rebased(module.btf, module.distilled_base, module.file, base);
}

}  // namespace minbtf::archive
