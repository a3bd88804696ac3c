// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/path_selection.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::archive;

TEST_CASE(
    "path_selection: one star matches within a part, two stars match parts, and a pattern without a slash any part") {
  struct Row {
    const char* pattern;
    const char* path;
    bool fits;
  };
  const auto row = GENERATE(
      // * matches within a part, ** matches any number of parts.
      Row{"ubuntu/**", "ubuntu/20.04/x86_64/5.4.0.btf", true}, Row{"ubuntu/**", "debian/ubuntu/x.btf", false},
      Row{"**/x86_64/**", "ubuntu/20.04/x86_64/5.4.0.btf", true}, Row{"**/x86_64/**", "x86_64/a.btf", true},
      Row{"**/x86_64/*", "ubuntu/20.04/arm64/5.4.0.btf", false},
      Row{"*/20.04/*/5.4*", "ubuntu/20.04/arm64/5.4.0.btf", true}, Row{"ubuntu/*.btf", "ubuntu/20.04/5.4.0.btf", false},
      Row{"ubuntu/*/*.btf", "ubuntu/20.04/5.4.0.btf", true}, Row{"**/*.btf", "a.btf", true}, Row{"a/**/b", "a/b", true},
      Row{"a/**/b", "a/x/y/b", true}, Row{"a/**/b", "a/x/y/c", false}, Row{"**", "anything/at/all", true},
      // A pattern that matches a directory matches everything in it.
      Row{"ubuntu/20.04", "ubuntu/20.04/x86_64/5.4.0.btf", true}, Row{"ubuntu/20.04/", "ubuntu/20.04/5.4.0.btf", true},
      Row{"ubuntu/20.0", "ubuntu/20.04/5.4.0.btf", false}, Row{"ubuntu/20.04/x/y", "ubuntu/20.04/x", false},
      // A pattern without a slash matches any part.
      Row{"*-azure*", "ubuntu/20.04/x86_64/5.4.0-1010-azure.btf", true}, Row{"20.04", "ubuntu/20.04/x.btf", true},
      Row{"20", "ubuntu/20.04/x.btf", false}, Row{"5.4.0.btf", "a/b/5.4.0.btf", true},
      // Other patterns of a shell. A leading dot is not special.
      Row{"5.[4-9].?.btf", "5.4.0.btf", true}, Row{"5.[4-9].?.btf", "5.3.0.btf", false}, Row{"\\*", "*", true},
      Row{"\\*", "x", false}, Row{"*", ".x", true},
      // A pattern or path without parts does not match.
      Row{"", "a", false}, Row{"/", "a", false}, Row{"a", "", false});
  CAPTURE(row.pattern, row.path);
  CHECK(matches_glob(row.pattern, row.path) == row.fits);
}

TEST_CASE("path_selection: a pattern with many ** is matched quickly") {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 200; ++i) {
    pattern += "**/a/";
    path += "a/";
  }
  CHECK(matches_glob(pattern, path + "b"));
  CHECK_FALSE(matches_glob(pattern + "c", path + "b"));
}

TEST_CASE("path_selection: without rules every path is selected") {
  CHECK(PathSelection().takes("a/b.btf"));
  CHECK(PathSelection().takes(""));
}

TEST_CASE("path_selection: --exclude wins over --include, and both apply to the file's path and its output path") {
  const PathSelection selection({.include = {"ubuntu/**", "*.btf.tar.xz"}, .exclude = {"**/*-azure.btf", "old"}});
  CHECK(selection.takes("ubuntu/x.btf"));
  CHECK(selection.takes("debian/x.btf.tar.xz"));
  CHECK_FALSE(selection.takes("debian/x.btf"));
  CHECK_FALSE(selection.takes("ubuntu/5.4-azure.btf.tar.xz"));
  CHECK_FALSE(selection.takes("ubuntu/old/x.btf"));
}

TEST_CASE("path_selection: --arch selects directories by any name of the architecture") {
  const PathSelection amd64({.architectures = {"amd64"}});
  CHECK(amd64.takes("ubuntu/20.04/x86_64/5.4.0.btf.tar.xz"));
  CHECK(amd64.takes("ubuntu/20.04/amd64/5.4.0.btf"));
  CHECK_FALSE(amd64.takes("ubuntu/20.04/arm64/5.4.0.btf"));
  CHECK_FALSE(amd64.takes("ubuntu/20.04/5.4.0.x86_64.btf"));
  CHECK_FALSE(amd64.takes("ubuntu/20.04/x86_64"));  // a file, not a directory
  const PathSelection both({.architectures = {"aarch64", "s390x"}});
  CHECK(both.takes("a/arm64/x.btf"));
  CHECK(both.takes("a/s390x/x.btf"));
  CHECK_FALSE(both.takes("a/x86_64/x.btf"));
}

TEST_CASE("path_selection: a word of --arch that is no known architecture is the name of a directory") {
  const PathSelection sh4({.architectures = {"sh4"}});
  CHECK(sh4.takes("debian/sh4/x.btf"));
  CHECK_FALSE(sh4.takes("debian/x86_64/x.btf"));
}

TEST_CASE("path_selection: the input's architecture applies to paths without a directory named after an architecture") {
  const SelectionRules amd64 = {.architectures = {"amd64"}, .input_architecture = find_architecture("x86_64")};
  CHECK(PathSelection(amd64).takes("5.4.0.btf"));
  CHECK(PathSelection(amd64).takes("generic/5.4.0.btf"));
  CHECK_FALSE(PathSelection(amd64).takes("arm64/5.4.0.btf"));
  CHECK(PathSelection(amd64).takes("amd64/5.4.0.btf"));
  const SelectionRules arm64 = {.architectures = {"arm64"}, .input_architecture = find_architecture("x86_64")};
  CHECK_FALSE(PathSelection(arm64).takes("5.4.0.btf"));
  CHECK(PathSelection(arm64).takes("arm64/5.4.0.btf"));
}

TEST_CASE("path_selection: kernels of i386 are reported as missed only for the word x86") {
  const PathSelection x86({.exclude = {"old"}, .architectures = {"x86"}});
  CHECK(x86.misses_i386("debian/i386/x.btf"));
  CHECK(x86.misses_i386("debian/i686/x.btf"));
  CHECK_FALSE(x86.misses_i386("debian/x86_64/x.btf"));
  CHECK_FALSE(x86.misses_i386("debian/arm64/x.btf"));
  CHECK_FALSE(x86.misses_i386("old/i386/x.btf"));
  CHECK_FALSE(PathSelection({.architectures = {"x86_64"}}).misses_i386("debian/i386/x.btf"));
  CHECK_FALSE(PathSelection({.architectures = {"x86", "i386"}}).misses_i386("debian/i386/x.btf"));
}

TEST_CASE("path_selection: different rules have different texts") {
  const std::vector<PathSelection> selections = {
      PathSelection(),
      PathSelection({.include = {"a"}}),
      PathSelection({.exclude = {"a"}}),
      PathSelection({.architectures = {"a"}}),
      PathSelection({.architectures = {"a"}, .input_architecture = find_architecture("arm64")}),
      PathSelection({.architectures = {"a"}, .input_architecture = find_architecture("x86_64")}),
      PathSelection({.include = {"a", "b"}}),
      PathSelection({.include = {"a1:b"}}),
      PathSelection({.include = {"ab"}}),
  };
  for (std::size_t i = 0; i < selections.size(); ++i) {
    for (std::size_t j = 0; j < selections.size(); ++j) {
      CAPTURE(i, j);
      CHECK((selections[i].text() == selections[j].text()) == (i == j));
    }
  }
}
