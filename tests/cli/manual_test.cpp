// SPDX-License-Identifier: BSD-2-Clause
// The manual pages: they state what the help texts state, and are pages that mandoc and groff accept.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "commands/commands.hpp"
#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

/// "-v" and "--verbose", with "=" at the end if the option has a value.
using Options = std::set<std::string>;

const fs::path manual = fs::path(TEST_BINARY).parent_path() / "manual";

std::string page_of(const std::string& command) { return contents_of(manual / ("min-btf-" + command + ".1")); }

std::string help_of(const std::string& command) {
  const CommandResult result = run_min_btf({"help", command});
  REQUIRE(result.status == 0);
  return result.out;
}

/// Returns the lines between `.SH TITLE` and the next `.SH`.
std::vector<std::string> section_of(const std::string& page, const std::string& title) {
  std::vector<std::string> section;
  bool is_inside = false;
  for (const std::string& line : lines_in(page)) {
    if (line.starts_with(".SH ")) is_inside = line == ".SH " + title;
    if (is_inside) section.push_back(line);
  }
  return section;
}

/// Returns the options of a page: the bold words with dashes in the terms of OPTIONS.
Options options_of_page(const std::string& page) {
  static const std::regex option(R"(\\fB((?:\\-)+[A-Za-z0-9\\-]+)\\fR(=?))");
  Options options;
  bool is_term = false;
  for (const std::string& line : section_of(page, "OPTIONS")) {
    if (is_term) {
      const bool has_value = line.find("\\fR=") != std::string::npos;
      for (std::sregex_iterator found(line.begin(), line.end(), option), end; found != end; ++found) {
        const std::string name = std::regex_replace((*found)[1].str(), std::regex(R"(\\-)"), "-");
        options.insert(name + (has_value ? "=" : ""));
      }
    }
    is_term = line == ".TP";
  }
  return options;
}

/// Returns the options of a help text: "  -v [ --verbose ]   ..." and "  --format FORM   ...".
Options options_of_help(const std::string& help) {
  static const std::regex option(R"(^  (?:(-[A-Za-z]) \[ )?(--[a-z0-9-]+)(?: \])?( \S+)?( .*)?$)");
  Options options;
  for (const std::string& line : lines_in(help)) {
    std::smatch found;
    if (!std::regex_match(line, found, option)) continue;
    // Descriptions begin in a column after at least two spaces, or directly behind a long value.
    const std::string end = found[3].matched ? "=" : "";
    if (found[1].matched) options.insert(found[1].str() + end);
    options.insert(found[2].str() + end);
  }
  return options;
}

/// Returns the options in `candidates` that the parser of the command takes, with "=" if it takes a value.
Options options_of_parser(const cli::Command& command, const Options& candidates) {
  const auto takes = [&](const std::vector<std::string>& line) {
    try {
      (void)command.command_line().parse(line);
      return true;
    } catch (const cli::UsageError&) {
      return false;
    }
  };
  Options options;
  for (const std::string& candidate : candidates) {
    const std::string name = candidate.substr(0, candidate.find('='));
    if (takes({name})) {
      options.insert(name);
    } else if (takes({name, "x"})) {
      options.insert(name + "=");
    }
  }
  return options;
}

bool has_program(const std::string& program) { return run_command({"sh", "-c", "command -v " + program}).status == 0; }

std::vector<std::string> all_pages() {
  std::vector<std::string> pages;
  for (const auto& entry : fs::directory_iterator(manual)) {
    if (entry.path().extension() == ".1") pages.push_back(entry.path().string());
  }
  std::ranges::sort(pages);
  return pages;
}

std::string without_roff(std::string text) {
  text = std::regex_replace(text, std::regex(R"(\\f[BIR])"), "");
  text = std::regex_replace(text, std::regex(R"(\\-)"), "-");
  text = std::regex_replace(text, std::regex(R"(\\&)"), "");
  text = std::regex_replace(text, std::regex(R"(\\\(aq)"), "'");
  text = std::regex_replace(text, std::regex(R"(\\\(ti)"), "~");
  return std::regex_replace(text, std::regex(R"(\\\(dq)"), "\"");
}

}  // namespace

