// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/kernel_file.hpp"

#include <cassert>
#include <exception>
#include <string>
#include <system_error>
#include <utility>

#include "archive/input/joining_task.hpp"
#include "archive/input/kernel_contents.hpp"
#include "archive/input/kernel_directory.hpp"
#include "archive/input/kernel_release.hpp"
#include "elf/elf_file.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/spool.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Limits and options for reading one file.
struct Reading {
  const UnpackLimits& limits;
  bool takes_objects;  ///< accept a BPF object, and use its own BTF
  bool tars_are_many = false;
  std::vector<ModuleSource>* modules = nullptr;  ///< gets the modules in a tar; null if they are ignored

  [[nodiscard]] Bytes section(const elf::ElfFile& elf, const std::string& name) const {
    const io::SectionLimit limit = section_limit(limits);
    return takes_objects ? io::btf_section(elf, name, limit) : io::kernel_section(elf, name, limit);
  }
  [[nodiscard]] std::span<const std::uint8_t> whole(io::InputFile& file, io::Buffer& memory) const {
    return file.read_all(memory, limits.kernel_bytes, "--max-kernel-size");
  }
};

Bytes compressed_kernel(Unpacker& unpacker, const std::string& name, const Reading& reading) {
  static_cast<void>(unpacker.next());
  const io::Contents contents = contents_of(unpacker.head(), Promise::user, name);
  assert(contents != io::Contents::packed);  // Unpacker removes every layer of compression, or throws
  Bytes bytes = unpacker.read_all();
  static_cast<void>(unpacker.next());  // reads to the end, where the checksum is
  if (contents != io::Contents::elf) return bytes;
  return reading.section(elf::ElfFile::from_memory(bytes, name), name);
}

/// Keeps the modules of a tar (io::Store).
class KeptModules {
 public:
  KeptModules(std::string tar, std::vector<ModuleSource>* sources)
      : tar_(std::move(tar)), sources_(sources), store_(std::make_shared<io::Store>(tar_)) {}

  void add(const std::string& member, std::span<const std::uint8_t> bytes) {
    ++count_;
    if (sources_ == nullptr) return;
    sources_->push_back(kept_module(tar_, member, store_, store_->add(bytes)));
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::string tar_;
  std::vector<ModuleSource>* sources_;
  std::shared_ptr<io::Store> store_;
  std::size_t count_ = 0;
};

/// Returns the kernel's BTF in the current member of a tar; nothing if the member holds no kernel. Keeps a module.
std::optional<Bytes> kernel_of(const Member& member, Unpacker& unpacker, const std::string& name,
                               const UnpackLimits& limits, KeptModules& modules) {
  std::optional<Bytes> btf;
  switch (contents_of(unpacker.head(), promise_of(member.path), name)) {
    case io::Contents::raw_btf:
      btf = unpacker.read_all();
      break;
    case io::Contents::elf: {
      const Bytes bytes = unpacker.read_all();
      const elf::ElfFile elf = elf::ElfFile::from_memory(bytes, name);
      btf = btf_in_tree(elf, member.path, name, limits);
      if (!btf && io::is_module(elf)) modules.add(member.path, bytes);
      break;
    }
    case io::Contents::pack:
      refuse_pack(name);
    case io::Contents::packed:
    case io::Contents::other:
      break;
  }
  if (!btf || !is_ignored_module(*btf, member.path, name)) return btf;
  modules.add(member.path, *btf);
  return std::nullopt;
}

/// Returns the only kernel in a tar, or nothing if the tar is a tree. The tar is a tree in each of these cases:
///  - A member is a link, is refused, is in a directory, or is compressed or a tar. (A compressed module is not such a
///    member, if modules are read.)
///  - Two members are kernels or bad kernels. A bad kernel is over --max-kernel-size, or a file that is named like a
///    kernel and is none.
/// Throws the error of the only bad kernel if the tar has no kernel, and Error (wrong_file) if it has neither.
/// Examples: a tar of `5.4.btf` and `README` is one kernel. A tar of `5.4.btf` and `5.5.btf` is a tree, and so is a tar
/// of `x86_64/5.4.btf` alone.
std::optional<Bytes> lone_kernel(Unpacker& unpacker, const std::string& name, const Reading& reading) {
  const UnpackLimits& limits = reading.limits;
  std::optional<Bytes> kernel;
  std::exception_ptr failed;  // error of a bad kernel
  KeptModules modules(name, reading.modules);
  while (const std::optional<Member> member = unpacker.next()) {
    const bool is_file = member->type == Member::Type::file && member->refusal.empty();
    const bool is_top = member->path.find('/') == std::string::npos;
    if (is_file && is_top && reading.modules != nullptr && is_module_file_name(member->path)) {
      modules.add(member->path, unpacker.read_all());
      continue;
    }
    if (!is_file || !is_top || io::is_packed(unpacker.head())) return std::nullopt;
    std::optional<Bytes> found;
    std::exception_ptr bad;
    try {
      found = kernel_of(*member, unpacker, name, limits, modules);
    } catch (const Error& error) {
      // If the tar turns out to be a tree, this is only one bad kernel of many. The error is kept until the end. A
      // kernel over --max-kernel-size is `unsupported`.
      if (error.kind() != ErrorKind::wrong_file && error.kind() != ErrorKind::unsupported) throw;
      bad = std::current_exception();
    }
    if ((found || bad) && (kernel || failed)) return std::nullopt;
    if (found) kernel = std::move(found);
    if (bad) failed = bad;
  }
  if (failed) std::rethrow_exception(failed);
  if (!kernel) refuse_without_kernel(name, modules.count());
  return kernel;
}

std::optional<Bytes> unpack_kernel(io::ByteStream& input, const std::string& name, const Reading& reading) {
  Unpacker unpacker(input, name, reading.limits);
  if (!unpacker.is_tar()) return compressed_kernel(unpacker, name, reading);
  return reading.tars_are_many ? std::nullopt : lone_kernel(unpacker, name, reading);
}

std::optional<Bytes> unpack_file(io::InputFile& file, const Reading& reading, io::Buffer& memory) {
  if (!file.is_regular()) {
    io::MemoryStream input(reading.whole(file, memory));
    return unpack_kernel(input, file.name(), reading);
  }
  file.rewind();
  io::FileStream input(file.descriptor(), file.name());
  return unpack_kernel(input, file.name(), reading);
}

Bytes elf_kernel(io::InputFile& file, const Reading& reading, io::Buffer& memory) {
  if (file.is_regular()) return reading.section(elf::ElfFile::from_file(file.descriptor(), file.name()), file.name());
  return reading.section(elf::ElfFile::from_memory(reading.whole(file, memory), file.name()), file.name());
}

std::optional<std::span<const std::uint8_t>> read(io::InputFile& file, const Reading& reading, KernelMemory& memory) {
  const io::Contents contents = contents_of(file.head(), Promise::user, file.name());
  if (contents == io::Contents::raw_btf) return reading.whole(file, memory.file);
  std::optional<Bytes> found =
      contents == io::Contents::elf ? elf_kernel(file, reading, memory.file) : unpack_file(file, reading, memory.file);
  if (!found) return std::nullopt;
  memory.section = std::move(*found);
  return memory.section;
}

}  // namespace

