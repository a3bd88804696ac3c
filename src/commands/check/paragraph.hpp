// SPDX-License-Identifier: BSD-2-Clause
// Text of several lines that are broken between pieces.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minbtf::cli {

/// A separator stays at the end of its line. A line is longer than 100 bytes only if one piece is.
class Paragraph {
 public:
  /// `indent` is the number of spaces before each line but the first.
  Paragraph(std::string start, std::size_t indent) : indent_(indent, ' ') { lines_.push_back(std::move(start)); }

  void add(const std::string& separator, const std::string& piece) {
    std::string& line = lines_.back();
    if (line.size() + separator.size() + piece.size() > columns) {
      line += separator.substr(0, separator.find_last_not_of(' ') + 1);
      lines_.push_back(indent_ + piece);
    } else {
      line += separator + piece;
    }
  }
  /// Adds `text`, which may be broken at each space.
  void add_words(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      add(" ", std::string(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  static constexpr std::size_t columns = 100;

  std::string indent_;
  std::vector<std::string> lines_;
};

}  // namespace minbtf::cli
