// SPDX-License-Identifier: BSD-2-Clause
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <utility>

namespace po = boost::program_options;

namespace minbtf::cli {

namespace {

std::string_view without_dashes(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  return word;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Optimal string alignment distance. A row of the table depends on the two rows before it only.
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
    // A prefix counts as one typing error.
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

namespace {

using Words = std::vector<std::string>;

constexpr unsigned line_length = 100;

po::options_description description_of(const OptionGroup& group) {
  po::options_description options(group.title, line_length);
  for (const OptionSpec& option : group.options) {
    if (*option.value.name == '\0') {
      options.add_options()(option.names, option.help);
    } else if (option.repeatable) {
      options.add_options()(option.names, po::value<Words>()->composing()->value_name(option.value.name), option.help);
    } else {
      options.add_options()(option.names, po::value<std::string>()->value_name(option.value.name), option.help);
    }
  }
  return options;
}

po::options_description description_of(const std::vector<OptionGroup>& groups) {
  po::options_description all;
  for (const OptionGroup& group : groups) all.add(description_of(group));
  return all;
}

po::parsed_options parse_options(const po::options_description& options, const Words& arguments) {
  using po::command_line_style::allow_guessing;
  using po::command_line_style::unix_style;
  return po::command_line_parser(arguments).options(options).style(unix_style & ~allow_guessing).run();
}

}  // namespace

namespace {

Placeholder placeholder(const char* name, Offer offer, Words words = {}) {
  Placeholder made(name);
  made.offer = offer;
  made.words = std::move(words);
  return made;
}

}  // namespace

Placeholder file(const char* name) { return placeholder(name, Offer::file); }
Placeholder directory(const char* name) { return placeholder(name, Offer::directory); }
Placeholder one_of(const char* name, Words words) { return placeholder(name, Offer::word, std::move(words)); }
Placeholder list_of(const char* name, Words words) { return placeholder(name, Offer::word_list, std::move(words)); }

std::string OptionSpec::long_name() const {
  const std::string_view both = names;
  return std::string(both.substr(0, both.find(',')));
}

char OptionSpec::letter() const {
  const std::string_view both = names;
  const std::size_t comma = both.find(',');
  return comma == std::string_view::npos ? '\0' : both[comma + 1];
}

OptionSpec help_option() { return {"help,h", "", "print this help"}; }

OptionSpec json_option() { return {"json", "", "print one JSON document on standard output, also if the run fails"}; }

std::vector<std::string> split_lists(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  for (const std::string& list : lists) {
    for (std::size_t start = 0; start <= list.size();) {
      const std::size_t comma = std::min(list.find(',', start), list.size());
      words.push_back(list.substr(start, comma - start));
      start = comma + 1;
    }
  }
  return words;
}

bool ParsedLine::has(std::string_view option) const noexcept {
  return std::ranges::find(given_, option, &Given::option) != given_.end();
}

bool ParsedLine::asks_for_help() const noexcept {
  return has("help") || (words_.size() == 1 && words_.front() == "help");
}

std::vector<std::string>& ParsedLine::given(const std::string& option) {
  const auto found = std::ranges::find(given_, option, &Given::option);
  if (found != given_.end()) return found->words;
  return given_.emplace_back(Given{.option = option, .words = {}}).words;
}

std::vector<std::string> ParsedLine::all(std::string_view option) const {
  const auto found = std::ranges::find(given_, option, &Given::option);
  if (found == given_.end()) return {};
  if (std::ranges::find(found->words, "") != found->words.end()) {
    throw UsageError(fmt::format("--{}: the value is empty{}", option, see_help()));
  }
  return found->words;
}

std::optional<std::string> ParsedLine::word(std::string_view option) const {
  std::vector<std::string> words = all(option);
  if (words.empty()) return std::nullopt;
  return std::move(words.back());
}

std::size_t ParsedLine::index_of(std::string_view option, const std::vector<std::string>& words) const {
  const auto given = word(option);
  if (!given) return 0;
  const auto found = std::ranges::find(words, *given);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  throw UsageError(fmt::format("--{}: '{}' is neither {}{}{}", option, *given, fmt::join(words, " nor "),
                               did_you_mean(*given, words), see_help()));
}

std::string ParsedLine::first_of(std::initializer_list<const char*> options) const {
  const auto* const found = std::ranges::find_if(options, [&](const char* option) { return has(option); });
  return found == options.end() ? "" : std::string("--") + *found;
}

void ParsedLine::refuse_both(const char* option, const char* other) const {
  if (!has(option) || !has(other)) return;
  throw UsageError(fmt::format("--{} and --{} contradict each other{}", option, other, see_help()));
}

void ParsedLine::check_files(const std::vector<std::string>& files, std::size_t least, const char* needed) const {
  if (files.size() < least) {
    std::string has;
    if (least > 1) {
      has = files.empty() ? ", but has none of them" : fmt::format(", but has only '{}'", fmt::join(files, "' '"));
    }
    throw UsageError(fmt::format("{} needs {}{}{}", command_, needed, has, see_help()));
  }
  if (std::ranges::find(files, "") != files.end()) {
    throw UsageError(fmt::format("a file name is empty{}", see_help()));
  }
}

std::string ParsedLine::see_help() const { return fmt::format(" (see 'min-btf help {}')", command_); }

CommandLine::CommandLine(std::string command, std::vector<OptionGroup> groups, std::vector<ArgumentSpec> arguments,
                         std::string alias)
    : command_(std::move(command)),
      groups_(std::move(groups)),
      arguments_(std::move(arguments)),
      alias_(std::move(alias)) {}

ParsedLine CommandLine::parse(const std::vector<std::string>& arguments) const {
  const po::options_description known = description_of(groups_);  // `parsed` refers to it
  ParsedLine line;
  line.command_ = command_;
  try {
    const po::parsed_options parsed = parse_options(known, arguments);
    po::variables_map checked;
    po::store(parsed, checked);
    for (const auto& option : parsed.options) {
      Words& words = option.string_key.empty() ? line.words_ : line.given(option.string_key);
      words.insert(words.end(), option.value.begin(), option.value.end());
    }
    if (!alias_.empty() && !line.words_.empty() && line.words_.front() == alias_) {
      line.words_.erase(line.words_.begin());
    }
    return line;
  } catch (const po::unknown_option& error) {
    Words words;
    for (const auto& option : known.options()) words.push_back("--" + option->long_name());
    std::string name = error.get_option_name();
    name.resize(std::min(name.find('='), name.size()));  // it may contain the value
    throw UsageError(fmt::format("unknown option '{}'{}{}", name, did_you_mean(name, words), line.see_help()));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}{}", error.what(), line.see_help()));
  }
}

std::string CommandLine::options_help() const {
  std::ostringstream text;
  for (const OptionGroup& group : groups_) {
    if (&group != &groups_.front()) text << "\n";
    text << description_of(group);
  }
  return text.str();
}

}  // namespace minbtf::cli
