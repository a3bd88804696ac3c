// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/reduced_tree.hpp"

#include <catch2/catch.hpp>

#include "support/error_text.hpp"
#include "support/tree_case.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

TEST_CASE("reduced_tree: a file is found by its output name, compressed or not") {
  const TempDir directory;
  const fs::path root = directory.path();
  for (const char* name : {"a/plain.btf", "a/packed.btf.tar.xz", "both.btf", "both.btf.xz", "z.btf.gz", "z.btf.xz",
                           "vmlinux-6.1.0", "notes.txt"}) {
    put(root / name, std::string_view("whatever"));
  }
  fs::create_directory_symlink("a", root / "linked");
  const cli::ReducedTree tree(root, {});
  CHECK(*tree.find("a/plain.btf") == "a/plain.btf");
  CHECK(*tree.find("a/packed.btf") == "a/packed.btf.tar.xz");
  CHECK(*tree.find("linked/packed.btf") == "linked/packed.btf.tar.xz");
  CHECK(*tree.find("both.btf") == "both.btf");
  CHECK(*tree.find("z.btf") == "z.btf.gz");
  CHECK(*tree.find("vmlinux-6.1.0.btf") == "vmlinux-6.1.0");
  CHECK(tree.find("a/missing.btf") == nullptr);
  CHECK(tree.location("a/packed.btf") == root / "a/packed.btf.tar.xz");
  CHECK(tree.location("a/missing.btf") == root / "a/missing.btf");
  // find() takes any file, because its contents may be BTF. kernels() lists only files that are named like a kernel.
  CHECK(*tree.find("notes.txt.btf") == "notes.txt");
  CHECK(tree.kernels() == Strings{"a/packed.btf", "a/plain.btf", "both.btf", "linked/packed.btf", "linked/plain.btf",
                                  "vmlinux-6.1.0.btf", "z.btf"});
  CHECK(tree.warnings() ==
        Strings{(root / "both.btf.xz").string() + ": ignored, because both.btf is used for the same kernel",
                (root / "z.btf.xz").string() + ": ignored, because z.btf.gz is used for the same kernel"});
}

TEST_CASE("reduced_tree: a file that cannot be opened is an obstacle for its kernel") {
  const TempDir directory;
  const fs::path root = directory.path();
  fs::create_symlink("nowhere", root / "a.btf");
  fs::create_symlink("nowhere", root / "b.btf.xz");
  fs::create_symlink("nowhere", root / "c");
  fs::create_directories(root / "d.btf");
  fs::create_directories(root / "e");
  const cli::ReducedTree tree(root, {});
  const auto obstacle = [&](const std::string& path) {
    CHECK(tree.find(path) == nullptr);
    const auto error = tree.obstacle(path);
    return error ? std::string(error->what()) : "";
  };
  const std::string nothing_there = ": cannot open: No such file or directory";
  CHECK(obstacle("a.btf") == directory.file("a.btf") + nothing_there);
  CHECK(obstacle("b.btf") == directory.file("b.btf.xz") + nothing_there);
  CHECK(obstacle("c/x.btf") == directory.file("c") + nothing_there);
  CHECK(obstacle("d.btf") == directory.file("d.btf") + ": a directory, where a file is needed");
  CHECK(obstacle("d.btf/x.btf").empty());
  CHECK(obstacle("e/f/x.btf").empty());
  CHECK(tree.faults().size() == 2);
  CHECK(tree.warnings().empty());
  CHECK_THAT(error_text([&] { cli::ReducedTree(root / "missing", {}); }), Catch::StartsWith("io: "));
  CHECK_THAT(error_text([&] { cli::ReducedTree(root, {.members = 0}); }), Catch::StartsWith("unsupported: "));
}

}  // namespace minbtf::test
