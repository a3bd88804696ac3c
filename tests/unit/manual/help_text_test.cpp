// SPDX-License-Identifier: BSD-2-Clause
#include "manual/help_text.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::manual;
using Kind = Block::Kind;

namespace {

const std::string options = "Options:\n  -h [ --help ]   print this help\n";

HelpText parse(const std::string& before, const std::string& after) {
  return parse_help_text("Usage: min-btf try FILE\n" + before + "\n" + options + after, options);
}

}  // namespace

TEST_CASE("help_text: the usage has one command line in each line") {
  const HelpText help = parse("       min-btf try --list\n", "");
  CHECK(help.usage == std::vector<std::string>{"min-btf try FILE", "min-btf try --list"});
  CHECK(help.description.empty());
  CHECK(help.notes.empty());
}

TEST_CASE("help_text: paragraphs, definitions and items are told apart") {
  const HelpText help = parse(
      "\n"
      "Prints what\nis in FILE:\n"
      "- its types\n  and names\n"
      "- its size\n"
      "\n"
      "  FILE     a file: BTF,\n"
      "           or ELF\n"
      "  OLD NEW  two files\n"
      "  -        standard input\n",
      "\nFILE stays.\n");
  REQUIRE(help.description.size() == 3);
  CHECK(help.description[0].kind == Kind::paragraph);
  CHECK(help.description[0].text == "Prints what is in FILE:");
  CHECK(help.description[1].kind == Kind::items);
  REQUIRE(help.description[1].definitions.size() == 2);
  CHECK(help.description[1].definitions[0].text == "its types and names");
  CHECK(help.description[1].definitions[1].text == "its size");
  CHECK(help.description[2].kind == Kind::definitions);
  REQUIRE(help.description[2].definitions.size() == 3);
  CHECK(help.description[2].definitions[0].term == "FILE");
  CHECK(help.description[2].definitions[0].text == "a file: BTF, or ELF");
  CHECK(help.description[2].definitions[1].term == "OLD NEW");
  CHECK(help.description[2].definitions[2].text == "standard input");
  REQUIRE(help.notes.size() == 1);
  CHECK(help.notes[0].text == "FILE stays.");
}

TEST_CASE("help_text: a sentence of exit statuses is divided at their numbers, and what follows it is a note") {
  const HelpText help = parse("",
                              "\nExit status: 0 done; 1 a file failed (others; with 0 then), or\n"
                              "none was given; 2 wrong usage; 130 interrupted. A closed pipe is no error.\n");
  REQUIRE(help.exit_status.size() == 4);
  CHECK(help.exit_status[1].term == "1");
  CHECK(help.exit_status[1].text == "a file failed (others; with 0 then), or none was given");
  CHECK(help.exit_status[3].term == "130");
  CHECK(help.exit_status[3].text == "interrupted");
  REQUIRE(help.notes.size() == 1);
  CHECK(help.notes[0].text == "A closed pipe is no error.");
}

TEST_CASE("help_text: examples and lists with a title are parts of their own") {
  const HelpText help = parse("\nCommands:\n  gen IN OUT   reduce\n               BTF\n  help         print help\n",
                              "\nExamples:\n  min-btf try x | wc\n  min-btf try y\n");
  REQUIRE(help.lists.size() == 1);
  CHECK(help.lists[0].title == "Commands");
  REQUIRE(help.lists[0].definitions.size() == 2);
  CHECK(help.lists[0].definitions[0].term == "gen IN OUT");
  CHECK(help.lists[0].definitions[0].text == "reduce BTF");
  CHECK(help.examples == std::vector<std::string>{"min-btf try x | wc", "min-btf try y"});
}

TEST_CASE("help_text: a text without a usage, and one without the options, are refused") {
  CHECK_THROWS_WITH(parse_help_text("Prints.\n", ""), "the help text does not begin with 'Usage: '");
  CHECK_THROWS_WITH(parse_help_text("Usage: min-btf try\n", options), "the help text does not have the options");
}
