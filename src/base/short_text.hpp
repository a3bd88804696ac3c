// Short texts that messages are put together from: names from a file, and places in it.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace minbtf::base {

/// Bytes of such a text. A name of the kernel has at most 511 (KSYM_NAME_LEN); one that was made to do harm has
/// megabytes, and each record would repeat it.
inline constexpr std::size_t longest_text = 512;

/// Adds to a text that ends in "..." where it would get longer than that.
inline void add_text(std::string& text, std::string_view more) {
  constexpr std::string_view cut = "...";
  const std::size_t room = longest_text - std::min(text.size(), longest_text);
  text += more.substr(0, room);
  if (more.size() > room) text.replace(longest_text - cut.size(), std::string::npos, cut);
}

/// The beginning of `text`, if it is longer than that.
inline std::string short_text(std::string_view text) {
  std::string out;
  add_text(out, text);
  return out;
}

/// "0x1c".
inline std::string hex(std::size_t value) {
  std::array<char, 18> text = {'0', 'x'};
  const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), value, 16).ptr;
  return {text.data(), end};
}

/// A section and an offset in it: "types+0x1c".
inline std::string place(std::string_view section, std::size_t offset) {
  return std::string(section) + "+" + hex(offset);
}

/// "1 kernel", "2 kernels".
[[nodiscard]] inline std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace minbtf::base
