// SPDX-License-Identifier: BSD-2-Clause
// Shared by the fuzz harnesses. Each harness is one function, LLVMFuzzerTestOneInput(), which is linked with libFuzzer
// or with replay_main.cpp. A failed require() aborts the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace minbtf::test {

inline void require(bool holds, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what.c_str());
  std::abort();
}

/// The input of fuzz_minimize: the length of an object in 32 bits, the object, and the kernel's BTF.
struct ObjectAndKernel {
  std::vector<std::uint8_t> object;
  std::vector<std::uint8_t> kernel;
};

inline std::vector<std::uint8_t> join(const ObjectAndKernel& parts) {
  std::vector<std::uint8_t> out;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(parts.object.size() >> shift));
  }
  out.insert(out.end(), parts.object.begin(), parts.object.end());
  out.insert(out.end(), parts.kernel.begin(), parts.kernel.end());
  return out;
}

/// Splits any bytes. If the length is too large, all bytes belong to the object. Fewer than 4 bytes give two empty
/// parts.
inline ObjectAndKernel split(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return {};
  std::size_t length = 0;
  for (unsigned i = 0; i < 4; ++i) length |= static_cast<std::size_t>(data[i]) << (8 * i);
  if (length > size - 4) length = size - 4;
  return {.object = {data + 4, data + 4 + length}, .kernel = {data + 4 + length, data + size}};
}

}  // namespace minbtf::test
