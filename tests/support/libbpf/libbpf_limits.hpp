// What libbpf's resolver must not be asked, told before asking.
//
// libbpf 1.1 trusts the BTF that it is given: it divides by the size of a bitfield's type, does not come back from
// types that refer to each other without end, and does not know later kinds. Ours has an answer to all of it; there is
// nothing to compare it with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"

namespace minbtf::test {

/// Whether libbpf 1.1's btf__new() reads this as we do; else why not. Of what we accept.
[[nodiscard]] std::string unreadable_for_libbpf(const std::vector<std::uint8_t>& btf);

/// Why libbpf 1.1 cannot be asked about records of this object in this BTF, the kernel's; empty if it can.
/// `local` is the object's own BTF, `plan` that of the object alone.
[[nodiscard]] std::string beyond_libbpf(const Plan& plan, const std::vector<std::uint8_t>& local,
                                        const std::vector<std::uint8_t>& kernel);

/// Some walk through these types has no end, or a kind is unknown: there is no decision to reproduce. A relocation need
/// not show it, where another candidate makes it fail first.
[[nodiscard]] bool has_endless_answer(const Plan& plan, const Btf& kernel);

}  // namespace minbtf::test
