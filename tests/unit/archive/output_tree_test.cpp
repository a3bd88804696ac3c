// SPDX-License-Identifier: BSD-2-Clause
#include "archive/output/output_tree.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "io/read/file_descriptor.hpp"
#include "io/temporary_file.hpp"
#include "minbtf/error.hpp"
#include "support/os/bind_mount.hpp"
#include "support/os/rename_watch.hpp"
#include "support/os/skip.hpp"
#include "support/os/small_disk.hpp"
#include "support/os/temp_dir.hpp"
#include "support/output_tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using archive::OutputTree;
using archive::PublishReport;
namespace fs = std::filesystem;

namespace {

const std::map<std::string, std::string> kernels = {{"5.4.btf", "five"},          {"5.5.btf", "five"},
                                                    {"debian/12/6.1.btf", "six"}, {"debian/12/6.2.btf", "six and two"},
                                                    {"debian/13/6.1.btf", "six"}, {"zz/5.4.btf", "five"}};

const std::string stamp = " 1700000000";

const std::map<std::string, std::string> published = {{".", "directory 755" + stamp},
                                                      {"5.4.btf", "file 644" + stamp + " five"},
                                                      {"5.5.btf", "link" + stamp + " -> 5.4.btf"},
                                                      {"debian", "directory 755" + stamp},
                                                      {"debian/12", "directory 755" + stamp},
                                                      {"debian/12/6.1.btf", "file 644" + stamp + " six"},
                                                      {"debian/12/6.2.btf", "file 644" + stamp + " six and two"},
                                                      {"debian/13", "directory 755" + stamp},
                                                      {"debian/13/6.1.btf", "link" + stamp + " -> ../12/6.1.btf"},
                                                      {"zz", "directory 755" + stamp},
                                                      {"zz/5.4.btf", "link" + stamp + " -> ../5.4.btf"}};

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::io);
    return error.what();
  }
  return "no failure";
}

void make_link(const fs::path& root, const char* path, const std::string& text) {
  fs::create_symlink(text, root / path);
}

// Fills the disk except for `pages` pages.
void fill_disk(const fs::path& filler, std::size_t pages) {
  const io::FileDescriptor fd(::open(filler.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
  const std::vector<char> page(4096, 'x');
  std::size_t written = 0;
  while (::write(fd.get(), page.data(), page.size()) == static_cast<ssize_t>(page.size())) written += page.size();
  REQUIRE(written >= pages * page.size());
  REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(written - pages * page.size())) == 0);
}

}  // namespace

TEST_CASE("output_tree: a new tree has the documented modes and times, whatever the umask") {
  const TempDir directory;
  const fs::path root = directory.path() / GENERATE("out", "deep/er/out", "out/");
  const mode_t previous = ::umask(GENERATE(022U, 0U, 0077U, 0777U));
  const PublishReport report = OutputTree(root).publish(outputs_of(kernels), output_time);
  ::umask(previous);
  CHECK(listing(root) == published);
  CHECK(report.unchanged == 0);
  CHECK(report.stale.empty());
  CHECK(report.warnings.empty());
}

TEST_CASE("output_tree: a second run changes nothing and reports all outputs as unchanged") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of(kernels));
  const std::string tar = tar_of(root);
  const RenameWatch watch([](const std::string&) { return 0; });
  const PublishReport report = OutputTree(root).publish(outputs_of(kernels), output_time);
  CHECK(report.unchanged == kernels.size());
  CHECK(watch.renames() == 0);
  CHECK(tar_of(root) == tar);
}

TEST_CASE("output_tree: after runs with other contents, links and times the tree is like a new one") {
  const TempDir directory;
  publish(directory.path() / "fresh", outputs_of(kernels));
  const fs::path root = directory.path() / "used";
  auto others = kernels;
  others["5.4.btf"] = others["debian/12/6.2.btf"] = "new";
  others["debian/13/6.1.btf"] = "more";
  const bool links = GENERATE(true, false);
  publish(root, outputs_of(others, links), output_time - 5);
  CHECK(listing(root) != published);
  publish(root, outputs_of(kernels));
  CHECK(listing(root) == published);
  CHECK(tar_of(root) == tar_of(directory.path() / "fresh"));
}

