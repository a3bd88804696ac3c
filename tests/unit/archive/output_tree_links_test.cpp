// SPDX-License-Identifier: BSD-2-Clause
// Links in the output tree: before and after each rename, every path has either its contents before the run or its
// contents after the run.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <random>
#include <set>

#include "archive/tree_path.hpp"
#include "support/os/rename_watch.hpp"
#include "support/os/temp_dir.hpp"
#include "support/output_tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::Output;
using archive::OutputTree;
using archive::PublishReport;
namespace fs = std::filesystem;

namespace {

using Texts = std::map<std::string, std::string>;

void date(const fs::path& path, std::int64_t time) {
  const timespec times[] = {{time, 0}, {time, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

void make_link(const fs::path& path, const std::string& text, std::int64_t time = output_time) {
  fs::create_directories(path.parent_path());
  fs::create_symlink(text, path);
  date(path, time);
}

void make_file(const fs::path& path, const std::string& text, std::int64_t time = output_time) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
  fs::permissions(path, fs::perms(0644));
  date(path, time);
}

struct Watched {
  PublishReport report;
  std::size_t renames = 0;
  std::set<std::string> wrong;  ///< paths that had wrong contents at some moment
};

// Publishes `outputs` and checks every path at each rename. `others` are no outputs and must keep their contents.
Watched publish_watched(const fs::path& root, const std::vector<Output>& outputs,
                        const std::vector<std::string>& others) {
  struct Shown {
    std::optional<std::string> before;
    std::optional<std::string> after;
  };
  std::map<std::string, Shown> shown;
  for (const std::string& path : others) shown[path].before = shown[path].after = read_through(root / path);
  for (const Output& output : outputs)
    shown[output.path] = {read_through(root / output.path),
                          std::string(output.content->begin(), output.content->end())};

  Watched result;
  const auto look = [&] {
    for (const auto& [path, allowed] : shown) {
      const auto now = read_through(root / path);
      if (now != allowed.before && now != allowed.after) result.wrong.insert(path);
    }
  };
  const RenameWatch watch(
      [&](const std::string&) {
        look();
        return 0;
      },
      look);
  result.report = OutputTree(root).publish(outputs, output_time);
  result.renames = watch.renames();
  look();
  for (const Output& output : outputs) {
    if (read_through(root / output.path) != shown[output.path].after) result.wrong.insert(output.path);
  }
  return result;
}

std::vector<archive::ManifestOutput> all_listed(const fs::path& root, const std::vector<std::string>& paths) {
  std::vector<archive::ManifestOutput> result;
  for (const std::string& path : paths) result.push_back(listed(root, path));
  return result;
}

// Checks that the tree is like a new tree with these outputs.
void check_as_fresh(const fs::path& root, const std::vector<Output>& outputs) {
  const TempDir directory;
  publish(directory.path() / "out", outputs);
  CHECK(listing(root) == listing(directory.path() / "out"));
  CHECK(tar_of(root) == tar_of(directory.path() / "out"));
}

}  // namespace

TEST_CASE("output_tree_links: a file or link at the path of an output is replaced by the output") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  fs::create_directories(root);
  static_cast<void>(directory.write("outside", "outside"));
  const std::string target_before = GENERATE("", "old", "content");
  if (!target_before.empty()) make_file(root / "a.btf", target_before);
  std::vector<std::string> others;
  // The file at d/x.btf before the run. The output is a file or a link to ../a.btf.
  const std::string found = GENERATE("nothing", "same", "other", "right link", "wrong link", "link outside",
                                     "absolute link", "dangling link", "chain", "loop", "itself");
  const fs::path place = root / "d/x.btf";
  if (found == "same") make_file(place, "content");
  if (found == "other") make_file(place, "other");
  if (found == "right link") make_link(place, "../a.btf");
  if (found == "wrong link") {
    make_file(root / "b.btf", "wrong");
    make_link(place, "../b.btf");
  }
  if (found == "link outside") make_link(place, "../../outside");
  if (found == "absolute link") make_link(place, (root / "a.btf").string());
  if (found == "dangling link") make_link(place, "../c.btf");
  if (found == "chain") {
    make_link(place, "../c.btf");
    make_link(root / "c.btf", "a.btf");
  }
  if (found == "loop") {
    make_link(place, "../c.btf");
    make_link(root / "c.btf", "d/x.btf");
  }
  if (found == "itself") make_link(place, "x.btf");
  CAPTURE(target_before, found);

  Texts texts = {{"a.btf", "content"}, {"b.btf", "new b"}, {"c.btf", "new c"}, {"d/x.btf", "content"}};
  const bool links = GENERATE(true, false);
  const auto outputs = outputs_of(texts, links);
  const Watched watched = publish_watched(root, outputs, {});
  CHECK(watched.wrong.empty());
  CHECK(watched.report.warnings.empty());
  CHECK(watched.renames > 0);
  CHECK(fs::is_symlink(place) == links);
  CHECK(contents_of(directory.path() / "outside") == "outside");
  check_as_fresh(root, outputs);
}

TEST_CASE("output_tree_links: links of a chain are replaced in an order that shows no contents of another path") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  // The names are chosen so that no order of the paths is the right order by chance. Linux follows at most 40 links.
  const std::size_t length = GENERATE(3U, 40U, 41U, 60U);
  std::vector<std::string> names(length + 1);
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = std::to_string(100 + i * 37 % 61) + ".btf";
  make_file(root / names[0], "old");
  for (std::size_t i = 1; i < names.size(); ++i) make_link(root / names[i], names[i - 1]);
  Texts texts;
  for (const std::string& name : names) texts[name] = "new " + name;
  const Watched watched = publish_watched(root, outputs_of(texts), {});
  CHECK(watched.wrong.empty());
  CHECK(watched.renames == names.size());
  check_as_fresh(root, outputs_of(texts));
}

