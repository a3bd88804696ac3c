#include "cli/suggest.hpp"

#include <algorithm>
#include <utility>

namespace minbtf::cli {

namespace {

std::string_view without_dashes(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Optimal string alignment; three rows of the table are enough.
  std::vector<std::size_t> before_last(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t substituted = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, substituted});
      if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[right.size()];
}

std::string nearest_word(std::string_view typed, const std::vector<std::string>& words) {
  const std::string_view bare = without_dashes(typed);
  std::string nearest;
  std::size_t nearest_distance = 1 + bare.size() / 3;
  for (const std::string& word : words) {
    const std::string_view candidate = without_dashes(word);
    // A beginning is as good as a slip of one key.
    const bool begins = bare.size() >= 2 && candidate.starts_with(bare);
    const std::size_t distance = begins ? 1 : edit_distance(bare, candidate);
    if (distance <= nearest_distance && distance < candidate.size() &&
        (nearest.empty() || distance < nearest_distance)) {
      nearest = word;
      nearest_distance = distance;
    }
  }
  return nearest;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words) {
  const std::string word = nearest_word(typed, words);
  return word.empty() ? "" : "; did you mean '" + word + "'?";
}

}  // namespace minbtf::cli
