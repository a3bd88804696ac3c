// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/pack_forge.hpp"

#include <algorithm>
#include <stdexcept>

#include "io/hash.hpp"
#include "minbtf/error.hpp"
#include "pack/list_section.hpp"
#include "pack/pack_writer.hpp"
#include "pack/record_section.hpp"
#include "pack/stored_pack.hpp"
#include "pack/zstd_frame.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using pack::SectionType;

std::uint64_t get(std::span<const std::uint8_t> from, std::size_t at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8U | from[at + i];
  return value;
}

void put(Bytes& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put(Bytes& out, const io::Hash& hash) {
  put(out, hash.low, 8);
  put(out, hash.high, 8);
}

/// BTF of three compilation units that was never deduplicated. Each has its own INTs, and a struct `s` of its own.
Bytes undeduplicated() {
  BtfForge f;
  for (std::uint32_t unit = 0; unit < 3; ++unit) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    const std::uint32_t s = f.structure("s", 8 + unit / 2, {{"a", int_, 32}});
    f.structure("t", 16, {{"s", f.ptr(s), 0}, {"v", s, 64}, {"", f.union_("", 4, {{"x", int_, 0}}), 96}});
    f.fwd("s");
  }
  return f.bytes();
}

/// A kernel with two types of one name behind pointers.
Bytes ambiguous() {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.structure("s", 4, {{"a", int_, 0}});
  const std::uint32_t second = f.structure("s", 8, {{"a", int_, 32}});
  f.structure("u", 8, {{"p", f.ptr(second), 0}});
  return f.bytes();
}

/// A kernel with a type that contains itself.
Bytes endless() {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.structure("s", 8, {{"a", int_, 0}, {"b", f.next_id(), 32}});
  return f.bytes();
}

}  // namespace

PackForge::PackForge(std::span<const std::uint8_t> pack, std::size_t most_bytes) {
  if (pack.size() < pack::file_header_bytes) return;
  flags_ = static_cast<std::uint32_t>(get(pack, 12, 4));
  const std::size_t most = (pack.size() - pack::file_header_bytes) / pack::section_bytes;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(get(pack, 24, 8), most));
  std::size_t offset = pack::file_header_bytes + count * pack::section_bytes;
  for (std::size_t i = 0; i < count; ++i) {
    const auto entry = pack.subspan(pack::file_header_bytes + i * pack::section_bytes, pack::section_bytes);
    PackSection section = {.type = static_cast<SectionType>(get(entry, 0, 4)),
                           .flags = static_cast<std::uint32_t>(get(entry, 4, 4)),
                           .first = static_cast<std::uint32_t>(get(entry, 8, 4)),
                           .count = static_cast<std::uint32_t>(get(entry, 12, 4)),
                           .segment = static_cast<std::uint32_t>(get(entry, 56, 4)),
                           .raw = {}};
    const auto stored = static_cast<std::size_t>(std::min<std::uint64_t>(get(entry, 24, 8), pack.size() - offset));
    const auto bytes = pack.subspan(offset, stored);
    offset += stored;
    if ((section.flags & pack::section_is_plain) != 0) {
      section.raw.assign(bytes.begin(), bytes.end());
    } else if (const std::uint64_t size = get(entry, 32, 8); size <= most_bytes) {
      try {
        io::Buffer memory;
        const auto raw = pack::decompressed(bytes, size, "pack", "section", memory);
        section.raw.assign(raw.begin(), raw.end());
      } catch (const Error&) {
        section.raw.clear();
      }
    }
    sections_.push_back(std::move(section));
  }
}

PackSection& PackForge::section(SectionType type) {
  const auto found = std::ranges::find(sections_, type, &PackSection::type);
  if (found == sections_.end()) throw std::logic_error("no section of this type");
  return *found;
}

PackForge& PackForge::plain() {
  for (PackSection& section : sections_) section.flags |= pack::section_is_plain;
  return *this;
}

PackForge& PackForge::compressed() {
  for (PackSection& section : sections_) section.flags &= ~pack::section_is_plain;
  return *this;
}

