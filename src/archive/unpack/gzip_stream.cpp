// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/gzip_stream.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <string>

namespace minbtf::archive {

namespace {

using ByteView = std::span<const std::uint8_t>;

constexpr std::size_t buffer_bytes = std::size_t{128} << 10U;
constexpr int gzip_only = 16 + MAX_WBITS;
constexpr std::uint8_t magic_start = 0x1f;

}  // namespace

struct GzipStream::Inflater {
  Inflater() {
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }

  z_stream stream{};
  std::array<std::uint8_t, buffer_bytes> buffer;
};

GzipStream::GzipStream(io::ByteStream& input, const UnpackContext& context)
    : input_(input), context_(context), inflater_(std::make_unique<Inflater>()) {}
GzipStream::~GzipStream() = default;

ByteView GzipStream::next() {
  std::uint64_t read = 0;
  while (!ended_) {
    if (block_.empty()) {
      context_.check_progress(read);
      block_ = input_.next();
      read += block_.size();
    }
    if (in_member_) {
      if (block_.empty()) context_.damaged("truncated gzip data");
      const ByteView bytes = inflate_block();
      if (!bytes.empty()) return bytes;
    } else if (!block_.empty() && block_.front() == magic_start) {
      inflateReset(&inflater_->stream);
      in_member_ = true;
    } else {
      ended_ = true;
      expect_end(input_, block_, "gzip", context_);
    }
  }
  return {};
}

ByteView GzipStream::inflate_block() {
  z_stream& stream = inflater_->stream;
  const std::size_t given = std::min<std::size_t>(block_.size(), std::numeric_limits<uInt>::max());
  stream.next_in = const_cast<Bytef*>(block_.data());  // zlib only reads it
  stream.avail_in = static_cast<uInt>(given);
  stream.next_out = inflater_->buffer.data();
  stream.avail_out = static_cast<uInt>(buffer_bytes);
  const int status = inflate(&stream, Z_NO_FLUSH);
  if (status == Z_MEM_ERROR) throw std::bad_alloc();
  if (status != Z_OK && status != Z_STREAM_END) {
    const std::string reason = stream.msg == nullptr ? "" : " (" + std::string(stream.msg) + ")";
    context_.damaged("truncated or damaged gzip data" + reason);
  }
  block_ = block_.subspan(given - stream.avail_in);
  if (status == Z_STREAM_END) in_member_ = false;
  return ByteView(inflater_->buffer).first(buffer_bytes - stream.avail_out);
}

}  // namespace minbtf::archive
