// SPDX-License-Identifier: BSD-2-Clause
#include "pack/zstd_frame.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

#include "minbtf/error.hpp"
#include "pack/format.hpp"

namespace minbtf::pack {

std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (context == nullptr) throw std::bad_alloc();
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, max_window_log);
  std::vector<std::uint8_t> frame(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0U) throw Error(ErrorKind::internal, "zstd", "", ZSTD_getErrorName(size));
  frame.resize(size);
  frame.shrink_to_fit();
  return frame;
}

namespace {

/// Returns the size of the window that a frame asks for (RFC 8878, 3.1.1.1). zstd checks its limit only if it
/// decompresses a stream. The frame must be complete.
std::uint64_t window_bytes(std::span<const std::uint8_t> frame, std::uint64_t raw_bytes) {
  constexpr std::size_t descriptor = 4;  // behind the magic number
  constexpr std::uint8_t single_segment = 0x20;
  if ((frame[descriptor] & single_segment) != 0) return raw_bytes;
  const std::uint8_t window = frame[descriptor + 1];
  const std::uint64_t base = std::uint64_t{1} << (10U + (window >> 3U));
  return base + base / 8 * (window & 7U);
}

}  // namespace

std::span<const std::uint8_t> decompressed(std::span<const std::uint8_t> frame, std::uint64_t raw_bytes,
                                           const std::string& file, const std::string& where, io::Buffer& memory) {
  const auto damaged = [&](const std::string& reason) -> Error { return {ErrorKind::damaged, file, where, reason}; };
  // The frame is checked before memory is allocated for its contents.
  constexpr std::uint8_t magic_number[] = {0x28, 0xb5, 0x2f, 0xfd};
  if (!std::ranges::equal(frame.first(std::min(frame.size(), sizeof magic_number)), magic_number) ||
      ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    throw damaged("not one complete zstd frame");
  }
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != raw_bytes) {
    throw damaged("its zstd frame has another size than the section table");
  }
  if (window_bytes(frame, raw_bytes) > std::uint64_t{1} << static_cast<unsigned>(max_window_log)) {
    throw damaged("its zstd frame needs a window that is too large");
  }
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (context == nullptr) throw std::bad_alloc();
  const auto room = static_cast<std::size_t>(raw_bytes);
  memory.make_room(room, 0);
  const std::size_t size = ZSTD_decompressDCtx(context.get(), memory.data(), room, frame.data(), frame.size());
  if (ZSTD_isError(size) != 0U) throw damaged(std::string("zstd: ") + ZSTD_getErrorName(size));
  if (size != raw_bytes) throw damaged("its zstd frame has another size than the section table");
  return {memory.data(), size};
}

}  // namespace minbtf::pack