TEST_CASE("output_tree: wrong attributes are corrected without writing the file again") {
  const TempDir directory;
  const fs::path root = directory.path();
  publish(root, outputs_of(kernels), 5);
  REQUIRE(::chmod((root / "5.4.btf").c_str(), 0600) == 0);
  REQUIRE(::chmod((root / "debian").c_str(), 0700) == 0);
  struct stat before {};
  REQUIRE(::stat((root / "5.4.btf").c_str(), &before) == 0);

  const PublishReport report = OutputTree(root).publish(outputs_of(kernels), output_time);
  struct stat after {};
  REQUIRE(::stat((root / "5.4.btf").c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(report.unchanged == 0);
  auto expected = published;
  expected["debian"] = "directory 700" + stamp;  // the mode of an existing directory is not changed
  expected["."] = "directory 700" + stamp;       // as TempDir creates it
  CHECK(listing(root) == expected);
}

TEST_CASE("output_tree: a hard link to an output keeps its attributes") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of(kernels), 5);
  fs::create_hard_link(root / "5.4.btf", directory.path() / "backup");
  publish(root, outputs_of(kernels));
  CHECK(listing(root) == published);
  CHECK(listing(directory.path()).at("backup") == "file 644 5 five");
}

TEST_CASE("output_tree: a time before 1970 is set, and a run without outputs creates no directory") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  OutputTree tree(root);
  CHECK(tree.publish({}, output_time).stale.empty());
  CHECK_FALSE(fs::exists(root));
  static_cast<void>(tree.publish(outputs_of({{"a.btf", "a"}}), -1));
  CHECK(listing(root).at("a.btf") == "file 644 -1 a");
  CHECK(tree.publish({}, output_time).stale == std::vector<std::string>{"a.btf"});
}

TEST_CASE("output_tree: files in the tree that are no outputs are reported and stay") {
  const TempDir directory;
  const fs::path root = directory.path();
  fs::create_directories(root / "other/.hidden");
  fs::create_directories(root / "debian/12");
  fs::create_directories(root / "directory.btf");
  for (const char* path : {"other/b.btf", "other/.hidden/c.btf", "a.btf", ".d.btf", "e.btf.xz", "debian/12/z.btf"})
    static_cast<void>(directory.write(path, "mine"));
  make_link(root, "link.btf", "/nowhere");
  make_link(root, "elsewhere", "other");
  const auto before = listing(root);
  const PublishReport report = OutputTree(root).publish(outputs_of(kernels), output_time);
  CHECK(report.stale == std::vector<std::string>{"a.btf", "debian/12/z.btf", "link.btf", "other/b.btf"});
  CHECK(report.warnings.empty());
  const auto after = listing(root);
  for (const auto& [path, description] : before) {
    if (!published.contains(path)) CHECK(after.at(path) == description);
  }
}

TEST_CASE("output_tree: unfinished files of an interrupted run are removed, files with similar names are not") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  const fs::path outside = directory.path() / "outside";
  fs::create_directories(root / "debian/old");
  fs::create_directories(outside);
  fs::create_directories(root / ".gone.min-btf.0123az.tmp/deep");
  const std::vector<std::string> removed = {".5.4.btf.min-btf.abc123.tmp", "debian/old/.x.min-btf.000000.tmp",
                                            "..min-btf.x.min-btf.zzzzzz.tmp", ".gone.min-btf.0123az.tmp/deep/x.btf"};
  const std::vector<std::string> kept = {".x.min-btf.ABCDEF.tmp", "x.min-btf.abcdef.tmp",   ".x.tmp",
                                         "..min-btf.abcdef.tmp",  ".x.min-btf.abcdefg.tmp", ".x.min-btf.abcdef.tmp2",
                                         ".x.min-btf.abcde.tmp",  ".min-btf.abcdef.tmp",    ".xmin-btf.abcdef.tmp"};
  for (const auto* list : {&removed, &kept}) {
    for (const std::string& path : *list) static_cast<void>(directory.write("out/" + path, "x"));
  }
  make_link(root, ".l.min-btf.abcdef.tmp", "nowhere");
  make_link(root, "away", "../outside");
  static_cast<void>(directory.write("outside/.x.min-btf.abcdef.tmp", "x"));

  publish(root, outputs_of(kernels));
  for (const std::string& path : removed) CHECK_FALSE(fs::exists(root / path));
  for (const std::string& path : kept) CHECK(fs::exists(root / path));
  CHECK_FALSE(fs::is_symlink(root / ".l.min-btf.abcdef.tmp"));
  CHECK_FALSE(fs::exists(root / ".gone.min-btf.0123az.tmp"));
  CHECK(fs::exists(outside / ".x.min-btf.abcdef.tmp"));
  CHECK(listing(root).at("debian/old") == "directory 755" + stamp);

  // A pipe with a temporary name is no unfinished file.
  REQUIRE(::mkfifo((root / ".x.min-btf.abcdef.tmp").c_str(), 0600) == 0);
  publish(root, outputs_of(kernels));
  CHECK(fs::is_fifo(root / ".x.min-btf.abcdef.tmp"));
}

