// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/kernel_directory.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "btf/split_btf.hpp"
#include "elf/elf_file.hpp"
#include "io/byte_stream.hpp"
#include "io/read/input_file.hpp"
#include "io/read/kernel_btf.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

/// A damaged file counts by its name. As a module it does not take the other modules from the
/// kernel beside it.
FileRole role_of_damaged(const std::string& path) { return is_kernel_name(path) ? FileRole::base : FileRole::module; }

FileRole role_of_btf(const std::string& path, std::span<const std::uint8_t> btf) {
  if (btf::is_split_btf(btf)) return FileRole::module;
  return is_module_name(path) && !btf::begins_with_empty_string(btf) ? role_of_damaged(path) : FileRole::base;
}

/// Does the same for a file. Only two pieces of full BTF are read: the header, and the first byte of the strings.
FileRole role_of_btf_file(const std::string& path, io::InputFile& input) {
  const std::optional<std::uint64_t> strings = btf::offset_of_strings(input.head());
  std::uint8_t first = 0;
  if (strings && ::pread(input.descriptor(), &first, 1, static_cast<off_t>(*strings)) == 1 && first == 0) {
    return FileRole::base;
  }
  return role_of_btf(path, input.read_all());
}

/// Returns the role of a compressed file that may be named like a module. Returns nothing for a tar.
std::optional<FileRole> role_of_packed(const std::string& path, io::ByteStream& input) {
  Unpacker unpacker(input, path, {});
  if (unpacker.is_tar()) return std::nullopt;
  static_cast<void>(unpacker.next());
  if (io::contents_of(unpacker.head()) != io::Contents::raw_btf) return std::nullopt;
  return role_of_btf(path, unpacker.read_all());
}

/// Returns the role by the type of the contents. The other arguments read more of the file if that is needed.
template <typename RawBtf, typename ReadElf, typename ReadPacked>
FileRole role_by_contents(const std::string& path, std::span<const std::uint8_t> head, RawBtf raw_btf, ReadElf read_elf,
                          ReadPacked read_packed) {
  const bool has_kernel_name = is_kernel_name(path);
  // objcopy writes an empty file for a module without BTF.
  if (head.empty() && is_module_name(path)) return has_kernel_name ? FileRole::base : FileRole::doubtful;
  switch (io::contents_of(head)) {
    case io::Contents::raw_btf:
      return raw_btf();
    case io::Contents::elf: {
      const elf::ElfFile elf = read_elf();
      if (io::is_module(elf)) return FileRole::module;
      return has_kernel_name || (elf.section_size(".BTF") && !elf.is_bpf_object()) ? FileRole::base : FileRole::other;
    }
    case io::Contents::packed:
      if (!is_module_name(path)) break;
      if (const std::optional<FileRole> role = read_packed()) return *role;
      break;
    case io::Contents::pack:
    case io::Contents::other:
      break;
  }
  return has_kernel_name ? FileRole::base : FileRole::other;
}

FileRole role_of(const SourceFile& file) {
  if (is_module_file_name(file.path)) return FileRole::module;
  std::optional<io::InputFile> opened;
  try {
    opened.emplace(file.location);
  } catch (const Error&) {
    return is_kernel_name(file.path) ? FileRole::base : FileRole::doubtful;
  }
  try {
    io::InputFile& input = *opened;
    return role_by_contents(
        file.path, input.head(), [&] { return role_of_btf_file(file.path, input); },
        [&] { return elf::ElfFile::from_file(input.descriptor(), file.location); },
        [&] {
          input.rewind();
          io::FileStream stream(input.descriptor(), file.location);
          return role_of_packed(file.path, stream);
        });
  } catch (const Error&) {
    // The error is reported when the file is read.
    return role_of_damaged(file.path);
  }
}

/// Sorts the files by directory and path, and calls take(files of one directory) for each directory.
template <typename Take>
void for_each_directory(std::vector<SourceFile>& files, Take take) {
  std::ranges::sort(files, {}, [](const SourceFile& file) {
    return std::pair(directory_of(file.path), std::string_view(file.path));
  });
  for (auto begin = files.begin(); begin != files.end();) {
    const std::string_view directory = directory_of(begin->path);
    const auto end =
        std::find_if(begin, files.end(), [&](const SourceFile& file) { return directory_of(file.path) != directory; });
    take(std::span<SourceFile>(begin, end));
    begin = end;
  }
}

}  // namespace

bool is_module_file_name(std::string_view path) {
  constexpr std::array<std::string_view, 4> suffixes = {".ko", ".ko.xz", ".ko.zst", ".ko.gz"};
  const std::string_view name = file_name_of(path);
  return std::ranges::any_of(
      suffixes, [&](std::string_view suffix) { return name.size() > suffix.size() && name.ends_with(suffix); });
}

FileRole role_in_memory(const std::string& path, std::span<const std::uint8_t> head,
                        std::span<const std::uint8_t> bytes, const std::string& name) {
  if (is_module_file_name(path)) return FileRole::module;
  try {
    return role_by_contents(
        path, head, [&] { return role_of_btf(path, bytes); }, [&] { return elf::ElfFile::from_memory(bytes, name); },
        [&] {
          io::MemoryStream stream(bytes);
          return role_of_packed(path, stream);
        });
  } catch (const Error&) {
    return role_of_damaged(path);
  }
}

