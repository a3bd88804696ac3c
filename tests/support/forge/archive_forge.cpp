// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/archive_forge.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace minbtf::test {

namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_offset = 0;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t size_offset = 124;
constexpr std::size_t size_bytes = 12;
constexpr std::size_t checksum_offset = 148;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t type_offset = 156;
constexpr std::size_t link_offset = 157;
constexpr std::size_t magic_offset = 257;
constexpr std::size_t prefix_offset = 345;
constexpr std::size_t prefix_bytes = 155;

using Block = std::array<std::uint8_t, block_bytes>;

void put(Block& block, std::size_t offset, std::string_view text, std::size_t most) {
  const std::string_view shortened = text.substr(0, most);
  std::ranges::transform(shortened, block.begin() + static_cast<std::ptrdiff_t>(offset),
                         [](char c) { return static_cast<std::uint8_t>(c); });
}

std::string octal(std::uint64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i-- > 0; value >>= 3U) text[i] = static_cast<char>('0' + (value & 7U));
  return text;
}

std::string size_field(std::uint64_t size) {
  if (size < std::uint64_t{1} << 33U) return octal(size, size_bytes - 1);
  std::string text(size_bytes, '\0');
  for (std::size_t i = size_bytes; i-- > 1; size >>= 8U) text[i] = static_cast<char>(size & 0xffU);
  text[0] = '\x80';
  return text;
}

Block block_of(const TarHeader& header) {
  Block block{};
  put(block, name_offset, header.name, name_bytes);
  put(block, 100, "0000644", 8);
  put(block, 108, "0000000", 8);
  put(block, 116, "0000000", 8);
  put(block, size_offset, header.size_field.empty() ? size_field(header.size) : header.size_field, size_bytes);
  put(block, 136, "00000000000", 12);
  put(block, checksum_offset, "        ", checksum_bytes);
  block[type_offset] = static_cast<std::uint8_t>(header.type);
  put(block, link_offset, header.link, name_bytes);
  if (header.ustar) put(block, magic_offset, std::string_view("ustar\00000", 8), 8);
  put(block, prefix_offset, header.prefix, prefix_bytes);
  const unsigned sum = std::accumulate(block.begin(), block.end(), 0U);
  put(block, checksum_offset, octal(sum, 6) + '\0' + ' ', checksum_bytes);
  return block;
}

void check(int status, archive* writer) {
  if (status != ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer));
}

void add_filter(archive* writer, Compression compression) {
  switch (compression) {
    case Compression::xz:
      return check(archive_write_add_filter_xz(writer), writer);
    case Compression::gzip:
      return check(archive_write_add_filter_gzip(writer), writer);
    case Compression::zstd:
      return check(archive_write_add_filter_zstd(writer), writer);
    case Compression::bzip2:
      return check(archive_write_add_filter_bzip2(writer), writer);
    case Compression::lz4:
      return check(archive_write_add_filter_lz4(writer), writer);
  }
}

la_ssize_t append(archive* /*writer*/, void* out, const void* bytes, std::size_t size) {
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  auto& all = *static_cast<std::vector<std::uint8_t>*>(out);
  all.insert(all.end(), first, first + size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

std::string name_of(Compression compression) {
  switch (compression) {
    case Compression::xz:
      return "xz";
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::bzip2:
      return "bzip2";
    case Compression::lz4:
      return "lz4";
  }
  return "";
}

std::vector<std::uint8_t> compressed(std::span<const std::uint8_t> bytes, Compression compression) {
  // libarchive 3.6 crashes when it writes an empty lz4 stream.
  if (bytes.empty() && compression == Compression::lz4)
    return {0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0, 0, 0, 0, 0x05, 0x5d, 0xcc, 0x02};

  std::vector<std::uint8_t> out;
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  add_filter(writer.get(), compression);
  check(archive_write_set_format_raw(writer.get()), writer.get());
  check(archive_write_set_bytes_in_last_block(writer.get(), 1), writer.get());
  check(archive_write_open(writer.get(), &out, nullptr, append, nullptr), writer.get());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_pathname(entry.get(), "data");
  check(archive_write_header(writer.get(), entry.get()), writer.get());
  if (archive_write_data(writer.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size()))
    throw std::runtime_error(archive_error_string(writer.get()));
  check(archive_write_close(writer.get()), writer.get());
  return out;
}

std::vector<std::uint8_t> compressed(std::string_view text, Compression compression) {
  return compressed(bytes_of(text), compression);
}

std::vector<std::uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

TarForge& TarForge::file(std::string_view name, std::span<const std::uint8_t> contents_) {
  return entry({std::string(name), '0', contents_.size(), "", true, ""}).contents(contents_);
}

TarForge& TarForge::file(std::string_view name, std::string_view contents_) { return file(name, bytes_of(contents_)); }

TarForge& TarForge::symlink(std::string_view name, std::string_view target) {
  return entry({std::string(name), '2', 0, std::string(target), true, ""});
}

TarForge& TarForge::hardlink(std::string_view name, std::string_view target) {
  return entry({std::string(name), '1', 0, std::string(target), true, ""});
}

TarForge& TarForge::directory(std::string_view name) { return entry({std::string(name), '5', 0, "", true, ""}); }

TarForge& TarForge::entry(TarHeader header_) {
  if (header_.name.size() > name_bytes) pax("path", header_.name);
  if (header_.link.size() > name_bytes) pax("linkpath", header_.link);
  return header(header_);
}

TarForge& TarForge::header(const TarHeader& header) { return raw(block_of(header)); }

TarForge& TarForge::contents(std::span<const std::uint8_t> contents) {
  raw(contents);
  bytes_.resize((bytes_.size() + block_bytes - 1) / block_bytes * block_bytes);
  return *this;
}

TarForge& TarForge::contents(std::string_view contents_) { return contents(bytes_of(contents_)); }

TarForge& TarForge::pax(std::string_view key, std::string_view value) {
  // A pax record begins with its own length, and the digits of that number count too.
  const std::string rest = " " + std::string(key) + "=" + std::string(value) + "\n";
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  const std::string record = std::to_string(length) + rest;
  return header({"PaxHeader/x", 'x', record.size(), "", true, ""}).contents(record);
}

TarForge& TarForge::raw(std::span<const std::uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

std::vector<std::uint8_t> TarForge::bytes() const {
  std::vector<std::uint8_t> all = bytes_;
  all.resize(all.size() + 2 * block_bytes);
  return all;
}

}  // namespace minbtf::test
