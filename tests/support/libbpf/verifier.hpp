// The verifier of the kernel that runs, asked by way of libbpf's loader.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace minbtf::test {

/// While it lives libbpf prints nothing.
class QuietLibbpf {
 public:
  QuietLibbpf();
  QuietLibbpf(const QuietLibbpf&) = delete;
  QuietLibbpf& operator=(const QuietLibbpf&) = delete;
  ~QuietLibbpf();

 private:
  libbpf_print_fn_t previous_;
};

/// Whether libbpf and the kernel load one program of an object, with CO-RE for the BTF in `btf_path`. To be called if
/// libbpf::loader_obstacle() is empty.
[[nodiscard]] bool loads(const std::vector<std::uint8_t>& elf, const std::string& program, const std::string& btf_path);

}  // namespace minbtf::test
