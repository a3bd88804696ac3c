// SPDX-License-Identifier: BSD-2-Clause
// All forms of a kernel, from the file to the outcome.
#include "archive/input/input.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "archive/batch/kernel_reducer.hpp"
#include "archive/cache/cache.hpp"
#include "archive/input/directory_input.hpp"
#include "archive/input/tar_input.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/plan.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::archive;
using namespace minbtf::test;
namespace fs = std::filesystem;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Origin = SourceRecord::Origin;

BpfObject object(const std::string& name) {
  const std::string bytes = contents_of(bpf_object(name));
  return BpfObject::parse(Bytes(bytes.begin(), bytes.end()), name);
}

/// Another kernel, without the types of kernel_btf(). It has a type that no relocation refers to.
Bytes other_kernel(std::uint32_t number) {
  BtfForge forge;
  const auto integer = forge.integer("int", 4, 1);
  forge.structure("unrelated_" + std::to_string(number), 4, {{"x", integer, 0}});
  return forge.bytes();
}

/// BTF of a module. Its base is a small kernel.
Bytes module_btf() {
  BtfForge base;
  const auto integer = base.integer("int", 4, 1);
  base.structure("task_struct", 4, {{"pid", integer, 0}});
  BtfForge module = BtfForge::split(base);
  module.structure("nf_conn", 8, {{"mark", integer, 0}});
  return module.bytes();
}

/// BTF of a module without types.
Bytes empty_module_btf() { return BtfForge::split(BtfForge()).bytes(); }

struct Tree {
  TempDir directory;
  Plan plan{{object("basic")}};
  ContentStore store;
  KernelReducer reducer{plan, store};
  PathSelection selection;
  UnpackLimits limits;
  std::size_t jobs = 2;

  void put(const std::string& path, std::span<const std::uint8_t> contents) const {
    fs::create_directories((directory.path() / path).parent_path());
    static_cast<void>(directory.write(path, contents));
  }
  void put(const std::string& path, std::string_view contents) const { put(path, bytes_of(contents)); }

  [[nodiscard]] ProcessRequest request(Cache* cache = nullptr) const {
    return {.task = reducer,
            .selection = selection,
            .limits = limits,
            .jobs = jobs,
            .cache = cache,
            .hashes = true,
            .plan = {.high = 1, .low = 2}};
  }
  [[nodiscard]] std::vector<SourceRecord> reduce(Cache* cache = nullptr) const {
    return DirectoryInput(directory.path(), {}).process(request(cache)).records;
  }
  [[nodiscard]] SourceRecord reduce_as_tar(const std::string& path, Cache* cache = nullptr) const {
    const fs::path location = directory.path() / path;
    return TarInput(location, io::InputFile(location), std::nullopt).process(request(cache)).records.at(0);
  }
  [[nodiscard]] Bytes expected(const Bytes& kernel = kernel_btf()) const {
    return plan.minimize(Btf::parse(kernel, "kernel")).bytes;
  }
};

std::vector<std::string> members(const SourceOutcome& outcome) {
  std::vector<std::string> result;
  for (const FoundKernel& kernel : outcome.kernels) result.push_back(kernel.member);
  return result;
}

const ReducedKernel& reduced(const SourceOutcome& outcome, std::size_t index) {
  return value_of<ReducedKernel>(*outcome.kernels.at(index).result);
}

std::string text(const Problem& problem) { return problem.member + "|" + problem.where + "|" + problem.reason; }

using Names = std::vector<std::string>;

/// Returns the key of the only cache entry for this source, from the name of the entry: HASH-BYTES-PLAN.minbtf.
CacheKey key_of_entry(const fs::path& cache, const io::Hash& source) {
  for (const auto& entry : fs::recursive_directory_iterator(cache)) {
    const std::string name = entry.path().stem().string();
    if (!name.starts_with(source.hex() + "-")) continue;
    const std::size_t bytes = name.find('-') + 1;
    const std::size_t plan = name.find('-', bytes) + 1;
    return {.source = source,
            .source_bytes = std::stoull(name.substr(bytes)),
            .plan = io::Hash::from_hex(name.substr(plan)).value()};
  }
  throw std::runtime_error("no such entry");
}

}  // namespace

