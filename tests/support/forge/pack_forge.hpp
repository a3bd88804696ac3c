// SPDX-License-Identifier: BSD-2-Clause
// Packs whose sections are changed, with hashes and sizes that are right again. A changed byte in any other pack is
// found by its hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pack/format.hpp"
#include "pack/kernel_types.hpp"

namespace minbtf::test {

struct PackSection {
  pack::SectionType type = pack::SectionType::sources;
  std::uint32_t flags = pack::section_is_critical;  ///< without section_is_plain the section is compressed
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::uint32_t segment = 0;
  std::vector<std::uint8_t> raw;
  std::optional<std::uint64_t> raw_bytes = {};  ///< in the section table; without a value, the size of `raw`
};

/// The sections of a pack, decompressed. Nothing in them is checked.
class PackForge {
 public:
  PackForge() = default;
  /// Takes apart a pack. A section that cannot be decompressed to at most `most_bytes` is empty.
  PackForge(std::span<const std::uint8_t> pack, std::size_t most_bytes);

  std::vector<PackSection>& sections() { return sections_; }
  /// Returns the first section of a type, which must be there.
  [[nodiscard]] PackSection& section(pack::SectionType type);
  std::uint32_t& flags() { return flags_; }
  /// Stores all sections as they are, without compression.
  PackForge& plain();
  /// Compresses all sections.
  PackForge& compressed();

  [[nodiscard]] std::vector<std::uint8_t> bytes() const;

 private:
  std::uint32_t flags_ = 0;
  std::vector<PackSection> sections_;
};

/// Returns the number of streams in a section of this type; 0 if it has no streams.
[[nodiscard]] std::size_t stream_count(pack::SectionType type);
/// Takes apart the streams of a section. Returns nothing if their sizes are wrong.
[[nodiscard]] std::vector<std::vector<std::uint8_t>> streams_of(std::span<const std::uint8_t> raw, std::size_t count);
/// Inverse of streams_of().
[[nodiscard]] std::vector<std::uint8_t> joined_streams(const std::vector<std::vector<std::uint8_t>>& streams);

/// Appends a number as streams have it.
void put_number(std::vector<std::uint8_t>& stream, std::uint64_t value);

/// Returns a pack of these kernels. Kernel i is the source "k<i>.btf".
[[nodiscard]] std::vector<std::uint8_t> packed(const std::vector<std::vector<std::uint8_t>>& kernels,
                                               pack::PackContents contents = pack::PackContents::everything);

/// Returns the same for a pack to which the kernels were added in steps: those before each number in `ends`, and then
/// the rest. Each step makes a segment, unless the pack has all its kernels.
[[nodiscard]] std::vector<std::uint8_t> packed_in_steps(const std::vector<std::vector<std::uint8_t>>& kernels,
                                                        const std::vector<std::size_t>& ends,
                                                        pack::PackContents contents = pack::PackContents::everything);

/// Returns the kernels of sample_pack().
[[nodiscard]] std::vector<std::vector<std::uint8_t>> sample_pack_kernels();

/// Returns the same kernels as sample_pack() in three segments. Two kernels have a base.
[[nodiscard]] std::vector<std::uint8_t> sample_segments();

/// Returns a small pack with sections of all types: kernels of both byte orders, one with groups and notes, and one
/// that is verbatim.
[[nodiscard]] std::vector<std::uint8_t> sample_pack();

}  // namespace minbtf::test
