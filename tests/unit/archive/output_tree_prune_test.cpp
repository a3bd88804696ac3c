// SPDX-License-Identifier: BSD-2-Clause
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "archive/output/output_tree.hpp"
#include "io/read/file_descriptor.hpp"
#include "support/os/temp_dir.hpp"
#include "support/output_tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::ManifestOutput;
using archive::OutputTree;
namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;

const Texts first = {{"a.btf", "a"}, {"b.btf", "a"}, {"d/e/c.btf", "c"}, {"d/e/f.btf", "c"}, {"x/y.btf", "a"}};

// Returns the outputs that a manifest of outputs_of(first) lists.
std::vector<ManifestOutput> manifest_of_first() {
  std::vector<ManifestOutput> list;
  const auto outputs = outputs_of(first);
  for (const auto& output : outputs) list.push_back({output.path, io::hash_of(*output.content), {}});
  list[1].link = "a.btf";
  list[3].link = "c.btf";
  list[4].link = "../a.btf";
  return list;
}

std::vector<std::string> names_in(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& [path, description] : listing(root)) names.push_back(path);
  return names;
}

struct Pruned {
  TempDir directory;
  fs::path root = directory.path() / "out";
  OutputTree tree{root};

  explicit Pruned(const Texts& second) {
    publish(root, outputs_of(first));
    static_cast<void>(tree.publish(outputs_of(second), output_time));
  }
};

void publish_also(Pruned& pruned, const Texts& more) {
  static_cast<void>(pruned.tree.publish(outputs_of(more), output_time));
  static_cast<void>(pruned.tree.publish(outputs_of({{"a.btf", "a"}}), output_time));
}

// Returns the names of the files in the events, in the order of the events.
std::vector<std::string> names_of(int inotify) {
  alignas(inotify_event) std::array<char, 4096> buffer;
  const ssize_t size = ::read(inotify, buffer.data(), buffer.size());
  std::vector<std::string> names;
  for (ssize_t at = 0; at < size;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof(event));
    names.emplace_back(buffer.data() + at + sizeof(event));
    at += static_cast<ssize_t>(sizeof(event) + event.len);
  }
  return names;
}

}  // namespace

TEST_CASE("output_tree_prune: outputs of an earlier run that are not in this run are removed, and empty directories") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  CHECK(pruned.tree.prune(manifest_of_first()) == 4);
  const TempDir fresh;
  publish(fresh.path() / "out", outputs_of({{"a.btf", "a"}}));
  CHECK(listing(pruned.root) == listing(fresh.path() / "out"));
  CHECK(tar_of(pruned.root) == tar_of(fresh.path() / "out"));
  CHECK(pruned.tree.prune(manifest_of_first()) == 0);
}

TEST_CASE("output_tree_prune: a link that became a file because its target changed is removed as well") {
  Pruned pruned(Texts{{"a.btf", "new"}});
  CHECK_FALSE(fs::is_symlink(pruned.root / "b.btf"));
  CHECK(pruned.tree.prune(manifest_of_first()) == 4);
  CHECK(names_in(pruned.root) == std::vector<std::string>{".", "a.btf"});
}

TEST_CASE("output_tree_prune: a link is removed before its target") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  publish_also(pruned, Texts{{"m.btf", "m"}, {"n.btf", "m"}});
  const io::FileDescriptor events(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  REQUIRE(::inotify_add_watch(events.get(), pruned.root.c_str(), IN_DELETE) >= 0);
  CHECK(pruned.tree.prune({listed(pruned.root, "m.btf"), listed(pruned.root, "n.btf")}) == 2);
  CHECK(names_of(events.get()) == std::vector<std::string>{"n.btf", "m.btf"});
}

TEST_CASE("output_tree_prune: if all outputs are removed, the root of the tree stays") {
  Pruned pruned(Texts{});
  CHECK(pruned.tree.prune(manifest_of_first()) == 5);
  CHECK(names_in(pruned.root) == std::vector<std::string>{"."});
  CHECK(listing(pruned.root).at(".") == "directory 755 1700000000");
}

