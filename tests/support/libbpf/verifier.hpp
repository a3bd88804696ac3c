// SPDX-License-Identifier: BSD-2-Clause
// The verifier of the running kernel, called through libbpf's loader.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

/// Suppresses libbpf's messages during its lifetime.
class QuietLibbpf {
 public:
  QuietLibbpf();
  QuietLibbpf(const QuietLibbpf&) = delete;
  QuietLibbpf& operator=(const QuietLibbpf&) = delete;
  ~QuietLibbpf();

 private:
  libbpf_print_fn_t previous_;
};

/// Returns true if libbpf and the kernel load this one program of an object, with CO-RE against the BTF in `btf_path`.
/// Call it only if libbpf::loader_obstacle() is empty.
[[nodiscard]] bool loads(const std::vector<std::uint8_t>& elf, const std::string& program, const std::string& btf_path);

}  // namespace minbtf::test
