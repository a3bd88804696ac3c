// SPDX-License-Identifier: BSD-2-Clause
#include "io/read/file_descriptor.hpp"

#include <unistd.h>

#include <system_error>

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

}  // namespace minbtf::io
