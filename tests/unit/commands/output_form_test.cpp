// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/output_form.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "cli/command_line.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::cli;
using minbtf::archive::Compression;
using minbtf::test::TempDir;

namespace {

constexpr PackageForm tar_xz{true, Compression::xz};
constexpr PackageForm btf_xz{false, Compression::xz};

}  // namespace

TEST_CASE("output_form: each form has a word, and the suffix of its word gives the form") {
  for (const auto& [word, form] : package_forms) {
    CAPTURE(word);
    CHECK(to_string(form) == word);
    CHECK(form_of_name("r.btf" + suffix_of(form)) == form);
    CHECK(std::string(package_forms_text).find(word) != std::string::npos);
  }
  CHECK(suffix_of(tar_xz) == ".tar.xz");
  CHECK(suffix_of(btf_xz) == ".xz");
}

TEST_CASE("output_form: the name of a file or --format gives the form, and a directory has none by its name") {
  CHECK(package_form("a/x.txz", std::nullopt) == tar_xz);
  CHECK(package_form("a/x.tar.xz", tar_xz) == tar_xz);
  CHECK(package_form("x.btf.xz", std::nullopt) == btf_xz);
  CHECK(package_form("/dev/stdout", tar_xz) == tar_xz);
  CHECK(package_form("v1.2", btf_xz) == btf_xz);
  for (const char* name : {"x", "x.btf", "/dev/stdout", "x.tar.xz/", "x.zip"}) {
    CAPTURE(name);
    CHECK_FALSE(package_form(name, std::nullopt));
  }
  const TempDir directory;
  std::filesystem::create_directory(directory.file("x.tar.xz"));
  CHECK_FALSE(package_form(directory.file("x.tar.xz"), std::nullopt));
  CHECK(package_form(directory.file("x.tar.xz"), btf_xz) == btf_xz);
}

TEST_CASE("output_form: a name that contradicts --format is refused") {
  for (const char* name : {"x.tar", "x.tar.gz", "x.btf.xz", "x.btf", "x.json"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(package_form(name, tar_xz), UsageError);
  }
}

TEST_CASE("output_form: the tar of one kernel is named after its member") {
  CHECK(member_of_name("a/r.btf.tar.xz") == "r.btf");
  CHECK(member_of_name("5.4.0-42-generic.btf.tgz") == "5.4.0-42-generic.btf");
  for (const char* name : {"r.btf.xz", "r.tar.xz", "r.btf", ".btf.tar", "a.btf/r.tar"}) {
    CAPTURE(name);
    CHECK_FALSE(member_of_name(name));
  }
}
