#include "archive/kernel_source.hpp"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string>

#include "archive/kernel_contents.hpp"
#include "archive/tree_path.hpp"
#include "elf/elf_file.hpp"
#include "io/byte_stream.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void refuse(const std::string& name, std::span<const std::uint8_t> head) {
  throw Error(ErrorKind::wrong_file, name, "",
              "neither raw BTF nor an ELF file with a .BTF section, but " + io::describe_contents(head));
}

/// How a file is read, and what it may be.
struct Reading {
  const UnpackLimits& limits;
  bool takes_objects;  ///< the BTF of a BPF object too

  [[nodiscard]] Bytes section(const elf::ElfFile& elf, const std::string& name) const {
    Bytes btf = takes_objects ? btf_section(elf, name) : kernel_section(elf, name);
    check_kernel_size(btf.size(), name, limits);
    return btf;
  }
  [[nodiscard]] std::span<const std::uint8_t> whole(io::InputFile& file, io::Buffer& memory) const {
    return file.read_all(memory, limits.kernel_bytes, "--max-kernel-size");
  }
};

Bytes compressed_kernel(Unpacker& unpacker, const std::string& name, const Reading& reading) {
  static_cast<void>(unpacker.next());
  const bool is_elf = elf::is_elf(unpacker.head());
  if (!is_elf && !io::is_raw_btf(unpacker.head())) refuse(name, unpacker.head());
  Bytes bytes = unpacker.read_all();
  static_cast<void>(unpacker.next());  // goes to the end, where the checksum is
  return is_elf ? reading.section(elf::ElfFile::from_memory(bytes, name), name) : bytes;
}

/// The kernel in the current member of a tar, if it is one.
std::optional<Bytes> kernel_of(const Member& member, Unpacker& unpacker, const std::string& name) {
  switch (contents_of(unpacker.head(), member.path, name)) {
    case Contents::raw_btf:
      return unpacker.read_all();
    case Contents::elf: {
      const Bytes bytes = unpacker.read_all();
      return btf_in_tree(elf::ElfFile::from_memory(bytes, name), member.path, name);
    }
    case Contents::packed:
    case Contents::other:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Bytes> lone_kernel(Unpacker& unpacker, const std::string& name) {
  std::optional<Bytes> kernel;
  std::exception_ptr failed;  // or why there is none
  while (const std::optional<Member> member = unpacker.next()) {
    const bool is_file = member->type == Member::Type::file && member->refusal.empty();
    if (!is_file || member->path.find('/') != std::string::npos || io::is_packed(unpacker.head())) return std::nullopt;
    std::optional<Bytes> found;
    std::exception_ptr bad;
    try {
      found = kernel_of(*member, unpacker, name);
    } catch (const Error& error) {
      // Of a tree this would be one bad kernel.
      if (error.kind() != ErrorKind::wrong_file) throw;
      bad = std::current_exception();
    }
    if ((found || bad) && (kernel || failed)) return std::nullopt;
    if (found) kernel = std::move(found);
    if (bad) failed = bad;
  }
  if (failed) std::rethrow_exception(failed);
  if (!kernel) throw Error(ErrorKind::wrong_file, name, "", "an archive without a kernel's BTF");
  return kernel;
}

std::optional<Bytes> unpack_kernel(io::ByteStream& input, const std::string& name, const Reading& reading) {
  Unpacker unpacker(input, name, reading.limits);
  return unpacker.is_tar() ? lone_kernel(unpacker, name) : compressed_kernel(unpacker, name, reading);
}

std::optional<Bytes> unpack_file(io::InputFile& file, const Reading& reading, io::Buffer& memory) {
  if (!file.is_regular()) {
    io::MemoryStream input(reading.whole(file, memory));
    return unpack_kernel(input, file.name(), reading);
  }
  if (::lseek(file.descriptor(), 0, SEEK_SET) != 0) {
    throw Error(ErrorKind::io, file.name(), "", "cannot read: " + io::system_reason(errno));
  }
  io::FileStream input(file.descriptor(), file.name());
  return unpack_kernel(input, file.name(), reading);
}

/// All but raw BTF.
std::optional<Bytes> read_contained(io::InputFile& file, const Reading& reading, io::Buffer& memory) {
  if (io::is_packed(file.head())) return unpack_file(file, reading, memory);
  if (!elf::is_elf(file.head())) refuse(file.name(), file.head());
  if (file.is_regular()) return reading.section(elf::ElfFile::from_file(file.descriptor(), file.name()), file.name());
  return reading.section(elf::ElfFile::from_memory(reading.whole(file, memory), file.name()), file.name());
}

std::optional<std::span<const std::uint8_t>> read(const std::filesystem::path& path, const Reading& reading,
                                                  KernelMemory& memory) {
  io::InputFile file(path);
  if (io::is_raw_btf(file.head())) return reading.whole(file, memory.file);
  std::optional<Bytes> found = read_contained(file, reading, memory.file);
  if (!found) return std::nullopt;
  memory.section = std::move(*found);
  return memory.section;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> read_kernel(const std::filesystem::path& path, const UnpackLimits& limits,
                                                         KernelMemory& memory) {
  return read(path, {.limits = limits, .takes_objects = false}, memory);
}

std::optional<std::span<const std::uint8_t>> read_kernel_or_object(const std::filesystem::path& path,
                                                                   const UnpackLimits& limits, KernelMemory& memory) {
  return read(path, {.limits = limits, .takes_objects = true}, memory);
}

}  // namespace minbtf::archive
