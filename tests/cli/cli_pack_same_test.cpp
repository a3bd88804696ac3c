// SPDX-License-Identifier: BSD-2-Clause
// A pack gives the results of the tree that it was made of: each command runs once on the tree and once on the pack,
// under the same name, and everything that it prints and writes is compared.
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

Bytes module_btf() {
  BtfForge base;
  base.structure("task_struct", 4, {{"pid", base.integer("int", 4, 1), 0}});
  BtfForge module = BtfForge::split(base);
  module.structure("nf_conn", 8, {});
  return module.bytes();
}

/// A tar with everything that a tar in a tree may have.
Bytes mixed_tar() {
  const Bytes inner =
      TarForge().file("k3.btf", numbered_kernel(3)).file("README", "text").file("modules/nf_z", module_btf()).bytes();
  const Bytes two =
      TarForge().file("one.btf", numbered_kernel(5)).file("two.btf", numbered_kernel(6)).file("notes", "text").bytes();
  return TarForge()
      .file("x86_64/k1.btf", numbered_kernel(1))
      .file("x86_64/k2.btf.xz", compressed(numbered_kernel(2), Compression::xz))
      .file("arm64/inner.btf.tar.xz", compressed(inner, Compression::xz))
      .file("arm64/plain.tar", TarForge().file("vmlinux", numbered_kernel(4)).file(".hidden", "text").bytes())
      .file("i386/two.tar", two)
      .file("x86_64/modules/nf_x", module_btf())
      .file("x86_64/modules/nf_y.btf", module_btf())
      .file("x86_64/modules/nf_w.xz", compressed(module_btf(), Compression::xz))
      .file("README", "text")
      .file(".hidden/k9.btf", numbered_kernel(9))
      .symlink("x86_64/link.btf", "k1.btf")
      .symlink("latest", "x86_64")
      .hardlink("arm64/hard.btf", "x86_64/k1.btf")
      .symlink("out", "../../elsewhere")
      .bytes();
}

/// Directories `tree` and `pack`, each with the INPUT `in`: a tree or tar, and the pack that was made of it.
class Pair {
 public:
  /// The pack is made in steps: with each of `selections`, and then without a selection.
  explicit Pair(const std::function<void(const fs::path&)>& make, const Words& selections = {}) {
    fs::create_directories(path("tree"));
    fs::create_directories(path("pack"));
    make(path("tree") / "in");
    for (const std::string& selection : selections) pack({selection});
    pack({});
  }

  [[nodiscard]] fs::path path(const std::string& side) const { return directory_.path() / side; }

  /// Runs the command in both directories, and compares the results. Returns the result for the tree.
  CommandResult run(const Words& words) const {
    const CommandResult tree = run_in("tree", words);
    const CommandResult pack = run_in("pack", words);
    std::string line;
    for (const std::string& word : words) line += word + " ";
    INFO(line);
    CHECK(pack.out == tree.out);
    CHECK(pack.err == tree.err);
    CHECK(pack.status == tree.status);
    return tree;
  }

  /// Compares trees that were written to OUTPUT, with links and times.
  void compare_trees(const std::string& name) const {
    CHECK(differences(contents_below(path("pack") / name), contents_below(path("tree") / name)).empty());
    CHECK(links_in(path("pack") / name) == links_in(path("tree") / name));
    CHECK(is_same_tree(path("pack") / name, path("tree") / name));
  }
  void compare_files(const std::string& name) const {
    const std::string text = contents_of(path("tree") / name);
    CHECK_FALSE(text.empty());
    CHECK(contents_of(path("pack") / name) == text);
  }

 private:
  void pack(const Words& words) const {
    const CommandResult packed = run_min_btf(joined({"pack", path("pack") / "in", path("tree") / "in"}, words));
    CAPTURE(packed.err);
    REQUIRE(packed.status == 0);
  }

  [[nodiscard]] CommandResult run_in(const std::string& side, const Words& words) const {
    CommandOptions options;
    options.directory = path(side).string();
    return run_min_btf(words, options);
  }

  TempDir directory_;
};

