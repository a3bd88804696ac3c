// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/compression.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include "minbtf/error.hpp"

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

/// A filter of libarchive and its options. A value of nullptr turns the option off.
struct Filter {
  int (*add)(::archive* archive);
  const char* name;
  std::vector<std::pair<const char*, const char*>> options;
};

struct Result {
  std::vector<std::uint8_t> bytes;
  std::exception_ptr thrown;
};

/// Called by libarchive: no exception may leave it.
la_ssize_t append(::archive* archive, void* to, const void* block, std::size_t size) noexcept {
  auto& result = *static_cast<Result*>(to);
  try {
    const auto* first = static_cast<const std::uint8_t*>(block);
    result.bytes.insert(result.bytes.end(), first, first + size);
    return static_cast<la_ssize_t>(size);
  } catch (...) {
    result.thrown = std::current_exception();
    archive_set_error(archive, ENOMEM, "out of memory");
    return -1;
  }
}

/// Returns the bytes as one stream of libarchive's filter.
std::vector<std::uint8_t> filtered(ByteView bytes, const Filter& filter) {
  Result result;
  const std::unique_ptr<::archive, decltype(&archive_write_free)> writer(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(), archive_entry_free);
  if (writer == nullptr || entry == nullptr) throw std::bad_alloc();
  const auto check = [&](int status) {
    if (result.thrown) std::rethrow_exception(result.thrown);
    if (status == ARCHIVE_OK) return;
    if (archive_errno(writer.get()) == ENOMEM) throw std::bad_alloc();
    const char* reason = archive_error_string(writer.get());
    throw Error(ErrorKind::internal, filter.name, "", reason == nullptr ? "libarchive fails" : reason);
  };
  check(archive_write_set_format_raw(writer.get()));
  check(filter.add(writer.get()));
  for (const auto& [option, value] : filter.options) {
    check(archive_write_set_filter_option(writer.get(), filter.name, option, value));
  }
  // Otherwise libarchive pads the last block to 10 KiB.
  check(archive_write_set_bytes_in_last_block(writer.get(), 1));
  check(archive_write_open(writer.get(), &result, nullptr, append, nullptr));
  archive_entry_set_pathname(entry.get(), "contents");
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  check(archive_write_header(writer.get(), entry.get()));
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(writer.get(), bytes.data(), bytes.size());
    check(written > 0 ? ARCHIVE_OK : ARCHIVE_FATAL);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  check(archive_write_close(writer.get()));
  return std::move(result.bytes);
}

/// Without `timestamp` libarchive writes 0 in place of the time.
std::vector<std::uint8_t> gzip(ByteView bytes) {
  return filtered(bytes, {archive_write_add_filter_gzip, "gzip", {{"compression-level", "9"}, {"timestamp", nullptr}}});
}

/// Level 6 has a dictionary of 8 MiB, level 9 one of 64 MiB. A reader allocates all of it.
std::vector<std::uint8_t> xz(ByteView bytes) {
  return filtered(bytes, {archive_write_add_filter_xz, "xz", {{"compression-level", "6"}, {"threads", "1"}}});
}

/// Calls libzstd, because libarchive 3.6 writes frames without a checksum.
std::vector<std::uint8_t> zstd(ByteView bytes) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (context == nullptr) throw std::bad_alloc();
  constexpr int level = 19;  // with a window of at most 8 MiB
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<std::uint8_t> frame(ZSTD_compressBound(bytes.size()));
  const std::size_t size = ZSTD_compress2(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0U) throw Error(ErrorKind::internal, "zstd", "", ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

}  // namespace

std::vector<std::uint8_t> compressed(ByteView bytes, Compression how) {
  switch (how) {
    case Compression::none:
      break;
    case Compression::gzip:
      return gzip(bytes);
    case Compression::xz:
      return xz(bytes);
    case Compression::zstd:
      return zstd(bytes);
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace minbtf::archive
