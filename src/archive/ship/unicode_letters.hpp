// SPDX-License-Identifier: BSD-2-Clause
// Letters outside ASCII.
#pragma once

namespace minbtf::archive {

/// Returns true for a character of one of the categories Lu, Ll, Lt, Lm and Lo of Unicode 13 (https://www.unicode.org),
/// outside ASCII. Go 1.19 has this version; later ones have more letters.
[[nodiscard]] bool is_unicode_letter(char32_t character) noexcept;

}  // namespace minbtf::archive