TEST_CASE("input: every form of a kernel gives the same result as its raw BTF") {
  Tree tree;
  const Bytes kernel = kernel_btf();
  const std::string elf = contents_of(write_vmlinux(tree.directory, "scratch", kernel));
  fs::remove(tree.directory.file("scratch"));
  tree.put("raw", kernel);
  tree.put("elf", elf);
  for (const Compression compression : all_compressions) {
    const std::string name = name_of(compression);
    tree.put("raw." + name, compressed(kernel, compression));
    tree.put("elf." + name, compressed(elf, compression));
    tree.put("tar-raw." + name, compressed(TarForge().file("k.btf", kernel).bytes(), compression));
    tree.put("tar-elf." + name, compressed(TarForge().file("./vmlinux", bytes_of(elf)).bytes(), compression));
    tree.put("nested." + name,
             TarForge().file("d/k.tar", compressed(TarForge().file("k.btf", kernel).bytes(), compression)).bytes());
  }
  tree.put("tar", TarForge().file("k.btf", kernel).bytes());
  tree.put("twice", compressed(compressed(kernel, Compression::gzip), Compression::xz));
  const auto records = tree.reduce();
  REQUIRE(records.size() == 4 + 5 * all_compressions.size());
  for (const SourceRecord& record : records) {
    CAPTURE(record.path);
    CHECK(record.outcome.problems.empty());
    REQUIRE(record.outcome.kernels.size() == 1);
    const ReducedKernel& result = reduced(record.outcome, 0);
    CHECK(*result.content == tree.expected());
    CHECK(result.figures.source_bytes == kernel.size());
    CHECK(result.figures.resolved + result.figures.poisoned + result.figures.failed ==
          tree.plan.objects().front().relocation_count());
  }
}

TEST_CASE("input: a file without a kernel is ignored and counted, but is an error if it is named like a kernel") {
  Tree tree;
  tree.put("README.md", "text");
  tree.put("5.4.0.failed", "");
  tree.put("5.4.0.btf.hasbtf", "");
  tree.put("module.ko", contents_of(write_vmlinux(tree.directory, "m", kernel_btf(), ".other")));
  fs::remove(tree.directory.file("m"));
  tree.put("prog.o", contents_of(bpf_object("basic")));
  tree.put("src.tar.gz", compressed(TarForge().file("main.c", "int x;").bytes(), Compression::gzip));
  tree.put("text.gz", compressed("text", Compression::gzip));
  for (const SourceRecord& record : tree.reduce()) {
    CAPTURE(record.path);
    CHECK(record.outcome.ignored == 1);
    CHECK(record.outcome.kernels.empty());
    CHECK(record.outcome.problems.empty());
  }

  Tree named;
  named.put("a.btf", "");
  named.put("b.btf.tar.xz", "version https://git-lfs.github.com/spec/v1\n");
  named.put("c.btf.xz", compressed("text", Compression::xz));
  named.put("d.btf.tar", TarForge().file("c.btf", "text").bytes());
  named.put("vmlinux-5", contents_of(write_vmlinux(named.directory, "m", kernel_btf(), ".other")));
  fs::remove(named.directory.file("m"));
  const std::string none = "neither raw BTF nor an ELF file with a .BTF section, compressed or not, but ";
  const std::map<std::string, std::string> expected = {
      {"a.btf", "||" + none + "an empty file"},
      {"b.btf.tar.xz", "||" + none + "a pointer of Git LFS; fetch the file (git lfs pull)"},
      {"c.btf.xz", "||" + none + "a text file"},
      {"d.btf.tar", "c.btf||" + none + "a text file"},
      {"vmlinux-5", "||an ELF file without a .BTF section"}};
  for (const SourceRecord& record : named.reduce()) {
    CAPTURE(record.path);
    CHECK(record.outcome.kernels.empty());
    REQUIRE(record.outcome.problems.size() == 1);
    CHECK(text(record.outcome.problems.front()) == expected.at(record.path));
  }
}

