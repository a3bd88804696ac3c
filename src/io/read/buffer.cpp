// SPDX-License-Identifier: BSD-2-Clause
#include "io/read/buffer.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

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
  const std::size_t room = std::bit_ceil(bytes);
  const bool is_large = room >= huge_page;
  auto* const larger = static_cast<std::uint8_t*>(is_large ? std::aligned_alloc(huge_page, room) : std::malloc(room));
  if (larger == nullptr) throw std::bad_alloc();
  // The first access to a page costs as much as reading a page. A huge page has one such access for 2 MiB. A failure
  // of madvise() only makes this slower.
  if (is_large) (void)::madvise(larger, room, MADV_HUGEPAGE);
  std::copy_n(bytes_.get(), kept, larger);
  bytes_.reset(larger);
  room_ = room;
}

}  // namespace minbtf::io