TEST_CASE("manual: the test finds the options of a page and of a help text") {
  CHECK(
      options_of_page(".SH OPTIONS\n.TP\n\\fB\\-j\\fR \\fIN\\fR, \\fB\\-\\-jobs\\fR=\\fIN\\fR\nuse \\fB\\-\\-all\\fR\n"
                      ".TP\n\\fB\\-\\-dry\\-run\\fR\n.SH NOTES\n.TP\n\\fB\\-\\-no\\fR\n") ==
      Options{"-j=", "--jobs=", "--dry-run"});
  CHECK(
      options_of_help("Options:\n  -h [ --help ]         print --this\n  -j [ --jobs ] N        use --all\n"
                      "  --max-kernel-size SIZE refuse\n                         --no\n  --list                x\n") ==
      Options{"-h", "--help", "-j=", "--jobs=", "--max-kernel-size=", "--list"});
}

TEST_CASE("manual: each command has a page, whose options are those of its help and of its parser") {
  for (const cli::Command& command : cli::commands()) {
    CAPTURE(command.name);
    const Options of_page = options_of_page(page_of(command.name));
    const Options of_help = options_of_help(help_of(command.name));
    CHECK(of_page.size() >= 3);
    CHECK(of_page == of_help);
    CHECK(options_of_parser(command, of_page) == of_page);
    Options of_parser;
    for (const cli::OptionGroup& group : command.command_line().groups()) {
      for (const cli::OptionSpec& option : group.options) of_parser.insert("--" + option.long_name());
    }
    for (const std::string& option : of_parser) {
      CHECK((of_page.contains(option) || of_page.contains(option + "=")));
    }
  }
  CHECK(all_pages().size() == cli::commands().size() + 2);  // min-btf(1) and min-btf-version(1)
}

TEST_CASE("manual: a page has the command lines, the exit statuses and the examples of the help") {
  for (const cli::Command& command : cli::commands()) {
    CAPTURE(command.name);
    const std::string page = page_of(command.name);
    std::string synopsis;
    for (const std::string& line : section_of(page, "SYNOPSIS")) synopsis += without_roff(line) + "\n";
    std::string examples;
    for (const std::string& line : section_of(page, "EXAMPLES")) examples += without_roff(line) + "\n";
    Options statuses;
    for (const std::string& line : section_of(page, "EXIT STATUS")) {
      if (line.starts_with("\\fB")) statuses.insert(without_roff(line));
    }

    std::size_t lines = 0;
    bool is_usage = true;
    bool is_example = false;
    std::string exit_status;
    for (const std::string& line : lines_in(help_of(command.name))) {
      if (line.empty()) {
        is_usage = is_example = false;
      } else if (is_usage) {
        CHECK(synopsis.find(line.substr(7) + "\n") != std::string::npos);
        ++lines;
      } else if (line == "Examples:" || line == "Example:") {
        is_example = true;
      } else if (is_example) {
        CHECK(examples.find(line.substr(2) + "\n") != std::string::npos);
        ++lines;
      }
      if (line.starts_with("Exit status: ") || (!exit_status.empty() && !is_example)) exit_status += line + " ";
    }
    CHECK(lines >= 2);

    Options expected;
    static const std::regex status(R"((?:: |; )([0-9]+) )");
    for (std::sregex_iterator found(exit_status.begin(), exit_status.end(), status), end; found != end; ++found) {
      expected.insert((*found)[1].str());
    }
    CHECK(expected.size() >= 4);
    CHECK(statuses == expected);
  }
}

TEST_CASE("manual: the first page names every command") {
  const std::string page = without_roff(contents_of(manual / "min-btf.1"));
  for (const cli::Command& command : cli::commands()) {
    CAPTURE(command.name);
    CHECK(page.find(std::string("\n") + command.name + " " + command.synopsis + "\n") != std::string::npos);
    CHECK(page.find(std::string(".BR min-btf-") + command.name + " (1)") != std::string::npos);
  }
  CHECK(page.find("\n-V, --version\n") != std::string::npos);
}

TEST_CASE("manual: the page of `version` has its command lines and its text") {
  const std::string page = page_of("version");
  CHECK(without_roff(page).find("min-btf version [--json]\n.br\nmin-btf --version\n") != std::string::npos);
  CHECK(page.find("libbpf") != std::string::npos);
  Options statuses;
  for (const std::string& line : section_of(page, "EXIT STATUS")) {
    if (line.starts_with("\\fB")) statuses.insert(without_roff(line));
  }
  CHECK(statuses == Options{"0", "2"});
}

TEST_CASE("manual: the pages name the environment variables that the code reads") {
  const std::string page = without_roff(contents_of(manual / "min-btf.1"));
  static const std::regex variable("getenv\\(\"([A-Z_]+)\"\\)");
  std::size_t variables = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(TEST_SOURCE_DIR) / "src")) {
    if (entry.path().extension() != ".cpp") continue;
    const std::string source = contents_of(entry.path());
    for (std::sregex_iterator found(source.begin(), source.end(), variable), end; found != end; ++found) {
      CAPTURE(entry.path().string(), (*found)[1].str());
      CHECK(page.find("\n" + (*found)[1].str() + "\n") != std::string::npos);
      ++variables;
    }
  }
  CHECK(variables >= 2);
}

