// SPDX-License-Identifier: BSD-2-Clause
#include "cli/command_line.hpp"

#include <catch2/catch.hpp>

#include "cli/tree_options.hpp"

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

TEST_CASE("suggest: a word for an architecture is suggested only if no other architecture could be meant") {
  CHECK(cli::nearest_architecture("amd46") == "amd64");
  CHECK(cli::nearest_architecture("AMD64") == "amd64");
  CHECK(cli::nearest_architecture("arn64") == "arm64");
  CHECK(cli::nearest_architecture("i368") == "i386");
  CHECK(cli::nearest_architecture("amr64").empty());  // amd64 or arm64
  CHECK(cli::nearest_architecture("ppc64l").empty());
  CHECK(cli::nearest_architecture("x32").empty());
  CHECK(cli::nearest_architecture("bogus").empty());
}