TEST_CASE("output_tree: temporary names are recognised") {
  for (const std::string& name : {std::string("x"), std::string(255, 'x'), std::string(".min-btf.")}) {
    std::string made;
    const int result = io::create_beside(fs::path("/d") / name, [&](const fs::path& path) {
      CHECK(path.parent_path() == "/d");
      made = path.filename().string();
      return 7;
    });
    CHECK(result == 7);
    CHECK(made.size() <= 255);
    CHECK(io::is_temporary_name(made));
  }
  int attempts = 0;
  CHECK(io::create_beside("x", [&](const fs::path&) { return ++attempts < 5 ? EEXIST : 0; }) == 0);
  CHECK(attempts == 5);
}

TEST_CASE("output_tree: another kind of file at the path of an output is an error, and the tree is not changed") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  fs::create_directories(root);
  const std::string in_root = root.string() + "/";
  std::string expected;
  SECTION("a link to a directory") {
    fs::create_directories(root / "12");
    fs::create_directories(root / "debian");
    make_link(root, "debian/12", "../12");
    expected = in_root + "debian/12: a symbolic link where a directory is needed; remove it";
  }
  SECTION("a broken link") {
    make_link(root, "debian", "nowhere");
    expected = in_root + "debian: a symbolic link where a directory is needed; remove it";
  }
  SECTION("a file where a directory is needed") {
    static_cast<void>(directory.write("out/debian", "mine"));
    expected = in_root + "debian: a file where a directory is needed";
  }
  SECTION("a directory where a file is needed") {
    fs::create_directories(root / "zz/5.4.btf");
    expected = in_root + "zz/5.4.btf: a directory where a file is needed";
  }
  SECTION("a pipe") {
    REQUIRE(::mkfifo((root / "5.5.btf").c_str(), 0600) == 0);
    expected = in_root + "5.5.btf: neither a file nor a symbolic link";
  }
  static_cast<void>(directory.write("out/.x.min-btf.abcdef.tmp", "left"));
  const auto before = listing(root);
  CHECK(failure_of([&] { publish(root, outputs_of(kernels)); }) == expected);
  CHECK(listing(root) == before);
}

TEST_CASE("output_tree: outputs with impossible paths or links are an error") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  const std::string in_root = root.string() + "/";
  CHECK(failure_of([&] {
          publish(root, outputs_of({{"a", "1"}, {"a/b", "2"}}));
        }) == in_root + "a: an output, but other outputs need a directory with this name");
  const std::string kept_name = ".x.min-btf.abcdef.tmp";
  CHECK(failure_of([&] {
          publish(root, outputs_of({{kept_name + "/b", "2"}}));
        }) == in_root + kept_name + ": this name is reserved for unfinished files");
  const std::string longest(255, 'x');
  CHECK(failure_of([&] {
          publish(root, outputs_of({{longest + "x", "2"}}));
        }) == in_root + longest + "x: cannot stat: File name too long");
  CHECK(failure_of([&] {
          publish(root, outputs_of({{"new/" + longest + "x", "2"}}));
        }) == in_root + "new/" + longest + "x: cannot create: File name too long");
  CHECK_FALSE(fs::exists(root));
  publish(root, outputs_of({{longest, "1"}, {"new/" + longest, "1"}, {longest.substr(1) + "/b", "2"}}));
  CHECK(contents_of(root / "new" / longest) == "1");

  const auto refuses = [&](const std::vector<archive::Output>& outputs, const std::string& why) {
    CHECK_THROWS_WITH(publish(root, outputs), Catch::EndsWith(why));
  };
  refuses({{"../x", content_of("1")}}, "an output outside of the tree");
  refuses({{"b", content_of("1")}, {"a", content_of("1")}}, "outputs out of order");
  refuses({{"b", content_of("1"), 0}}, "a link to a later output");
  refuses({{"a", content_of("1")}, {"b", content_of("1"), 0}, {"c", content_of("1"), 1}}, "a link to a link");
  refuses({{"a", content_of("1")}, {"b", content_of("2"), 0}}, "a link to other content");
}