TEST_CASE("input: a damaged source has no kernels, and the other sources are processed") {
  Tree tree;
  const Bytes tar = TarForge().file("a.btf", kernel_btf()).file("b.btf", other_kernel(1)).bytes();
  Bytes cut = compressed(tar, Compression::xz);
  cut.resize(cut.size() - 1);  // the kernels are complete, but the last byte is missing
  tree.put("cut.btf.tar.xz", cut);
  Bytes bent = kernel_btf();
  bent[40] = 0xff;
  bent[41] = 0xff;
  tree.put("bent.btf", bent);
  tree.put("inner.tar", TarForge().file("x/good.btf", kernel_btf()).file("x/bad.btf.tar.xz", cut).bytes());
  tree.put("good.btf", kernel_btf());
  const auto records = tree.reduce();
  REQUIRE(records.size() == 4);
  CHECK(records[0].outcome.problems.size() == 1);
  CHECK(records[0].outcome.problems[0].where.find("types") == 0);
  CHECK(records[1].path == "cut.btf.tar.xz");
  CHECK(records[1].outcome.kernels.empty());
  REQUIRE(records[1].outcome.problems.size() == 1);
  CHECK_THAT(records[1].outcome.problems[0].reason, Catch::Contains("xz"));
  CHECK(records[2].outcome.kernels.size() == 1);
  CHECK(members(records[2].outcome) == Names{""});
  CHECK(members(records[3].outcome) == Names{"x/good.btf"});
  REQUIRE(records[3].outcome.problems.size() == 1);
  CHECK(records[3].outcome.problems[0].member == "x/bad.btf.tar.xz");
}

TEST_CASE("input: each hostile name in a tar is refused, and the other members are processed") {
  Tree tree;
  tree.put("t.tar", TarForge()
                        .file("../up.btf", kernel_btf())
                        .file("/abs.btf", kernel_btf())
                        .file("ok/k.btf", kernel_btf())
                        .file(".hidden/k.btf", kernel_btf())
                        .symlink("out.btf", "/etc/passwd")
                        .symlink("up", "../../elsewhere")
                        .bytes());
  const auto records = tree.reduce();
  const SourceOutcome& outcome = records.at(0).outcome;
  CHECK(members(outcome) == Names{"ok/k.btf"});
  REQUIRE(outcome.problems.size() == 2);
  CHECK(text(outcome.problems[0]) == "../up.btf||refused: a path with '..'");
  CHECK(text(outcome.problems[1]) == "/abs.btf||refused: an absolute path");
  CHECK(outcome.links.empty());
  CHECK(outcome.ignored == 3);
}

TEST_CASE("input: a compressed kernel in an archive inside another archive is a problem") {
  Tree tree;
  const Bytes inner = TarForge().file("k.btf.xz", compressed(kernel_btf(), Compression::xz)).bytes();
  tree.put("t.tar", TarForge().file("d/k.btf.tar", inner).file("k.btf", kernel_btf()).bytes());
  const auto records = tree.reduce();
  CHECK(members(records.at(0).outcome) == Names{"k.btf"});
  REQUIRE(records[0].outcome.problems.size() == 1);
  CHECK(text(records[0].outcome.problems[0]) ==
        "d/k.btf.xz||a compressed file or tar in an archive inside another archive; extract the outer archive first");
}

TEST_CASE("input: equal bytes are reduced once, also if they fail") {
  Tree tree;
  tree.put("a.btf", kernel_btf());
  tree.put("b/c.btf", kernel_btf());
  tree.put("other.btf", other_kernel(1));
  Bytes bad = kernel_btf();
  bad.resize(bad.size() - 1);
  tree.put("x.btf", bad);
  tree.put("y.btf", bad);
  tree.jobs = 1;
  const auto records = tree.reduce();
  REQUIRE(records.size() == 5);
  CHECK(records[0].origin == Origin::processed);
  CHECK(records[1].origin == Origin::repeated);
  CHECK(reduced(records[1].outcome, 0).content == reduced(records[0].outcome, 0).content);
  CHECK(records[2].origin == Origin::processed);
  CHECK(records[4].origin == Origin::repeated);
  CHECK(records[4].outcome.problems == records[3].outcome.problems);
  CHECK(records[4].outcome.problems.size() == 1);
}

