// SPDX-License-Identifier: BSD-2-Clause
#include "pack/section_file.hpp"

#include <algorithm>
#include <utility>

#include "io/read/file_type.hpp"
#include "minbtf/error.hpp"
#include "pack/zstd_frame.hpp"

namespace minbtf::pack {

namespace {

// Offsets in the header. The bytes from 48 to 63 are zero.
constexpr std::size_t at_version = 8;
constexpr std::size_t at_flags = 12;
constexpr std::size_t at_size = 16;
constexpr std::size_t at_section_count = 24;
constexpr std::size_t at_hash = 32;  ///< of the header without its hash, and of the section table

constexpr std::uint32_t known_flags = flag_types_only;
constexpr std::uint32_t known_section_flags = section_is_critical | section_is_plain;

void put(std::vector<std::uint8_t>& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get(std::span<const std::uint8_t> from, std::size_t at, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value |= std::uint64_t{from[at + i]} << (8 * i);
  return value;
}
std::uint32_t get32(std::span<const std::uint8_t> from, std::size_t at) {
  return static_cast<std::uint32_t>(get(from, at, 4));
}

void put(std::vector<std::uint8_t>& out, const io::Hash& hash) {
  put(out, hash.low, 8);
  put(out, hash.high, 8);
}
io::Hash get_hash(std::span<const std::uint8_t> from, std::size_t at) {
  return {.high = get(from, at + 8, 8), .low = get(from, at, 8)};
}

io::Hash hash_of_header(std::span<const std::uint8_t> header, std::span<const std::uint8_t> table) {
  io::Hasher hasher;
  hasher.add(header.first(at_hash));
  hasher.add(table);
  return hasher.hash();
}

void put(std::vector<std::uint8_t>& out, const Section& section) {
  put(out, static_cast<std::uint32_t>(section.type), 4);
  put(out, section.flags, 4);
  put(out, section.first, 4);
  put(out, section.count, 4);
  put(out, section.offset, 8);
  put(out, section.stored, 8);
  put(out, section.raw_bytes, 8);
  put(out, section.hash);
  put(out, section.segment, 4);
  put(out, 0, 4);
}

bool is_too_dense(SectionType type, std::uint64_t stored, std::uint64_t raw_bytes) {
  return type != SectionType::verbatim && raw_bytes / max_ratio > stored;
}

}  // namespace

bool is_known(SectionType type) { return type >= SectionType::sources && type <= SectionType::extra_lists; }

std::string to_string(SectionType type) {
  switch (type) {
    case SectionType::sources:
      return "sources";
    case SectionType::kernels:
      return "kernels";
    case SectionType::names:
      return "names";
    case SectionType::fields:
      return "fields";
    case SectionType::keys:
      return "keys";
    case SectionType::cuts:
      return "cuts";
    case SectionType::nodes:
      return "nodes";
    case SectionType::lists:
      return "lists";
    case SectionType::verbatim:
      return "verbatim";
    case SectionType::extra_names:
      return "extra names";
    case SectionType::extra_fields:
      return "extra fields";
    case SectionType::extra_keys:
      return "extra keys";
    case SectionType::extra_cuts:
      return "extra cuts";
    case SectionType::extra_lists:
      return "extra lists";
  }
  return std::to_string(static_cast<std::uint32_t>(type));
}

void SectionFileWriter::add(SectionType type, std::uint32_t first, std::uint32_t count,
                            std::span<const std::uint8_t> raw, std::uint32_t segment) {
  Section section = {.type = type,
                     .first = first,
                     .count = count,
                     .offset = bytes_.size(),  // finish() adds the header and the table
                     .raw_bytes = raw.size(),
                     .hash = io::hash_of(raw),
                     .segment = segment};
  std::vector<std::uint8_t> stored = compressed(raw, level_);
  if (stored.size() >= raw.size() || is_too_dense(type, stored.size(), raw.size())) {
    section.flags |= section_is_plain;
    stored.assign(raw.begin(), raw.end());
  }
  section.stored = stored.size();
  bytes_.insert(bytes_.end(), stored.begin(), stored.end());
  sections_.push_back(section);
}

void SectionFileWriter::copy(Section section, std::span<const std::uint8_t> stored) {
  section.offset = bytes_.size();
  bytes_.insert(bytes_.end(), stored.begin(), stored.end());
  sections_.push_back(section);
}

std::vector<std::uint8_t> SectionFileWriter::finish(std::uint32_t flags) {
  const std::size_t before = file_header_bytes + sections_.size() * section_bytes;
  std::vector<std::uint8_t> table;
  for (Section& section : sections_) {
    section.offset += before;
    put(table, section);
  }
  std::vector<std::uint8_t> file(magic.begin(), magic.end());
  put(file, format_version, 4);
  put(file, flags, 4);
  put(file, before + bytes_.size(), 8);
  put(file, sections_.size(), 8);
  put(file, hash_of_header(file, table));
  file.resize(file_header_bytes);
  file.insert(file.end(), table.begin(), table.end());
  file.insert(file.end(), bytes_.begin(), bytes_.end());
  return file;
}

void SectionFile::damaged(const std::string& where, const std::string& reason) const {
  throw Error(ErrorKind::damaged, name_, where, reason);
}

SectionFile::SectionFile(std::span<const std::uint8_t> bytes, std::string name)
    : bytes_(bytes), name_(std::move(name)) {
  const auto unsupported = [&](const std::string& reason) {
    return Error(ErrorKind::unsupported, name_, "header", reason);
  };
  if (!io::is_pack(bytes)) throw Error(ErrorKind::wrong_file, name_, "", "not a pack");
  if (bytes.size() < file_header_bytes) damaged("header", "the file ends in it");
  const std::uint32_t version = get32(bytes, at_version);
  if (version != format_version) throw unsupported("a pack of version " + std::to_string(version));
  const std::uint64_t size = get(bytes, at_size, 8);
  if (size > bytes.size()) {
    damaged("", "truncated: " + std::to_string(bytes.size()) + " of " + std::to_string(size) + " bytes");
  }
  if (size < bytes.size()) damaged("", "more bytes than the header has");
  const std::uint64_t count = get(bytes, at_section_count, 8);
  if (count > max_sections || count * section_bytes > size - file_header_bytes) {
    damaged("header", "the section table does not end in the file");
  }
  const auto table = bytes.subspan(file_header_bytes, static_cast<std::size_t>(count) * section_bytes);
  if (get_hash(bytes, at_hash) != hash_of_header(bytes, table)) damaged("header", "its hash is wrong");
  const auto rest = bytes.subspan(at_hash + 16, file_header_bytes - at_hash - 16);
  if (std::ranges::any_of(rest, [](std::uint8_t byte) { return byte != 0; }))
    damaged("header", "its last bytes are not zero");
  flags_ = get32(bytes, at_flags);
  if ((flags_ & ~known_flags) != 0) throw unsupported("flags that this version does not know");
  std::uint64_t offset = file_header_bytes + table.size();
  for (std::size_t at = 0; at < table.size(); at += section_bytes) {
    const Section section = {.type = static_cast<SectionType>(get32(table, at)),
                             .flags = get32(table, at + 4),
                             .first = get32(table, at + 8),
                             .count = get32(table, at + 12),
                             .offset = get(table, at + 16, 8),
                             .stored = get(table, at + 24, 8),
                             .raw_bytes = get(table, at + 32, 8),
                             .hash = get_hash(table, at + 40),
                             .segment = get32(table, at + 56)};
    const bool is_critical = (section.flags & section_is_critical) != 0;
    if (!is_known(section.type) && is_critical) {
      throw unsupported("a section of the unknown type " + to_string(section.type));
    }
    if ((section.flags & ~known_section_flags) != 0)
      throw unsupported("a section with flags that this version does not know");
    if (section.segment >= max_segments) damaged("section table", "too many segments");
    if (section.offset != offset || section.stored > size - offset) {
      damaged("section table", "the section " + to_string(section.type) + " is not where it must be");
    }
    if (is_too_dense(section.type, section.stored, section.raw_bytes)) {
      damaged("section table", "the section " + to_string(section.type) + " has too many bytes for its stored size");
    }
    offset += section.stored;
    sections_.push_back(section);
  }
  if (offset != size) damaged("section table", "the sections end before the file");
}

std::span<const std::uint8_t> SectionFile::read(const Section& section, std::uint64_t most_bytes,
                                                io::Buffer& memory) const {
  const std::string where = to_string(section.type);
  if (section.raw_bytes > most_bytes) {
    throw Error(ErrorKind::unsupported, name_, where,
                std::to_string(section.raw_bytes) + " bytes, over the limit of " + std::to_string(most_bytes));
  }
  const std::span<const std::uint8_t> stored = this->stored(section);
  const bool is_plain = (section.flags & section_is_plain) != 0;
  if (is_plain && section.stored != section.raw_bytes) damaged(where, "another size than in the section table");
  const std::span<const std::uint8_t> raw =
      is_plain ? stored : decompressed(stored, section.raw_bytes, name_, where, memory);
  if (io::hash_of(raw) != section.hash) damaged(where, "its hash is wrong");
  return raw;
}

}  // namespace minbtf::pack
