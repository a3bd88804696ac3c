// SPDX-License-Identifier: BSD-2-Clause
// Single files of the output tree: their type, contents and attributes. A function follows symbolic links only if its
// argument is Links::followed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace minbtf::archive {

inline constexpr mode_t output_file_mode = 0644;
inline constexpr mode_t output_directory_mode = 0755;

enum class FileType { absent, file, link, directory, other };

struct FileStatus {
  FileType type = FileType::absent;
  struct stat status {};  ///< valid unless `type` is absent
};

/// Whether a function follows a symbolic link at the end of a path.
enum class Links { refused, followed };

/// Throws Error (io) "PATH: WHAT: REASON". REASON is the system's text for `error_number`.
[[noreturn]] void fail_at(const std::filesystem::path& path, const char* what, int error_number);

/// Returns the type and status of the file at `path`. A missing file is FileType::absent. Throws Error (io) if the
/// system refuses the status for another reason.
[[nodiscard]] FileStatus status_of(const std::filesystem::path& path);

/// Returns true if the modification time is exactly `time`, in seconds since 1970.
[[nodiscard]] bool is_dated(const struct stat& status, std::int64_t time) noexcept;

/// Returns the text of the symbolic link at `path`; nothing if `path` is no link or cannot be read.
[[nodiscard]] std::optional<std::string> link_text(const std::filesystem::path& path);

/// Returns true if `path` is a readable regular file with exactly these contents.
[[nodiscard]] bool holds(const std::filesystem::path& path, std::span<const std::uint8_t> contents, Links links);

/// Returns the contents of the regular file at `path`; nothing if `path` is no regular file or cannot be read.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path, Links links);

/// Sets the modification time of a file, link or directory; the access time does not change. Returns 0 or an errno
/// value.
[[nodiscard]] int set_time(const std::filesystem::path& path, const timespec& time, Links links = Links::refused);

/// Sets the attributes of an output on an existing file or link: the time, and the mode of a file. Throws Error (io).
void correct_attributes(const std::filesystem::path& path, FileType type, std::int64_t time);

}  // namespace minbtf::archive
