// SPDX-License-Identifier: BSD-2-Clause
// Types of which little is read, written in one way.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include "minimize/reduce/graph.hpp"

namespace minbtf::minimize {

/// Returns the word behind an INT of `bytes` bytes that is no bitfield.
[[nodiscard]] constexpr std::uint32_t int_info(std::uint32_t encoding, std::uint32_t bytes) noexcept {
  return encoding << 24U | bytes * 8;
}

/// Returns true if an INT has a bit offset, or fewer bits than its size: old BTF has such INTs as types of bitfields.
[[nodiscard]] bool is_bitfield_int(const GraphType& type) noexcept;

/// Makes types, each once, with ids from `first_id` on. A size of 0 means that the size is not read.
class PlainTypes {
 public:
  /// No type gets a name of `taken`, which must outlive this.
  PlainTypes(const std::set<std::string_view>& taken, std::uint32_t first_id) : taken_(taken), next_(first_id) {}

  /// Uses an existing type for signed INTs of this size, whatever its name.
  void use_as_integer(std::uint32_t id, std::uint32_t size);
  /// Uses an existing INT if it is equal to what integer() makes.
  void use_if_plain(const GraphType& type);
  std::uint32_t integer(std::uint32_t size, std::uint32_t encoding);
  /// An INT of which nothing is read and whose size does not matter either: the smallest that was made, or `char`.
  std::uint32_t any_integer();
  std::uint32_t floating(std::uint32_t size);
  std::uint32_t enumeration(btf::Kind kind, std::uint32_t size, bool kind_flag);
  /// A pointer to void.
  std::uint32_t pointer();
  std::uint32_t array(std::uint32_t element, std::uint32_t index, std::uint32_t nelems);

  /// Returns `name`, or no name if it is taken.
  [[nodiscard]] std::string_view allowed(std::string_view name) const {
    return taken_.contains(name) ? std::string_view() : name;
  }
  /// Returns the types that were made. No more can be made.
  [[nodiscard]] std::vector<GraphType> take();

 private:
  /// Kind, two numbers and two type ids.
  using Key = std::tuple<btf::Kind, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  std::uint32_t add(const Key& key, GraphType type);

  const std::set<std::string_view>& taken_;
  std::uint32_t next_;
  std::uint32_t any_integer_ = 0;  ///< 0: not asked for
  std::map<Key, std::uint32_t> ids_;
  std::vector<GraphType> types_;
};

}  // namespace minbtf::minimize
