// SPDX-License-Identifier: BSD-2-Clause
#include "archive/unpack/filter_stream.hpp"

#include <archive.h>

#include <algorithm>
#include <string>

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;
using ByteView = std::span<const std::uint8_t>;

int filter_of(io::Packing packing) {
  switch (packing) {
    case io::Packing::xz:
      return ARCHIVE_FILTER_XZ;
    case io::Packing::zstd:
      return ARCHIVE_FILTER_ZSTD;
    case io::Packing::bzip2:
      return ARCHIVE_FILTER_BZIP2;
    case io::Packing::lz4:
      return ARCHIVE_FILTER_LZ4;
    case io::Packing::none:
    case io::Packing::gzip:
    case io::Packing::tar:
    case io::Packing::bundle:
      break;
  }
  return ARCHIVE_FILTER_NONE;
}

}  // namespace

FilterStream::FilterStream(io::ByteStream& input, io::Packing compression, const UnpackContext& context)
    : input_(input), compression_(compression), context_(context), reader_(input, context) {
  archive_entry* entry = nullptr;
  archive_read_support_filter_by_code(reader_.get(), filter_of(compression));
  archive_read_support_format_raw(reader_.get());
  archive_read_support_format_empty(reader_.get());
  check(reader_.open());
  // libarchive needs more bytes than the magic to recognise the compression. Shorter data passes unfiltered.
  if (archive_filter_code(reader_.get(), 0) != filter_of(compression)) fail("");
  if (check(reader_.next_header(entry)) == ARCHIVE_EOF) end();
}

ByteView FilterStream::next() {
  ByteView block;
  std::uint64_t offset = 0;
  while (!ended_ && block.empty()) {
    if (check(reader_.next_block(block, offset)) == ARCHIVE_EOF) end();
  }
  return block;
}

int FilterStream::check(int status) {
  if (status != ARCHIVE_OK && status != ARCHIVE_EOF) fail(reader_.reason());
  return status;
}

void FilterStream::end() {
  ended_ = true;
  const auto unused = reader_.unused_input();
  if (!unused)
    context_.damaged("other bytes after the end of the " + std::string(io::to_string(compression_)) + " data");
  expect_end(input_, unused->empty() ? input_.next() : *unused, io::to_string(compression_), context_);
}

void FilterStream::fail(std::string_view reason) const {
  constexpr auto library = "Lzma library error:"sv;
  if (reason.starts_with(library)) reason.remove_prefix(library.size());
  reason.remove_prefix(std::min(reason.find_first_not_of(' '), reason.size()));
  const std::string data = std::string(io::to_string(compression_)) + " data";
  // liblzma's "No progress is possible" means that the input ends too early, or that other bytes follow the data. The
  // text does not help the user.
  if (reason.starts_with("No progress is possible")) reason = {};
  if (reason.starts_with("truncated") || reason.starts_with("Truncated")) context_.damaged("truncated " + data);
  context_.damaged("truncated or damaged " + data + (reason.empty() ? "" : " (" + std::string(reason) + ")"));
}

}  // namespace minbtf::archive
