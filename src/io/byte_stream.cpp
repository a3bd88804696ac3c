#include "io/byte_stream.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <new>

#include "minbtf/error.hpp"

namespace minbtf::io {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20U;

}  // namespace

void Buffer::make_room(std::size_t bytes, std::size_t kept) {
  if (bytes <= room_) return;
  if (kept == 0) {
    bytes_.reset();  // frees the old memory first, since its contents are not needed
    room_ = 0;
  }
  const bool is_large = bytes > huge_page;
  const std::size_t room = std::bit_ceil(bytes);
  auto* const larger = static_cast<std::uint8_t*>(is_large ? std::aligned_alloc(huge_page, room) : std::malloc(room));
  if (larger == nullptr) throw std::bad_alloc();
  // The first access to a page costs as much as reading a page. A huge page has one such access for 2 MiB. A failure
  // of madvise() only makes this slower.
  if (is_large) (void)::madvise(larger, room, MADV_HUGEPAGE);
  std::copy_n(bytes_.get(), kept, larger);
  bytes_.reset(larger);
  room_ = room;
}

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
