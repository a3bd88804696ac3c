// The last look at a result before it is published: does libbpf decide on it as on the kernel's own BTF?
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// Parses `reduced` anew and compares it with `kernel`, raw BTF that is called `name`. Throws Error (internal) that
/// names the first difference, and what Plan::compare() and Btf::parse() throw.
void require_same_decisions(const Plan& plan, std::span<const std::uint8_t> kernel, const std::string& name,
                            std::span<const std::uint8_t> reduced, Workspace& workspace);

}  // namespace minbtf::archive
