// "did you mean": the valid word nearest to what was typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minbtf::cli {

/// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The nearest of `words`, or an empty string if none is near. Leading dashes do not count.
[[nodiscard]] std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

/// "; did you mean 'WORD'?", or nothing if no word is near.
[[nodiscard]] std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

}  // namespace minbtf::cli