TEST_CASE("output_tree_links: a link of an earlier run that is no output any more keeps its contents") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  const std::int64_t time = GENERATE(std::int64_t{0}, output_time);
  publish(root, outputs_of({{"a.btf", "old"}, {"d/x.btf", "old"}, {"d/y.btf", "other"}}), time);
  REQUIRE(fs::is_symlink(root / "d/x.btf"));
  const auto outputs = outputs_of({{"a.btf", "new"}, {"d/y.btf", "new"}});
  const Watched watched = publish_watched(root, outputs, {"d/x.btf"});
  CHECK(watched.wrong.empty());
  CHECK(watched.report.warnings.empty());
  CHECK(watched.report.stale == std::vector<std::string>{"d/x.btf"});
  CHECK(listing(root).at("d/x.btf") == "file 644 " + std::to_string(output_time) + " old");
}

TEST_CASE("output_tree_links: a link of an earlier run stays a link if its contents do not change") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of({{"a.btf", "old"}, {"b.btf", "old"}, {"c.btf", "c"}, {"z.btf", "c"}}));
  publish(root, outputs_of({{"a.btf", "old"}, {"d.btf", "d"}}));
  CHECK(fs::read_symlink(root / "b.btf") == "a.btf");
  CHECK(fs::read_symlink(root / "z.btf") == "c.btf");
}

TEST_CASE("output_tree_links: links of earlier runs that lead to each other keep their contents") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  make_file(root / "a.btf", "old");
  make_link(root / "m.btf", "a.btf");
  make_link(root / "b.btf", "m.btf");
  make_link(root / "z.btf", "m.btf");
  const std::vector<std::string> stale = {"b.btf", "m.btf", "z.btf"};
  const Watched watched = publish_watched(root, outputs_of({{"a.btf", "new"}}), stale);
  CHECK(watched.wrong.empty());
  CHECK(watched.report.warnings.empty());
  CHECK(watched.report.stale == stale);
}

TEST_CASE("output_tree_links: a link that no run created is not changed, with a warning") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of({{"a.btf", "old"}, {"b.btf", "b"}, {"d/c.btf", "c"}}));
  std::string path = "x.btf";
  std::string text = "a.btf";
  std::int64_t time = output_time;
  SECTION("another time") { time += 1; }
  SECTION("another name") { path = "current"; }
  SECTION("a hidden name") { path = ".x.btf"; }
  SECTION("another spelling") { text = "./a.btf"; }
  SECTION("a detour") { text = "d/../a.btf"; }
  SECTION("an absolute path") { text = (root / "a.btf").string(); }
  SECTION("out of the tree and back") { text = "../out/a.btf"; }
  SECTION("by way of a link to a directory") {
    fs::create_symlink("d", root / "way");
    text = "way/../a.btf";
  }
  make_link(root / path, text, time);
  const PublishReport report =
      OutputTree(root).publish(outputs_of({{"a.btf", "new"}, {"b.btf", "b"}, {"d/c.btf", "c"}}), output_time);
  CHECK(fs::read_symlink(root / path) == text);
  CHECK(report.warnings == std::vector<std::string>{(root / path).string() + ": a link to " +
                                                    (root / "a.btf").string() + ", whose contents changed"});
  // The next run has no warning, since no contents change.
  CHECK(OutputTree(root)
            .publish(outputs_of({{"a.btf", "new"}, {"b.btf", "b"}, {"d/c.btf", "c"}}), output_time)
            .warnings.empty());
}

