// BPF objects that nobody wrote: random questions about the types of a real kernel, compiled by clang against that
// kernel's own header. On another kernel half of them find nothing, or something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

struct GeneratedSize {
  std::size_t types = 60;  ///< asked about; half of them have a name that the kernel uses twice
  std::size_t questions = 500;
  std::size_t programs = 25;
};

/// Empty, and `why` says so, if the kernel's header cannot be made or compiled.
[[nodiscard]] std::vector<std::uint8_t> generate_object(const OracleKernel& kernel, const GeneratedSize& size,
                                                        std::mt19937& random, std::string& why);

}  // namespace minbtf::test
