// Single files of the output tree: what is there, and its attributes. Links are never followed unless a function says
// so.
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
  struct stat status {};  ///< of what is not absent
};

enum class Links { refused, followed };

/// Throws Error (io): `path: what: REASON`.
[[noreturn]] void fail_at(const std::filesystem::path& path, const char* what, int error_number);

/// Throws Error (io) for anything but that nothing is there.
[[nodiscard]] FileStatus status_of(const std::filesystem::path& path);

[[nodiscard]] bool is_dated(const struct stat& status, std::int64_t time) noexcept;

/// The text of a symbolic link; nothing for anything else.
[[nodiscard]] std::optional<std::string> link_text(const std::filesystem::path& path);

/// Whether this is a regular file that can be read and holds just that.
[[nodiscard]] bool holds(const std::filesystem::path& path, std::span<const std::uint8_t> contents, Links links);

/// Nothing for what is no regular file or cannot be read.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path, Links links);

/// The modification time of a file, link or directory; the time of access stays. Returns 0 or an errno value.
[[nodiscard]] int set_time(const std::filesystem::path& path, const timespec& time, Links links = Links::refused);

/// Gives a file that is there, or a link, the attributes of an output. Throws Error (io).
void correct_attributes(const std::filesystem::path& path, FileType type, std::int64_t time);

}  // namespace minbtf::archive
