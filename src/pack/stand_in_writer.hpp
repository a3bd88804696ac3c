// SPDX-License-Identifier: BSD-2-Clause
// Writes a stand-in as BTF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "btf/bytes.hpp"
#include "io/read/buffer.hpp"
#include "pack/number_map.hpp"
#include "pack/stand_in.hpp"
#include "pack/type_source.hpp"

namespace minbtf::pack {

class StandInWriter {
 public:
  /// `words` is the number of words of all records that will be added. The arguments must outlive the writer. Throws
  /// Error (damaged) if the types would have more than `request.max_bytes`.
  StandInWriter(const TypeSource& source, const StandInRequest& request, std::size_t words, io::Buffer& memory);

  /// Adds a type. `references` has the types that the words of `record` refer to, in the order of
  /// for_each_reference_word(); if it is empty, they refer to void. `type_ids` has the type id of each.
  void add(Words record, std::span<const std::uint32_t> references, std::span<const std::uint32_t> type_ids);
  /// Adds a STRUCT or UNION without its members.
  void add_without_members(Words record);
  /// Returns the BTF, which is in `memory`. The writer must not be used afterwards.
  [[nodiscard]] std::span<const std::uint8_t> finish();

 private:
  std::uint32_t type_name(StringId id);
  std::uint32_t field_name(StringId id);
  std::uint32_t add_string(std::string_view text);
  /// Adds a record without its references and names, and returns where it begins in memory_.
  std::size_t add_words(Words record);
  void put(std::size_t at, std::uint32_t word) noexcept;

  const TypeSource& source_;
  ByteOrder order_;
  io::Buffer& memory_;  ///< holds the header and the types
  std::size_t end_;     ///< of the types, in bytes
  std::vector<char> strings_;
  bool finds_equal_;  ///< a name of a type and an equal name of a field are one string; takes time
  std::unordered_map<std::string_view, std::uint32_t> offsets_;  ///< of all strings if finds_equal_ is true
  NumberMap<std::uint32_t> type_names_;                          ///< by name: its offset in strings_
  NumberMap<std::uint32_t> field_names_;
};

}  // namespace minbtf::pack
