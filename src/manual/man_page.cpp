// SPDX-License-Identifier: BSD-2-Clause
#include "manual/man_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "manual/help_text.hpp"
#include "manual/roff.hpp"

namespace minbtf::manual {

namespace {

using Names = std::set<std::string>;

/// A file or an environment variable, and the commands that use it.
struct Fact {
  const char* name;
  const char* text;
  std::vector<std::string_view> commands;
};

const std::vector<Fact>& variables() {
  static const std::vector<Fact> all = {
      {"SOURCE_DATE_EPOCH",
       "the modification time of files in a directory OUTPUT and of members of archives, in seconds since 1970; "
       "without it, the time is 0",
       {"gen", "ship", "btfgen"}},
      {"TMPDIR",
       "the directory for a large archive that comes through a pipe, as a file without a name (default: /tmp)",
       {"gen", "verify", "check", "dump", "ship", "select"}}};
  return all;
}

const std::vector<Fact>& files() {
  static const std::vector<Fact> all = {
      {"/sys/kernel/btf/vmlinux", "the BTF of the running kernel", {"gen", "verify", "check", "dump", "pack"}},
      {"/etc/os-release", "ID, VERSION_ID and ID_LIKE of this machine", {"select"}},
      {"/usr/lib/os-release", "the same, if /etc/os-release does not exist", {"select"}}};
  return all;
}

/// Pages of other programs.
const std::vector<Fact>& other_pages() {
  static const std::vector<Fact> all = {
      {"bpftool-gen(8)", "", {"gen"}}, {"bpftool-btf(8)", "", {"dump"}}, {"os-release(5)", "", {"select"}}};
  return all;
}

/// The exit statuses of all commands. Their pages state the reasons.
const std::vector<Definition>& exit_statuses() {
  static const std::vector<Definition> all = {
      {"0", "done"},
      {"1", "an input failed, or the output could not be written"},
      {"2", "wrong usage"},
      {"3", "a condition of --fail-on is met, verify found a difference, or select found no BTF"},
      {"130", "interrupted"}};
  return all;
}

bool belongs_to(const Fact& fact, std::string_view command) {
  return std::ranges::find(fact.commands, command) != fact.commands.end();
}

char capital(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

void add_header(const std::string& page, const std::string& purpose, const Edition& edition, Roff& roff) {
  std::string title = page;
  for (char& c : title) c = capital(c);
  roff.macro(".\\\" Written by write_manual from the help texts of min-btf.");
  roff.macro(fmt::format(".TH \"{}\" 1 \"{}\" \"{}\" \"User Commands\"", roff_escaped(title), edition.date,
                         roff_escaped("min-btf " + edition.version)));
  // Options and names must not be divided at the end of a line.
  roff.macro(".nh");
  roff.macro(".ad l");
  roff.macro(".SH NAME");
  roff.text(roff_escaped(page) + " \\- " + roff_escaped(in_one_line(purpose)));
}

void add_usage(const std::vector<std::string>& usage, Roff& roff) {
  roff.macro(".SH SYNOPSIS");
  for (const std::string& line : usage) {
    if (&line != &usage.front()) roff.macro(".br");
    // Three spaces separate a comment from the command line.
    const std::size_t comment = std::min(line.find("   "), line.size());
    roff.line(roff_command_line(line.substr(0, comment)) + roff_escaped(line.substr(comment)));
  }
}

void add_definition(const std::string& term, const std::string& text, Roff& roff) {
  roff.macro(".TP");
  roff.line(term);
  roff.text(text);
}

void add_blocks(const std::vector<Block>& blocks, const Names& names, Roff& roff) {
  for (const Block& block : blocks) {
    switch (block.kind) {
      case Block::Kind::paragraph:
        if (&block != &blocks.front()) roff.macro(".PP");
        roff.text(roff_prose(block.text, names));
        break;
      case Block::Kind::definitions:
        for (const Definition& each : block.definitions) {
          add_definition(roff_command_line(each.term), roff_prose(each.text, names), roff);
        }
        break;
      case Block::Kind::items:
        for (const Definition& each : block.definitions) {
          roff.macro(".IP \\(bu 2");
          roff.text(roff_prose(each.text, names));
        }
        break;
    }
  }
}

/// Returns "-j N, --jobs=N" in roff.
std::string option_term(const cli::OptionSpec& option) {
  const std::string value(option.value.name);
  const bool is_literal = option.value.words.size() == 1 && option.value.words.front() == value;
  const std::string shown = fmt::format("\\f{}{}\\fR", is_literal ? 'B' : 'I', roff_escaped(value));
  std::string term;
  if (option.letter() != '\0') {
    term = fmt::format("\\fB\\-{}\\fR{}, ", option.letter(), value.empty() ? "" : " " + shown);
  }
  term += fmt::format("\\fB{}\\fR", roff_escaped("--" + option.long_name()));
  return value.empty() ? term : term + "=" + shown;
}

/// The description of an option may end with a list of the words that its value can be: "  symlink: relative links".
void add_option(const cli::OptionSpec& option, Names names, Roff& roff) {
  std::string value = option.value.name;  // "KIND:NAME" has two names
  std::ranges::replace(value, ':', ' ');
  std::istringstream parts(value);
  for (std::string part; parts >> part;) names.insert(part);
  std::vector<std::string> prose = lines_of(option.help);
  const auto first_word = std::ranges::find_if(prose, [](const std::string& line) { return line.starts_with("  "); });
  const std::vector<std::string> words(first_word, prose.end());
  prose.erase(first_word, prose.end());
  add_definition(option_term(option), roff_prose(in_one_line(fmt::format("{}", fmt::join(prose, "\n"))), names), roff);
  if (words.empty()) return;
  roff.macro(".RS");
  for (const Definition& each : definitions_of(words, 2, ": ")) {
    add_definition(fmt::format("\\fB{}\\fR", roff_escaped(each.term)), roff_prose(each.text, names), roff);
  }
  roff.macro(".RE");
}

void add_options(const std::vector<cli::OptionGroup>& groups, const Names& names, Roff& roff) {
  roff.macro(".SH OPTIONS");
  for (const cli::OptionGroup& group : groups) {
    // The first group has the title "Options".
    if (&group != &groups.front()) roff.macro(".SS", group.title);
    for (const cli::OptionSpec& option : group.options) add_option(option, names, roff);
  }
}

void add_exit_status(const std::vector<Definition>& statuses, const Names& names, Roff& roff) {
  if (statuses.empty()) return;
  roff.macro(".SH EXIT STATUS");
  for (const Definition& each : statuses) {
    add_definition("\\fB" + each.term + "\\fR", roff_prose(each.text, names), roff);
  }
}

/// Appends the facts of one command, or of all commands if `command` is empty.
void add_facts(const char* title, const std::vector<Fact>& facts, std::string_view command, const Names& names,
               Roff& roff) {
  bool begins = true;
  for (const Fact& fact : facts) {
    if (!command.empty() && !belongs_to(fact, command)) continue;
    if (begins) roff.macro(fmt::format(".SH {}", title));
    begins = false;
    add_definition("\\fB" + roff_escaped(fact.name) + "\\fR", roff_prose(fact.text, names), roff);
  }
}

void add_examples(const std::vector<std::string>& examples, Roff& roff) {
  if (examples.empty()) return;
  roff.macro(".SH EXAMPLES");
  roff.macro(".nf");
  for (const std::string& example : examples) roff.line(roff_escaped(example));
  roff.macro(".fi");
}

/// Returns the pages of the other commands that the help text names.
std::vector<std::string> related_pages(const cli::Command& command, const std::string& text) {
  std::vector<std::string> pages;
  for (const cli::Command& other : cli::commands()) {
    const std::string name = other.name;
    const bool is_named = text.find("min-btf " + name + " ") != std::string::npos ||
                          text.find("min-btf help " + name) != std::string::npos ||
                          text.find("'" + name + "'") != std::string::npos;
    if (is_named && name != command.name) pages.push_back("min-btf-" + name + "(1)");
  }
  return pages;
}

void add_see_also(const std::vector<std::string>& pages, Roff& roff) {
  roff.macro(".SH SEE ALSO");
  for (const std::string& page : pages) {
    const std::size_t section = page.find('(');
    roff.macro(fmt::format(".BR {} {}{}", roff_escaped(page.substr(0, section)), page.substr(section),
                           &page == &pages.back() ? "" : " ,"));
  }
}

std::string date_of(std::string_view seconds) {
  using std::chrono::sys_days;
  using std::chrono::sys_seconds;
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), time);
  constexpr std::int64_t year_10000 = 253402300800;
  if (error != std::errc() || end != seconds.data() + seconds.size() || time < 0 || time >= year_10000) {
    throw std::invalid_argument(fmt::format("SOURCE_DATE_EPOCH: '{}' is not a number of seconds", seconds));
  }
  const std::chrono::year_month_day date(
      std::chrono::floor<std::chrono::days>(sys_seconds(std::chrono::seconds(time))));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace

// CMakeLists.txt defines MINBTF_MANUAL_VERSION and MINBTF_MANUAL_DATE for this file only.
Edition edition() {
  const char* const seconds = std::getenv("SOURCE_DATE_EPOCH");
  const bool is_set = seconds != nullptr && *seconds != '\0';
  return {.version = MINBTF_MANUAL_VERSION, .date = is_set ? date_of(seconds) : MINBTF_MANUAL_DATE};
}

std::string main_page(const Edition& edition) {
  const HelpText help = parse_help_text(cli::overview(), "");
  Roff roff;
  add_header("min-btf", "shrink kernel BTF to what a set of BPF objects needs", edition, roff);
  add_usage(help.usage, roff);
  roff.macro(".SH DESCRIPTION");
  add_blocks(help.description, {}, roff);
  for (const TitledList& list : help.lists) {
    std::string title = list.title;
    for (char& c : title) c = capital(c);
    roff.macro(".SH", title);
    for (const Definition& each : list.definitions) {
      add_definition(roff_command_line(each.term), roff_prose(each.text, {}), roff);
    }
  }
  add_exit_status(exit_statuses(), {}, roff);
  add_facts("ENVIRONMENT", variables(), "", {}, roff);
  add_facts("FILES", files(), "", {}, roff);
  add_examples(help.examples, roff);
  std::vector<std::string> pages;
  for (const std::string& topic : cli::help_topics()) pages.push_back("min-btf-" + topic + "(1)");
  pages.emplace_back("bpftool(8)");
  add_see_also(pages, roff);
  return roff.str();
}

std::string command_page(const cli::Command& command, const Edition& edition) {
  const std::string text = command.help();
  const cli::CommandLine& line = command.command_line();
  const HelpText help = parse_help_text(text, line.options_help());
  Names names;
  for (const cli::ArgumentSpec& argument : line.arguments()) names.insert(argument.value.name);

  Roff roff;
  add_header(std::string("min-btf-") + command.name, command.purpose, edition, roff);
  add_usage(help.usage, roff);
  roff.macro(".SH DESCRIPTION");
  add_blocks(help.description, names, roff);
  add_options(line.groups(), names, roff);
  if (!help.notes.empty()) roff.macro(".SH NOTES");
  add_blocks(help.notes, names, roff);
  add_exit_status(help.exit_status, names, roff);
  add_facts("ENVIRONMENT", variables(), command.name, names, roff);
  add_facts("FILES", files(), command.name, names, roff);
  add_examples(help.examples, roff);
  std::vector<std::string> pages = {"min-btf(1)"};
  for (std::string& page : related_pages(command, text)) pages.push_back(std::move(page));
  for (const Fact& page : other_pages()) {
    if (belongs_to(page, command.name)) pages.emplace_back(page.name);
  }
  add_see_also(pages, roff);
  return roff.str();
}

std::string version_page(const Edition& edition) {
  cli::Reply reply;
  cli::help({"version"}, reply);
  const HelpText help = parse_help_text(reply.text, "");
  Roff roff;
  add_header("min-btf-version", cli::version_purpose, edition, roff);
  add_usage(help.usage, roff);
  roff.macro(".SH DESCRIPTION");
  add_blocks(help.description, {}, roff);
  add_exit_status(help.exit_status, {}, roff);
  add_see_also({"min-btf(1)"}, roff);
  return roff.str();
}

}  // namespace minbtf::manual
