// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/stored_kernels.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "archive/batch/tar_links.hpp"
#include "archive/bundle_path.hpp"
#include "archive/input/bundle_machine.hpp"
#include "archive/input/kernel_contents.hpp"
#include "archive/input/pack_sources.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/input/source_tree.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/ship/bundle_kernel.hpp"
#include "archive/ship/kernel_byte_order.hpp"
#include "archive/ship/reduced_files.hpp"
#include "archive/tree_path.hpp"
#include "archive/unpack/unpack.hpp"
#include "base/short_text.hpp"
#include "io/byte_stream.hpp"
#include "io/read/buffer.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/read/file_type.hpp"
#include "io/spool.hpp"
#include "minbtf/bundle.h"
#include "minbtf/error.hpp"
#include "pack/pack.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

void require_bundle(int reason, const std::string& reduced) {
  if (reason == MINBTF_OK) return;
  throw Error(reason == MINBTF_NEWER_FORMAT ? ErrorKind::unsupported : ErrorKind::damaged, reduced, "",
              minbtf_reason_text(reason));
}

namespace {

using archive::Content;
using Read = std::function<Content()>;

const archive::UnpackLimits& file_limits() {
  static const archive::UnpackLimits limits = {.size_option = "for one file"};
  return limits;
}

/// Returns the numbers that the architecture has in bundles: one, or one for each byte order. Empty for null.
std::vector<std::uint32_t> machines_of(const archive::Architecture* architecture) {
  std::vector<std::uint32_t> machines;
  if (architecture == nullptr) return machines;
  constexpr std::array<std::uint8_t, 2> little = {0x9f, 0xeb};
  constexpr std::array<std::uint8_t, 2> big = {0xeb, 0x9f};
  if (archive::byte_order_fault(architecture, little).empty()) {
    machines.push_back(archive::bundle_machine(*architecture, ByteOrder::little));
  }
  if (archive::byte_order_fault(architecture, big).empty()) {
    machines.push_back(archive::bundle_machine(*architecture, ByteOrder::big));
  }
  return machines;
}

/// A file that is named like a kernel, and a function that returns its BTF.
struct NamedFile {
  std::string path;  ///< with .btf at its end (archive::output_path())
  Read read;
  bool is_original = true;
};

/// Returns a function that returns the BTF of all files, which have the same path, such as `5.4.btf` and `5.4.btf.xz`.
Read read_equal(std::vector<Read> reads, const std::string& input, const std::string& path) {
  if (reads.size() == 1) return std::move(reads.front());
  return [reads = std::move(reads), input, path] {
    const Content first = reads.front()();
    for (const Read& read : reads) {
      if (*read() != *first) {
        throw Error(ErrorKind::wrong_file, input, path, "the path occurs more than once, with different contents");
      }
    }
    return first;
  };
}

/// Adds the files, by path.
void add_files(std::vector<NamedFile> files, const std::string& input, StoredKernels& result) {
  std::map<std::string, std::vector<NamedFile>> by_path;
  for (NamedFile& file : files) by_path[file.path].push_back(std::move(file));
  std::vector<std::string> paths;
  for (const auto& [path, same] : by_path) paths.push_back(path);
  archive::KernelPaths parsed = archive::kernel_paths_of(paths);
  for (archive::KernelPath& path : parsed.kernels) {
    std::vector<NamedFile>& same = by_path.at(path.path);
    std::vector<Read> reads;
    for (NamedFile& file : same) reads.push_back(std::move(file.read));
    path = archive::bundle_names(std::move(path));
    const std::string text_fault = archive::bundle_text_fault(
        {.release = path.release, .id = path.id, .version_id = path.version, .build = {}, .btf = {}});
    if (!text_fault.empty()) {
      parsed.faults.push_back({.path = path.path, .reason = text_fault});
      continue;
    }
    StoredKernel kernel{.path = std::move(path)};
    kernel.machines = machines_of(kernel.path.architecture);
    kernel.read = read_equal(std::move(reads), input, kernel.path.path);
    kernel.is_original = same.front().is_original;
    result.kernels.push_back(std::move(kernel));
  }
  result.faults = std::move(parsed.faults);
}

// A directory.

std::optional<std::vector<std::uint8_t>> bundle_in(io::InputFile& file);

/// Returns the BTF in a file. Throws Error that names the file. A bundle is refused: its kernel need not be the one
/// that the path states.
Content content_of(const std::string& location) {
  io::InputFile file(location);
  if (bundle_in(file)) throw Error(ErrorKind::wrong_file, location, "", "a bundle, not the BTF of one kernel");
  const archive::ReducedFiles read = archive::read_reduced(location, file_limits());
  for (const archive::SourceFault& fault : read.faults) {
    throw Error(fault.problem.kind, location, fault.problem.where, fault.problem.reason);
  }
  if (read.files.size() != 1) {
    throw Error(ErrorKind::wrong_file, location, "", "has " + base::counted(read.files.size(), "BTF") + ", not one");
  }
  return read.files.front().content;
}

StoredKernels kernels_of_tree(const std::string& directory) {
  StoredKernels result{.form = "tree", .kernels = {}};
  archive::SourceTree tree = archive::find_sources(directory, archive::PathSelection(), archive::WalkOptions());
  std::vector<NamedFile> files;
  for (archive::SourceFile& file : tree.files) {
    if (!archive::is_kernel_name(file.path)) continue;
    files.push_back({.path = archive::output_path(file.path),
                     .read = [location = std::move(file.location)] { return content_of(location); }});
  }
  for (const archive::SourceFault& fault : tree.faults) {
    files.push_back({.path = archive::output_path(fault.path), .read = [directory, fault]() -> Content {
                       throw Error(fault.problem.kind, (fs::path(directory) / fault.path).string(), fault.problem.where,
                                   fault.problem.reason);
                     }});
  }
  if (files.empty()) {
    throw Error(ErrorKind::wrong_file, directory, "", "has no file that is named like a BTF (RELEASE.btf)");
  }
  add_files(std::move(files), directory, result);
  return result;
}

// A bundle.

/// Returns the bytes of a bundle, compressed or not; nothing if the file is something else. Only the head of the file
/// has then been read, as before. Compressed data must be in a regular file.
std::optional<std::vector<std::uint8_t>> bundle_in(io::InputFile& file) {
  if (io::is_bundle(file.head())) return file.read_all(archive::largest_bundle);
  if (!io::is_packed(file.head())) return std::nullopt;
  file.rewind();
  io::FileStream stream(file.descriptor(), file.name());
  const archive::UnpackLimits limits{.kernel_bytes = archive::max_reduced_bytes, .size_option = "for a bundle"};
  archive::Unpacker unpacker(stream, file.name(), limits, archive::BundleAs::file);
  if (!unpacker.is_tar() && unpacker.next() && io::is_bundle(unpacker.head())) return unpacker.read_all();
  if (::lseek(file.descriptor(), static_cast<off_t>(file.head().size()), SEEK_SET) < 0) {
    throw Error(ErrorKind::io, file.name(), "", "cannot be read again: " + io::system_reason(errno));
  }
  return std::nullopt;
}

/// Returns the path that BTFHub's layout gives the kernel.
archive::KernelPath path_of(const minbtf_kernel& kernel) {
  const archive::Architecture* const architecture = archive::architecture_of_machine(kernel.machine);
  const std::string_view directory =
      architecture != nullptr ? archive::names_of(*architecture).btfhub : std::string_view("unknown");
  return {.path = archive::bundle_path(kernel.id, kernel.version_id, directory, kernel.release),
          .id = kernel.id,
          .version = kernel.version_id,
          .architecture = architecture,
          .release = kernel.release};
}

/// Checks the whole bundle.
StoredKernels kernels_of_bundle(std::vector<std::uint8_t> bytes, const std::string& path) {
  StoredKernels result{.form = "bundle", .kernels = {}};
  minbtf_bundle bundle;
  require_bundle(minbtf_bundle_open(&bundle, bytes.data(), bytes.size()), path);
  require_bundle(minbtf_bundle_check(&bundle), path);
  for (std::uint32_t i = 0; i < bundle.kernels; ++i) {
    minbtf_kernel kernel;
    require_bundle(minbtf_bundle_kernel(&bundle, i, &kernel), path);
    result.kernels.push_back({.path = path_of(kernel), .machines = {kernel.machine}, .build = kernel.build});
  }
  result.bundle = std::move(bytes);
  return result;
}

// An archive, or one BTF.

/// Throws Error if an archive has no BTF: the reason of its first file that is none.
void refuse_without_btf(const archive::ReducedFiles& read, const std::string& input) {
  if (!read.files.empty()) return;
  if (read.faults.empty()) throw Error(ErrorKind::wrong_file, input, "", "has no BTF");
  const archive::SourceFault& first = read.faults.front();
  if (read.faults.size() == 1) throw Error(first.problem.kind, input, first.problem.where, first.problem.reason);
  throw Error(ErrorKind::wrong_file, input, "",
              "none of its " + std::to_string(read.faults.size()) + " files is BTF; the first is " +
                  base::short_text(first.path) + ": " + first.problem.reason);
}

StoredKernels kernels_of_archive(const io::InputFile& file) {
  StoredKernels result{.form = "archive", .kernels = {}};
  const std::string& input = file.name();
  archive::ReducedFiles read = archive::read_reduced(file, file_limits());
  refuse_without_btf(read, input);
  if (read.is_nameless) {
    throw Error(ErrorKind::wrong_file, input, "",
                "one BTF from a pipe or standard input, whose kernel is not known; name a file, "
                "ID/VERSION/ARCHITECTURE/RELEASE.btf");
  }
  std::map<std::string, Read> reads;
  for (archive::ReducedFile& each : read.files) {
    reads[each.path] = [content = std::move(each.content)] { return content; };
  }
  for (archive::SourceFault& fault : read.faults) {
    // In place of a file that has the same path and other contents.
    reads[archive::output_path(fault.path)] = [input, fault]() -> Content {
      throw Error(fault.problem.kind, (fs::path(input) / fault.path).string(), fault.problem.where,
                  fault.problem.reason);
    };
  }
  std::vector<NamedFile> files;
  for (auto& [path, function] : reads) files.push_back({.path = path, .read = std::move(function)});
  add_files(std::move(files), input, result);
  return result;
}

// A pack.

struct OpenPack {
  OpenPack(io::InputFile& file, const std::string& name) : pack(file.read_all(memory), name) {}

