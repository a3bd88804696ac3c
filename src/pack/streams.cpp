// SPDX-License-Identifier: BSD-2-Clause
#include "pack/streams.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "minbtf/error.hpp"

namespace minbtf::pack {

void StreamWriter::number(std::size_t stream, std::uint64_t value) {
  std::vector<std::uint8_t>& out = streams_[stream];
  for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<std::uint8_t>(value | 0x80U));
  out.push_back(static_cast<std::uint8_t>(value));
}

void StreamWriter::bytes(std::size_t stream, std::span<const std::uint8_t> bytes) {
  streams_[stream].insert(streams_[stream].end(), bytes.begin(), bytes.end());
}

void StreamWriter::text(std::size_t stream, std::string_view text) {
  number(stream, text.size());
  bytes(stream, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::vector<std::uint8_t> StreamWriter::section() const {
  std::vector<std::uint8_t> section;
  for (const auto& stream : streams_) {
    if (stream.size() > std::numeric_limits<std::uint32_t>::max()) {
      throw Error(ErrorKind::unsupported, "pack", "", "too much data for one section");
    }
    for (unsigned shift = 0; shift < 32; shift += 8) {
      section.push_back(static_cast<std::uint8_t>(stream.size() >> shift));
    }
  }
  for (const auto& stream : streams_) section.insert(section.end(), stream.begin(), stream.end());
  return section;
}

StreamReader::StreamReader(std::span<const std::uint8_t> section, std::size_t streams, std::string file,
                           std::string where)
    : file_(std::move(file)), where_(std::move(where)) {
  if (section.size() < streams * 4) damaged("its streams have no sizes");
  std::span<const std::uint8_t> rest = section.subspan(streams * 4);
  for (std::size_t i = 0; i < streams; ++i) {
    std::uint32_t size = 0;
    for (std::size_t n = 0; n < 4; ++n) size |= std::uint32_t{section[i * 4 + n]} << (8 * n);
    if (size > rest.size()) damaged("a stream does not end in it");
    streams_.push_back({.at = rest.data(), .end = rest.data() + size});
    rest = rest.subspan(size);
  }
  if (!rest.empty()) damaged("bytes behind the last stream");
}

void StreamReader::damaged(const std::string& reason) const { throw Error(ErrorKind::damaged, file_, where_, reason); }

std::uint64_t StreamReader::long_number(std::size_t stream) {
  Stream& from = streams_[stream];
  const std::size_t size = left(stream);
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 10); ++i) {
    const std::uint8_t each = from.at[i];
    if (i == 9 && each > 1) break;
    value |= std::uint64_t{each & 0x7fU} << (7 * i);
    if (each < 0x80) {
      from.at += i + 1;
      return value;
    }
  }
  damaged(size < 10 ? "a stream ends too early" : "a number with more than 64 bits");
}

std::span<const std::uint8_t> StreamReader::bytes(std::size_t stream, std::size_t count) {
  if (count > left(stream)) damaged("a stream ends too early");
  const std::uint8_t* const begin = streams_[stream].at;
  streams_[stream].at += count;
  return {begin, count};
}

std::string_view StreamReader::text(std::size_t stream) {
  const std::uint64_t size = number(stream);
  if (size > left(stream)) damaged("a stream ends too early");
  const auto found = bytes(stream, static_cast<std::size_t>(size));
  return {reinterpret_cast<const char*>(found.data()), found.size()};
}

void StreamReader::finish() const {
  for (const Stream& stream : streams_) {
    if (stream.at != stream.end) damaged("more data than its elements need");
  }
}

}  // namespace minbtf::pack
