// SPDX-License-Identifier: BSD-2-Clause
#include "archive/input/object_list.hpp"

#include <algorithm>

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/fixtures.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> names(const archive::ObjectList& list) {
  std::vector<std::string> result;
  for (const fs::path& path : list.paths) result.push_back(path.string());
  return result;
}

}  // namespace

TEST_CASE("object_list: files are listed in the order of the arguments, even if they do not exist") {
  const archive::ObjectList list = archive::find_objects({"b.o", "a.elf", "missing/c"});
  CHECK(names(list) == std::vector<std::string>{"b.o", "a.elf", "missing/c"});
  CHECK(list.skipped == 0);
}

TEST_CASE("object_list: a directory means the BPF objects below it, sorted by path") {
  const TempDir directory;
  const std::string object = contents_of(bpf_object("basic"));
  fs::create_directories(directory.path() / "b/deeper");
  const std::vector<std::string> expected = {directory.write("a.bpf.o", object),
                                             directory.write("b/deeper/x.o", contents_of(bpf_object("basic", "eb"))),
                                             directory.write("b/y.o", object), directory.write("c.o", object)};
  // These files are not listed. Only regular files named *.o are counted as skipped.
  static_cast<void>(directory.write("a.bpf.c", "int x;"));
  static_cast<void>(directory.write("README", object));
  static_cast<void>(directory.write("text.o", "not ELF"));
  static_cast<void>(directory.write("empty.o", ""));
  static_cast<void>(write_vmlinux(directory, "host.o", kernel_btf()));
  fs::create_symlink("nowhere", directory.path() / "dangling.o");
  fs::create_directory(directory.path() / "directory.o");
  fs::create_directory_symlink("..", directory.path() / "b/loop");
  REQUIRE(::mkfifo(directory.file("fifo.o").c_str(), 0600) == 0);

  const archive::ObjectList list = archive::find_objects({directory.path().string()});
  CHECK(names(list) == expected);
  CHECK(list.skipped == 3);
}

TEST_CASE("object_list: a symbolic link to an object is listed, and so is a truncated object") {
  const TempDir directory;
  fs::create_symlink(bpf_object("basic"), directory.path() / "link.o");
  static_cast<void>(directory.write("cut.o", contents_of(bpf_object("basic")).substr(0, 64)));
  CHECK(names(archive::find_objects({directory.path().string()})) ==
        std::vector<std::string>{directory.file("cut.o"), directory.file("link.o")});
}

TEST_CASE("object_list: a directory without a BPF object is an error, even if another directory has BPF objects") {
  const TempDir directory;
  fs::create_directories(directory.path() / "full");
  fs::create_directories(directory.path() / "empty");
  static_cast<void>(directory.write("full/a.o", contents_of(bpf_object("basic"))));
  static_cast<void>(directory.write("empty/a.o", "text"));
  CHECK_THROWS_WITH(archive::find_objects({directory.file("full"), directory.file("empty")}),
                    directory.file("empty") + ": no BPF object (*.o) in this directory or below it");
}

TEST_CASE("object_list: globs select objects of a directory, and do not apply to named files") {
  const TempDir directory;
  for (const char* name : {"deep", "old"}) fs::create_directory(directory.path() / name);
  const std::string object = contents_of(bpf_object("basic"));
  for (const char* name :
       {"p_x86_bpfel.o", "p_arm64_bpfel.o", "p_bpfeb.o", "deep/q_x86_bpfel.o", "old/r_x86_bpfel.o"}) {
    static_cast<void>(directory.write(name, object));
  }
  static_cast<void>(directory.write("host_x86_bpfel.o", "not ELF"));
  const std::string root = directory.path().string();

  const archive::ObjectList list =
      archive::find_objects({root + "/", directory.file("p_bpfeb.o")},
                            {.include = {"*_x86_bpfel.o", "*.nothing", "deep/**"}, .exclude = {"old", "new"}});
  CHECK(names(list) == std::vector<std::string>{directory.file("deep/q_x86_bpfel.o"), directory.file("p_x86_bpfel.o"),
                                                directory.file("p_bpfeb.o")});
  CHECK(list.skipped == 1);
  CHECK(list.unselected == 3);
  CHECK(list.unmatched_include == std::vector<std::string>{"*.nothing"});
  CHECK(list.unmatched_exclude == std::vector<std::string>{"new"});
  CHECK_FALSE(list.architectures.has_value());

  CHECK_THROWS_WITH(
      archive::find_objects({root}, {.include = {"z*.o"}}),
      root +
          ": no BPF object (*.o) in this directory or below it is selected; 6 files left out; no file matches 'z*.o'");
  CHECK(archive::find_objects({directory.file("p_bpfeb.o")}, {.exclude = {"*"}}).paths.size() == 1);
}

