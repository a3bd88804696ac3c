// SPDX-License-Identifier: BSD-2-Clause
// Sections of lists: for each key its distinct lists, and which of them each kernel has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pack/type_source.hpp"

namespace minbtf::pack {

/// Streams of a section of lists. docs/pack-format.md describes each of them.
enum ListStream : std::size_t {
  stream_list_counts,     ///< number of distinct lists of a key
  stream_entry_counts,    ///< number of entries of a list
  stream_entry_nodes,     ///< node of an entry, as difference from the entry before
  stream_entry_groups,    ///< group of an entry, as difference from the entry before in the list
  stream_note_counts,     ///< number of notes of an entry
  stream_note_positions,  ///< position of a note, as difference from the note before
  stream_note_values,
  stream_runs,  ///< for each key: number of kernels in a row, and the list that they have (0: none)
  list_streams,
};

/// Kernels that have the same list of a key, one after the other.
struct ListRun {
  std::uint32_t end = 0;  ///< number behind the last kernel
  std::uint32_t list = 0;

  bool operator==(const ListRun&) const = default;
};

/// The lists of one key, as words (list_words()), and which of them the kernels of the segment have: the index in
/// `lists` and 1. 0: the list of the kernel's base; none if the kernel has no base. A larger number than that of the
/// last list: none although the base has one.
struct KeyLists {
  std::vector<std::vector<std::uint32_t>> lists;
  std::vector<ListRun> runs;  ///< of all kernels of the segment, from 0; neighbours have different lists
};

/// A ListRun with its first kernel.
struct KernelRun {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  std::uint32_t list = 0;
};

[[nodiscard]] std::vector<std::uint8_t> encode_lists(std::span<const KeyLists> keys);

/// Decoded lists of the keys of one section.
class ListBlock {
 public:
  /// Decodes an untrusted section with the lists of `count` keys, the first of which is `first`. Checks that nodes are
  /// below `nodes`, and that each key has a list or none for each of `kernels` kernels of the segment. Throws Error
  /// (damaged).
  ListBlock(std::span<const std::uint8_t> section, std::uint32_t first, std::uint32_t count, std::uint32_t nodes,
            std::uint32_t kernels, const std::string& file);

  [[nodiscard]] std::uint32_t first() const noexcept { return first_; }
  /// Returns the number of distinct lists of a key.
  [[nodiscard]] std::uint32_t list_count(std::uint32_t key) const;
  /// Returns KeyLists::runs. They are as long as the file states them: neighbours can have the same list.
  [[nodiscard]] std::span<const ListRun> runs(std::uint32_t key) const;
  /// Returns the run that has a kernel. `kernel` is its number in the segment, from 0.
  [[nodiscard]] KernelRun run_of_kernel(std::uint32_t key, std::uint32_t kernel) const;
  [[nodiscard]] std::uint32_t list_of_kernel(std::uint32_t key, std::uint32_t kernel) const {
    return run_of_kernel(key, kernel).list;
  }
  /// Returns a list of a key by its index. The notes belong to the block.
  [[nodiscard]] List list(std::uint32_t key, std::uint32_t index) const;
  /// Returns true if the key has these lists and runs.
  [[nodiscard]] bool has(std::uint32_t key, const KeyLists& expected) const;

 private:
  struct StoredEntry {
    std::uint32_t node = 0;
    std::uint32_t group = 0;
    std::uint32_t notes_end = 0;  ///< the notes begin where those of the entry before end
  };

  std::uint32_t first_;
  std::vector<Note> notes_;
  std::vector<StoredEntry> entries_;
  std::vector<std::uint32_t> list_ends_;  ///< by list: where it ends in entries_
  std::vector<std::uint32_t> key_lists_;  ///< by key: where its lists end in list_ends_
  std::vector<ListRun> runs_;
  std::vector<std::uint32_t> key_runs_;  ///< by key: where its runs end in runs_
};

}  // namespace minbtf::pack
