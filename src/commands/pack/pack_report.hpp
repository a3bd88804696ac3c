// SPDX-License-Identifier: BSD-2-Clause
// What `pack` reports: about the pack that it made, and about the kernels of a pack.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cli/reply.hpp"
#include "commands/pack/kernel_packer.hpp"
#include "pack/pack.hpp"

namespace minbtf::cli {

struct PackReport {
  std::vector<std::string> inputs;
  std::string output;
  bool is_types_only = false;
  bool has_figures = false;  ///< all INPUTs were read
  PackFigures figures;
  std::size_t failed = 0;
  bool was_there = false;  ///< PACK was a pack before
  bool is_rebuilt = false;
  bool is_removal = false;  ///< --remove was given
  bool is_written = false;  ///< false if nothing changed, too
  UpdateFigures update{};
  // About PACK as it is now. 0 bytes: there is none.
  std::uint64_t pack_bytes = 0;
  std::size_t segments = 0;
  std::size_t kernels = 0;         ///< paths of kernels
  std::size_t verbatim = 0;        ///< kernels that are kept verbatim
  std::uint64_t kernel_bytes = 0;  ///< of the BTF of all paths
};

/// Sets the facts about PACK. `bytes` is the file.
void set_pack(PackReport& report, std::span<const std::uint8_t> bytes);

/// Returns "corpus -> all.pack: 16 kernels, 97.4 MB -> 1.5 MB (1.6%); 0 verbatim". If PACK was there before, the line
/// begins with the files that were added, replaced or removed.
[[nodiscard]] std::string summary_line(const PackReport& report);

/// Adds the fields of docs/json.md for a pack that was made.
void add_pack(const PackReport& report, Json& document);

/// A kernel of a pack.
struct ListedKernel {
  std::string path;          ///< of the source and the member
  std::string architecture;  ///< of the last directory that is named after one; may be empty
  std::string release;       ///< text_of(Release)
  const pack::PackedSource* source = nullptr;
  const pack::PackedMember* member = nullptr;
  const pack::PackedKernel* kernel = nullptr;
};

/// The sections of one type.
struct SectionFigures {
  std::string type;
  std::size_t sections = 0;
  std::uint64_t stored = 0;     ///< bytes in the file
  std::uint64_t raw_bytes = 0;  ///< bytes after decompression
};

struct PackList {
  std::string path;
  std::uint64_t pack_bytes = 0;
  bool is_types_only = false;
  std::vector<ListedKernel> kernels{};  ///< by source and member
  std::size_t distinct = 0;
  std::size_t verbatim = 0;  ///< part of `distinct`
  std::size_t sources = 0;
  std::size_t ignored = 0;
  std::size_t modules = 0;
  std::uint64_t bytes = 0;  ///< of the BTF of all kernels in the list
  std::vector<SectionFigures> sections{};
};

/// Returns the list of a pack, which must outlive it.
[[nodiscard]] PackList list_of(const pack::Pack& pack);

/// Returns one line for each kernel, and then the totals. Names are printable.
[[nodiscard]] std::vector<std::string> list_lines(const PackList& list);

/// Adds the fields of docs/json.md for `--list`.
void add_list(const PackList& list, Json& document);

}  // namespace minbtf::cli
