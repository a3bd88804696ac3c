// SPDX-License-Identifier: BSD-2-Clause
// Runs a harness on files instead of with libFuzzer: replay_NAME PATH... Each PATH is a file or a directory. A PATH
// that does not exist is skipped. Without any file the exit status is 1.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "fuzz/harness.hpp"

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  const auto replay = [&](const std::filesystem::path& path) {
    std::fprintf(stderr, "%s\n", path.c_str());
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    // The memory has exactly the size of the file, so AddressSanitizer reports a read of one byte more.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    (void)LLVMFuzzerTestOneInput(input.data(), input.size());
    ++inputs;
  };
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (std::filesystem::is_regular_file(path)) replay(path);
    if (!std::filesystem::is_directory(path)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) replay(entry.path());
    }
  }
  std::printf("%zu inputs\n", inputs);
  return inputs == 0 ? 1 : 0;
}