TEST_CASE("input: a module and its BTF are ignored and counted, in every form of a kernel") {
  Tree tree;
  const std::string ko = contents_of(write_vmlinux(tree.directory, "m", kernel_btf(), ".gnu.linkonce.this_module"));
  const std::string elf = contents_of(write_vmlinux(tree.directory, "m", module_btf()));
  fs::remove(tree.directory.file("m"));
  tree.put("nf_conntrack", module_btf());
  tree.put("nf_conntrack.btf", module_btf());
  tree.put("sha1_ssse3", empty_module_btf());
  tree.put("nf_nat.btf.xz", compressed(module_btf(), Compression::xz));
  tree.put("nf_nat.btf.tar.xz", compressed(TarForge().file("nf_nat.btf", module_btf()).bytes(), Compression::xz));
  tree.put("nf.ko", ko);
  tree.put("nf.ko.gz", compressed(ko, Compression::gzip));
  tree.put("nf_elf", elf);
  tree.put("nf.tar", TarForge().file("nf_elf", elf).bytes());
  tree.put("inner.tar", TarForge().file("nf.gz", compressed(module_btf(), Compression::gzip)).bytes());
  const TempDir cache_directory;
  for (int run = 0; run < 3; ++run) {
    Cache cache(cache_directory.path());
    for (const SourceRecord& record : tree.reduce(run == 0 ? nullptr : &cache)) {
      CAPTURE(run, record.path);
      CHECK(record.outcome.ignored == 1);
      CHECK(record.outcome.modules == 1);
      CHECK(record.outcome.kernels.empty());
      CHECK(record.outcome.problems.empty());
    }
  }
}

TEST_CASE("input: modules in the tar of a kernel are ignored and counted") {
  Tree tree;
  const auto tar = TarForge()
                       .file("nf_conntrack", module_btf())
                       .file("vmlinux", kernel_btf())
                       .file("sha1_ssse3", empty_module_btf())
                       .bytes();
  tree.put("6.1.0.btf.tar.xz", compressed(tar, Compression::xz));
  const SourceRecord record = tree.reduce().at(0);
  CHECK(members(record.outcome) == Names{"vmlinux"});
  CHECK(record.outcome.ignored == 2);
  CHECK(record.outcome.modules == 2);
  CHECK(record.outcome.problems.empty());
}

TEST_CASE("input: a file that is named like a kernel and holds a module is a problem") {
  Tree tree;
  const std::string ko = contents_of(write_vmlinux(tree.directory, "m", kernel_btf(), ".gnu.linkonce.this_module"));
  fs::remove(tree.directory.file("m"));
  const std::string reason = "BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)";
  tree.put("5.4.0-42-generic.btf", module_btf());
  tree.put("5.4.1.btf", empty_module_btf());
  tree.put("a/vmlinux", module_btf());
  tree.put("5.4.2.btf.gz", compressed(module_btf(), Compression::gzip));
  tree.put("5.4.3.btf", ko);
  // `all` can be the name of a module, so the first tar is no problem. 5.4.4 and 5.4.5 cannot.
  tree.put("all.btf.tar", TarForge().file("nf", module_btf()).bytes());
  tree.put("5.4.4.btf.tar", TarForge().file("nf", module_btf()).bytes());
  tree.put("5.4.5.btf.tar", TarForge().file("README", "text").bytes());
  std::map<std::string, std::string> found;
  for (const SourceRecord& record : tree.reduce()) {
    CHECK(record.outcome.kernels.empty());
    for (const Problem& problem : record.outcome.problems) found[record.path] = problem.reason;
  }
  CHECK(found == std::map<std::string, std::string>{
                     {"5.4.0-42-generic.btf", reason},
                     {"5.4.1.btf", reason},
                     {"a/vmlinux", reason},
                     {"5.4.2.btf.gz", reason},
                     {"5.4.3.btf", "a kernel module; the BTF of its kernel (vmlinux) is needed"},
                     {"5.4.4.btf.tar", "an archive without a kernel's BTF, but with 1 file of kernel modules"},
                     {"5.4.5.btf.tar", "an archive without a kernel's BTF"}});
}

