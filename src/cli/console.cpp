// SPDX-License-Identifier: BSD-2-Clause
#include "cli/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "io/interrupt.hpp"
#include "io/read/file_descriptor.hpp"
#include "io/write_all.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

void write_text(int fd, std::string_view text, const char* name) {
  io::write_all(fd, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), name);
}

/// Returns the size in bytes of the first character of `text`; 0 if `text` does not begin with a valid UTF-8 sequence
/// in its shortest form.
std::size_t character_bytes(std::string_view text) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool is_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second >= 0xa0;
  const bool is_over_the_end = first == 0xf4 && second >= 0x90;
  return is_long || is_surrogate || is_over_the_end ? 0 : size;
}

/// Returns true for C0, delete and C1 (terminals obey C1 too: U+009B is ESC [), and for the characters that change the
/// direction of the text: U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
bool is_control(std::string_view character) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
  if (byte(0) != 0xe2) return false;
  return (byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xaa && byte(2) <= 0xae))) ||
         (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (size > 0 && !is_control(character)) {
      line += character;
    } else {
      for (const char c : character) line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    text.remove_prefix(character.size());
  }
  return line;
}

void print_message(std::string_view level, std::string_view message) {
  print_to_stderr(fmt::format("min-btf: {}: {}\n", level, printable(message)));
}

void set_interrupt_line(std::string_view truth) {
  // The message replaces the line of progress on a terminal.
  const char* const start = ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "";
  io::set_interrupt_message(fmt::format("{}min-btf: interrupted{}{}\n", start, truth.empty() ? "" : "; ", truth));
}

void print_to_stderr(std::string_view text) {
  try {
    write_text(STDERR_FILENO, text, "standard error");
  } catch (const Error&) {  // the exit status still reports the result
  }
}

void print_to_stdout(std::string_view text) { write_text(STDOUT_FILENO, text, "standard output"); }

}  // namespace minbtf::cli
