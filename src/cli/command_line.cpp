#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <utility>

#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace po = boost::program_options;

namespace minbtf::cli {

namespace {

using Words = std::vector<std::string>;

po::options_description description_of(const OptionGroup& group) {
  po::options_description options(group.title);
  for (const OptionSpec& option : group.options) {
    if (*option.value == '\0') {
      options.add_options()(option.names, option.help);
    } else if (option.repeatable) {
      options.add_options()(option.names, po::value<Words>()->composing()->value_name(option.value), option.help);
    } else {
      options.add_options()(option.names, po::value<std::string>()->value_name(option.value), option.help);
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

bool ParsedLine::has(std::string_view option) const noexcept {
  return std::ranges::find(given_, option, &Given::option) != given_.end();
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
    throw UsageError(fmt::format("--{}: a word is missing{}", option, see_help_));
  }
  return found->words;
}

std::optional<std::string> ParsedLine::word(std::string_view option) const {
  std::vector<std::string> words = all(option);
  if (words.empty()) return std::nullopt;
  return std::move(words.back());
}

bool ParsedLine::is_first(std::string_view option, const char* yes, const char* no) const {
  const auto given = word(option);
  if (!given || *given == yes) return true;
  if (*given == no) return false;
  throw UsageError(fmt::format("--{}: '{}' is neither {} nor {}{}{}", option, *given, yes, no,
                               did_you_mean(*given, {yes, no}), see_help_));
}

CommandLine::CommandLine(std::string command, std::vector<OptionGroup> groups)
    : command_(std::move(command)), groups_(std::move(groups)) {}

std::string CommandLine::see_help() const { return fmt::format(" (see 'min-btf help {}')", command_); }

ParsedLine CommandLine::parse(const std::vector<std::string>& arguments) const {
  const po::options_description known = description_of(groups_);  // has to outlive what refers to it
  try {
    const po::parsed_options parsed = parse_options(known, arguments);
    po::variables_map checked;
    po::store(parsed, checked);
    ParsedLine line;
    line.see_help_ = see_help();
    for (const auto& option : parsed.options) {
      Words& words = option.string_key.empty() ? line.words_ : line.given(option.string_key);
      words.insert(words.end(), option.value.begin(), option.value.end());
    }
    return line;
  } catch (const po::unknown_option& error) {
    Words words;
    for (const auto& option : known.options()) words.push_back("--" + option->long_name());
    const std::string name = error.get_option_name();
    throw UsageError(fmt::format("unknown option '{}'{}{}", name, did_you_mean(name, words), see_help()));
  } catch (const po::error& error) {
    throw UsageError(fmt::format("{}{}", error.what(), see_help()));
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
