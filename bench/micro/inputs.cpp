// SPDX-License-Identifier: BSD-2-Clause
#include "micro/inputs.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace minbtf::bench {

namespace {

InputFile read(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw std::runtime_error(path + " is a directory");
  std::ifstream file(path, std::ios::binary);
  InputFile input = {.path = path, .bytes = {std::istreambuf_iterator<char>(file), {}}};
  if (!file) throw std::runtime_error("cannot read " + path);
  return input;
}

}  // namespace

const InputFile& kernel_file() {
  const char* const named = std::getenv("MINBTF_BENCH_KERNEL");
  static const InputFile file = read(named != nullptr ? named : BENCH_KERNEL);
  return file;
}

std::vector<InputFile> object_files(const std::string& set) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(BENCH_OBJECTS) + "/" + set)) {
    if (entry.path().extension() == ".o") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<InputFile> files;
  for (const std::string& path : paths) files.push_back(read(path));
  return files;
}

std::vector<BpfObject> objects(const std::string& set) {
  std::vector<BpfObject> all;
  for (InputFile& file : object_files(set)) all.push_back(load(std::move(file.bytes), file.path));
  return all;
}

}  // namespace minbtf::bench
