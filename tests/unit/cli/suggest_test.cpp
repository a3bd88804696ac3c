#include "cli/command_line.hpp"

#include <catch2/catch.hpp>

using namespace minbtf;

TEST_CASE("suggest: the nearest word is the one with the fewest typing errors") {
  CHECK(cli::edit_distance("", "abc") == 3);
  CHECK(cli::edit_distance("kitten", "sitting") == 3);
  CHECK(cli::edit_distance("jsno", "json") == 1);
  CHECK(cli::nearest_word("--vebrose", {"--verbose", "--version"}) == "--verbose");
  CHECK(cli::nearest_word("--vers", {"--verbose", "--version"}) == "--version");
  CHECK(cli::nearest_word("x", {"gen", "help"}).empty());
  CHECK(cli::nearest_word("", {"gen", "help"}).empty());
}