namespace {

/// Files below `directory` that are BPF objects, unless their name begins with `host`.
void write_objects(const TempDir& directory, const std::vector<std::string>& names) {
  const std::string object = contents_of(bpf_object("basic"));
  for (const std::string& name : names) {
    fs::create_directories((directory.path() / name).parent_path());
    static_cast<void>(directory.write(name, fs::path(name).filename().string().starts_with("host") ? "x" : object));
  }
}

/// Returns the names of the objects for an architecture, or the reason why it has none.
std::vector<std::string> for_architecture(const archive::ObjectList& list, std::string_view name) {
  const archive::ObjectArchitectures& architectures = list.architectures.value();
  if (const auto missing = architectures.missing.find(name); missing != architectures.missing.end()) {
    return {missing->second.what()};
  }
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < list.paths.size(); ++i) {
    if (std::ranges::find(architectures.of_objects.at(i), name) != architectures.of_objects.at(i).end()) {
      paths.push_back(list.paths[i].string());
    }
  }
  return paths;
}

}  // namespace

TEST_CASE("object_list: for each architecture the objects are those of the words with its name in place of a field") {
  const TempDir directory;
  write_objects(directory, {"b/p_x86_bpfel.o", "b/p_arm64_bpfel.o", "b/q_arm64_bpfel.o", "b/common.o", "b/p_x32.o",
                            "b/host_x86_bpfel.o", "d/x86/r.o", "d/arm64/r.o", "named.o"});
  const std::vector<std::string> arguments = {directory.file("b"), directory.file("d/{bpfarch}"),
                                              directory.file("named.o")};
  const archive::ObjectSelection selection = {.include = {"*_{bpfarch}_bpfel.o", "common.o", "r.o", "none_{bpfarch}"},
                                              .exclude = {"q_{bpfarch}*", "gone"}};
  const archive::ObjectList list = archive::find_objects(arguments, selection);
  for (const std::string name : {"x86", "arm64"}) {
    CAPTURE(name);
    const archive::ObjectList alone = archive::find_objects(
        {directory.file("b"), directory.file("d/" + name), directory.file("named.o")},
        {.include = {"*_" + name + "_bpfel.o", "common.o", "r.o"}, .exclude = {"q_" + name + "*"}});
    CHECK(for_architecture(list, name) == names(alone));
    CHECK(alone.paths.size() == 4);
  }
  CHECK(for_architecture(list, "arm") ==
        std::vector<std::string>{directory.file("d/arm") + ": no such file or directory"});
  CHECK(list.skipped == 1);
  CHECK(list.unselected == 2);  // q_arm64_bpfel.o and p_x32.o
  CHECK(list.unmatched_include == std::vector<std::string>{"none_{bpfarch}"});
  CHECK(list.unmatched_exclude == std::vector<std::string>{"gone"});
  CHECK(list.architectures->serves_all(list.paths.size() - 1));
  CHECK_FALSE(list.architectures->serves_all(1));
}

TEST_CASE("object_list: an architecture for which a directory has no object has no objects") {
  const TempDir directory;
  write_objects(directory, {"b/p_x86.o", "b/p_arm64.o", "c/q_x86.o"});
  const archive::ObjectList list =
      archive::find_objects({directory.file("b"), directory.file("c")}, {.include = {"*_{bpfarch}.o"}});
  CHECK(for_architecture(list, "x86") ==
        std::vector<std::string>{directory.file("b/p_x86.o"), directory.file("c/q_x86.o")});
  CHECK(for_architecture(list, "arm64") ==
        std::vector<std::string>{directory.file("c") +
                                 ": no BPF object (*.o) in this directory or below it is selected; 1 file left out"});
}

TEST_CASE("object_list: words that give no architecture an object are an error") {
  const TempDir directory;
  write_objects(directory, {"b/p_x86.o"});
  CHECK_THROWS_WITH(archive::find_objects({directory.file("b")}, {.include = {"*-{bpfarch}.o"}}),
                    Catch::Contains("1 file left out; no file matches '*-{bpfarch}.o'"));
  CHECK_THROWS_WITH(archive::find_objects({directory.file("{bpfarch}.o")}),
                    Catch::Contains("{bpfarch}.o: no such file or directory for any of arm, arm64, "));
}
