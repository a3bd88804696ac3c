#include "io/file_descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "minbtf/error.hpp"

namespace minbtf::io {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

bool FileDescriptor::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  return fd < 0 || ::close(fd) == 0;
}

std::string system_reason(int error_number) { return std::system_category().message(error_number); }

void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& file) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      throw Error(ErrorKind::io, file, "", "cannot write: " + system_reason(written == 0 ? ENOSPC : errno));
    }
  }
}

}  // namespace minbtf::io
