// SPDX-License-Identifier: BSD-2-Clause
// The layout of a pack on disk. docs/pack-format.md describes it for other implementations.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "io/hash.hpp"

namespace minbtf::pack {

inline constexpr std::array<std::uint8_t, 8> magic = {0x89, 'm', 'b', 't', 'f', 'p', 'k', '\n'};
inline constexpr std::uint32_t format_version = 1;

/// The pack has types only: no extras (type_source.hpp), and no sections for them.
inline constexpr std::uint32_t flag_types_only = 1;

enum class SectionType : std::uint32_t {
  sources = 1,   ///< the files from which the kernels were read
  kernels = 2,   ///< size, number of types, hash and form of each kernel
  names = 3,     ///< names of types
  fields = 4,    ///< names of members, enumerators and parameters
  keys = 5,      ///< kinds and essential names
  cuts = 6,      ///< cut types
  nodes = 7,     ///< nodes
  lists = 8,     ///< lists of types by key, and the list that each kernel has
  verbatim = 9,  ///< the BTF of one kernel
  // What the extras need. Readers that need types only do not read these sections.
  extra_names = 10,   ///< names of extras
  extra_fields = 11,  ///< names of members, enumerators and parameters
  extra_keys = 12,    ///< kinds and names
  extra_cuts = 13,    ///< records of extras, and the cut types that they refer to
  extra_lists = 14,   ///< lists of extras by key, and the list that each kernel has
};

/// A reader that does not know the type of the section must refuse the pack. It skips a section without this flag.
inline constexpr std::uint32_t section_is_critical = 1;
/// The section is stored as it is. Without this flag it is one zstd frame.
inline constexpr std::uint32_t section_is_plain = 2;

/// An entry of the section table.
struct Section {
  SectionType type = SectionType::sources;
  std::uint32_t flags = section_is_critical;
  std::uint32_t first = 0;      ///< number of the first element in the section
  std::uint32_t count = 0;      ///< number of elements: kernels, strings, keys, records
  std::uint64_t offset = 0;     ///< from the start of the file
  std::uint64_t stored = 0;     ///< bytes in the file
  std::uint64_t raw_bytes = 0;  ///< bytes after decompression
  io::Hash hash;                ///< XXH3 with 128 bits, of the bytes after decompression
  std::uint32_t segment = 0;    ///< number of the segment: of the kernels that were added together
};

inline constexpr std::size_t file_header_bytes = 64;
inline constexpr std::size_t section_bytes = 64;

// Limits that a reader enforces, and a writer keeps.
inline constexpr std::uint32_t max_sections = 1U << 20U;
inline constexpr std::uint32_t max_segments = 256;
/// Kernels in a chain of base kernels (PackedKernel::base), the last one included.
inline constexpr std::uint32_t max_chain = 16;
inline constexpr std::uint64_t max_section_bytes = 1U << 28U;  ///< after decompression; not for verbatim kernels
/// Bytes of a section after decompression for each stored byte; not for verbatim kernels. Sections of real kernels have
/// less than 20. A writer stores a section as it is if it has more.
inline constexpr std::uint64_t max_ratio = 256;
inline constexpr int max_window_log = 23;  ///< of a zstd frame

// Elements of a section, except for the last of its type in a segment.
inline constexpr std::uint32_t nodes_in_section = 1U << 15U;
inline constexpr std::uint32_t keys_in_section = 1U << 13U;

}  // namespace minbtf::pack
