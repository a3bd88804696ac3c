// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/kernel_with_modules.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "archive/input/kernel_release.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

KernelWithModules::KernelWithModules(const std::string& path, const std::string& base,
                                     std::vector<ModuleSource> modules, ModuleChoice choice, const UnpackLimits& limits)
    : Input(path),
      modules_({.sources = std::move(modules), .base_file = base, .release = release_of_kernel(base)}),
      choice_(std::move(choice)),
      limits_(limits) {}

std::vector<std::string> KernelWithModules::files() const {
  std::vector<std::string> all = {modules_.base_file};
  for (const ModuleSource& source : modules_.sources) all.push_back(source.location);
  return all;
}

std::string KernelWithModules::naming_path() const {
  std::error_code error;
  const fs::path directory = fs::absolute(path(), error).lexically_normal();
  const bool is_directory = !error && fs::is_directory(path(), error) &&
                            fs::equivalent(path(), fs::path(modules_.base_file).parent_path(), error);
  if (!is_directory || directory == "/sys/kernel/btf" || directory == "/sys/kernel/btf/") return modules_.base_file;
  const fs::path named = directory.has_filename() ? directory : directory.parent_path();
  return named.string() + ".btf";
}

void KernelWithModules::load() {
  if (base_) return;
  base_ = read_kernel(modules_.base_file, limits_, memory_);
  if (!base_) refuse_many(modules_.base_file);
}

ProcessedInput KernelWithModules::process(const ProcessRequest& request) {
  ProcessedInput processed;
  SourceRecord record;
  record.outcome.kernels.push_back(
      {.member = "",
       .result = run_with_modules(request, modules_, choice_, {.source = "", .member = "", .name = path()}, *base_,
                                  processed)});
  processed.records.push_back(std::move(record));
  return processed;
}

}  // namespace minbtf::archive
