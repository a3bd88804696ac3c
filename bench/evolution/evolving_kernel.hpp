// SPDX-License-Identifier: BSD-2-Clause
// The BTF of a kernel as a list of records that can be changed, and written again at any time.
//
// A type is named by its handle, which never changes; type ids are given when the BTF is written. A string is named by
// its number. Only strings that are used are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "btf/kinds.hpp"
#include "btf/view.hpp"

namespace minbtf::bench {

using Handle = std::uint32_t;  ///< index of a record; 0 is `void`

/// A member, enumerator, parameter, or variable of a DATASEC.
struct Element {
  std::uint32_t name = 0;
  Handle type = 0;
  std::uint32_t value = 0;  ///< member: bits; enumerator: low word; variable: offset in bytes
  std::uint32_t width = 0;  ///< member: bitfield size in bits, or 0; ENUM64: high word; variable: size in bytes
  /// Member or variable: its offset stays the same modulo this number of bits (bytes for a variable) when what is
  /// before it grows or shrinks. Layouts sets it.
  std::uint32_t step = 1;
};

struct Record {
  btf::Kind kind = btf::Kind::void_;
  bool kind_flag = false;
  bool is_removed = false;
  std::uint32_t name = 0;
  std::uint32_t third = 0;  ///< size in bytes, or a handle (btf::shape(kind).third)
  std::uint32_t vlen = 0;   ///< of kinds without elements, such as the linkage of a FUNC
  std::uint32_t word = 0;   ///< of INT, VAR and DECL_TAG; the number of elements of an ARRAY
  Handle element_type = 0;  ///< of an ARRAY
  Handle index_type = 0;    ///< of an ARRAY
  std::vector<Element> elements = {};
};

class EvolvingKernel {
 public:
  explicit EvolvingKernel(const btf::View& base);

  [[nodiscard]] std::vector<std::uint8_t> bytes() const;

  [[nodiscard]] Handle end() const { return static_cast<Handle>(records_.size()); }
  [[nodiscard]] const Record& at(Handle handle) const { return records_[handle]; }
  [[nodiscard]] Record& at(Handle handle) { return records_[handle]; }
  [[nodiscard]] std::size_t type_count() const { return order_.size(); }

  /// Adds a type. Its place is right after that of `anchor` and of the types added there before. Throws
  /// std::length_error if there are too many types.
  Handle add(Handle anchor, Record record);
  /// Removes a type to which no other type refers.
  void remove(Handle handle) { records_[handle].is_removed = true; }
  /// Gives the added types their places, and drops the removed ones. To be called before bytes().
  void arrange();

  [[nodiscard]] const std::string& string(std::uint32_t number) const { return strings_[number]; }
  std::uint32_t number_of(std::string_view text);
  /// Returns `text`, or `text` with a number if a type of the kernel has that name.
  std::uint32_t new_type_name(std::string text);

  [[nodiscard]] std::uint32_t pointer_bytes() const { return pointer_bytes_; }
  /// Returns the type behind typedefs, qualifiers and type tags.
  [[nodiscard]] Handle plain(Handle handle) const;
  /// Returns the type that is embedded by a member of this type: behind typedefs, qualifiers, type tags and arrays.
  [[nodiscard]] Handle embedded(Handle handle) const;
  [[nodiscard]] std::uint32_t bytes_of(Handle handle) const;

 private:
  ByteOrder order_of_bytes_;
  std::uint32_t pointer_bytes_;
  std::vector<Record> records_;
  std::vector<Handle> order_;
  std::vector<std::pair<Handle, Handle>> added_;  ///< anchor and handle
  std::vector<std::string> strings_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<bool> is_type_name_;
};

}  // namespace minbtf::bench