TEST_CASE("output_tree: an impossible root is an error before any directory is created") {
  const TempDir directory;
  const std::string file = directory.write("file", "x");
  CHECK(failure_of([&] { OutputTree{file}; }) == file + ": not a directory");
  CHECK(failure_of([&] { OutputTree{file + "/"}; }) == file + ": not a directory");
  CHECK(failure_of([&] { OutputTree{file + "/a/b"}; }) == file + ": not a directory");
  make_link(directory.path(), "dangling", "nowhere");
  CHECK(failure_of([&] { OutputTree{directory.file("dangling/a")}; }) ==
        directory.file("dangling") + ": a symbolic link whose target does not exist");
  CHECK_NOTHROW(OutputTree{directory.file("a/b")});
  CHECK_FALSE(fs::exists(directory.path() / "a"));

  // Another user than the owner of the directory.
  const std::string root = directory.file("out");
  fs::create_directory(root);
  fs::permissions(root, fs::perms(0555));
  fs::permissions(directory.path(), fs::perms(0755));
  const int status = in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(98);
    for (const std::string& path : {root, root + "/deeper"}) {
      if (failure_of([&] { OutputTree{path}; }) != root + ": cannot write to this directory: Permission denied")
        ::_exit(1);
    }
  });
  fs::permissions(root, fs::perms(0755));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("output_tree: the tree may be reached through a link and from the current directory") {
  const TempDir directory;
  fs::create_directory(directory.path() / "real");
  make_link(directory.path(), "out", "real");
  publish(directory.path() / "out", outputs_of(kernels));
  CHECK(fs::is_symlink(directory.path() / "out"));
  CHECK(listing(directory.path() / "real") == published);

  const fs::path here = fs::current_path();
  fs::current_path(directory.path());
  publish("new", outputs_of(kernels));
  publish("./new/../again//", outputs_of(kernels));
  fs::create_directory("dot");
  fs::current_path("dot");
  publish(".", outputs_of(kernels));
  fs::current_path(here);
  for (const char* root : {"new", "again", "dot"}) CHECK(listing(directory.path() / root) == published);
}

namespace {

/// Another run, in a process of its own, that publishes `kernels` and reports when it has to wait.
class OtherRun {
 public:
  explicit OtherRun(const fs::path& root) {
    REQUIRE(::pipe(said_.data()) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ != 0) return;
    // A forked process shares the locks of its open descriptors. All are closed here, as exec() would close them.
    ::dup2(said_[1], 3);
    if (::close_range(4, ~0U, 0) != 0) ::_exit(98);
    try {
      OutputTree tree(root, [&] { static_cast<void>(::write(3, "w", 1) == 1); });
      static_cast<void>(tree.publish(outputs_of(kernels), output_time));
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  OtherRun(const OtherRun&) = delete;
  OtherRun& operator=(const OtherRun&) = delete;
  ~OtherRun() {
    for (const int fd : said_) ::close(fd);
  }

  void until_it_waits() const {
    char byte = 0;
    REQUIRE(::read(said_[0], &byte, 1) == 1);
  }
  [[nodiscard]] pid_t process() const { return child_; }
  [[nodiscard]] int status() const {
    int status = 0;
    REQUIRE(::waitpid(child_, &status, 0) == child_);
    return status;
  }

 private:
  std::array<int, 2> said_{};
  pid_t child_ = -1;
};

}  // namespace

TEST_CASE("output_tree: another run waits until the OutputTree is destroyed") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  std::optional<OutputTree> tree(std::in_place, root);
  static_cast<void>(tree->publish(outputs_of(kernels), output_time));
  static_cast<void>(tree->publish(outputs_of({{"5.4.btf", "mine"}}), output_time));
  const auto before = listing(root);
  const OtherRun other(root);
  other.until_it_waits();
  CHECK(listing(root) == before);
  tree.reset();
  CHECK(other.status() == 0);
  CHECK(listing(root) == published);
}

TEST_CASE("output_tree: a run that waited for a failing run creates the directory again if it was removed") {
  const TempDir directory;
  const fs::path root = directory.path() / "a/out";
  fs::create_directories(root);
  const int failing = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(::flock(failing, LOCK_EX | LOCK_NB) == 0);
  const OtherRun other(root);
  other.until_it_waits();
  fs::remove_all(directory.path() / "a");
  ::close(failing);
  CHECK(other.status() == 0);
  CHECK(listing(root) == published);
}

TEST_CASE("output_tree: a run that is killed while it writes or waits leaves no lock") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  std::optional<OutputTree> tree(std::in_place, root);
  static_cast<void>(tree->publish(outputs_of({{"5.4.btf", "mine"}}), output_time));
  const OtherRun killed(root);
  killed.until_it_waits();
  REQUIRE(::kill(killed.process(), SIGKILL) == 0);
  CHECK(WIFSIGNALED(killed.status()));
  tree.reset();
  const OtherRun next(root);
  CHECK(next.status() == 0);
  CHECK(listing(root) == published);
}

