// Texts for people that hold names from a file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace minbtf::wire {

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

}  // namespace minbtf::wire
