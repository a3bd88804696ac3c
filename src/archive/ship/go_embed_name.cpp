// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/go_embed_name.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>

#include "archive/ship/unicode_letters.hpp"

namespace minbtf::archive {

namespace {

using namespace std::string_view_literals;

// Besides letters and digits.
constexpr auto allowed_ascii = "!#$%&()+,-.=@[]^_{}~ "sv;

// File names that Windows reserves for devices, with any suffix.
constexpr std::array devices = {"aux"sv,  "con"sv,  "nul"sv,  "prn"sv,  "com1"sv, "com2"sv, "com3"sv, "com4"sv,
                                "com5"sv, "com6"sv, "com7"sv, "com8"sv, "com9"sv, "lpt1"sv, "lpt2"sv, "lpt3"sv,
                                "lpt4"sv, "lpt5"sv, "lpt6"sv, "lpt7"sv, "lpt8"sv, "lpt9"sv};

// Does not depend on the locale, unlike std::isalnum().
bool is_letter_or_digit(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

struct Character {
  char32_t value = 0;
  std::size_t bytes = 1;
};

/// Returns the first character of `text`, which is not empty and begins with no ASCII character. Nothing if it is not
/// UTF-8: cut, longer than necessary, a surrogate, or over U+10FFFF.
std::optional<Character> first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t bytes = 4;
  char32_t least = 0x10000;
  char32_t value = lead & 0x07U;
  if (lead >= 0xc0 && lead < 0xe0) {
    bytes = 2;
    least = 0x80;
    value = lead & 0x1fU;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    bytes = 3;
    least = 0x800;
    value = lead & 0x0fU;
  } else if (lead < 0xf0 || lead > 0xf4) {
    return std::nullopt;
  }
  if (text.size() < bytes || !std::ranges::all_of(text.substr(1, bytes - 1), is_continuation)) return std::nullopt;
  for (const char byte : text.substr(1, bytes - 1)) value = (value << 6U) | (static_cast<unsigned char>(byte) & 0x3fU);
  if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return std::nullopt;
  return Character{.value = value, .bytes = bytes};
}

std::string refusal_of_characters(std::string_view part) {
  while (!part.empty()) {
    const auto byte = static_cast<unsigned char>(part.front());
    std::size_t bytes = 1;
    if (byte >= 0x80) {
      const std::optional<Character> character = first_character(part);
      if (!character) return "go:embed refuses names that are not UTF-8";
      bytes = character->bytes;
      if (!is_unicode_letter(character->value)) {
        return "go:embed refuses names with " + std::string(part.substr(0, bytes)) + ", which is not a letter";
      }
    } else if (byte < ' ' || byte == 0x7f) {
      return "go:embed refuses names with control characters";
    } else if (!is_letter_or_digit(byte) && allowed_ascii.find(part.front()) == allowed_ascii.npos) {
      return std::string("go:embed refuses names with ") + part.front();
    }
    part.remove_prefix(bytes);
  }
  return {};
}

std::string refusal_of_part(std::string_view part) {
  if (part.empty()) return "go:embed refuses empty names";
  std::string reason = refusal_of_characters(part);
  if (!reason.empty()) return reason;
  if (part.starts_with('.') || part.starts_with('_')) {
    return "go:embed leaves out names that begin with '.' or '_'";
  }
  if (part.ends_with('.')) return "go:embed refuses names that end with '.'";
  std::string device(part.substr(0, part.find('.')));
  std::ranges::transform(device, device.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::ranges::find(devices, device) != devices.end()) {
    return "go:embed refuses names that Windows reserves: " + device;
  }
  return {};
}

}  // namespace

std::string go_embed_refusal(std::string_view path) {
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    std::string reason = refusal_of_part(path.substr(start, end - start));
    if (!reason.empty()) return reason;
    start = end + 1;
  }
  return {};
}

}  // namespace minbtf::archive