void put_tree(const fs::path& in) {
  const TempDir scratch;
  const std::string elf = contents_of(write_vmlinux(scratch, "elf", numbered_kernel(7)));
  put(in / "ubuntu/20.04/x86_64/5.4.0-1-generic.btf.tar.xz",
      compressed(TarForge().file("./5.4.0-1-generic.btf", kernel_btf()).bytes(), Compression::xz));
  put(in / "ubuntu/20.04/arm64/5.4.0-2-generic.btf", numbered_kernel(10));
  put(in / "ubuntu/20.04/x86_64/vmlinux-5.5.0", elf);
  put(in / "ubuntu/20.04/x86_64/5.5.0.btf", numbered_kernel(7));
  put(in / "debian/i386/4.9.0.btf.gz", compressed(numbered_kernel(11), Compression::gzip));
  put(in / "debian/s390x/6.1.0.btf", kernel_btf("eb"));
  put(in / "debian/x86_64/6.1.0.tar.zst",
      compressed(TarForge().file("vmlinux", numbered_kernel(12)).file("README", "text").bytes(), Compression::zstd));
  for (const char* directory : {"a/x86_64", "b/x86_64"}) {
    put(in / directory / "same.btf", numbered_kernel(13));
    put(in / directory / "same-too.btf.xz", compressed(numbered_kernel(14), Compression::xz));
    put(in / directory / "same.tar",
        TarForge().file("k.btf", numbered_kernel(15)).file("modules/nf_x", module_btf()).bytes());
  }
  put(in / "all/all.tar", mixed_tar());
  put(in / "modules/x86_64/nf_conntrack", module_btf());
  put(in / "modules/x86_64/nf.btf", module_btf());
  put(in / "modules/x86_64/nf.xz", compressed(module_btf(), Compression::xz));
  put(in / "modules/x86_64/ext4.btf.tar", TarForge().file("ext4", module_btf()).bytes());
  put(in / "misc/kernel-raw", numbered_kernel(16));
  put(in / "misc/kernel-packed.lz4", compressed(numbered_kernel(17), Compression::lz4));
  put(in / "README", "text");
  put(in / ".hidden.btf", numbered_kernel(18));
  put(in / "tool.o", contents_of(bpf_object("basic")));
  fs::create_symlink("missing", in / "dangling");
  fs::create_directory_symlink("ubuntu", in / "copy");
}

const std::vector<Words> filters = {{},
                                    {"--include=ubuntu/**"},
                                    {"--include=*.btf.tar.xz"},
                                    {"--include=**/inner.btf.tar.xz"},
                                    {"--include=k3.btf"},
                                    {"--include=vmlinux"},
                                    {"--exclude=x86_64"},
                                    {"--exclude=all"},
                                    {"--include=nf_*", "--include=k1.btf"},
                                    {"--include=two.btf"},
                                    {"--include=link.btf", "--include=k1.btf"},
                                    {"--arch=x86_64"},
                                    {"--arch=x86"},
                                    {"--arch=arm64,s390x"},
                                    {"--arch=arm64", "--exclude=plain*"},
                                    {"--include=nothing"}};

/// Runs gen, check and verify with each filter.
void compare_all(const Pair& pair, const Words& objects) {
  std::size_t kernels = 0;
  std::size_t unselected = 0;
  for (const Words& filter : filters) {
    for (const char* side : {"tree", "pack"}) fs::remove_all(pair.path(side) / "out");
    const auto words = [&](const Words& command) { return joined(joined(command, filter), objects); };
    const CommandResult result =
        pair.run(words({"gen", "--json", "--manifest=m.json", "--manifest-sha256", "in", "out"}));
    const json document = document_of(result);
    kernels += document.at("kernels").at("done").get<std::size_t>();
    unselected += document.at("kernels").at("unselected").get<std::size_t>();
    pair.run(words({"check", "--json", "in"}));
    pair.run(words({"check", "in"}));
    if (result.status != 0) continue;
    pair.compare_trees("out");
    pair.compare_files("m.json");
    pair.run(words({"gen", "-v", "--verify", "in", "out"}));
    pair.run(words({"verify", "--json", "in", "out"}));
    pair.run(words({"verify", "-v", "in", "out"}));
  }
  CHECK(kernels > 20);
  CHECK(unselected > 20);
}

}  // namespace

