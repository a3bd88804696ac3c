// SPDX-License-Identifier: BSD-2-Clause
#include "io/read/input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/read/buffer.hpp"
#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

namespace {

// At most this much memory is reserved because of a size from stat(), which may be wrong.
constexpr std::size_t max_trusted_size = std::size_t{64} << 20U;

FileDescriptor open_to_read(const std::filesystem::path& path) {
  if (path == standard_input_name) return FileDescriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (path.native().find('\0') != std::string::npos) {
    errno = EINVAL;  // open() would ignore the rest of the path
    return FileDescriptor(-1);
  }
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : InputFile(open_to_read(path), path.string()) {}

InputFile::InputFile(FileDescriptor fd, std::string name) : name_(std::move(name)), fd_(std::move(fd)) {
  if (!fd_.is_open()) throw Error(ErrorKind::io, name_, "", "cannot open: " + system_reason(errno));
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw Error(ErrorKind::io, name_, "", "cannot stat: " + system_reason(errno));
  if (S_ISDIR(status.st_mode)) throw Error(ErrorKind::wrong_file, name_, "", "is a directory, not a file");
  // An offset other than 0 means that another process has read the beginning. Only the rest is input, so rewind() must
  // not be used.
  regular_ = S_ISREG(status.st_mode) && ::lseek(fd_.get(), 0, SEEK_CUR) == 0;
  expected_ = regular_ && status.st_size > 0 ? static_cast<std::size_t>(status.st_size) : 0;
  while (head_bytes_ < head_.size()) {
    const std::size_t got = read_some(head_.data() + head_bytes_, head_.size() - head_bytes_);
    if (got == 0) break;
    head_bytes_ += got;
  }
}

void InputFile::rewind() {
  if (::lseek(descriptor(), 0, SEEK_SET) == 0) return;
  throw Error(ErrorKind::io, name_, "", "cannot read: " + system_reason(errno));
}

std::span<const std::uint8_t> InputFile::head() const noexcept { return std::span(head_).first(head_bytes_); }

std::size_t InputFile::read_some(std::uint8_t* to, std::size_t most) {
  for (;;) {
    const ssize_t got = ::read(fd_.get(), to, most);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw Error(ErrorKind::io, name_, "", "cannot read: " + system_reason(errno));
  }
}

std::span<const std::uint8_t> InputFile::read_all(Buffer& memory, std::size_t limit, std::string_view option) {
  // One byte more than expected: the read() that returns 0 at the end then needs no larger buffer.
  memory.make_room(std::max(head_.size(), std::min(expected_, max_trusted_size)) + 1, 0);
  std::copy_n(head_.data(), head_bytes_, memory.data());
  std::size_t used = head_bytes_;
  for (;;) {
    if (used > limit) {
      const std::string setting = option.empty() ? ", too large to be read" : " (" + std::string(option) + ")";
      throw Error(ErrorKind::unsupported, name_, "", "over " + std::to_string(limit) + " bytes" + setting);
    }
    const std::size_t got = read_some(memory.data() + used, memory.room() - used);
    if (got == 0) return {memory.data(), used};
    used += got;
    if (used == memory.room()) memory.make_room(used + 1, used);
  }
}

std::vector<std::uint8_t> InputFile::read_all(std::size_t limit) {
  Buffer memory;
  const std::span<const std::uint8_t> bytes = read_all(memory, limit);
  return {bytes.begin(), bytes.end()};
}

}  // namespace minbtf::io