TEST_CASE("output_tree_links: a link that no run created has a warning only if its target becomes an output") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  make_link(root / "x.btf", "new/a.btf");
  make_link(root / "to-directory", "d");
  make_link(root / "up.btf", "..");
  make_link(root / "null.btf", "/dev/null");
  make_link(root / "loop.btf", "loop.btf");
  make_link(root / "through-file.btf", "x.btf/y");
  const auto before = listing(root);
  const PublishReport report = OutputTree(root).publish(outputs_of({{"new/a.btf", "new"}}), output_time);
  CHECK(report.warnings == std::vector<std::string>{(root / "x.btf").string() + ": a link to " +
                                                    (root / "new/a.btf").string() + ", whose contents changed"});
  for (const auto& [path, description] : before) {
    if (path != ".") CHECK(listing(root).at(path) == description);
  }
}

TEST_CASE("output_tree_links: a run does not wait for a pipe at the end of a link") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  make_file(root / "a.btf", "old");
  REQUIRE(::mkfifo((directory.path() / "pipe").c_str(), 0600) == 0);
  make_link(root / "b.btf", "../pipe");
  make_link(root / "c.btf", "b.btf");
  publish(root, outputs_of({{"a.btf", "new"}, {"b.btf", "b"}}));
  CHECK(contents_of(root / "b.btf") == "b");
  CHECK(fs::is_fifo(directory.path() / "pipe"));
}

TEST_CASE("output_tree_links: in random trees, no path has wrong contents at any moment") {
  const std::vector<std::string> paths = {"a.btf",     "b.btf",     "c.btf",       "d/a.btf",    "d/b.btf",
                                          "d/e/a.btf", "new/a.btf", "new/x/b.btf", "new2/a.btf", "z.btf"};
  const std::vector<std::string> texts = {"k0", "k1", "k2", "k3"};
  std::size_t renames = 0;
  std::size_t kept_links = 0;
  std::size_t warned = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) {
      return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    const TempDir directory;
    const fs::path root = directory.path() / "out";
    make_file(directory.path() / "outside", "k1");
    fs::create_directories(root);

    const bool has_new = pick(3) == 0;
    for (const std::string& path : paths) {
      if (path.starts_with("new") && !has_new) continue;
      const std::size_t choice = pick(10);
      const std::int64_t time = pick(4) == 0 ? output_time + 1 : pick(4) == 0 ? 0 : output_time;
      if (choice < 3) make_file(root / path, texts[pick(texts.size())], time);
      if (choice < 3 || choice > 8) continue;
      const std::string& target = paths[pick(paths.size())];
      std::string text = archive::relative_link(path, target);
      if (choice == 7) text = (root / target).string();
      if (choice == 8) text = (directory.path() / "outside").string();
      make_link(root / path, text, time);
    }

    Texts wanted;
    std::vector<std::string> others;
    for (const std::string& path : paths) {
      if (pick(4) == 0) {
        others.push_back(path);
      } else {
        wanted[path] = pick(2) == 0 ? texts[pick(texts.size())] : "new " + std::to_string(pick(3));
      }
    }
    const auto outputs = outputs_of(wanted, pick(4) != 0);

    const auto before = listing(root);
    Watched watched = publish_watched(root, outputs, others);
    for (const std::string& warning : watched.report.warnings) {
      for (const std::string& path : others) {
        if (warning.starts_with((root / path).string() + ": a link to ")) {
          watched.wrong.erase(path);
          ++warned;
        }
      }
    }
    CHECK(watched.wrong.empty());
    renames += watched.renames;
    const auto after = listing(root);
    for (const std::string& path : others) {
      CHECK(before.contains(path) == after.contains(path));
      if (!before.contains(path) || before.at(path) == after.at(path)) continue;
      CHECK(before.at(path).starts_with("link"));
      ++kept_links;
    }

    OutputTree tree(root);
    const PublishReport again = tree.publish(outputs, output_time);
    CHECK(again.unchanged == outputs.size());
    CHECK(again.warnings.empty());
    CHECK(again.stale == watched.report.stale);
    CHECK(tree.prune(all_listed(root, again.stale)) == again.stale.size());
    const TempDir fresh;
    publish(fresh.path() / "out", outputs);
    CHECK(listing(root) == listing(fresh.path() / "out"));
  }
  // The random trees covered enough cases.
  CHECK(renames > 1000);
  CHECK(kept_links > 20);
  CHECK(warned > 20);
}
