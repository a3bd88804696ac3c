// SPDX-License-Identifier: BSD-2-Clause
// A buffer for text that is too long to be kept in memory: the text is produced and passed on in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace minbtf::io {

/// Receives one piece after another. May throw Error.
using Write = std::function<void(std::string_view piece)>;

/// Collects small pieces. The producer appends to text(), calls hand_on_if_large() regularly, and hand_on() at the end.
class TextBuffer {
 public:
  explicit TextBuffer(const Write& write) : write_(write) {}

  [[nodiscard]] std::string& text() noexcept { return text_; }
  /// Calls hand_on() if the buffer has at least 64 KiB.
  void hand_on_if_large() {
    if (text_.size() >= large) hand_on();
  }
  /// Passes the collected text to `write` and clears the buffer.
  void hand_on() {
    write_(text_);
    text_.clear();
  }

 private:
  static constexpr std::size_t large = std::size_t{1} << 16U;

  const Write& write_;
  std::string text_;
};

}  // namespace minbtf::io