std::optional<std::span<const std::uint8_t>> read_kernel(const std::filesystem::path& path, const UnpackLimits& limits,
                                                         KernelMemory& memory) {
  io::InputFile file(path);
  return read(file, {.limits = limits, .takes_objects = false}, memory);
}

KernelFile::KernelFile(const std::string& path, const InputOptions& options) : Input(path), options_(options) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return;  // a pipe is read by load()
  try {
    // A compressed file is decompressed now: it may be a tar of many kernels.
    file_.emplace(path);
    if (io::is_packed(file_->head())) read_file();
  } catch (...) {
    failed_ = std::current_exception();
  }
}

void KernelFile::read_file() {
  if (!file_) file_.emplace(path());
  // Compressed data from a pipe may be a tar of many kernels, which is read twice.
  if (!file_->is_regular() && io::is_packed(file_->head())) file_ = io::spooled(*file_);
  btf_ = read(*file_,
              {.limits = options_.limits,
               .takes_objects = options_.takes_objects,
               .tars_are_many = options_.tars_are_many,
               .modules = options_.modules ? &modules_ : nullptr},
              memory_);
  holds_many_ = !btf_;
  if (btf_) file_.reset();
}

void KernelFile::load() {
  if (failed_) std::rethrow_exception(failed_);
  if (!btf_ && !holds_many_) read_file();
}

std::span<const std::uint8_t> KernelFile::one_kernel() const {
  if (holds_many_) refuse_many(path());
  return *btf_;
}

ProcessedInput KernelFile::process(const ProcessRequest& request) {
  if (holds_many_) {
    if (!tar_) tar_.emplace(path(), take_file(), module_choice(options_));
    return tar_->process(request);
  }
  ProcessedInput processed;
  SourceRecord record;
  const KernelPlace place = {.source = "", .member = "", .name = path()};
  KernelResultPtr result;
  const bool names_modules = options_.modules && !options_.modules->choice.names.empty();
  if (modules_.empty() && !names_modules) {
    result = request.task.run(place, one_kernel());
  } else {
    const ModulesOfKernel modules = {.sources = modules_, .base_file = path(), .release = release_of_kernel(path())};
    result = run_with_modules(request, modules, options_.modules->choice, place, one_kernel(), processed);
  }
  record.outcome.kernels.push_back({.member = "", .result = std::move(result)});
  processed.records.push_back(std::move(record));
  return processed;
}

}  // namespace minbtf::archive
