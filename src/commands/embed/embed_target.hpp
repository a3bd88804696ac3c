// SPDX-License-Identifier: BSD-2-Clause
// The architectures that `embed` writes objects for, and what a linker checks of such an object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_writer.hpp"

namespace minbtf::cli {

struct EmbedTarget {
  std::string_view name;
  elf::Machine machine;
  /// Type of the property in .note.gnu.property that lists protections of control flow; 0: the architecture has none.
  std::uint32_t property = 0;
  /// The protections that the object is compatible with. Data is compatible with all of them.
  std::uint32_t protections = 0;
};

/// Returns the target that a word for an architecture names (archive::find_architecture()); null if there is none.
[[nodiscard]] const EmbedTarget* find_embed_target(std::string_view word);

[[nodiscard]] std::vector<std::string> embed_target_names();

}  // namespace minbtf::cli
