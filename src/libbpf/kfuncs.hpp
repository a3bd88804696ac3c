// SPDX-License-Identifier: BSD-2-Clause
// Finds kfuncs, the functions of the kernel that BPF programs may call. They are tagged in the BTF of kernels since
// Linux 6.10, by pahole.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::libbpf {

/// A kfunc.
struct Kfunc {
  std::uint32_t func = 0;    ///< type id of the FUNC
  bool is_fastcall = false;  ///< true if the FUNC is also tagged "bpf_fastcall"
  /// True if a prototype would not compile behind the types, because C has another meaning for the name: a keyword, a
  /// macro of the text, a typedef or an enumerator.
  bool is_name_taken = false;
};

/// Returns the FUNCs with a DECL_TAG "bpf_kfunc" (component_idx -1), by name. If several have one name, the first is
/// returned.
[[nodiscard]] std::vector<Kfunc> kfuncs_of(const btf::View& btf);

}  // namespace minbtf::libbpf
