// SPDX-License-Identifier: BSD-2-Clause
// The extras of one segment of a pack. Nothing is decoded before it is needed: reducing kernels does not need extras.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "pack/blocks.hpp"
#include "pack/extra_keys.hpp"
#include "pack/lazy.hpp"
#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/stored_pack.hpp"

namespace minbtf::pack {

class StoredExtras {
 public:
  /// Called with each record and cut type that is decoded, to change numbers in it.
  using Change = std::function<void(std::span<std::uint32_t> record)>;

  /// Checks the section table. `pack` must outlive the object. Throws Error (damaged).
  StoredExtras(const StoredPack& pack, std::uint32_t segment, Change change);

  [[nodiscard]] std::uint32_t key_end() const noexcept { return key_end_; }
  [[nodiscard]] const ExtraKeyTable& keys() const { return keys_.get(); }
  /// Returns an extra cut type. A string that the pack also has for other types has the number that it has there, any
  /// other string has its own number with extra_bit.
  [[nodiscard]] Words cut(std::uint32_t id) const { return cuts_.holding(id).record(id); }
  /// Decodes a section of extra cut types of the segment. The records are those that cut() returns.
  [[nodiscard]] RecordBlock records(const Section& section) const;
  /// Decodes a section of lists of the segment.
  [[nodiscard]] ListBlock lists(const Section& section) const;
  /// Returns the list of a kernel of the segment; `key` is without extra_bit.
  [[nodiscard]] List list(std::uint32_t kernel, std::uint32_t key) const {
    KernelRange same = {.first = kernel, .end = kernel + 1};
    return list(kernel, key, same);
  }
  /// The same. Kernels that do not have this list are taken off `same`.
  [[nodiscard]] List list(std::uint32_t kernel, std::uint32_t key, KernelRange& same) const;
  /// Returns a string by its own number, without extra_bit.
  [[nodiscard]] std::string_view name(StringId id) const { return names_.get().strings()[id]; }
  [[nodiscard]] std::string_view field(StringId id) const { return fields_.get().strings()[id]; }

 private:
  [[nodiscard]] std::vector<const Section*> sections(SectionType type, std::uint32_t begin, std::uint32_t& end) const;
  [[nodiscard]] const Section& only(SectionType type, std::uint32_t begin) const;
  [[nodiscard]] StoredStrings strings(SectionType type) const;

  const StoredPack& pack_;
  std::uint32_t segment_;
  Change change_;
  std::uint32_t key_end_ = 0;
  Lazy<StoredStrings> names_{[this] { return strings(SectionType::extra_names); }};
  Lazy<StoredStrings> fields_{[this] { return strings(SectionType::extra_fields); }};
  // By number of a string of the section: its number in the records that cut() returns.
  Lazy<std::vector<StringId>> name_numbers_;
  Lazy<std::vector<StringId>> field_numbers_;
  Lazy<ExtraKeyTable> keys_;
  Blocks<RecordBlock> cuts_{1};
  Blocks<ListBlock> lists_{0};
};

}  // namespace minbtf::pack
