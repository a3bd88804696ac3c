// SPDX-License-Identifier: BSD-2-Clause
// Detects input that libbpf's resolver cannot handle, before libbpf is called.
//
// libbpf 1.1 trusts its BTF: it divides by the size of a bitfield's type, does not return from types that refer to each
// other without end, and does not know later kinds. min-btf has an outcome for all such input, but libbpf has none to
// compare it with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"

namespace minbtf::test {

/// Returns why libbpf 1.1's btf__new() does not read this BTF as min-btf does; empty if it does. `btf` must be valid
/// for min-btf.
[[nodiscard]] std::string unreadable_for_libbpf(const std::vector<std::uint8_t>& btf);

/// Returns why libbpf 1.1 cannot resolve relocations of this object against this kernel; empty if it can. `local` is
/// the object's own BTF. `plan` has only this object.
[[nodiscard]] std::string beyond_libbpf(const Plan& plan, const std::vector<std::uint8_t>& local,
                                        const std::vector<std::uint8_t>& kernel);

/// Returns true if an outcome is endless_type or unsupported_kind: libbpf then makes no decision that could be
/// reproduced. The relocation may still fail for another reason, if another candidate fails first.
[[nodiscard]] bool has_endless_answer(const Plan& plan, const Btf& kernel);

}  // namespace minbtf::test
