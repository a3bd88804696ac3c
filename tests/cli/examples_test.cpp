// SPDX-License-Identifier: BSD-2-Clause
// examples/reduce.cpp, which is linked with libminbtf.a and its libelf only.
#include <catch2/catch.hpp>
#include <filesystem>

#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

TEST_CASE("examples: reduce writes the same bytes as gen") {
  const TempDir directory;
  const std::string raw = directory.write("kernel.btf", kernel_btf());
  const std::string vmlinux = write_vmlinux(directory, "vmlinux", kernel_btf());
  for (const std::string& kernel : {raw, vmlinux}) {
    for (const char* name : {"basic", "calls", "no_core"}) {
      CAPTURE(kernel, name);
      const CommandResult example =
          run_command({TEST_EXAMPLE_REDUCE, kernel, bpf_object(name), directory.file("example.btf")});
      CHECK(example.status == 0);
      CHECK(example.err.empty());
      REQUIRE(run_min_btf({"gen", kernel, directory.file("gen.btf"), bpf_object(name)}).status == 0);
      CHECK(contents_of(directory.file("example.btf")) == contents_of(directory.file("gen.btf")));
    }
  }
}

TEST_CASE("examples: docs/library.md quotes reduce") {
  const std::string example = contents_of(std::filesystem::path(TEST_SOURCE_DIR) / "examples/reduce.cpp");
  const std::string page = contents_of(std::filesystem::path(TEST_SOURCE_DIR) / "docs/library.md");
  CHECK(page.find("```cpp\n" + example.substr(example.find("int main(")) + "```\n") != std::string::npos);
}

TEST_CASE("examples: reduce prints one line for an error") {
  const TempDir directory;
  const std::string packed = directory.write("kernel.xz", compressed(kernel_btf(), Compression::xz));
  const CommandResult failed =
      run_command({TEST_EXAMPLE_REDUCE, packed, bpf_object("basic"), directory.file("example.btf")});
  CHECK(failed.status == 1);
  CHECK(failed.err == packed + ": xz-compressed data; the library reads only uncompressed files of one kernel\n");
  CHECK(directory.entries() == std::vector<std::string>{"kernel.xz"});

  const CommandResult full =
      run_command({TEST_EXAMPLE_REDUCE, directory.write("kernel.btf", kernel_btf()), bpf_object("basic"), "/dev/full"});
  CHECK(full.status == 1);
  CHECK(full.err == "/dev/full: cannot write\n");
  CHECK(run_command({TEST_EXAMPLE_REDUCE}).err == "usage: reduce KERNEL OBJECT OUTPUT\n");
}
