// SPDX-License-Identifier: BSD-2-Clause
#include "archive/ship/path_template.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace minbtf::archive;
using Catch::Contains;

namespace {

FieldValues values() {
  FieldValues all;
  all[PathField::id] = "debian";
  all[PathField::version] = "12";
  all[PathField::arch] = "arm64";
  all[PathField::machine] = "aarch64";
  all[PathField::bpfarch] = "arm64";
  all[PathField::release] = "6.1.0-50-arm64";
  return all;
}

}  // namespace

TEST_CASE("path_template: fields are replaced by the values of the kernel") {
  CHECK(PathTemplate("./{id}/{version}/{machine}/{release}.btf").expand(values()) ==
        "./debian/12/aarch64/6.1.0-50-arm64.btf");
  CHECK(PathTemplate("{arch}-{bpfarch}").expand(values()) == "arm64-arm64");
  CHECK(PathTemplate("vmlinux").expand(values()) == "vmlinux");
}

TEST_CASE("path_template: an unknown field is named, with a list of the known fields") {
  CHECK(PathTemplate::fault("{id}/{relase}") ==
        "unknown field '{relase}' (the fields are {id}, {version}, {arch}, {machine}, {bpfarch}, {release})");
  CHECK_THAT(PathTemplate::fault("{}"), Contains("unknown field '{}'"));
  CHECK(PathTemplate::fault("{release").find("'{' without") != std::string::npos);
  CHECK(PathTemplate::fault("{id{release}}").find("'{' without") != std::string::npos);
  CHECK(PathTemplate::fault("release}").find("'}' without") != std::string::npos);
  CHECK(PathTemplate::fault("{id}/{version}/{arch}/{machine}/{bpfarch}/{release}.btf").empty());
}

TEST_CASE("path_template: a missing value is found") {
  FieldValues none = values();
  none[PathField::machine].clear();
  CHECK(PathTemplate("{id}/{machine}").missing(none) == PathField::machine);
  CHECK_FALSE(PathTemplate("{id}/{release}").missing(none));
  CHECK(PathTemplate("{id}/{machine}").has_architecture());
  CHECK_FALSE(PathTemplate("{id}").has_architecture());
}

TEST_CASE("path_template: only the fixed text at the end decides how a file is packed") {
  const auto tar = PathTemplate("{id}/{release}.btf.tar.xz").packing();
  REQUIRE(tar);
  CHECK(tar->is_tar);
  CHECK(tar->compression == Compression::xz);
  const auto gzip = PathTemplate("{release}.gz").packing();
  REQUIRE(gzip);
  CHECK_FALSE(gzip->is_tar);
  CHECK(gzip->compression == Compression::gzip);
  CHECK_FALSE(PathTemplate("{release}.btf").packing());
  CHECK_FALSE(PathTemplate("x.tar.xz/{release}").packing());
  // A suffix alone is a name if no field comes before it in the file name.
  CHECK(PathTemplate("{release}.tgz").packing());
  CHECK_FALSE(PathTemplate("{id}/.tgz").packing());
  CHECK_FALSE(PathTemplate(".tgz").packing());
  CHECK(PathTemplate("{id}/x.tgz").packing() == PackageName{true, Compression::gzip, "x"});
}

TEST_CASE("path_template: a path matches if values give it, and fields have no slash") {
  const PathTemplate tree("{id}/{version}/{arch}/{release}.btf.tar.xz");
  CHECK(tree.matches(tree.expand(values())));
  CHECK(tree.matches("a/1/x/y.btf.tar.xz"));
  for (const char* path : {"", "a/1/x/.btf.tar.xz", "a/1/y.btf.tar.xz", "a/1/x/z/y.btf.tar.xz", "a/1/x/y.btf",
                           "a//x/y.btf.tar.xz", "a/1/x/y.btf.tar.xz~", "a/.1/x/y.btf.tar.xz"}) {
    CAPTURE(path);
    CHECK_FALSE(tree.matches(path));
  }
  CHECK(PathTemplate("vmlinux-{release}").matches("vmlinux-5.4"));
  CHECK_FALSE(PathTemplate("vmlinux-{release}").matches("vmlinuz-5.4"));
  CHECK_FALSE(PathTemplate("vmlinux-{release}").matches("vmlinux-"));
  CHECK_FALSE(PathTemplate("vmlinux-{release}").matches("a/vmlinux-5.4"));
  CHECK(PathTemplate("{id}{release}-x").matches("ab-x-x"));
  CHECK_FALSE(PathTemplate("{id}{release}-x").matches("a-x"));
  CHECK(PathTemplate(".btf/{release}").matches(".btf/5.4"));
  CHECK_FALSE(PathTemplate("{release}").matches(".bashrc"));
  CHECK(PathTemplate("vmlinux").matches("vmlinux"));
}