TEST_CASE("cli_pack: gen, check and verify give for a pack what they give for its tree, with each filter") {
  const Words steps = GENERATE(Words(), Words{"--include=debian", "--include=**/inner.btf.tar.xz", "--exclude=x86_64"});
  const Pair pair(put_tree, steps);
  compare_all(pair, {bpf_object("basic"), bpf_object("ambiguous")});
  const json document = document_of(pair.run({"gen", "--json", "--links=copy", "in", "out2", bpf_object("basic")}));
  CHECK(document.at("kernels").at("done") == 30);
  CHECK(document.at("kernels").at("modules").get<std::size_t>() > 5);
  CHECK(document.at("kernels").at("repeated").get<std::size_t>() > 4);
  pair.compare_trees("out2");
}

TEST_CASE("cli_pack: objects of both byte orders give for a pack what they give for its tree") {
  const Pair pair(put_tree);
  const Words objects = {bpf_object("basic"), bpf_object("basic", "eb"), bpf_object("oracle_types"),
                         bpf_object("oracle_types", "eb")};
  pair.run(joined({"gen", "--json", "in", "out"}, objects));
  pair.compare_trees("out");
  pair.run(joined({"check", "--json", "in"}, objects));
  pair.run(joined({"verify", "--json", "--loaders=all", "in", "out"}, objects));
}

TEST_CASE("cli_pack: a pack of a tar gives what the tar gives") {
  const Pair pair([](const fs::path& in) { put(in, mixed_tar()); });
  compare_all(pair, {bpf_object("basic"), bpf_object("ambiguous")});
}

TEST_CASE("cli_pack: an input of one kernel in a directory stays an input of many") {
  const Pair pair([](const fs::path& in) { put(in / "x86_64/5.4.btf", numbered_kernel(1)); });
  pair.run({"gen", "--json", "in", "out", bpf_object("basic")});
  pair.compare_trees("out");
  pair.run({"check", "in", bpf_object("basic")});
  pair.run({"verify", "in", "out", bpf_object("basic")});
}

TEST_CASE("cli_pack: a cache gives for a pack what it gives for its tree, also in the second run") {
  const Pair pair(put_tree);
  for (int run = 0; run < 2; ++run) {
    const json document =
        document_of(pair.run({"gen", "-q", "--json", "--cache=cache", "in", "out", bpf_object("basic")}));
    CHECK((document.at("kernels").at("cached") == 0) == (run == 0));
    pair.compare_trees("out");
  }
  // The outcome depends on the selection.
  pair.run({"gen", "-q", "--json", "--cache=cache", "--include=inner*", "in", "out2", bpf_object("basic")});
  pair.compare_trees("out2");
  const fs::path pack = pair.path("pack");
  CHECK_THAT(run_min_btf({"gen", "--cache", pack / "cache", pack / "in", pack / "out", bpf_object("basic")}).err,
             Catch::StartsWith("min-btf: note: " + (pack / "in").string() + ": --cache is not needed for a pack\n"));
}

TEST_CASE("cli_pack: limits apply to the kernels of a pack") {
  const Pair pair([](const fs::path& in) {
    put(in / "small.btf", small_kernel({.is_tiny = true}));
    put(in / "large.btf", kernel_btf());
  });
  const std::string limit = "--max-kernel-size=" + std::to_string(kernel_btf().size() - 1);
  const CommandResult result = pair.run({"gen", "--json", limit, "in", "out", bpf_object("basic")});
  CHECK(result.status == 1);
  CHECK(document_of(result).at("kernels").at("done") == 1);
  pair.compare_trees("out");
}

TEST_CASE("cli_pack: the number of threads has no effect on what gen writes from a pack") {
  const Pair pair(put_tree);
  pair.run({"gen", "--json", "-j1", "--manifest=1.json", "in", "out1", bpf_object("basic")});
  for (const char* jobs : {"-j2", "-j8"}) {
    fs::remove_all(pair.path("pack") / "out8");
    CommandOptions options;
    options.directory = pair.path("pack").string();
    CHECK(run_min_btf({"gen", jobs, "--manifest=8.json", "in", "out8", bpf_object("basic")}, options).status == 0);
    CHECK(is_same_tree(pair.path("pack") / "out1", pair.path("pack") / "out8"));
    CHECK(contents_of(pair.path("pack") / "8.json") == contents_of(pair.path("pack") / "1.json"));
  }
}
