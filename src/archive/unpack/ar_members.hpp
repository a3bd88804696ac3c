// SPDX-License-Identifier: BSD-2-Clause
// The members of an ar archive: a static library (`.a`), or a Debian package.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::archive {

struct ArMember {
  // Both are parts of the archive's bytes.
  std::string_view name;  ///< at most base::longest_text bytes
  std::span<const std::uint8_t> contents;
};

/// Returns the members in their order, in the formats of GNU and BSD, without tables of symbols and names. `bytes` is
/// the complete archive (io::is_ar()); `name` is its name in messages. Throws Error: damaged if a header is invalid or
/// a member reaches beyond the end; unsupported for a thin archive, which holds no contents.
[[nodiscard]] std::vector<ArMember> ar_members(std::span<const std::uint8_t> bytes, const std::string& name);

}  // namespace minbtf::archive
