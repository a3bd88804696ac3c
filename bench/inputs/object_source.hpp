// SPDX-License-Identifier: BSD-2-Clause
// Generates BPF objects in C, with relocations for the types of wanted.hpp. clang compiles them for BPF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace minbtf::bench {

/// Returns the number of different questions.
[[nodiscard]] std::size_t question_count();

/// Returns an object with `relocations` relocations, in programs with up to 25 different questions each.
[[nodiscard]] std::string object_source(std::uint64_t seed, std::size_t relocations);

}  // namespace minbtf::bench
