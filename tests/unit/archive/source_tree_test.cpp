// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/source_tree.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::archive;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> paths(const SourceTree& tree) {
  std::vector<std::string> result;
  for (const SourceFile& file : tree.files) result.push_back(file.path);
  return result;
}

void put(const TempDir& directory, const std::string& path, std::string_view contents = "x") {
  fs::create_directories((directory.path() / path).parent_path());
  static_cast<void>(directory.write(path, contents));
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("source_tree: files are listed in the order of their paths, with their sizes") {
  const TempDir directory;
  put(directory, "b/x.btf", "1234");
  put(directory, "b-a/x.btf");
  put(directory, "a name\nwith a line.btf");
  put(directory, "README.md", "told by content, later");
  const SourceTree tree = find_sources(directory.path(), {}, {});
  CHECK(paths(tree) == Paths{"README.md", "a name\nwith a line.btf", "b-a/x.btf", "b/x.btf"});
  CHECK(tree.files[3].bytes == 4);
  CHECK(tree.files[3].location == directory.path() / "b/x.btf");
  CHECK(tree.faults.empty());
  CHECK(tree.ignored.size() == 0);
}

TEST_CASE(
    "source_tree: hidden files and dangling links are ignored, and a pipe that is named like a kernel is a fault") {
  const TempDir directory;
  put(directory, ".git/x.btf");
  put(directory, "a/.cache/x.btf");
  put(directory, ".x.btf.min-btf.abcdef.tmp");
  REQUIRE(::mkfifo(directory.file("fifo.btf").c_str(), 0600) == 0);
  fs::create_symlink("nowhere", directory.path() / "dangling");
  put(directory, "x.btf");
  const SourceTree tree = find_sources(directory.path(), {}, {});
  CHECK(paths(tree) == Paths{"x.btf"});
  CHECK(tree.ignored.size() == 2);  // directories are not counted
  REQUIRE(tree.faults.size() == 1);
  CHECK(tree.faults[0].path == "fifo.btf");
  CHECK(tree.faults[0].problem.reason == "neither a regular file nor a directory");
}

TEST_CASE("source_tree: a link to a directory gives paths of its own, and only loops are not followed") {
  const TempDir directory;
  put(directory, "amzn/2018/x86_64/k.btf");
  fs::create_directory_symlink("2018", directory.path() / "amzn/1");
  fs::create_directory_symlink("../..", directory.path() / "amzn/2018/loop");
  fs::create_directory_symlink(".", directory.path() / "self");
  fs::create_symlink("x86_64/k.btf", directory.path() / "amzn/2018/latest.btf");
  CHECK(paths(find_sources(directory.path(), {}, {})) ==
        Paths{"amzn/1/latest.btf", "amzn/1/x86_64/k.btf", "amzn/2018/latest.btf", "amzn/2018/x86_64/k.btf"});
  CHECK(paths(find_sources(directory.path(), {}, {.follow_directory_links = false})) ==
        Paths{"amzn/2018/latest.btf", "amzn/2018/x86_64/k.btf"});
}

TEST_CASE("source_tree: the search ends if two directories link to each other") {
  const TempDir directory;
  put(directory, "a/x.btf");
  put(directory, "b/y.btf");
  fs::create_directory_symlink("../b", directory.path() / "a/to_b");
  fs::create_directory_symlink("../a", directory.path() / "b/to_a");
  CHECK(paths(find_sources(directory.path(), {}, {})) == Paths{"a/to_b/y.btf", "a/x.btf", "b/to_a/x.btf", "b/y.btf"});
}

TEST_CASE("source_tree: links that multiply directories are stopped by a limit") {
  const TempDir directory;
  for (int i = 0; i < 12; ++i) {
    const std::string name(1, static_cast<char>('a' + i));
    put(directory, name + "/x.btf");
    for (int j = 0; j < 12; ++j) {
      const std::string other(1, static_cast<char>('a' + j));
      if (i != j) fs::create_directory_symlink("../" + other, directory.path() / name / other);
    }
  }
  CHECK_THROWS_WITH(find_sources(directory.path(), {}, {.max_entries = 5000}),
                    directory.path().string() + ": over 5000 files and directories (--max-members)");
}

TEST_CASE("source_tree: a dangling link that is named like a kernel and a path that is too long are faults") {
  const TempDir directory;
  fs::create_symlink("nowhere", directory.path() / "k.btf.tar.xz");
  put(directory, "a/" + std::string(100, 'l') + ".btf");
  put(directory, "b.btf");
  const SourceTree tree = find_sources(directory.path(), {}, {.max_path_bytes = 50});
  CHECK(paths(tree) == Paths{"b.btf"});
  REQUIRE(tree.faults.size() == 2);
  CHECK(tree.faults[0].problem.reason == "a path of over 50 bytes (--max-path)");
  CHECK(tree.faults[1].path == "k.btf.tar.xz");
  CHECK(tree.faults[1].problem.reason == "cannot open: No such file or directory");
}

TEST_CASE("source_tree: files named like a kernel are selected by path, and other files are always listed") {
  const TempDir directory;
  put(directory, "arm64/k.btf.tar.xz");
  put(directory, "x86_64/k.btf.tar.xz");
  put(directory, "all.tar.zst");
  const SourceTree tree = find_sources(directory.path(), PathSelection({.architectures = {"arm64"}}), {});
  CHECK(paths(tree) == Paths{"all.tar.zst", "arm64/k.btf.tar.xz"});
  CHECK(tree.unselected == 1);
}

TEST_CASE("source_tree: a missing directory and a file are errors") {
  const TempDir directory;
  CHECK_THROWS_WITH(find_sources(directory.file("x"), {}, {}),
                    directory.file("x") + ": cannot read the directory: No such file or directory");
  const std::string file = directory.write("f", "x");
  CHECK_THROWS_WITH(find_sources(file, {}, {}), file + ": cannot read the directory: Not a directory");
}
