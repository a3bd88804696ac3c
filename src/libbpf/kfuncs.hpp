// Functions of the kernel that BPF programs may call: kfuncs. Since 6.10 pahole tags them in the kernel's BTF.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

struct Kfunc {
  std::uint32_t func = 0;    ///< id of its FUNC
  bool is_fastcall = false;  ///< also tagged "bpf_fastcall"
};

/// All FUNCs that a DECL_TAG "bpf_kfunc" is about as a whole, by name; of one name the first.
[[nodiscard]] std::vector<Kfunc> kfuncs_of(const btf::View& btf);

}  // namespace minbtf::libbpf
