// SPDX-License-Identifier: BSD-2-Clause
// The name of the source file that an object was compiled from.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minbtf::object {

/// Returns the path of the source file of a BPF object, as the compiler wrote it to the line info: the file that has
/// the most lines, headers (`*.h`) excepted; the first of several with equally many. Empty if the object has no line
/// info, or damaged one. `bytes` is the ELF image; `name` is its name in messages. Throws only std::bad_alloc.
[[nodiscard]] std::string source_name(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace minbtf::object
