// SPDX-License-Identifier: BSD-2-Clause
// The numbers of a kernel's strings in a table, by offset in the kernel: each string is hashed once.
#pragma once

#include <cstdint>
#include <vector>

#include "btf/view.hpp"
#include "pack/string_table.hpp"

namespace minbtf::pack {

class StringNumbers {
 public:
  /// The arguments must outlive the object.
  StringNumbers(const btf::View& kernel, StringTable& strings)
      : kernel_(kernel), strings_(strings), known_(kernel.strings().size() / 2 + 1) {}

  /// Returns the number of the string at this offset, which is added to the table if it is new.
  StringId operator[](std::uint32_t offset) {
    // Two offsets share a place only if one string is the end of another one, which no compiler writes.
    std::uint32_t& known = known_[offset / 2];
    if (known != 0 && known % 2 == offset % 2) return known / 2 - 1;
    const StringId id = strings_.add(kernel_.string(offset));
    known = 2 * (id + 1) + offset % 2;
    return id;
  }

 private:
  const btf::View& kernel_;
  StringTable& strings_;
  /// By half of the offset: the number and 1, and the lowest bit of the offset. 0: none.
  std::vector<std::uint32_t> known_;
};

}  // namespace minbtf::pack
