// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/input.hpp"

#include <system_error>

#include "archive/input/directory_input.hpp"
#include "archive/input/kernel_file.hpp"
#include "archive/input/pack_input.hpp"
#include "archive/input/tar_input.hpp"

namespace minbtf::archive {

void refuse_many(const std::string& path) {
  throw Error(ErrorKind::wrong_file, path, "", "an archive with more than one kernel; extract one of them first");
}

std::unique_ptr<Input> open_input(const std::string& path, const InputOptions& options) {
  std::error_code error;  // ignored: opening the file reports a better reason
  if (std::filesystem::is_directory(path, error)) return std::make_unique<DirectoryInput>(path, options);
  auto file = std::make_unique<KernelFile>(path, options);
  if (options.takes_packs && file->is_pack()) return std::make_unique<PackInput>(path, file->take_file());
  if (file->holds_many()) return std::make_unique<TarInput>(path, file->take_file());
  return file;
}

}  // namespace minbtf::archive
