// SPDX-License-Identifier: BSD-2-Clause
#include "archive/tree_path.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::archive;

TEST_CASE("tree_path: an empty, absolute or ascending path cannot name a file in a tree") {
  CHECK(path_fault("a/b").empty());
  CHECK(path_fault("./a..b/...").empty());
  CHECK(path_fault("") == "an empty path");
  CHECK(path_fault("./.") == "an empty path");
  CHECK(path_fault("/etc/passwd") == "an absolute path");
  CHECK(path_fault("..") == "a path with '..'");
  CHECK(path_fault("a/../../b") == "a path with '..'");
  CHECK(path_fault("a/..") == "a path with '..'");
  CHECK(path_fault(std::string_view("a\0b", 3)) == "a path with a zero byte");
}

TEST_CASE("tree_path: each path has one clean form") {
  CHECK(cleaned_path("./a//b/./c/") == "a/b/c");
  CHECK(cleaned_path("a") == "a");
  CHECK(is_clean_path("a/b c\n.btf"));
  for (const char* path : {"", "./a", "a//b", "a/", "/a", "a/../b", "a/."}) {
    CAPTURE(path);
    CHECK_FALSE(is_clean_path(path));
  }
  CHECK(directory_of("a/b/c") == "a/b");
  CHECK(directory_of("c").empty());
  CHECK(file_name_of("a/b/c") == "c");
  CHECK(joined_path("", "x") == "x");
  CHECK(joined_path("a", "x") == "a/x");
  CHECK(joined_path("a", "") == "a");
  CHECK(split_first("debian/12/x") == std::pair<std::string_view, std::string_view>("debian", "12/x"));
  CHECK(split_first("x") == std::pair<std::string_view, std::string_view>("x", ""));
  CHECK(split_first("/x") == std::pair<std::string_view, std::string_view>("", "x"));
}

TEST_CASE("tree_path: the text of a link is relative to the link's directory") {
  CHECK(relative_link("a.btf", "b.btf") == "b.btf");
  CHECK(relative_link("a/y.btf", "a/x.btf") == "x.btf");
  CHECK(relative_link("a/b/y.btf", "x.btf") == "../../x.btf");
  CHECK(relative_link("y.btf", "a/b/x.btf") == "a/b/x.btf");
  CHECK(relative_link("a/b/y.btf", "a/c/x.btf") == "../c/x.btf");
  // The file has the name of a directory on the path.
  CHECK(relative_link("a/b/y", "a/b/b") == "b");
  CHECK(relative_link("a/y", "a") == ".");
  CHECK(relative_link("y", ".") == ".");
}

TEST_CASE("tree_path: the output path is the input path without suffixes of compression and tar, with .btf") {
  CHECK(output_path("ubuntu/20.04/x86_64/5.4.0-42-generic.btf.tar.xz") == "ubuntu/20.04/x86_64/5.4.0-42-generic.btf");
  for (const char* packed :
       {"r.btf", "r", "r.btf.xz", "r.tar.zst", "r.btf.tar", "r.tgz", "r.gz", "r.btf.lz4", "r.tbz2"}) {
    CAPTURE(packed);
    CHECK(output_path(packed) == "r.btf");
  }
  CHECK(output_path("a.xz/vmlinux-6.1.0") == "a.xz/vmlinux-6.1.0.btf");
  CHECK(output_path(".xz") == ".xz.btf");
  CHECK(output_path("r.xz.xz") == "r.xz.btf");  // only one suffix of compression is removed
}

TEST_CASE("tree_path: the path of an output ends in .btf and has no hidden part") {
  for (const char* path : {"r.btf", "a.xz/r.btf", "a/b/vmlinux-6.1.0.btf"}) {
    CAPTURE(path);
    CHECK(is_output_path(path));
  }
  for (const char* path : {"", "r", "r.btf.xz", "r.BTF", "r.btf/x", "a/.r.btf", ".a/r.btf", "a/.btf", ".btf"}) {
    CAPTURE(path);
    CHECK_FALSE(is_output_path(path));
  }
}

TEST_CASE("tree_path: names of modules have letters, digits, _ and -, and do not begin with vmlinux") {
  for (const char* name : {"nf_conntrack", "d/nf_conntrack.btf", "8021q.btf.xz", "snd-hda-intel.btf.tar.xz", "x"}) {
    CAPTURE(name);
    CHECK(is_module_name(name));
  }
  for (const char* name : {"5.4.0-42-generic.btf", "d/5.4.0", "vmlinux", "vmlinux.btf", "vmlinux-6.btf.xz", "vmlinux_6",
                           "VMLINUX.btf", "a b.btf"}) {
    CAPTURE(name);
    CHECK_FALSE(is_module_name(name));
  }
}

TEST_CASE("tree_path: names with .btf and names of vmlinux are those of kernels") {
  for (const char* name : {"r.btf", "d/r.btf.tar.xz", "r.btf.gz", "vmlinux", "d/vmlinux-6.1.0.xz", "r.btf.tgz"}) {
    CAPTURE(name);
    CHECK(is_kernel_name(name));
  }
  for (const char* name : {"README.md", "r.failed", "r.btf.hasbtf", "linux.tar.xz", "d.btf/x", "btf", "vmlinuz",
                           "vmlinux-gdb.py", "vmlinux-", "vmlinux.h"}) {
    CAPTURE(name);
    CHECK_FALSE(is_kernel_name(name));
  }
}

TEST_CASE("tree_path: the name of a package is detected by its suffix, in upper or lower case") {
  for (const char* name : {"r.tar", "d/r.tar.gz", "r.tgz", "r.btf.tar.xz", "r.xz", "r.btf.zst", "r.bz2", "r.lz4",
                           "r.zip", "r.7z", "R.TAR.GZ", "r.btf.Zip"}) {
    CAPTURE(name);
    CHECK(promises_package(name));
  }
  for (const char* name :
       {"r.btf", "r", "d.tar/r.btf", "d.xz/", ".xz", "xz", "r.tarball", "v1.2", "manifest.json", ""}) {
    CAPTURE(name);
    CHECK_FALSE(promises_package(name));
  }
}
