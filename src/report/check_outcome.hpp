// What one kernel came to, as bytes: equal outcomes of kernels are equal bytes, and a few thousand kernels have a few
// hundred of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "minbtf/explanation.hpp"

namespace minbtf::report {

/// `troubles` have to be in the order of Plan::check().
[[nodiscard]] std::vector<std::uint8_t> encode_troubles(std::span<const Trouble> troubles);

/// Nothing for bytes that are no such outcome. Objects, relocations and programs are not held against a plan.
[[nodiscard]] std::optional<std::vector<Trouble>> decode_troubles(std::span<const std::uint8_t> bytes);

}  // namespace minbtf::report