TEST_CASE("input: equal results share one content") {
  Tree tree;
  for (std::uint32_t i = 0; i < 4; ++i) tree.put("k" + std::to_string(i) + ".btf", other_kernel(i));
  const auto records = tree.reduce();
  REQUIRE(records.size() == 4);
  for (const SourceRecord& record : records) {
    CHECK(record.origin == Origin::processed);
    CHECK(reduced(record.outcome, 0).content == reduced(records[0].outcome, 0).content);
  }
}

TEST_CASE("input: a tar as the input is a tree, with the same result for any number of threads") {
  Tree tree;
  TarForge forge;
  Names expected;
  for (std::uint32_t i = 0; i < 30; ++i) {
    const std::string name = "d" + std::to_string(i % 3) + "/k" + std::to_string(i);
    expected.push_back(name + ".btf");
    const Bytes kernel = i % 2 == 0 ? kernel_btf() : other_kernel(i);
    if (i % 5 == 0) {
      const std::string inner = "k" + std::to_string(i) + ".btf";
      forge.file(name + ".btf.tar.xz", compressed(TarForge().file("./" + inner, kernel).bytes(), Compression::xz));
    } else {
      forge.file(name + ".btf", kernel);
    }
  }
  forge.file("README", "text").symlink("latest", "d0").hardlink("again.btf", "d1/k1.btf");
  tree.put("all.tar.zst", compressed(forge.bytes(), Compression::zstd));
  for (const std::size_t jobs : {1, 8}) {
    tree.jobs = jobs;
    const SourceRecord record = tree.reduce_as_tar("all.tar.zst");
    CHECK(members(record.outcome) == expected);
    CHECK(record.outcome.problems.empty());
    CHECK(record.outcome.ignored == 1);
    CHECK(record.outcome.links == std::vector<FoundLink>{{"latest", "d0"}, {"again.btf", "d1/k1.btf"}});
    CHECK(*reduced(record.outcome, 0).content == tree.expected());
    CHECK(*reduced(record.outcome, 1).content == tree.expected(other_kernel(1)));
  }
}

TEST_CASE(
    "input: members of a tar are selected by their paths, and a tar that is named like a kernel by its own path") {
  Tree tree;
  tree.selection = PathSelection({.architectures = {"amd64"}});
  tree.put("all.tar", TarForge().file("u/x86_64/k.btf", kernel_btf()).file("u/arm64/k.btf", kernel_btf()).bytes());
  tree.put("x86_64/any.btf.tar", TarForge().file("k.btf", kernel_btf()).bytes());
  const auto records = tree.reduce();
  REQUIRE(records.size() == 2);
  CHECK(members(records[0].outcome) == Names{"u/x86_64/k.btf"});
  CHECK(records[0].outcome.unselected == 1);
  CHECK(members(records[1].outcome) == Names{"k.btf"});
}

TEST_CASE("input: kernels that are not named like a kernel are selected too") {
  Tree tree;
  tree.selection = PathSelection({.exclude = {"5.5*"}, .architectures = {"x86_64"}});
  const Bytes kernel = kernel_btf();
  for (const std::string directory : {"arm64/", "x86_64/"}) {
    tree.put(directory + "5.4.0", kernel);
    tree.put(directory + "5.4.2.xz", compressed(kernel, Compression::xz));
    tree.put(directory + "5.4.3.tar.xz", compressed(TarForge().file("vmlinux", kernel).bytes(), Compression::xz));
    tree.put(directory + "5.5.0.tar.xz", compressed(TarForge().file("vmlinux", kernel).bytes(), Compression::xz));
  }
  tree.put(
      "t.tar",
      TarForge().file("d/in.tar", TarForge().file("x86_64/a.btf", kernel).file("arm64/a.btf", kernel).bytes()).bytes());
  Names done;
  for (const SourceRecord& record : tree.reduce()) {
    CHECK(record.outcome.problems.empty());
    for (const FoundKernel& found : record.outcome.kernels) done.push_back(record.path + "|" + found.member);
  }
  CHECK(done == Names{"t.tar|d/x86_64/a.btf", "x86_64/5.4.0|", "x86_64/5.4.2.xz|", "x86_64/5.4.3.tar.xz|vmlinux"});
}

