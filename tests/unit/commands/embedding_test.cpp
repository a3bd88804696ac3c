// SPDX-License-Identifier: BSD-2-Clause
#include "commands/embed/embedding.hpp"

#include <catch2/catch.hpp>

#include "commands/embed/embed_target.hpp"

namespace minbtf::test {

TEST_CASE("embedding: symbols are named after the file as ld does, and names in C are recognised") {
  CHECK(cli::binary_prefix("min_core_btfs.tar.gz") == "_binary_min_core_btfs_tar_gz");
  CHECK(cli::binary_prefix("9-A b.\xc3\xa9") == "_binary_9_A_b___");
  CHECK(cli::symbols_with("x").start == "x_start");
  CHECK(cli::symbols_with("x").end == "x_end");
  CHECK(cli::symbols_with("x").size == "x_size");
  for (const char* name : {"a", "_", "A9_", "btfs"}) CHECK(cli::is_c_identifier(name));
  for (const char* name : {"", "9a", "a-b", "a.b", "a b", "\xc3\xa9"}) CHECK_FALSE(cli::is_c_identifier(name));
}

TEST_CASE("embedding: every word of an architecture names its target, and other words name none") {
  CHECK(cli::embed_target_names() ==
        std::vector<std::string>{"x86_64", "arm64", "arm", "riscv64", "s390x", "ppc64le", "loongarch64"});
  for (const char* word : {"x86_64", "arm64", "arm", "riscv64", "s390x", "ppc64le", "loongarch64"}) {
    REQUIRE(cli::find_embed_target(word) != nullptr);
    CHECK(cli::find_embed_target(word)->name == word);
  }
  CHECK(cli::find_embed_target("aarch64")->name == "arm64");
  CHECK(cli::find_embed_target("amd64")->name == "x86_64");
  CHECK(cli::find_embed_target("ppc64el")->name == "ppc64le");
  for (const char* word : {"", "i386", "ppc64", "mips64", "x86_65"}) CHECK(cli::find_embed_target(word) == nullptr);
}

}  // namespace minbtf::test