TEST_CASE("manual: mandoc finds nothing to warn of") {
  if (!has_program("mandoc")) return skip_test("mandoc is not installed");
  const CommandResult broken = run_command({"mandoc", "-T", "lint", "-W", "warning", "/dev/null"});
  CHECK_FALSE(broken.out.empty());
  std::vector<std::string> line = {"mandoc", "-T", "lint", "-W", "warning"};
  for (const std::string& page : all_pages()) line.push_back(page);
  const CommandResult result = run_command(line);
  CHECK(result.out == "");
  CHECK(result.err == "");
  CHECK(result.status == 0);
}

TEST_CASE("manual: groff prints the pages without a warning, and options with plain dashes") {
  if (!has_program("groff")) return skip_test("groff is not installed");
  for (const std::string& page : all_pages()) {
    CAPTURE(page);
    const CommandResult result = run_command({"groff", "-man", "-Tutf8", "-P-cbou", "-rLL=100n", "-ww", page});
    CHECK(result.status == 0);
    CHECK(result.err == "");
    CHECK(result.out.find("SYNOPSIS") != std::string::npos);
    CHECK(result.out.find("\\") == std::string::npos);
    // A dash that is not escaped is printed as a hyphen, and a quote as an accent or another quote.
    for (const char* wrong : {"\u2010", "\u2212", "\u2019", "\u2018"})
      CHECK(result.out.find(wrong) == std::string::npos);
  }
}

TEST_CASE("manual: equal builds write equal files, and SOURCE_DATE_EPOCH is the date of the pages") {
  const std::string writer = (manual.parent_path() / "write_manual").string();
  const TempDir directory;
  const auto written = [&](const std::string& name, const std::string& setting) {
    const std::string where = directory.file(name);
    REQUIRE(run_command({"env", "-u", "SOURCE_DATE_EPOCH", setting, writer, where}).status == 0);
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(where)) {
      files[entry.path().filename().string()] = contents_of(entry.path());
    }
    return files;
  };
  const auto first = written("first", "TZ=Asia/Tokyo");
  CHECK(first.size() == all_pages().size() + 3);  // and three completions
  CHECK(written("second", "LC_ALL=C.UTF-8") == first);
  const auto dated = written("dated", "SOURCE_DATE_EPOCH=951868799");
  CHECK(dated.at("min-btf.1").find(" 1 \"2000-02-29\" ") != std::string::npos);
  CHECK(dated.at("min-btf") == first.at("min-btf"));
  const CommandResult wrong = run_command({"env", "SOURCE_DATE_EPOCH=today", writer, directory.file("wrong")});
  CHECK(wrong.status == 1);
  CHECK(wrong.err == "write_manual: error: SOURCE_DATE_EPOCH: 'today' is not a number of seconds\n");
}

TEST_CASE("manual: pages and completions are installed with the tool, where man and the shells search them") {
  const TempDir directory;
  const std::string build = manual.parent_path().string();
  const CommandResult result =
      run_command({"cmake", "--install", build, "--prefix", directory.path().string(), "--component", "tool"});
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  const fs::path share = directory.path() / "share";
  for (const std::string& page : all_pages()) {
    CAPTURE(page);
    CHECK(fs::exists(share / "man/man1" / fs::path(page).filename()));
  }
  CHECK(fs::exists(share / "bash-completion/completions/min-btf"));
  CHECK(fs::exists(share / "zsh/site-functions/_min-btf"));
  CHECK(fs::exists(share / "fish/vendor_completions.d/min-btf.fish"));
  CHECK_FALSE(fs::exists(share / "man/man1/min-btf"));
}

TEST_CASE("manual: the version and the date of the pages are those of the newest version in the changelog") {
  static const std::regex released(R"(## \[([0-9.]+)\] - ([0-9-]+))");
  const std::string changelog = contents_of(fs::path(TEST_SOURCE_DIR) / "CHANGELOG.md");
  const std::string cmake = contents_of(fs::path(TEST_SOURCE_DIR) / "src/cmake/manual.cmake");
  std::smatch found;
  if (!std::regex_search(changelog, found, released)) return;  // nothing is released
  CHECK(cmake.find("set(MINBTF_VERSION_DATE " + found[2].str() + ")") != std::string::npos);
}
