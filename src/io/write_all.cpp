// SPDX-License-Identifier: BSD-2-Clause
#include "io/write_all.hpp"

#include <unistd.h>

#include <cerrno>

#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

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
