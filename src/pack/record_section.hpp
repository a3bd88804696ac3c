// SPDX-License-Identifier: BSD-2-Clause
// Sections of nodes and of cut types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "io/read/buffer.hpp"
#include "pack/record.hpp"
#include "pack/streams.hpp"

namespace minbtf::pack {

/// Streams of a section of records. docs/pack-format.md describes each of them.
enum RecordStream : std::size_t {
  stream_start,  ///< largest pointee and largest field name of the records before the section
  stream_kinds,  ///< kind, and kind_flag in bit 7, one byte each
  stream_names,  ///< number of the type's name
  stream_vlens,
  stream_sizes,    ///< third word, unless it is a reference
  stream_targets,  ///< references, except those of members and parameters
  stream_words,    ///< other words of the info part
  stream_fields,   ///< number of the name of a member, enumerator or parameter
  stream_types,    ///< references of members and parameters
  stream_offsets,  ///< offsets of members, as difference from the member before
  stream_values,   ///< values of enumerators, as difference from the enumerator before; sizes in a DATASEC
  record_streams,
};

enum class RecordForm : std::uint8_t { node, cut, extra_cut };

/// The largest numbers in the records before a section.
struct RecordStart {
  std::uint32_t pointee = 0;  ///< cut type that a PTR refers to; 0 for sections of cut types
  std::uint32_t field = 0;
};

/// Follows a record before a section.
void pass(Words record, RecordForm form, RecordStart& start);

/// Returns a record by its number. The words are valid until the next call.
using RecordOf = std::function<Words(std::uint32_t id)>;

/// Returns the section of the records with numbers from `first` up to `end`. `before` is about all records before
/// `first`, and then about those before `end`.
[[nodiscard]] std::vector<std::uint8_t> encode_records(const RecordOf& record, RecordForm form, std::uint32_t first,
                                                       std::uint32_t end, RecordStart& before);

/// Counts that the numbers in a record must stay below.
struct RecordBounds {
  std::uint32_t names = 0;
  std::uint32_t fields = 0;
  std::uint32_t keys = 0;
  std::uint32_t nodes = 0;
  std::uint32_t cuts = 0;
  std::uint32_t extra_keys = 0;
};

/// Decoded records of one section.
struct RecordBlock {
  std::uint32_t first = 0;          ///< number of the first record
  io::Buffer memory;                ///< holds the words of all records
  std::vector<std::uint32_t> ends;  ///< number of the word behind each record
  std::vector<std::uint32_t> keys;  ///< of nodes: the key of each (TypeSource::key_of_node()), if the reader sets it

  [[nodiscard]] const std::uint32_t* words() const noexcept {
    return reinterpret_cast<const std::uint32_t*>(memory.data());
  }
  [[nodiscard]] Words record(std::uint32_t id) const {
    const std::size_t index = id - first;
    const std::uint32_t begin = index == 0 ? 0 : ends[index - 1];
    return {words() + begin, ends[index] - begin};
  }
  /// The same, to change the record.
  [[nodiscard]] std::span<std::uint32_t> writable(std::uint32_t id) {
    const Words words = record(id);
    return {reinterpret_cast<std::uint32_t*>(memory.data()) + (words.data() - this->words()), words.size()};
  }
};

/// Decodes an untrusted section of `count` records. Every number in a record is checked: names, fields, keys and cut
/// types that nodes refer to are below their bounds; all other references are to records with smaller numbers. For
/// RecordForm::extra_cut, `names` and `fields` are the numbers of strings of extras. Throws Error (damaged).
[[nodiscard]] RecordBlock decode_records(std::span<const std::uint8_t> section, RecordForm form, std::uint32_t first,
                                         std::uint32_t count, const RecordBounds& bounds, const std::string& file);

}  // namespace minbtf::pack
