// SPDX-License-Identifier: BSD-2-Clause
// Names for objects that are taken out of other files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "archive/input/object_search.hpp"

namespace minbtf::cli {

/// Returns a file name for each object, all different. A name is the first of these that is not empty:
///  1. the name of the file or member that is the object;
///  2. the name of its source file, from the line info: `opensnoop.bpf.o` for `src/opensnoop.bpf.c`;
///  3. the symbol of the program at the object: `opensnoop_bpf.o`;
///  4. the name of the file or member that embeds the object, and the offset: `opensnoop-0x38040.o`.
/// Characters other than letters, digits, `.`, `_`, `+` and `-` become `_`. Every name ends in `.o`. If several objects
/// have one name, the second and later ones get a number: `x.bpf.2.o`.
[[nodiscard]] std::vector<std::string> object_names(const std::vector<archive::FoundObject>& objects);

}  // namespace minbtf::cli