  io::Buffer memory;
  pack::Pack pack;
};

Content content_of(const OpenPack& open, std::uint32_t number, const std::string& name) {
  const pack::PackedKernel& kernel = open.pack.catalog().kernels[number];
  archive::check_kernel_size(kernel.bytes, name, file_limits());
  io::Buffer memory;
  const std::span<const std::uint8_t> btf =
      open.pack.kernel_btf(number, {.follows_pointers = true, .everything = true, .order = kernel.order, .name = name},
                           file_limits().kernel_bytes, memory);
  return std::make_shared<const std::vector<std::uint8_t>>(btf.begin(), btf.end());
}

/// Returns the path in the source that names the member: that of an inner tar if the member is named after it.
std::string member_path(const pack::PackedMember& member) {
  if (member.inner_tar.empty()) return member.path;
  const std::string_view directory = archive::directory_of(member.inner_tar);
  std::string_view rest = member.path;
  if (!directory.empty() && rest.starts_with(std::string(directory) + "/")) rest.remove_prefix(directory.size() + 1);
  return archive::is_named_by_tar(rest) ? member.inner_tar : member.path;
}

/// Returns the paths of the kernels in a source, also those of links to them, with the members.
std::vector<std::pair<std::string, const pack::PackedMember*>> named_members(const archive::PackSource& source) {
  std::vector<std::pair<std::string, const pack::PackedMember*>> named;
  archive::SourceOutcome outcome;
  outcome.links = source.outcome.links;
  for (const pack::PackedMember* member : source.members) {
    named.emplace_back(member_path(*member), member);
    outcome.kernels.push_back({.member = named.back().first, .result = nullptr});
  }
  for (const archive::LinkedKernel& link : archive::follow_links(outcome, file_limits().members).kernels) {
    named.emplace_back(link.path, source.members[link.kernel]);
  }
  return named;
}

StoredKernels kernels_of_pack(io::InputFile file) {
  StoredKernels result{.form = "pack", .kernels = {}};
  const std::string path = file.name();
  const auto open = std::make_shared<const OpenPack>(file, path);
  const archive::PackSources found =
      archive::select_sources(open->pack.catalog(), archive::PathSelection(), file_limits());
  std::vector<NamedFile> files;
  for (const archive::PackSource& source : found.sources) {
    for (const auto& [member, packed] : named_members(source)) {
      const std::string naming = archive::selection_path(source.source->path, member);
      const std::string name = (fs::path(path) / naming).string();
      const pack::PackedKernel& kernel = open->pack.catalog().kernels[packed->kernel];
      files.push_back({.path = archive::output_path(naming),
                       .read = [open, number = packed->kernel, name] { return content_of(*open, number, name); },
                       .is_original = kernel.form == pack::PackedKernel::Form::verbatim});
    }
  }
  if (files.empty()) throw Error(ErrorKind::wrong_file, path, "", "a pack without kernels");
  add_files(std::move(files), path, result);
  return result;
}

}  // namespace

StoredKernels stored_kernels(const std::string& path) {
  std::error_code error;  // ignored: opening the file reports a better reason
  if (path != io::standard_input_name && fs::is_directory(path, error)) return kernels_of_tree(path);
  io::InputFile file(path);
  // Compressed data is read twice: it may be a bundle or an archive.
  if (!file.is_regular() && io::is_packed(file.head())) file = io::spooled(file);
  if (io::is_pack(file.head())) return kernels_of_pack(std::move(file));
  if (auto bundle = bundle_in(file)) return kernels_of_bundle(std::move(*bundle), path);
  return kernels_of_archive(file);
}

}  // namespace minbtf::cli
