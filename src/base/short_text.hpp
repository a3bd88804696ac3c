// SPDX-License-Identifier: BSD-2-Clause
// Short texts for messages: names from a file, and places in a file.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace minbtf::base {

/// Most bytes of a short text. A name in a kernel has at most 511 (KSYM_NAME_LEN). A hostile file can have names of
/// megabytes, and a message for each record would repeat them.
inline constexpr std::size_t longest_text = 512;

/// Appends `more` to `text`. Cuts the result to longest_text bytes, which then end in "...".
inline void add_text(std::string& text, std::string_view more) {
  constexpr std::string_view cut = "...";
  const std::size_t room = longest_text - std::min(text.size(), longest_text);
  text += more.substr(0, room);
  if (more.size() > room) text.replace(longest_text - cut.size(), std::string::npos, cut);
}

/// Returns `text`, or its beginning and "..." if it has over longest_text bytes.
inline std::string short_text(std::string_view text) {
  std::string out;
  add_text(out, text);
  return out;
}

/// Returns the number in hexadecimal: "0x1c".
inline std::string hex(std::size_t value) {
  std::array<char, 18> text = {'0', 'x'};
  const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), value, 16).ptr;
  return {text.data(), end};
}

/// Returns a section and an offset in it: "types+0x1c".
inline std::string place(std::string_view section, std::size_t offset) {
  return std::string(section) + "+" + hex(offset);
}

/// Returns the number and the noun: "1 kernel", "2 kernels".
[[nodiscard]] inline std::string counted(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace minbtf::base
