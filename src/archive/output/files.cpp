// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::archive {

namespace {

FileType type_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISLNK(mode)) return FileType::link;
  if (S_ISDIR(mode)) return FileType::directory;
  return FileType::other;
}

struct OpenFile {
  io::FileDescriptor fd{-1};  ///< not open if the path is no readable regular file
  std::uint64_t size = 0;
};

OpenFile open_regular(const fs::path& path, Links links) {
  // O_NONBLOCK: the path, or a link that is followed, may be a pipe without a writer. open() would wait for a writer.
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (links == Links::refused ? O_NOFOLLOW : 0);
  OpenFile file{io::FileDescriptor(::open(path.c_str(), flags))};
  struct stat status {};
  if (!file.fd.is_open() || ::fstat(file.fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  file.size = static_cast<std::uint64_t>(status.st_size);
  return file;
}

// Fills `room` and returns the number of bytes, which is smaller than `room` only at the end of the file. Returns
// nothing if the file cannot be read.
std::optional<std::size_t> read_some(int fd, std::span<std::uint8_t> room) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const ssize_t got = ::read(fd, room.data() + filled, room.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

void fail_at(const fs::path& path, const char* what, int error_number) {
  throw Error(ErrorKind::io, path.string(), "", std::string(what) + ": " + io::system_reason(error_number));
}

FileStatus status_of(const fs::path& path) {
  FileStatus found;
  if (::lstat(path.c_str(), &found.status) == 0) {
    found.type = type_of(found.status.st_mode);
  } else if (errno != ENOENT && errno != ENOTDIR) {
    fail_at(path, "cannot stat", errno);
  }
  return found;
}

bool is_dated(const struct stat& status, std::int64_t time) noexcept {
  return status.st_mtim.tv_sec == time && status.st_mtim.tv_nsec == 0;
}

std::optional<std::string> link_text(const fs::path& path) {
  std::array<char, PATH_MAX> text;
  const ssize_t size = ::readlink(path.c_str(), text.data(), text.size());
  if (size < 0) return std::nullopt;
  return std::string(text.data(), static_cast<std::size_t>(size));
}

bool holds(const fs::path& path, std::span<const std::uint8_t> contents, Links links) {
  const OpenFile file = open_regular(path, links);
  if (!file.fd.is_open() || file.size != contents.size()) return false;
  // One byte more than expected is read, to notice a file that has grown since fstat().
  std::vector<std::uint8_t> piece(std::min<std::size_t>(contents.size() + 1, 1U << 20U));
  while (true) {
    const auto got = read_some(file.fd.get(), piece);
    if (!got || *got > contents.size() ||
        !std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*got), contents.begin()))
      return false;
    contents = contents.subspan(*got);
    if (*got < piece.size()) return contents.empty();
  }
}

std::optional<std::vector<std::uint8_t>> read_file(const fs::path& path, Links links) {
  const OpenFile file = open_regular(path, links);
  if (!file.fd.is_open()) return std::nullopt;
  std::vector<std::uint8_t> contents(file.size);
  const auto got = read_some(file.fd.get(), contents);
  if (got != contents.size()) return std::nullopt;
  return contents;
}

int set_time(const fs::path& path, const timespec& time, Links links) {
  const std::array<timespec, 2> times = {timespec{0, UTIME_OMIT}, time};
  const int flags = links == Links::refused ? AT_SYMLINK_NOFOLLOW : 0;
  return ::utimensat(AT_FDCWD, path.c_str(), times.data(), flags) == 0 ? 0 : errno;
}

void correct_attributes(const fs::path& path, FileType type, std::int64_t time) {
  if (type == FileType::file) {
    const io::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.is_open() || ::fchmod(fd.get(), output_file_mode) != 0) fail_at(path, "cannot set its mode", errno);
  }
  const int error_number = set_time(path, {time, 0});
  if (error_number != 0) fail_at(path, "cannot set its time", error_number);
}

}  // namespace minbtf::archive
