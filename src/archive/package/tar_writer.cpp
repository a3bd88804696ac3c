// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string_view>

#include "archive/tree_path.hpp"
#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t block_bytes = 512;

/// A field of the header: place and size in bytes, as POSIX.1-1988 has them.
struct Field {
  std::size_t offset;
  std::size_t size;
};

constexpr Field name_field{0, 100};
constexpr Field mode_field{100, 8};
constexpr Field uid_field{108, 8};
constexpr Field gid_field{116, 8};
constexpr Field size_field{124, 12};
constexpr Field time_field{136, 12};
constexpr Field checksum_field{148, 8};
constexpr std::size_t type_offset = 156;
constexpr Field magic_field{257, 8};
constexpr Field major_field{329, 8};
constexpr Field minor_field{337, 8};
constexpr Field prefix_field{345, 155};

class Header {
 public:
  void put(const Field& field, std::string_view text) {
    std::ranges::copy(text.substr(0, field.size), bytes_.begin() + static_cast<std::ptrdiff_t>(field.offset));
  }
  /// Writes octal digits with leading zeros and a NUL behind them.
  void put_number(const Field& field, std::uint64_t number) {
    for (std::size_t digit = field.size - 1; digit-- > 0; number >>= 3U) {
      bytes_[field.offset + digit] = static_cast<std::uint8_t>('0' + (number & 7U));
    }
  }
  /// Writes the sum of all bytes, where the field of the sum counts as blanks: six digits, a NUL and a blank.
  void put_checksum() {
    put(checksum_field, "        ");
    const auto sum = std::accumulate(bytes_.begin(), bytes_.end(), std::uint64_t{0});
    bytes_[checksum_field.offset + 6] = 0;
    put_number({checksum_field.offset, checksum_field.size - 1}, sum);
  }
  void put_type(char type) { bytes_[type_offset] = static_cast<std::uint8_t>(type); }

  [[nodiscard]] const std::array<std::uint8_t, block_bytes>& bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, block_bytes> bytes_{};
};

struct DividedPath {
  std::string_view prefix;
  std::string_view name;
};

/// Divides a path at the first slash behind which at most 100 bytes follow. The slash is in neither part. A short path
/// has no prefix. The result may not fit: see fits().
DividedPath divided(std::string_view path) {
  if (path.size() <= name_field.size) return {{}, path};
  const std::size_t slash = path.find('/', path.size() - name_field.size - 1);
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

bool fits(const DividedPath& path) {
  return path.prefix.size() <= prefix_field.size && path.name.size() <= name_field.size;
}

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw Error(ErrorKind::unsupported, path, "", reason);
}

void check(const TarMember& member, bool name_field_only) {
  const std::string& path = member.path;
  const std::string fault = path.ends_with('/') ? "a path with a slash at its end" : path_fault(path);
  if (!fault.empty()) refuse(path, "cannot be a file in a tar archive: " + fault);
  const std::string size = std::to_string(path.size());
  if (name_field_only && path.size() >= name_field.size) {
    refuse(path, "the path has " + size + " bytes; readers of this archive take at most 99");
  }
  if (!fits(divided(path))) {
    refuse(path, "the path has " + size +
                     " bytes and does not fit into a ustar archive: the last part of at most 100 bytes and the "
                     "directories of at most 155 bytes must meet at a slash");
  }
}

/// Throws Error (unsupported) if two members have one path, or if one member would be a directory of another. `members`
/// are sorted by path.
void check_places(const std::vector<TarMember>& members) {
  const auto twice = std::ranges::adjacent_find(members, {}, &TarMember::path);
  if (twice != members.end()) refuse(twice->path, "the path is twice in the archive");
  for (const TarMember& member : members) {
    for (std::string_view directory = directory_of(member.path); !directory.empty();
         directory = directory_of(directory)) {
      if (std::ranges::binary_search(members, directory, {}, &TarMember::path)) {
        refuse(member.path,
               "the archive cannot hold this path, because " + std::string(directory) + " is a file in it");
      }
    }
  }
}

Header header_of(const TarMember& member, std::int64_t time) {
  const DividedPath path = divided(member.path);
  constexpr std::uint64_t mode = 0644;
  Header header;
  header.put(name_field, path.name);
  header.put_number(mode_field, mode);
  header.put_number(uid_field, 0);
  header.put_number(gid_field, 0);
  header.put_number(size_field, member.contents.size());
  header.put_number(time_field, static_cast<std::uint64_t>(time));
  header.put_type('0');
  header.put(magic_field, std::string_view("ustar\0"
                                           "00",
                                           magic_field.size));
  header.put_number(major_field, 0);
  header.put_number(minor_field, 0);
  header.put(prefix_field, path.prefix);
  header.put_checksum();
  return header;
}

std::uint64_t whole_blocks(std::uint64_t bytes) { return (bytes + block_bytes - 1) / block_bytes * block_bytes; }

/// Returns the size of the archive in bytes. Throws Error (unsupported) if it is over the limit.
std::uint64_t checked_size(const std::vector<TarMember>& members) {
  std::uint64_t size = 2 * block_bytes;  // the end of the archive
  for (const TarMember& member : members) size += block_bytes + whole_blocks(member.contents.size());
  if (size > largest_ustar) {
    refuse("ustar archive",
           "would have " + std::to_string(size) + " bytes, over the limit of " + std::to_string(largest_ustar));
  }
  return size;
}

}  // namespace

Bytes ustar_of(std::vector<TarMember> members, std::int64_t time, bool name_field_only) {
  if (time < 0 || time > latest_ustar_time) {
    refuse("ustar archive", "cannot hold the time " + std::to_string(time) + ": it ends at " +
                                std::to_string(latest_ustar_time) + " seconds since 1970");
  }
  std::ranges::sort(members, {}, &TarMember::path);
  for (const TarMember& member : members) check(member, name_field_only);
  check_places(members);

  Bytes tar;
  const std::uint64_t size = checked_size(members);
  tar.reserve(size);
  for (const TarMember& member : members) {
    const Header header = header_of(member, time);
    tar.insert(tar.end(), header.bytes().begin(), header.bytes().end());
    tar.insert(tar.end(), member.contents.begin(), member.contents.end());
    tar.resize(whole_blocks(tar.size()));
  }
  tar.resize(size);
  return tar;
}

}  // namespace minbtf::archive
