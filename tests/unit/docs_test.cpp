// SPDX-License-Identifier: BSD-2-Clause
// The scripts in the documentation work.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <vector>

#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

/// Returns the fenced shell blocks of a page.
std::vector<std::string> shell_blocks(const std::string& page) {
  const std::string text = contents_of(fs::path(TEST_SOURCE_DIR) / "docs" / page);
  const std::string opening = "```sh\n";
  std::vector<std::string> blocks;
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    const std::size_t end = text.find("```", at);
    blocks.push_back(text.substr(at, end - at));
  }
  return blocks;
}

/// A directory with only the tool, which is put in front of PATH.
struct Tools {
  TempDir directory;
  Tools() { fs::create_symlink(TEST_BINARY, directory.path() / "min-btf"); }

  [[nodiscard]] std::string script(const std::string& name, const std::string& text) const {
    const std::string path = directory.write(name, text);
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
    return path;
  }
  [[nodiscard]] CommandResult run(const std::string& command) const {
    return run_command({"sh", "-c", "PATH=" + directory.path().string() + ":$PATH:/usr/sbin; export PATH; " + command});
  }
};

}  // namespace

TEST_CASE("docs: the script that replaces btfgen.sh does not fail if a kernel fails") {
  const auto blocks = shell_blocks("btfgen.md");
  REQUIRE(blocks.size() == 1);
  const Tools tools;
  const Workplace place;
  const fs::path hub = place.directory.path() / "hub";
  fs::create_directories(hub / "archive/debian/12/x86_64");
  fs::create_directories(hub / "tools");
  const std::string pack = "cd " + hub.string() + " && cp " + place.kernel +
                           " good.btf && tar -cJf archive/debian/12/x86_64/good.btf.tar.xz good.btf && head -c 100 "
                           "archive/debian/12/x86_64/good.btf.tar.xz >archive/debian/12/x86_64/bad.btf.tar.xz";
  REQUIRE(run_command({"sh", "-c", pack}).status == 0);
  fs::rename(tools.script("btfgen.sh", blocks[0]), hub / "tools/btfgen.sh");

  const std::string arguments = " -a x86_64 -o " + place.basic;
  const CommandResult result =
      tools.run("cd " + hub.string() + " && bash -e -c './tools/btfgen.sh" + arguments + "; echo goes on'");
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Catch::EndsWith("goes on\n"));
  CHECK(count_of(result.err, "bad.btf.tar.xz") == 1);
  CHECK(contents_of(hub / "custom-archive/debian/12/x86_64/good.btf") == reduced({place.basic}));

  // The tool alone exits with 1, which stops the caller. With the script only a wrong command line does.
  CHECK(tools.run("cd " + hub.string() + " && bash -e -c 'min-btf btfgen" + arguments + "; echo goes on'").status == 1);
  CHECK(tools.run("cd " + hub.string() + " && bash -e -c './tools/btfgen.sh -a mips; echo goes on'").status != 0);
}

TEST_CASE("docs: the script for BPFTOOL reduces with min-btf and runs bpftool for all other commands") {
  const auto blocks = shell_blocks("gen.md");
  REQUIRE(blocks.size() == 1);
  const Tools tools;
  const Workplace place;
  const std::string script = tools.script("both", blocks[0]);
  CHECK(tools.run(script + " gen min_core_btf " + place.kernel + " " + place.output + " " + place.basic).status == 0);
  CHECK(place.published() == reduced({place.basic}));
  CHECK(tools.run(script + " gen min_core_btf " + place.kernel).status == 2);
  const CommandResult skeleton = tools.run(script + " gen skeleton " + place.basic);
  CHECK(skeleton.status == 0);
  CHECK_THAT(skeleton.out, Catch::Contains("bpf_object"));
}

TEST_CASE("docs: a Makefile works with BPFTOOL=min-btf") {
  const Tools tools;
  const Workplace place;
  static_cast<void>(place.directory.write(
      "Makefile", "out/%.btf: %.btf\n\tmkdir -p $(@D)\n\t$(BPFTOOL) gen min_core_btf $< $@ " + place.basic + "\n"));
  const std::string make = "make -C " + place.directory.path().string();
  REQUIRE(tools.run(make + " BPFTOOL=min-btf out/kernel.btf").status == 0);
  CHECK(contents_of(place.directory.file("out/kernel.btf")) == reduced({place.basic}));
}