TEST_CASE("input: in a tar, a kernel over the limit or a bad kernel in an inner tar does not stop the others") {
  Tree tree;
  Bytes large = kernel_btf();
  tree.limits.kernel_bytes = large.size();
  tree.limits.kernel_bytes += 4096;  // the inner tar is larger than the kernel in it
  large.resize(tree.limits.kernel_bytes + 1);
  tree.put("t.tar", TarForge()
                        .file("a/large.btf", large)
                        .file("a/other.bin", std::string(5 * large.size(), 'x'))
                        .file("b/in.tar", TarForge().file("bad.btf", "text").file("k.btf", kernel_btf()).bytes())
                        .file("c/k.btf", kernel_btf())
                        .bytes());
  const auto records = tree.reduce();
  CHECK(members(records.at(0).outcome) == Names{"b/k.btf", "c/k.btf"});
  REQUIRE(records[0].outcome.problems.size() == 2);
  CHECK_THAT(text(records[0].outcome.problems[0]),
             Catch::StartsWith("a/large.btf||") && Catch::EndsWith("(--max-kernel-size)"));
  CHECK_THAT(text(records[0].outcome.problems[1]), Catch::StartsWith("b/bad.btf||neither raw BTF"));
}

TEST_CASE("input: a file and a member of a tar with equal bytes have different cache keys") {
  Tree tree;
  const TempDir cache_directory;
  Cache cache(cache_directory.path());
  tree.put("x.btf", kernel_btf());
  static_cast<void>(tree.reduce(&cache));
  tree.put("t.tar", TarForge().file("kernel", kernel_btf()).file("file called as a kernel", kernel_btf()).bytes());
  CHECK(members(tree.reduce_as_tar("t.tar", &cache).outcome) == Names{"kernel", "file called as a kernel"});
}

TEST_CASE("input: a truncated tar has one problem and no kernels") {
  Tree tree;
  Bytes cut =
      compressed(TarForge().file("a/k.btf", kernel_btf()).file("b/k.btf", other_kernel(1)).bytes(), Compression::gzip);
  cut.resize(cut.size() - 4);
  tree.put("cut.tar.gz", cut);
  const SourceRecord record = tree.reduce_as_tar("cut.tar.gz");
  CHECK(record.outcome.kernels.empty());
  CHECK(record.outcome.problems.size() == 1);
}

TEST_CASE("input: with a cache, equal sources are found for any timing and any sizes of their files") {
  Tree tree;
  tree.put("raw.btf", kernel_btf());
  fs::rename(write_vmlinux(tree.directory, "one", kernel_btf()), tree.directory.path() / "vmlinux-1");
  // Bytes are appended to the file. The section stays the same.
  std::string longer = contents_of(tree.directory.file("vmlinux-1"));
  longer.append(4096, '\0');
  tree.put("vmlinux-2", longer);
  const auto repeated = [](const std::vector<SourceRecord>& records) {
    return std::ranges::count(records, Origin::repeated, &SourceRecord::origin);
  };
  for (const std::size_t jobs : {1, 8}) {
    tree.jobs = jobs;
    CAPTURE(jobs);
    CHECK(repeated(tree.reduce()) >= 1);
    for (int run = 0; run < 5; ++run) {
      const TempDir cold;
      Cache cache(cold.path());
      CHECK(repeated(tree.reduce(&cache)) == 2);
    }
  }
}