TEST_CASE("output_tree_prune: a file that is not as listed in the manifest stays") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  const fs::path& root = pruned.root;
  std::string kept;
  SECTION("a file that was changed") {
    static_cast<void>(pruned.directory.write("out/d/e/c.btf", "mine"));
    kept = "d/e/c.btf";
  }
  SECTION("a file that was replaced by a link to the same contents") {
    fs::rename(root / "d/e/c.btf", pruned.directory.path() / "c.btf");
    fs::create_symlink("../../../c.btf", root / "d/e/c.btf");
    kept = "d/e/c.btf";
  }
  SECTION("a link that leads elsewhere") {
    fs::remove(root / "x/y.btf");
    fs::create_symlink("../b.btf", root / "x/y.btf");
    kept = "x/y.btf";
  }
  SECTION("a link that was replaced by a file with other contents") {
    fs::remove(root / "x/y.btf");
    static_cast<void>(pruned.directory.write("out/x/y.btf", "mine"));
    kept = "x/y.btf";
  }
  SECTION("a directory with this name") {
    fs::remove(root / "x/y.btf");
    fs::create_directory(root / "x/y.btf");
    kept = "x/y.btf";
  }
  SECTION("a pipe with this name") {
    fs::remove(root / "x/y.btf");
    REQUIRE(::mkfifo((root / "x/y.btf").c_str(), 0600) == 0);
    kept = "x/y.btf";
  }
  CHECK(pruned.tree.prune(manifest_of_first()) == 3);
  const auto names = names_in(root);
  CHECK(std::ranges::count(names, kept) == 1);
}

TEST_CASE("output_tree_prune: a missing output is no error, and a directory with other files stays") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  fs::remove(pruned.root / "b.btf");
  fs::remove_all(pruned.root / "d/e");
  static_cast<void>(pruned.directory.write("out/x/mine", "mine"));
  CHECK(pruned.tree.prune(manifest_of_first()) == 1);
  // Only directories that prune() emptied are removed: d was empty before.
  CHECK(names_in(pruned.root) == std::vector<std::string>{".", "a.btf", "d", "x", "x/mine"});
  CHECK(listing(pruned.root).at("x") == "directory 755 1700000000");
}

TEST_CASE("output_tree_prune: paths in a manifest that lead out of the tree remove no file") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  const fs::path outside = pruned.directory.path();
  static_cast<void>(pruned.directory.write("c.btf", "c"));
  fs::create_directory(outside / "elsewhere");
  static_cast<void>(pruned.directory.write("elsewhere/c.btf", "c"));
  fs::remove_all(pruned.root / "d");
  fs::create_directory(pruned.root / "real");
  fs::create_directory(outside / "elsewhere/deep");
  static_cast<void>(pruned.directory.write("elsewhere/deep/c.btf", "c"));
  fs::create_symlink("../elsewhere", pruned.root / "d");
  fs::create_symlink("../../elsewhere", pruned.root / "real/e");
  const auto hash = io::hash_of(*content_of("c"));
  const std::string long_name(300, 'x');
  std::string long_path = "x";
  while (long_path.size() < 5000) long_path += "/x";
  CHECK(pruned.tree.prune({{"../c.btf", hash, {}},
                           {(outside / "c.btf").string(), hash, {}},
                           {"x/../../c.btf", hash, {}},
                           {"d/c.btf", hash, {}},
                           {"d/deep/c.btf", hash, {}},
                           {"real/e/c.btf", hash, {}},
                           {"./d/c.btf", hash, {}},
                           {"a.btf/c.btf", hash, {}},
                           {"", hash, {}},
                           {".", hash, {}},
                           {std::string("x\0y.btf", 7), hash, {}},
                           {long_name + ".btf", hash, {}},
                           {long_name + "/x.btf", hash, {}},
                           {long_path + ".btf", hash, {}},
                           {"d", {}, "../nowhere"}}) == 0);
  CHECK(contents_of(outside / "c.btf") == "c");
  CHECK(contents_of(outside / "elsewhere/c.btf") == "c");
  CHECK(contents_of(outside / "elsewhere/deep/c.btf") == "c");
}

TEST_CASE("output_tree_prune: files with names that no output can have stay, whatever the manifest lists") {
  Pruned pruned(Texts{{"a.btf", "a"}});
  std::vector<ManifestOutput> forged;
  for (const char* path : {"mine", "README.md", "x/c.btf.xz", "x/c.BTF", "x/btf", "x/.c.btf", ".git/c.btf", ".btf"}) {
    fs::create_directories((pruned.root / path).parent_path());
    static_cast<void>(pruned.directory.write(std::string("out/") + path, "c"));
    forged.push_back({path, io::hash_of(*content_of("c")), {}});
  }
  fs::create_symlink("a.btf", pruned.root / "link");
  forged.push_back({"link", {}, "a.btf"});
  const auto before = names_in(pruned.root);
  CHECK(pruned.tree.prune(forged) == 0);
  CHECK(names_in(pruned.root) == before);
}

TEST_CASE("output_tree_prune: no file is removed before publish() has succeeded") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  OutputTree missing(root);
  CHECK(missing.prune(manifest_of_first()) == 0);
  CHECK_FALSE(fs::exists(root));
  publish(root, outputs_of(first));
  const auto before = listing(root);
  OutputTree tree(root);
  CHECK(tree.prune(manifest_of_first()) == 0);
  CHECK_THROWS(tree.publish(outputs_of({{"a.btf/x", "x"}}), output_time));
  CHECK(tree.prune(manifest_of_first()) == 0);
  CHECK(listing(root) == before);
}
