// How much a kernel's verifier understands, told by its BTF.
#pragma once

#include "btf/view.hpp"
#include "core/reachability.hpp"

namespace minbtf::core {

/// A kernel's BTF holds no version. It holds the helpers that programs may call (enum bpf_func_id,
/// include/uapi/linux/bpf.h), and distributions that bring helpers to an older kernel bring the verifier with them.
/// Verifier::any if it says nothing, as what has been reduced does.
[[nodiscard]] Verifier verifier_of(const btf::View& kernel);

}  // namespace minbtf::core
