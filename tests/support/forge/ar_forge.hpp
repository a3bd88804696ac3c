// SPDX-License-Identifier: BSD-2-Clause
// ar archives for tests, in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minbtf::test {

/// An ar archive, member by member. Names are written unchanged: "name/" for GNU's format, "name" for Debian packages.
class ArForge {
 public:
  ArForge& member(std::string_view name, std::span<const std::uint8_t> contents) {
    header(name, std::to_string(contents.size()));
    bytes_.insert(bytes_.end(), contents.begin(), contents.end());
    if (bytes_.size() % 2 != 0) bytes_.push_back('\n');
    return *this;
  }
  ArForge& member(std::string_view name, std::string_view contents) {
    return member(name, std::span(reinterpret_cast<const std::uint8_t*>(contents.data()), contents.size()));
  }
  /// Adds a header with any text in the size field, and nothing after it.
  ArForge& header(std::string_view name, std::string_view size) {
    field(name, 16);
    for (const auto& [text, width] : std::vector<std::pair<std::string_view, std::size_t>>{
             {"0", 12}, {"0", 6}, {"0", 6}, {"100644", 8}, {size, 10}}) {
      field(text, width);
    }
    field("`\n", 2);
    return *this;
  }

  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const noexcept { return bytes_; }

 private:
  void field(std::string_view text, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i)
      bytes_.push_back(i < text.size() ? static_cast<std::uint8_t>(text[i]) : ' ');
  }

  std::vector<std::uint8_t> bytes_ = {'!', '<', 'a', 'r', 'c', 'h', '>', '\n'};
};

}  // namespace minbtf::test