Bytes PackForge::bytes() const {
  Bytes table;
  Bytes contents;
  const std::size_t before = pack::file_header_bytes + sections_.size() * pack::section_bytes;
  for (const PackSection& section : sections_) {
    const bool is_plain = (section.flags & pack::section_is_plain) != 0;
    const Bytes stored = is_plain ? section.raw : pack::compressed(section.raw, 1);
    put(table, static_cast<std::uint32_t>(section.type), 4);
    put(table, section.flags, 4);
    put(table, section.first, 4);
    put(table, section.count, 4);
    put(table, before + contents.size(), 8);
    put(table, stored.size(), 8);
    put(table, section.raw_bytes.value_or(section.raw.size()), 8);
    put(table, io::hash_of(section.raw));
    put(table, section.segment, 4);
    put(table, 0, 4);
    contents.insert(contents.end(), stored.begin(), stored.end());
  }
  Bytes file(pack::magic.begin(), pack::magic.end());
  put(file, pack::format_version, 4);
  put(file, flags_, 4);
  put(file, before + contents.size(), 8);
  put(file, sections_.size(), 8);
  io::Hasher hasher;
  hasher.add(std::span<const std::uint8_t>(file));
  hasher.add(std::span<const std::uint8_t>(table));
  put(file, hasher.hash());
  file.resize(pack::file_header_bytes);
  file.insert(file.end(), table.begin(), table.end());
  file.insert(file.end(), contents.begin(), contents.end());
  return file;
}

std::size_t stream_count(SectionType type) {
  switch (type) {
    case SectionType::sources:
    case SectionType::kernels:
      return 3;
    case SectionType::keys:
      return 2;
    case SectionType::extra_keys:
      return 3;
    case SectionType::cuts:
    case SectionType::nodes:
    case SectionType::extra_cuts:
      return pack::record_streams;
    case SectionType::lists:
    case SectionType::extra_lists:
      return pack::list_streams;
    default:
      return 0;
  }
}

std::vector<Bytes> streams_of(std::span<const std::uint8_t> raw, std::size_t count) {
  if (count == 0 || raw.size() < 4 * count) return {};
  std::vector<Bytes> streams;
  std::size_t at = 4 * count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t size = get(raw, 4 * i, 4);
    if (size > raw.size() - at) return {};
    streams.emplace_back(raw.begin() + static_cast<std::ptrdiff_t>(at),
                         raw.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
  }
  return streams;
}

Bytes joined_streams(const std::vector<Bytes>& streams) {
  Bytes raw;
  for (const Bytes& stream : streams) put(raw, stream.size(), 4);
  for (const Bytes& stream : streams) raw.insert(raw.end(), stream.begin(), stream.end());
  return raw;
}

void put_number(Bytes& stream, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) stream.push_back(static_cast<std::uint8_t>(value | 0x80U));
  stream.push_back(static_cast<std::uint8_t>(value));
}

namespace {

/// Adds kernels from `begin` up to `end` to the sources and the writer. Their numbers in the sources are those of the
/// writer plus `first`.
void add_kernels(const std::vector<Bytes>& kernels, std::size_t begin, std::size_t end, std::uint32_t first,
                 pack::PackWriter& writer, pack::Catalog& catalog) {
  for (std::size_t i = begin; i < end; ++i) {
    pack::PackedSource& source = catalog.sources.emplace_back();
    source.path = "k" + std::to_string(i) + ".btf";
    source.members = {{.path = "", .kernel = first + writer.add_kernel(kernels[i], source.path)}};
  }
  std::ranges::sort(catalog.sources, {}, &pack::PackedSource::path);
}

}  // namespace

Bytes packed(const std::vector<Bytes>& kernels, pack::PackContents contents) {
  return packed_in_steps(kernels, {}, contents);
}

Bytes packed_in_steps(const std::vector<Bytes>& kernels, const std::vector<std::size_t>& ends,
                      pack::PackContents contents) {
  std::size_t begin = ends.empty() ? kernels.size() : ends.front();
  pack::PackWriter writer(contents);
  pack::Catalog catalog;
  add_kernels(kernels, 0, begin, 0, writer, catalog);
  Bytes bytes = writer.finish(std::move(catalog));
  for (std::size_t step = 1; step <= ends.size(); ++step) {
    const std::size_t end = step == ends.size() ? kernels.size() : ends[step];
    const pack::StoredPack old(bytes, "pack");
    pack::PackWriter more(contents);
    pack::Catalog sources = old.catalog();
    add_kernels(kernels, begin, end, static_cast<std::uint32_t>(old.catalog().kernels.size()), more, sources);
    bytes = more.append(old, std::move(sources));
    begin = end;
  }
  return bytes;
}

std::vector<Bytes> sample_pack_kernels() {
  return {sample_kernel(), other_sample_kernel(ByteOrder::big), undeduplicated(), ambiguous(), endless()};
}

Bytes sample_segments() { return packed_in_steps(sample_pack_kernels(), {1, 3}); }

Bytes sample_pack() { return packed(sample_pack_kernels()); }

}  // namespace minbtf::test
