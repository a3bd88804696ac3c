// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/input.hpp"

#include <system_error>

#include "archive/input/directory_input.hpp"
#include "archive/input/kernel_directory.hpp"
#include "archive/input/kernel_file.hpp"
#include "archive/input/kernel_with_modules.hpp"
#include "archive/input/pack_input.hpp"
#include "archive/input/tar_input.hpp"

namespace minbtf::archive {

void refuse_many(const std::string& path) {
  throw Error(ErrorKind::wrong_file, path, "", "an archive with more than one kernel; extract one of them first");
}

namespace {

/// Returns nothing if the input can be a tree of kernels, or is a kernel without modules.
std::unique_ptr<Input> kernel_with_modules(const std::string& path, bool is_directory, const InputOptions& options) {
  const ModuleOptions& modules = *options.modules;
  std::string base = modules.base;
  std::vector<ModuleSource> sources;
  if (!base.empty()) {
    sources = find_modules(path, base, options.limits);
  } else if (const auto found = is_directory ? kernel_directory(path, options.limits) : std::nullopt) {
    base = found->location;
    sources = module_sources(*found, path);
  } else if (modules.files.empty()) {
    return nullptr;
  } else if (is_directory) {
    throw Error(ErrorKind::wrong_file, path, "",
                "--module adds to one kernel, and this directory is not one: it needs the BTF of exactly one kernel, "
                "and of modules beside it");
  } else {
    base = path;
  }
  for (const std::string& file : modules.files) {
    sources.push_back({.path = file, .location = file, .read = {}, .is_named = true});
  }
  return std::make_unique<KernelWithModules>(path, base, std::move(sources), modules.choice, options.limits);
}

/// A pack has kernels without modules.
void refuse_modules_of_pack(const std::string& path, const InputOptions& options) {
  if (!options.modules || (options.modules->files.empty() && options.modules->choice.is_all)) return;
  throw Error(ErrorKind::wrong_file, path, "",
              std::string(options.modules->files.empty() ? "--modules" : "--module") +
                  " needs a kernel with modules, and a pack has kernels without modules");
}

}  // namespace

std::optional<ModuleChoice> module_choice(const InputOptions& options) {
  return options.modules ? std::optional(options.modules->choice) : std::nullopt;
}

std::unique_ptr<Input> open_input(const std::string& path, const InputOptions& options) {
  std::error_code error;  // ignored: opening the file reports a better reason
  const bool is_directory = std::filesystem::is_directory(path, error);
  if (options.modules) {
    const bool may_be_pack = options.takes_packs && !is_directory && options.modules->base.empty();
    if (may_be_pack && !options.modules->files.empty() && KernelFile(path, options).is_pack()) {
      refuse_modules_of_pack(path, options);
    }
    if (auto kernel = kernel_with_modules(path, is_directory, options)) return kernel;
  }
  if (is_directory) return std::make_unique<DirectoryInput>(path, options);
  auto file = std::make_unique<KernelFile>(path, options);
  if (options.takes_packs && file->is_pack()) {
    refuse_modules_of_pack(path, options);
    return std::make_unique<PackInput>(path, file->take_file());
  }
  if (file->holds_many()) return std::make_unique<TarInput>(path, file->take_file(), module_choice(options));
  return file;
}

}  // namespace minbtf::archive