std::string unowned_modules_text(const std::string& directory, std::size_t modules, std::size_t kernels) {
  return directory + ": " + base::counted(modules, "file") + " of kernel modules ignored: the directory has " +
         std::to_string(kernels) + " kernels";
}

DirectoryFiles classify(std::span<const SourceFile> files) {
  DirectoryFiles out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_kernel_name(files[i].path) && !is_module_name(files[i].path)) out.bases.push_back(i);
  }
  if (out.bases.size() > 1 || files.size() < 2) return out;
  out.bases.clear();
  std::vector<std::size_t> doubtful;
  for (std::size_t i = 0; i < files.size() && out.bases.size() < 2; ++i) {
    switch (role_of(files[i])) {
      case FileRole::base:
        out.bases.push_back(i);
        break;
      case FileRole::module:
        out.modules.push_back(i);
        break;
      case FileRole::doubtful:
        doubtful.push_back(i);
        break;
      case FileRole::other:
        break;
    }
  }
  if (!out.modules.empty()) {
    std::ranges::copy(doubtful, std::back_inserter(out.modules));
    std::ranges::sort(out.modules);
  }
  return out;
}

void join_kernel_directories(SourceTree& tree) {
  std::vector<SourceFile> all = std::move(tree.files);
  for (SourceFile& file : all) file.is_selected = true;
  std::ranges::move(tree.unselected_files, std::back_inserter(all));
  tree.files.clear();
  tree.unselected_files.clear();
  for_each_directory(all, [&](std::span<SourceFile> files) {
    const DirectoryFiles found = classify(files);
    if (found.is_kernel() && files[found.bases.front()].is_selected) {
      SourceFile& base = files[found.bases.front()];
      for (const std::size_t i : found.modules) {
        // A module is not selected by its path: it is a part of the kernel.
        if (!files[i].is_selected) --tree.unselected;
        base.modules.push_back(std::move(files[i]));
        files[i].path.clear();
      }
    }
  });
  std::erase_if(all, [](const SourceFile& file) { return file.path.empty(); });
  for (SourceFile& file : all) {
    if (!file.is_selected) tree.unselected_files.push_back(std::move(file));
  }
  std::erase_if(all, [](const SourceFile& file) { return !file.is_selected; });
  std::ranges::sort(all, {}, &SourceFile::path);
  tree.files = std::move(all);
}

std::vector<ModuleSource> module_sources(const SourceFile& base, const fs::path& input) {
  std::vector<ModuleSource> sources;
  sources.reserve(base.modules.size());
  for (const SourceFile& module : base.modules) {
    sources.push_back({.path = (input / module.path).string(), .location = module.location});
  }
  return sources;
}

std::optional<SourceFile> kernel_directory(const fs::path& directory, const UnpackLimits& limits) {
  std::vector<SourceFile> files;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) continue;
    std::error_code ignored;
    const fs::file_type type = entry->status(ignored).type();
    if (type == fs::file_type::directory) return std::nullopt;
    if (type != fs::file_type::regular) continue;
    if (files.size() == limits.members) {
      throw Error(ErrorKind::unsupported, directory.string(), "",
                  "over " + std::to_string(limits.members) + " files and directories (--max-members)");
    }
    files.push_back({.path = name, .location = entry->path().string(), .bytes = 0});
  }
  if (error) return std::nullopt;  // reading the directory as a tree reports the reason
  std::ranges::sort(files, {}, &SourceFile::path);
  const DirectoryFiles found = classify(files);
  // The running kernel may have no module with BTF.
  const bool is_running = files.size() == 1 && fs::equivalent(directory, "/sys/kernel/btf", error);
  if (is_running) return std::move(files.front());
  if (!found.is_kernel()) return std::nullopt;
  SourceFile base = std::move(files[found.bases.front()]);
  for (const std::size_t i : found.modules) base.modules.push_back(std::move(files[i]));
  return base;
}

std::vector<ModuleSource> find_modules(const fs::path& path, const fs::path& base, const UnpackLimits& limits) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    return {{.path = path.string(), .location = path.string(), .read = {}, .is_named = true}};
  }
  const SourceTree tree = find_sources(path, PathSelection(SelectionRules{}),
                                       {.max_entries = limits.members, .max_path_bytes = limits.path_bytes});
  for (const SourceFault& fault : tree.faults) {
    throw Error(fault.problem.kind, (path / fault.path).string(), "", fault.problem.reason);
  }
  std::vector<ModuleSource> modules;
  for (const SourceFile& file : tree.files) {
    const FileRole role = role_of(file);
    if (role == FileRole::module || role == FileRole::doubtful) {
      modules.push_back({.path = (path / file.path).string(), .location = file.location});
    } else if (role == FileRole::base && !fs::equivalent(file.location, base, error)) {
      throw Error(ErrorKind::wrong_file, (path / file.path).string(), "",
                  "a second kernel beside modules of " + base.string());
    }
  }
  if (modules.empty()) throw Error(ErrorKind::wrong_file, path.string(), "", "no kernel module in the directory");
  return modules;
}

}  // namespace minbtf::archive
