// SPDX-License-Identifier: BSD-2-Clause
// Inputs of the micro-benchmarks, read from files that the build generates.
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

/// Returns a forged kernel, or the raw BTF that the environment variable MINBTF_BENCH_KERNEL names. The file is read
/// once.
[[nodiscard]] const InputFile& kernel_file();
/// Returns the files of one set of objects of bench/inputs: few, tools or many.
[[nodiscard]] std::vector<InputFile> object_files(const std::string& set);
/// Returns the same objects, parsed.
[[nodiscard]] std::vector<BpfObject> objects(const std::string& set);

}  // namespace minbtf::bench
