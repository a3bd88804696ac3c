// SPDX-License-Identifier: BSD-2-Clause
// The container of a pack: a header, a table of sections, and the sections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/read/buffer.hpp"
#include "pack/format.hpp"

namespace minbtf::pack {

/// Level of zstd for packs. Level 19 makes packs of real kernels 9% smaller, and takes 16 times as long.
inline constexpr int compression_level = 9;

/// Returns true if the format has this type.
[[nodiscard]] bool is_known(SectionType type);

/// Builds a file in memory.
class SectionFileWriter {
 public:
  /// `level` is the compression level of zstd.
  explicit SectionFileWriter(int level) : level_(level) {}

  /// `segment` is the number of the segment that the section belongs to.
  void add(SectionType type, std::uint32_t first, std::uint32_t count, std::span<const std::uint8_t> raw,
           std::uint32_t segment = 0);
  /// Adds a section of another file as it is. `stored` has its bytes (SectionFile::stored()).
  void copy(Section section, std::span<const std::uint8_t> stored);
  /// Returns the file. The writer must not be used afterwards.
  [[nodiscard]] std::vector<std::uint8_t> finish(std::uint32_t flags);

 private:
  int level_;
  std::vector<Section> sections_;
  std::vector<std::uint8_t> bytes_;  ///< of all sections
};

/// An untrusted file. The header and the section table are checked when it is opened: the hash of both, the sizes, and
/// that the sections fill the file without gaps. A section is checked when it is read.
class SectionFile {
 public:
  /// `bytes` must outlive the object. `name` names the file in messages. Throws Error: damaged; unsupported for another
  /// version, and for a critical section or a flag that this version does not know.
  SectionFile(std::span<const std::uint8_t> bytes, std::string name);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::uint32_t flags() const noexcept { return flags_; }
  /// Returns all sections, unknown ones included, in the order of the file.
  [[nodiscard]] const std::vector<Section>& sections() const noexcept { return sections_; }
  /// Returns the bytes of a section as they are in the file.
  [[nodiscard]] std::span<const std::uint8_t> stored(const Section& section) const {
    return bytes_.subspan(static_cast<std::size_t>(section.offset), static_cast<std::size_t>(section.stored));
  }
  /// Returns the contents of a section, decompressed. The bytes are in the file or in `memory`. Throws Error: damaged;
  /// unsupported if the section has more than `most_bytes`.
  [[nodiscard]] std::span<const std::uint8_t> read(const Section& section, std::uint64_t most_bytes,
                                                   io::Buffer& memory) const;

 private:
  [[noreturn]] void damaged(const std::string& where, const std::string& reason) const;

  std::span<const std::uint8_t> bytes_;
  std::string name_;
  std::uint32_t flags_ = 0;
  std::vector<Section> sections_;
};

/// Returns the name of a section for messages and for `pack --list`.
[[nodiscard]] std::string to_string(SectionType type);

}  // namespace minbtf::pack
