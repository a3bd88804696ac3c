// SPDX-License-Identifier: BSD-2-Clause
// A pack as it is in its file: the segments, the tables with the numbers that the file has, and sections that are
// decoded one at a time. Pack is the view of it for readers of kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "io/parallel.hpp"
#include "io/read/buffer.hpp"
#include "pack/catalog.hpp"
#include "pack/format.hpp"
#include "pack/lazy.hpp"
#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/section_file.hpp"
#include "pack/table_sections.hpp"

namespace minbtf::pack {

/// The kernels that were added together, with the sections that were added for them.
struct Segment {
  std::uint32_t first_kernel = 0;
  std::uint32_t kernel_end = 0;          ///< number behind the last kernel
  std::uint32_t key_end = 0;             ///< number behind the last key of this and of earlier segments
  std::vector<const Section*> lists{};   ///< of all keys below `key_end`, by key
  std::vector<const Section*> extras{};  ///< sections of extras, of all types
};

/// The strings of all sections of a type, by number, with their bytes.
class StoredStrings {
 public:
  /// `sections` has at least one section. Throws Error.
  StoredStrings(const SectionFile& file, std::span<const Section* const> sections);

  [[nodiscard]] const Strings& strings() const noexcept { return *strings_; }

 private:
  std::vector<std::uint8_t> joined_;  ///< bytes of several sections
  io::Buffer memory_;                 ///< bytes of the only section
  std::optional<Strings> strings_;
};

/// An untrusted pack. Any number of threads may use one object.
class StoredPack {
 public:
  /// Checks the section table, and reads catalog, names and keys. As Pack::Pack().
  StoredPack(std::span<const std::uint8_t> bytes, const std::string& name);

  [[nodiscard]] const SectionFile& file() const noexcept { return file_; }
  [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }
  [[nodiscard]] const std::vector<Segment>& segments() const noexcept { return segments_; }
  /// Returns the segment that has a kernel.
  [[nodiscard]] const Segment& segment_of(std::uint32_t kernel) const;
  /// Returns the sections of a type in the order of their elements. Sections of lists are in `segments()`.
  [[nodiscard]] std::vector<const Section*> sections(SectionType type) const;
  [[nodiscard]] const RecordBounds& bounds() const noexcept { return bounds_; }
  [[nodiscard]] const Strings& names() const noexcept { return names_->strings(); }
  /// Reads the names of fields when it is called first. Throws Error.
  [[nodiscard]] const Strings& fields() const { return fields_.get().strings(); }
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }

  /// Decodes a section of nodes or cut types. Throws Error.
  [[nodiscard]] RecordBlock records(const Section& section) const;
  /// Decodes a section of lists of a segment. Throws Error.
  [[nodiscard]] ListBlock lists(const Segment& segment, const Section& section) const;
  /// Returns the BTF of a verbatim kernel. Throws Error.
  [[nodiscard]] std::span<const std::uint8_t> verbatim(std::uint32_t kernel, std::uint64_t most_bytes,
                                                       io::Buffer& memory) const {
    return file_.read(*verbatim_[kernel], most_bytes, memory);
  }

  /// Calls use(contents) with the contents of a section, which are valid during the call. Throws Error.
  template <typename Use>
  std::invoke_result_t<Use, std::span<const std::uint8_t>> with_contents(const Section& section, Use use) const {
    const auto memory = sections_.lend();
    return use(file_.read(section, max_section_bytes, *memory));
  }

  [[noreturn]] void damaged(const std::string& where, const std::string& reason) const;

 private:
  void read_catalog();
  void read_keys();
  void find_lists();
  void find_verbatim();
  void find_extras();
  [[nodiscard]] const Section& only(SectionType type) const;
  [[nodiscard]] std::uint32_t end_of(SectionType type, std::uint32_t begin) const;

  SectionFile file_;
  mutable io::Pool<io::Buffer> sections_;  ///< memory for sections that are decoded
  Catalog catalog_;
  std::vector<Segment> segments_;
  RecordBounds bounds_;
  std::unique_ptr<const StoredStrings> names_;
  Lazy<StoredStrings> fields_{[this] { return StoredStrings(file_, sections(SectionType::fields)); }};
  std::vector<Key> keys_;
  std::vector<const Section*> verbatim_;  ///< by kernel; null for a kernel that is not verbatim
};

}  // namespace minbtf::pack
