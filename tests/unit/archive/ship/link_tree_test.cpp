// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/link_tree.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "support/error_text.hpp"

using namespace minbtf::archive;

namespace {

using Words = std::vector<std::string>;

constexpr LinkLimits limits = {.paths = 1000, .path_bytes = 1 << 20};

// Returns "PATH NUMBER" for each path.
Words files_of(const LinkTree& tree) {
  Words words;
  for (const LinkedFile& file : tree.files(limits, "input").files)
    words.push_back(file.path + " " + std::to_string(file.file));
  return words;
}

// Returns "PATH: REASON" for each fault.
Words faults_of(const LinkTree& tree) {
  Words words;
  for (const LinkFault& fault : tree.files(limits, "input").faults) words.push_back(fault.path + ": " + fault.reason);
  return words;
}

}  // namespace

TEST_CASE("link_tree: files and links to files and directories give all paths") {
  LinkTree tree;
  tree.add_file("amzn/2018/x86_64/r.btf", 0);
  tree.add_file("b/s.btf", 1);
  tree.add_link("amzn/1", "2018");
  tree.add_link("b/r.btf", "../amzn/1/./x86_64//r.btf");
  tree.add_link("b/again.btf", "r.btf");
  CHECK(files_of(tree) ==
        Words{"amzn/1/x86_64/r.btf 0", "amzn/2018/x86_64/r.btf 0", "b/again.btf 0", "b/r.btf 0", "b/s.btf 1"});
  CHECK(faults_of(tree).empty());
}

TEST_CASE("link_tree: links that leave the tree, dangle or loop are faults with their paths") {
  LinkTree tree;
  tree.add_file("a/r.btf", 0);
  tree.add_link("absolute", "/etc");
  tree.add_link("a/above", "../../a/r.btf");
  tree.add_link("a/missing", "none.btf");
  tree.add_link("a/through_file", "r.btf/x");
  tree.add_link("a/one", "two");
  tree.add_link("a/two", "one");
  tree.add_link("a/self", ".");
  tree.add_link("empty", "");
  CHECK(files_of(tree) == Words{"a/r.btf 0"});
  CHECK(faults_of(tree) ==
        Words{"a/above: a link that leads out of the tree", "a/missing: a link that dangles: the target does not exist",
              "a/one: a link that is part of a loop, or leads over too many other links",
              "a/self: a link that is part of a loop: it leads to a directory that contains it",
              "a/through_file: a link that dangles: the target does not exist",
              "a/two: a link that is part of a loop, or leads over too many other links",
              "absolute: a link that leads out of the tree (an absolute path)", "empty: a link that has no target"});
}

TEST_CASE("link_tree: two directories that link to each other end in a fault") {
  LinkTree tree;
  tree.add_file("a/r.btf", 0);
  tree.add_link("a/b", "../b");
  tree.add_directory("b");
  tree.add_link("b/a", "../a");
  CHECK(files_of(tree) == Words{"a/r.btf 0", "b/a/r.btf 0"});
  CHECK(faults_of(tree).size() == 2);
}

TEST_CASE("link_tree: a path that is added again replaces the first, as tar does") {
  LinkTree tree;
  tree.add_file("a", 0);
  tree.add_file("a/r.btf", 1);
  tree.add_file("b", 2);
  tree.add_link("b", "a/r.btf");
  tree.add_link("c", "nowhere");
  tree.add_file("c", 3);
  CHECK(files_of(tree) == Words{"a/r.btf 1", "b 1", "c 3"});
}

TEST_CASE("link_tree: a file or link above a path is found, and a directory with something in it") {
  LinkTree tree;
  tree.add_file("a/r.btf", 0);
  tree.add_link("b/to_a", "../a");
  CHECK(tree.entry_above("a/r.btf/x/y") == "a/r.btf");
  CHECK(tree.entry_above("b/to_a/r.btf") == "b/to_a");
  CHECK(tree.entry_above("a/r.btf").empty());
  CHECK(tree.entry_above("a/new/r.btf").empty());
  CHECK(tree.entry_above("new").empty());
  CHECK(tree.is_directory("a"));
  CHECK_FALSE(tree.is_directory("a/r.btf"));
  CHECK_FALSE(tree.is_directory("b/to_a"));
  CHECK_FALSE(tree.is_directory("new"));
}

TEST_CASE("link_tree: links that multiply paths are an error at the limit of paths or of bytes") {
  LinkTree tree;
  tree.add_file("d0/f", 0);
  for (int i = 1; i <= 20; ++i) {
    const std::string name = "d" + std::to_string(i);
    tree.add_link(name + "/a", "../d" + std::to_string(i - 1));
    tree.add_link(name + "/b", "../d" + std::to_string(i - 1));
  }
  const auto error_with = [&](const LinkLimits& some) {
    return minbtf::test::error_text([&] { static_cast<void>(tree.files(some, "input")); });
  };
  CHECK(error_with({.paths = 5000, .path_bytes = 1 << 24}) ==
        "unsupported: input: d11/a/b/a/b: up to here there are over 5000 paths, links followed");
  CHECK_THAT(error_with({.paths = 5000, .path_bytes = 5000}),
             Catch::StartsWith("unsupported: input: d10/a/") &&
                 Catch::EndsWith(
                     ": the paths up to here and the targets of their links, links followed, have over 5000 bytes"));
}

TEST_CASE("link_tree: paths and parts of targets are counted with their fixed costs") {
  LinkTree tree;
  tree.add_file("abc", 0);
  tree.add_link("x", "./abc");
  // 16 + 3 and 16 + 1 bytes of paths, 32 + 1 and 32 + 3 of parts, and 1 for the directory of the link.
  CHECK(tree.files({.paths = 2, .path_bytes = 105}, "input").files.size() == 2);
  CHECK(minbtf::test::error_text([&] {
          static_cast<void>(tree.files({.paths = 2, .path_bytes = 104}, "input"));
        }).starts_with("unsupported: input: x: "));
}

TEST_CASE("link_tree: targets that repeat links to other targets do not take exponential time") {
  LinkTree tree;
  tree.add_file("r.btf", 0);
  tree.add_link("l0", ".");
  for (int i = 1; i <= 12; ++i) {
    std::string target = "l" + std::to_string(i - 1);
    for (int repeat = 0; repeat < 200; ++repeat) target += "/l" + std::to_string(i - 1);
    tree.add_link("l" + std::to_string(i), target);
  }
  tree.add_link("x.btf", "l12/r.btf");
  const LinkedFiles files = tree.files(limits, "input");
  CHECK(files.files.size() == 1);
  CHECK(files.faults.size() == 14);
}
