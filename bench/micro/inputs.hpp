// What is timed, read from the files that the build made.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "micro/library.hpp"

namespace minbtf::bench {

struct InputFile {
  std::string path;
  std::vector<std::uint8_t> bytes;
};

/// A forged kernel, or the raw BTF that the environment variable MINBTF_BENCH_KERNEL names.
[[nodiscard]] const InputFile& kernel_file();
/// Objects of one set of bench/inputs: few, tools or many.
[[nodiscard]] std::vector<InputFile> object_files(const std::string& set);
[[nodiscard]] std::vector<BpfObject> objects(const std::string& set);

}  // namespace minbtf::bench
