// SPDX-License-Identifier: BSD-2-Clause
#include "cli/command_line.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace minbtf::cli;
using Words = std::vector<std::string>;

namespace {

const CommandLine& line() {
  static const CommandLine known("try", {{"Options",
                                          {{"verbose,v", "", "say more"},
                                           {"jobs,j", "N", "how many"},
                                           {"include", "GLOB", "which; may be repeated", true}}},
                                         {"Others", {{"links", "KIND", "symlink or copy"}}}});
  return known;
}

const CommandLine& helping_line() {
  static const CommandLine known("try", {{"Options", {{"help,h", "", "say this"}, {"verbose,v", "", "say more"}}}});
  return known;
}

std::string refusal(const Words& arguments) {
  try {
    (void)line().parse(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("command_line: options may stand between words, and after -- everything is a word") {
  const ParsedLine parsed = line().parse({"a", "--include", "x", "-j2", "--include=y", "b", "--", "-v"});
  CHECK(parsed.words() == Words{"a", "b", "-v"});
  CHECK(parsed.word("jobs") == "2");
  CHECK(parsed.all("include") == Words{"x", "y"});
  CHECK(parsed.has("jobs"));
  CHECK_FALSE(parsed.has("verbose"));
  CHECK(parsed.word("links") == std::nullopt);
  CHECK(parsed.all("links").empty());
  CHECK(line().parse({"-v"}).has("verbose"));
}

TEST_CASE("command_line: a choice is one of the words of its option, and the first word if the option is missing") {
  enum class Kind { symlink, copy };
  const auto kind = [](const ParsedLine& parsed) {
    return parsed.choice("links",
                         std::array{OptionWord<Kind>{"symlink", Kind::symlink}, OptionWord<Kind>{"copy", Kind::copy}});
  };
  CHECK(kind(line().parse({})) == Kind::symlink);
  CHECK(kind(line().parse({"--links=symlink"})) == Kind::symlink);
  CHECK(kind(line().parse({"--links", "copy"})) == Kind::copy);
  CHECK_THROWS_WITH(kind(line().parse({"--links", "cpoy"})),
                    "--links: 'cpoy' is neither symlink nor copy; did you mean 'copy'? (see 'min-btf help try')");
}

TEST_CASE("command_line: an unknown, repeated, shortened or empty option is refused") {
  CHECK(refusal({"--verbse"}) == "unknown option '--verbse'; did you mean '--verbose'? (see 'min-btf help try')");
  // Boost.Program_options would accept the beginning of a name.
  CHECK(refusal({"--verb"}).starts_with("unknown option '--verb'"));
  CHECK(refusal({"--jobs"}) == "the required argument for option '--jobs' is missing (see 'min-btf help try')");
  CHECK(refusal({"-j1", "--jobs=2"}) == "option '--jobs' cannot be specified more than once (see 'min-btf help try')");
  CHECK(refusal({"-v", "-v"}) == "option '--verbose' cannot be specified more than once (see 'min-btf help try')");
  CHECK(refusal({"--include", "a", "--include", "b"}).empty());
  CHECK_THROWS_WITH(line().parse({"--jobs", ""}).word("jobs"), "--jobs: the value is empty (see 'min-btf help try')");
  CHECK_THROWS_WITH(line().parse({"--include", "a", "--include", ""}).all("include"),
                    "--include: the value is empty (see 'min-btf help try')");
}

TEST_CASE("command_line: the help text has all groups of options") {
  const std::string help = line().options_help();
  CHECK_THAT(help, Catch::StartsWith("Options:\n  -v [ --verbose ]"));
  CHECK_THAT(help, Catch::Contains("\n\nOthers:\n  --links KIND"));
}

TEST_CASE("command_line: help is requested by the option anywhere, or by help as the only word") {
  for (const Words& arguments : {Words{"--help"}, Words{"a", "-h"}, Words{"help"}, Words{"-v", "help"}}) {
    CHECK(helping_line().parse(arguments).asks_for_help());
  }
  for (const Words& arguments : {Words{}, Words{"a"}, Words{"help", "a"}, Words{"a", "help"}, Words{"--", "-h"}}) {
    CHECK_FALSE(helping_line().parse(arguments).asks_for_help());
  }
}

TEST_CASE("command_line: the other name of a command is accepted as its first word") {
  const CommandLine named("try", {{"Options", {{"help,h", "", "say this"}}}}, {}, "attempt");
  CHECK(named.parse({"attempt", "a"}).words() == Words{"a"});
  CHECK(named.parse({"attempt", "help"}).asks_for_help());
  CHECK(named.parse({"a", "attempt"}).words() == Words{"a", "attempt"});
  CHECK(named.parse({"attempt", "attempt"}).words() == Words{"attempt"});
  CHECK(helping_line().parse({"attempt"}).words() == Words{"attempt"});
}

TEST_CASE("command_line: too few files, or an empty file name, are refused") {
  const ParsedLine parsed = line().parse({});
  CHECK_NOTHROW(parsed.check_files({"a", "b"}, 2, "IN and OUT"));
  CHECK_THROWS_WITH(parsed.check_files({}, 2, "IN and OUT"),
                    "try needs IN and OUT, but has none of them (see 'min-btf help try')");
  CHECK_THROWS_WITH(parsed.check_files({"a"}, 2, "IN and OUT"),
                    "try needs IN and OUT, but has only 'a' (see 'min-btf help try')");
  CHECK_THROWS_WITH(parsed.check_files({}, 1, "a FILE"), "try needs a FILE (see 'min-btf help try')");
  CHECK_THROWS_WITH(parsed.check_files({"a", ""}, 2, "IN and OUT"), "a file name is empty (see 'min-btf help try')");
}

TEST_CASE("command_line: two options that contradict each other are refused") {
  const ParsedLine parsed = line().parse({"-v", "-j2"});
  CHECK(parsed.first_of({"links", "jobs", "verbose"}) == "--jobs");
  CHECK(parsed.first_of({"links"}).empty());
  CHECK_NOTHROW(parsed.refuse_both("verbose", "links"));
  CHECK_THROWS_WITH(parsed.refuse_both("verbose", "jobs"),
                    "--verbose and --jobs contradict each other (see 'min-btf help try')");
}
