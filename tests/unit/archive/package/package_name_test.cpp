// SPDX-License-Identifier: BSD-2-Clause
#include "archive/package/package_name.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::archive;

TEST_CASE("package_name: suffixes give the form, and the rest is the stem") {
  struct Row {
    const char* name;
    PackageName expected;
  };
  const Row rows[] = {
      {"x.tar", {true, Compression::none, "x"}},
      {"x.tar.gz", {true, Compression::gzip, "x"}},
      {"x.tgz", {true, Compression::gzip, "x"}},
      {"x.tar.xz", {true, Compression::xz, "x"}},
      {"x.txz", {true, Compression::xz, "x"}},
      {"x.tar.zst", {true, Compression::zstd, "x"}},
      {"x.tzst", {true, Compression::zstd, "x"}},
      {"x.btf.gz", {false, Compression::gzip, "x.btf"}},
      {"x.btf.xz", {false, Compression::xz, "x.btf"}},
      {"x.btf.zst", {false, Compression::zstd, "x.btf"}},
      {"a/x.btf.tar.xz", {true, Compression::xz, "a/x.btf"}},
      {"/a.tar/5.4.0-42.btf.tar", {true, Compression::none, "/a.tar/5.4.0-42.btf"}},
      {"a/x.bundle", {false, Compression::none, "a/x", true}},
      {"x.bundle.gz", {false, Compression::gzip, "x", true}},
      {"x.bundle.xz", {false, Compression::xz, "x", true}},
      {"x.bundle.zst", {false, Compression::zstd, "x", true}},
      {"a/vmlinux.xz", {false, Compression::xz, "a/vmlinux"}},
      {"x.xz.gz", {false, Compression::gzip, "x.xz"}},
      // A suffix without a name before it is the name.
      {"a/.tar.xz", {false, Compression::xz, "a/.tar"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(package_name_of(row.name) == row.expected);
  }
}

TEST_CASE("package_name: a name without a suffix of a written form is not that of a package") {
  for (const char* name : {"", "x", "x.btf", "a.tar/x", "a.xz/x.btf", ".xz", "a/.tar", "tar", "x.tar/", "x.zip",
                           "x.bz2", "x.tar.lz4", "x.tbz2", "x.TAR.GZ", "x.tarxz", ".bundle", "x.bundle.bz2"}) {
    CAPTURE(name);
    CHECK_FALSE(package_name_of(name));
  }
}
