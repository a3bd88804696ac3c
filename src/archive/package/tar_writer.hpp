// SPDX-License-Identifier: BSD-2-Clause
// Reproducible tar archives of regular files, in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace minbtf::archive {

struct TarMember {
  std::string path;  ///< relative; may begin with `./`
  std::span<const std::uint8_t> contents;
};

/// Latest time that a ustar header holds, in seconds since 1970: eleven octal digits.
inline constexpr std::int64_t latest_ustar_time = 077777777777;

/// Largest archive in bytes. It is made in memory, and links in an untrusted input can multiply its members.
inline constexpr std::uint64_t largest_ustar = std::uint64_t{4} << 30U;

/// Returns a ustar archive (POSIX.1-1988) of regular files, in the order of their paths by bytes. There are no
/// directories, links and extended headers in it. Each file has mode 0644, uid and gid 0, no user names and the
/// modification time `time` (seconds since 1970). Equal members give equal bytes, in any order.
///
/// Throws Error (unsupported) that names the path if the path does not fit into a ustar header: a path of up to 100
/// bytes is in the field `name`; a longer one is divided at a slash into `prefix` (up to 155 bytes) and `name`. With
/// `name_field_only` a path must have at most 99 bytes, for readers that ignore `prefix` and need a NUL behind the
/// name. Also throws Error (unsupported) if a path is not that of a file in a tree (path_fault(), or a slash at its
/// end), if two members have one path, if one member is a directory of another (`a` and `a/b`), if `time` is
/// negative or later than latest_ustar_time, or if the archive would be larger than largest_ustar.
[[nodiscard]] std::vector<std::uint8_t> ustar_of(std::vector<TarMember> members, std::int64_t time,
                                                 bool name_field_only = false);

}  // namespace minbtf::archive
