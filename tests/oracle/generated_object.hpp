// SPDX-License-Identifier: BSD-2-Clause
// Generated BPF objects: random relocations against the types of a real kernel, compiled by clang with the header of
// that kernel. On another kernel about half of them match nothing, or another type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

struct GeneratedSize {
  std::size_t types = 60;  ///< types in use; half of them have a name that the kernel has twice
  std::size_t questions = 500;
  std::size_t programs = 25;
};

/// Returns the object. Returns empty bytes, with the reason in `why`, if the kernel's header cannot be made or
/// compiled.
[[nodiscard]] std::vector<std::uint8_t> generate_object(const OracleKernel& kernel, const GeneratedSize& size,
                                                        std::mt19937& random, std::string& why);

}  // namespace minbtf::test
