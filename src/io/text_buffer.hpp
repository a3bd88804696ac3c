// Text that is too long to be held: made piece by piece, and handed on in pieces.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace minbtf::io {

/// Takes one piece after the other. May throw Error.
using Write = std::function<void(std::string_view piece)>;

/// Collects small pieces. What makes them calls hand_on_if_large() now and then, and hand_on() at the end.
class TextBuffer {
 public:
  explicit TextBuffer(const Write& write) : write_(write) {}

  [[nodiscard]] std::string& text() noexcept { return text_; }
  void hand_on_if_large() {
    if (text_.size() >= large) hand_on();
  }
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
