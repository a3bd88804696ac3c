// How messages name a place in a file: a section and an offset in it, such as "types+0x1c".
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace minbtf::wire {

inline std::string hex(std::size_t value) {
  std::array<char, 18> text = {'0', 'x'};
  const auto end = std::to_chars(text.data() + 2, text.data() + text.size(), value, 16).ptr;
  return {text.data(), end};
}

inline std::string place(std::string_view section, std::size_t offset) {
  return std::string(section) + "+" + hex(offset);
}

}  // namespace minbtf::wire