TEST_CASE("input: outcomes from the cache are equal to those of a run without it") {
  Tree tree;
  const TempDir cache_directory;
  Cache cache(cache_directory.path());
  tree.put("a.btf", kernel_btf());
  tree.put("b.btf.xz", compressed(other_kernel(1), Compression::xz));
  tree.put("c.tar", TarForge().file("d/k.btf", other_kernel(2)).file("README", "x").symlink("l", "d").bytes());
  tree.put("bad.btf", "text");
  const auto fresh = tree.reduce(&cache);
  const auto again = tree.reduce(&cache);
  REQUIRE(fresh.size() == again.size());
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    CAPTURE(fresh[i].path);
    CHECK(fresh[i].hash == again[i].hash);
    CHECK(fresh[i].outcome.problems == again[i].outcome.problems);
    CHECK(fresh[i].outcome.links == again[i].outcome.links);
    CHECK(fresh[i].outcome.ignored == again[i].outcome.ignored);
    CHECK(members(fresh[i].outcome) == members(again[i].outcome));
    CHECK(fresh[i].origin == Origin::processed);
    CHECK(again[i].origin == (fresh[i].outcome.problems.empty() ? Origin::cached : Origin::processed));
    for (std::size_t k = 0; k < fresh[i].outcome.kernels.size(); ++k) {
      CHECK(reduced(fresh[i].outcome, k).content == reduced(again[i].outcome, k).content);
      CHECK(reduced(fresh[i].outcome, k).figures == reduced(again[i].outcome, k).figures);
    }
  }
  CHECK(cache.warnings().empty());

  SECTION("a tar with the same bytes in another directory has another key") {
    fs::rename(tree.directory.file("c.tar"), tree.directory.file("moved.tar"));
    CHECK(tree.reduce(&cache).back().origin == Origin::cached);  // in the same directory
    fs::create_directory(tree.directory.path() / "sub");
    fs::rename(tree.directory.file("moved.tar"), tree.directory.file("sub/c.tar"));
    CHECK(tree.reduce(&cache).back().origin == Origin::processed);
  }
  SECTION("an entry with a relocation that the plan does not have is not used") {
    SourceOutcome forged = fresh[0].outcome;
    ReducedKernel kernel = reduced(forged, 0);
    kernel.failures = {{.object = 7, .relocation = 0, .failure = Failure::too_deep}};
    kernel.figures.failed = 1;
    forged.kernels[0].result = make_result(std::move(kernel));
    cache.store(key_of_entry(cache_directory.path(), fresh[0].hash), forged);
    CHECK(tree.reduce(&cache)[0].origin == Origin::processed);
  }
}

TEST_CASE("input: members of a tar are cached one by one, so that another run processes only new members") {
  Tree tree;
  const TempDir cache_directory;
  Cache cache(cache_directory.path());
  const Bytes both = TarForge().file("a/k.btf", kernel_btf()).file("b/k.btf", other_kernel(1)).bytes();
  tree.put("all.tar", both);
  tree.put("more.tar", TarForge().file("a/k.btf", kernel_btf()).file("c/k.btf", other_kernel(2)).bytes());
  CHECK(tree.reduce_as_tar("all.tar", &cache).origin == Origin::processed);
  CHECK(tree.reduce_as_tar("all.tar", &cache).origin == Origin::cached);
  const auto entries = [&] {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(cache_directory.path())) count += entry.is_regular_file();
    return count;
  };
  CHECK(entries() == 3);  // two members and the tar
  CHECK(tree.reduce_as_tar("more.tar", &cache).origin == Origin::processed);
  CHECK(entries() == 5);  // c/k.btf and the tar; a/k.btf was in the cache
}

TEST_CASE("input: progress ends with all bytes and all kernels") {
  Tree tree;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < 20; ++i) {
    tree.put("k" + std::to_string(i) + ".btf", other_kernel(i));
    total += other_kernel(i).size();
  }
  std::uint64_t last_bytes = 0;
  std::size_t last_kernels = 0;
  bool grows = true;
  ProcessRequest request = tree.request();
  request.progress = [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
    grows = grows && bytes > last_bytes && kernels == last_kernels + 1 && path.starts_with("k");
    last_bytes = bytes;
    last_kernels = kernels;
  };
  static_cast<void>(DirectoryInput(tree.directory.path(), {}).process(request));
  CHECK(grows);
  CHECK(last_bytes == total);
  CHECK(last_kernels == 20);
}

