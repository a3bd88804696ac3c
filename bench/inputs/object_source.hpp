// BPF objects in C, all about wanted.hpp: to be compiled by clang for the BPF machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace minbtf::bench {

/// How many questions there are to choose from.
[[nodiscard]] std::size_t question_count();

/// Programs of up to 25 questions each, which all differ within a program.
[[nodiscard]] std::string object_source(std::uint64_t seed, std::size_t relocations);

}  // namespace minbtf::bench