TEST_CASE("output_tree: a mounted file at the path of an output is an error, and the tree is not changed") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of({{"a.btf", "old"}, {"b.btf", "older"}}));
  const BindMount mount(directory.write("elsewhere", "mounted"), root / "b.btf");
  if (!mount.is_mounted()) {
    skip_test("a file cannot be mounted");
    return;
  }
  const auto before = listing(root);
  CHECK(failure_of([&] {
          publish(root, outputs_of({{"a.btf", "new"}, {"b.btf", "newer"}}));
        }) == (root / "b.btf").string() + ": a mounted file, which cannot be replaced; mount the directory instead");
  CHECK(listing(root) == before);
}

TEST_CASE("output_tree: a full disk leaves the tree unchanged, at whatever point it is full") {
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    skip_test("a tmpfs cannot be mounted");
    return;
  }
  const fs::path root = disk.directory().path() / "out";
  const fs::path filler = disk.directory().path() / "filler";
  const bool exists = GENERATE(true, false);
  auto others = kernels;
  others["5.4.btf"] = others["new/directory/a.btf"] = std::string(5000, 'n');
  others["debian/13/6.1.btf"] = std::string(5000, 'm');
  others["zz/6.0.btf"] = "6";
  std::size_t failures = 0;
  std::size_t successes = 0;
  for (std::size_t pages = 0; pages < 12; ++pages) {
    fs::remove_all(root);
    fs::remove(filler);
    if (exists) publish(root, outputs_of(kernels), output_time - 1);
    fill_disk(filler, pages);
    const auto before = listing(root);
    try {
      publish(root, outputs_of(others));
      ++successes;
      CHECK(contents_of(root / "new/directory/a.btf") == others["5.4.btf"]);
    } catch (const Error& error) {
      ++failures;
      CHECK(error.reason().ends_with("No space left on device"));
      CHECK(listing(root) == before);
      CHECK(fs::exists(root) == exists);
    }
    CHECK(leftovers_in(root).empty());
  }
  CHECK(failures > 2);
  CHECK(successes > 2);
}

TEST_CASE("output_tree: a rename that the system refuses is an error, and no unfinished file is left") {
  const TempDir directory;
  const fs::path root = directory.path() / "out";
  publish(root, outputs_of({{"5.4.btf", "old"}, {"5.5.btf", "older"}}));
  const RenameWatch watch([](const std::string& to) { return to.ends_with("5.5.btf") ? EIO : 0; });
  CHECK(failure_of([&] {
          publish(root, outputs_of({{"5.4.btf", "x"}, {"5.5.btf", "y"}, {"a/b.btf", "z"}}));
        }) == (root / "5.5.btf").string() + ": cannot replace: Input/output error");
  CHECK(contents_of(root / "5.4.btf") == "x");
  CHECK(contents_of(root / "5.5.btf") == "older");
  CHECK(leftovers_in(root).empty());
  CHECK_FALSE(fs::exists(root / "a"));
}
