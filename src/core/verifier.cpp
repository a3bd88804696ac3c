// SPDX-License-Identifier: BSD-2-Clause
#include "core/verifier.hpp"

#include <string_view>

namespace minbtf::core {

namespace {

bool has_enumerator(const btf::View& kernel, const btf::Type& type, std::string_view name) {
  // New helpers are at the end.
  for (std::uint32_t i = type.vlen; i-- > 0;) {
    if (kernel.is_string(kernel.enumerator(type, i).name_off, name)) return true;
  }
  return false;
}

}  // namespace

Verifier verifier_of(const btf::View& kernel) {
  for (const btf::NamedType& named : kernel.named_types()) {
    if (!kernel.is_string(named.name_off, verifier_enum)) continue;
    const btf::Type type = kernel.type(named.id);
    if (!btf::is_any_enum(type.kind)) continue;
    // Helpers of Linux 5.6, 5.1 and 4.16. The helpers of 5.5, above all bpf_probe_read_kernel(), are also in kernels
    // that do not have its verifier, such as openEuler's 4.19.
    if (has_enumerator(kernel, type, "BPF_FUNC_jiffies64")) return Verifier::linux_5_6;
    if (has_enumerator(kernel, type, "BPF_FUNC_spin_lock")) return Verifier::linux_5_1;
    if (has_enumerator(kernel, type, "BPF_FUNC_override_return")) return Verifier::linux_4_16;
    return Verifier::any;
  }
  return Verifier::any;
}

}  // namespace minbtf::core