TEST_CASE("input: the kind of input depends only on the contents, not on the name") {
  const TempDir directory;
  const auto noun = [](const std::string& path) { return std::string(open_input(path, {})->noun()); };
  const Bytes kernel = kernel_btf();
  const Bytes one = TarForge().file("k.btf", kernel).bytes();
  const Bytes two = TarForge().file("k.btf", kernel).file("l.btf", kernel).bytes();
  CHECK(noun(directory.path()) == "directory");
  CHECK(noun(directory.write("k.btf", kernel)) == "kernel");
  CHECK(noun(directory.write("a.tar", one)) == "kernel");
  CHECK(noun(directory.write("b", two)) == "tar");
  CHECK(noun(directory.write("b.btf", compressed(two, Compression::xz))) == "tar");
  CHECK(noun(directory.write("c", TarForge().file("d/k.btf", kernel).bytes())) == "tar");
  // Opening does not fail. load() reports the error.
  CHECK(noun(directory.file("missing")) == "kernel");
  CHECK(noun(directory.write("text", "text")) == "kernel");
  Bytes cut = compressed(one, Compression::xz);
  cut.resize(cut.size() / 2);
  const auto broken = open_input(directory.write("cut.xz", cut), {});
  CHECK(broken->is_one_kernel());
  CHECK_THROWS_AS(broken->load(), Error);
}

TEST_CASE("input: one kernel is one record, and its errors are thrown") {
  Tree tree;
  tree.put("k.btf.xz", compressed(kernel_btf(), Compression::xz));
  const auto input = open_input(tree.directory.file("k.btf.xz"), {});
  REQUIRE(input->is_one_kernel());
  input->load();
  CHECK(std::ranges::equal(input->one_kernel(), kernel_btf()));
  const ProcessedInput processed = input->process(tree.request());
  REQUIRE(processed.records.size() == 1);
  REQUIRE(processed.records[0].outcome.kernels.size() == 1);
  CHECK(*reduced(processed.records[0].outcome, 0).content == tree.expected());

  Bytes damaged = kernel_btf();
  damaged.resize(damaged.size() - 1);
  tree.put("damaged", damaged);
  const auto bad = open_input(tree.directory.file("damaged"), {});
  bad->load();
  CHECK_THROWS_AS(bad->process(tree.request()), Error);
}

TEST_CASE("input: one kernel cannot be read from a directory or an archive of several kernels") {
  Tree tree;
  tree.put("t.tar", TarForge().file("k.btf", kernel_btf()).file("l.btf", kernel_btf()).bytes());
  const auto reason = [](const std::string& path) {
    return error_text([&] { static_cast<void>(open_input(path, {})->one_kernel()); });
  };
  CHECK(reason(tree.directory.file("t.tar"))
            .ends_with("an archive with more than one kernel; extract one of them first"));
  CHECK(reason(tree.directory.path()).ends_with("is a directory, not a file"));
}

TEST_CASE("input: a second pass over a directory reads only the requested sources of the first pass") {
  Tree tree;
  tree.put("a.btf", kernel_btf());
  tree.put("b.btf", other_kernel(1));
  DirectoryInput input(tree.directory.path(), {});
  CHECK(input.process(tree.request()).records.size() == 2);
  tree.put("c.btf", other_kernel(2));
  const std::set<std::string> only = {"b.btf"};
  ProcessRequest request = tree.request();
  request.only = &only;
  const ProcessedInput again = input.process(request);
  REQUIRE(again.records.size() == 1);
  CHECK(again.records[0].path == "b.btf");
}

TEST_CASE("input: a tar of many kernels from a pipe is detected by load(), and can be processed more than once") {
  Tree tree;
  const Bytes two = TarForge().file("k.btf", kernel_btf()).file("l.btf", kernel_btf()).bytes();
  const std::string fifo = tree.directory.file("fifo");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(fifo, std::ios::binary) << std::string(two.begin(), two.end()); });
  const auto input = open_input(fifo, {});
  CHECK(input->is_one_kernel());  // not known before load()
  input->load();
  writer.join();
  CHECK_FALSE(input->is_one_kernel());
  CHECK(input->noun() == std::string("tar"));
  CHECK(error_text([&] {
          static_cast<void>(input->one_kernel());
        }).ends_with("an archive with more than one kernel; extract one of them first"));
  // The pipe is read once. Its contents are kept for every call.
  for (int i = 0; i < 2; ++i) {
    const ProcessedInput processed = input->process(tree.request());
    REQUIRE(processed.records.size() == 1);
    CHECK(members(processed.records[0].outcome) == Names{"k.btf", "l.btf"});
    CHECK(processed.records[0].outcome.problems.empty());
  }
}
