// SPDX-License-Identifier: BSD-2-Clause
#include "io/byte_stream.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/read/file_descriptor.hpp"
#include "minbtf/error.hpp"

namespace minbtf::io {

namespace {

constexpr std::size_t block_bytes = std::size_t{256} << 10U;

}  // namespace

FileStream::FileStream(int fd, std::string name) : fd_(fd), name_(std::move(name)), buffer_(block_bytes) {}

std::span<const std::uint8_t> FileStream::next() {
  for (;;) {
    const ssize_t got = ::read(fd_, buffer_.data(), buffer_.size());
    if (got >= 0) return std::span(buffer_).first(static_cast<std::size_t>(got));
    if (errno != EINTR) throw Error(ErrorKind::io, name_, "", "cannot read: " + system_reason(errno));
  }
}

PeekedStream::PeekedStream(ByteStream& source, std::size_t head_bytes) : source_(source), rest_(source.next()) {
  if (rest_.size() < head_bytes) {
    start_.reserve(head_bytes);
    while (!rest_.empty() && start_.size() < head_bytes) {
      const std::size_t taken = std::min(rest_.size(), head_bytes - start_.size());
      start_.insert(start_.end(), rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(taken));
      rest_ = rest_.subspan(taken);
      if (rest_.empty()) rest_ = source_.next();
    }
    head_ = start_;
  } else {
    head_ = rest_.first(head_bytes);
  }
}

std::span<const std::uint8_t> PeekedStream::next() {
  if (!std::exchange(start_given_, true) && !start_.empty()) return start_;
  return rest_.empty() ? source_.next() : std::exchange(rest_, {});
}

}  // namespace minbtf::io
