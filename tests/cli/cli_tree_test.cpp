// SPDX-License-Identifier: BSD-2-Clause
// A directory of kernels as INPUT, a directory of reduced BTFs as OUTPUT: every form of input, the messages, and
// outputs that depend only on the inputs.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>

#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/json_schema.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::Matches;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

std::string suffix_of(Compression compression) {
  const std::map<Compression, std::string> suffixes = {{Compression::xz, ".xz"},
                                                       {Compression::gzip, ".gz"},
                                                       {Compression::zstd, ".zst"},
                                                       {Compression::bzip2, ".bz2"},
                                                       {Compression::lz4, ".lz4"}};
  return suffixes.at(compression);
}

/// Returns a gzip file whose first 512 bytes, read as the header of an old tar, have a matching checksum: the checksum
/// field has no octal digits and counts as 0, and the sum of the bytes is 0.
std::vector<std::uint8_t> gzip_like_a_tar(std::span<const std::uint8_t> contents) {
  std::vector<std::uint8_t> packed = compressed(contents, Compression::gzip);
  constexpr std::size_t flags = 3, name_start = 10, header_end = 512, checksum = 148;
  packed.at(flags) |= 0x08U;  // a file name follows the header
  std::vector<std::uint8_t> name(header_end - name_start, 'x');
  // The sum is of signed bytes. The eight bytes of the checksum field count as blanks.
  int sum = 8 * ' ' - 8 * 'x' + std::accumulate(name.begin(), name.end(), 0);
  for (std::size_t i = 0; i < name_start; ++i) sum += static_cast<std::int8_t>(packed.at(i));
  for (std::size_t i = 0; sum != 0; ++i) {
    if (name_start + i - checksum < 8) continue;
    // A zero byte would end the name.
    const int value = 'x' - sum == 0 ? -1 : std::max('x' - sum, -128);
    name.at(i) = static_cast<std::uint8_t>(value);
    sum += value - 'x';
  }
  name.push_back(0);
  packed.insert(packed.begin() + name_start, name.begin(), name.end());
  return packed;
}

/// Writes kernels in all forms below `in`. Returns the kernel for each output; all of them are different.
std::map<std::string, std::vector<std::uint8_t>> put_all_forms(const TempDir& directory, const fs::path& in) {
  std::map<std::string, std::vector<std::uint8_t>> kernels;
  std::uint32_t number = 0;
  const auto kernel = [&](const std::string& output) {
    return kernels[output] = small_kernel({.task = ++number, .unasked = number});
  };
  const auto elf = [&](const std::string& output) {
    return bytes_of(contents_of(write_vmlinux(directory, "elf", kernel(output))));
  };
  put(in / "raw.btf", kernel("raw.btf"));
  put(in / "told by its contents", kernel("told by its contents.btf"));
  put(in / "new\nline/and space.btf", kernel("new\nline/and space.btf"));
  put(in / "elf/vmlinux", elf("elf/vmlinux.btf"));
  put(in / "elf/vmlinux-5.4.0", elf("elf/vmlinux-5.4.0.btf"));
  put(in / "tar/member.btf.tar", TarForge().file("./member.btf", kernel("tar/member.btf")).bytes());
  put(in / "tar/elf.tar", TarForge().file("vmlinux", elf("tar/elf.btf")).bytes());
  put(in / "tar/same.tar", TarForge().file("vmlinux", elf("tar/same.btf")).bytes());
  for (const Compression compression : all_compressions) {
    const std::string name = name_of(compression);
    const std::string suffix = suffix_of(compression);
    put(in / "packed" / (name + ".btf" + suffix), compressed(kernel("packed/" + name + ".btf"), compression));
    put(in / "unmarked" / name, compressed(kernel("unmarked/" + name + ".btf"), compression));
    put(in / "packed-elf" / ("vmlinux-" + name + suffix),
        compressed(elf("packed-elf/vmlinux-" + name + ".btf"), compression));
    // As in BTFHub: the name of the member with or without `./`.
    const std::string member = (number % 2 == 0 ? "./" : "") + name + ".btf";
    put(in / "hub" / (name + ".btf.tar" + suffix),
        compressed(TarForge().file(member, kernel("hub/" + name + ".btf")).bytes(), compression));
    const auto several = TarForge()
                             .directory("several-" + name)
                             .file("several-" + name + "/a.btf", kernel("tree/several-" + name + "/a.btf"))
                             .file("several-" + name + "/b/vmlinux", elf("tree/several-" + name + "/b/vmlinux.btf"))
                             .file("README", "text")
                             .bytes();
    put(in / "tree" / (name + "-all.tar" + suffix), compressed(several, compression));
  }
  return kernels;
}

}  // namespace

TEST_CASE("cli_tree: kernels in every form, alone or in archives, give the library's results") {
  const TreePlace place;
  const auto kernels = put_all_forms(place.directory, place.in);
  const CommandResult result = place.gen({place.ambiguous, "--links=copy", "--dedupe=off"});
  CHECK(result.status == 0);
  Contents expected;
  for (const auto& [path, kernel] : kernels) expected[path] = reduced({place.basic, place.ambiguous}, kernel);
  CHECK(differences(contents_below(place.out), expected) == std::vector<std::string>());
  CHECK_THAT(result.out,
             Contains(std::to_string(kernels.size()) + " kernels, ") && Contains("; 5 other files ignored"));

  // Each output also equals that of a single run.
  for (const auto& [path, kernel] : kernels) {
    const std::string alone = place.directory.write("alone.btf", kernel);
    const std::string single = place.directory.file("single.btf");
    REQUIRE(run_min_btf({"gen", alone, single, place.basic, place.ambiguous}).status == 0);
    CHECK(contents_of(single) == contents_of(place.out / path));
  }
}

TEST_CASE("cli_tree: a tar of a tree gives the same outputs as the tree, including compressed kernels in it") {
  const TreePlace place;
  const auto kernels = put_all_forms(place.directory, place.in);
  REQUIRE(place.gen().status == 0);
  const std::string tar = place.directory.file("archive.tar.zst");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "--zstd", "-cf", tar, "."}).status == 0);
  // The members of the tar include compressed kernels, and tars of one or several kernels.
  const std::string unpacked = place.directory.file("from-tar");
  const CommandResult result = run_min_btf({"gen", tar, unpacked, place.basic});
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(differences(contents_below(unpacked), contents_below(place.out)) == std::vector<std::string>());
  CHECK(is_same_tree(unpacked, place.out));
}

TEST_CASE("cli_tree: files that are not kernels are ignored and counted, and hidden directories are not searched") {
  const TreePlace place;
  put(place.in / "a/x.btf", small_kernel({}));
  put(place.in / "a/5.4.0.failed", "");
  put(place.in / "a/5.4.1.hasbtf", "");
  put(place.in / "README.md", "text");
  put(place.in / "empty", "");
  put(place.in / "a/packed-text.xz", compressed("text", Compression::xz));
  put(place.in / "script.tar.gz", compressed(TarForge().file("run.sh", "#!/bin/sh").bytes(), Compression::gzip));
  put(place.in / ".git/objects/x.btf", small_kernel({.task = 1}));
  put(place.in / "a/.hidden/x.btf", small_kernel({.task = 2}));
  const CommandResult result = place.gen();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("; 6 other files ignored"));
  CHECK(contents_below(place.out).size() == 1);
}

TEST_CASE(
    "cli_tree: modules without a kernel beside them are counted by all commands, and a tree of modules only is one "
    "clear error") {
  const TreePlace place;
  BtfForge base;
  base.integer("int", 4, 1);
  BtfForge module = BtfForge::split(base);
  module.structure("nf_conn", 4, {{"mark", 1, 0}});
  put(place.in / "vmlinux", small_kernel({}));
  put(place.in / "modules/nf_conntrack", module.bytes());
  put(place.in / "modules/sha1_ssse3", BtfForge::split(base).bytes());
  put(place.in / "README", "text");
  const std::string cache = "--cache=" + place.directory.file("cache");
  for (int run = 0; run < 2; ++run) {
    const CommandResult result = place.gen({cache, "--manifest=" + place.directory.file("manifest")});
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains(": 1 kernel, ") && Contains("; 3 other files ignored (2 of kernel modules)"));
  }
  CHECK(contents_below(place.out).size() == 1);
  const std::string in = place.in.string();
  const std::string counted = "; 2 files of kernel modules ignored\n";
  const std::vector<std::vector<std::string>> commands = {{"check", in, place.basic},
                                                          {"verify", in, place.out.string(), place.basic}};
  for (const auto& command : commands) {
    const CommandResult result = run_min_btf(command);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Catch::EndsWith(counted));
  }

  fs::remove(place.in / "vmlinux");
  const std::string reason =
      "no kernel's BTF in it (3 other files, 0 not selected); 2 files of kernel modules, which "
      "cannot be read without the BTF of their kernel (vmlinux)\n";
  for (const auto& command : commands) {
    const CommandResult result = run_min_btf(command);
    CHECK(result.status == 1);
    CHECK(result.err == "min-btf: error: " + in + ": " + reason);
  }
  CHECK(place.gen().status == 1);
}

TEST_CASE("cli_tree: a single BTF of a module is one clear error in every command") {
  const TempDir directory;
  const std::string module = directory.write("nf_conntrack", BtfForge::split(BtfForge()).bytes());
  const std::string object = bpf_object("basic");
  const std::string output = directory.file("o.btf");
  const std::vector<std::vector<std::string>> commands = {
      {"gen", module, output, object}, {"check", module, object}, {"verify", module, module, object}, {"dump", module}};
  for (const auto& command : commands) {
    const CommandResult result = run_min_btf(command);
    CAPTURE(command.front());
    CHECK(result.status == 1);
    CHECK(result.err == "min-btf: error: " + module +
                            ": BTF of a kernel module, which cannot be read without the BTF of its kernel (vmlinux)\n");
  }
  CHECK_FALSE(fs::exists(output));
}

TEST_CASE("cli_tree: a damaged kernel is one line on standard error, and the other kernels are reduced") {
  const TreePlace place;
  const auto bytes = small_kernel({});
  const auto damaged = std::span(bytes).first(bytes.size() - 1);
  const auto packed = compressed(bytes, Compression::xz);
  put(place.in / "a.btf", bytes);
  put(place.in / "b.btf", "");
  put(place.in / "c.btf", damaged);
  put(place.in / "d.btf.xz", std::span(packed).first(packed.size() / 2));
  put(place.in / "e.btf", "text");
  put(place.in / "f.tar", TarForge().file("f/good.btf", bytes).file("f/bad.btf", damaged).bytes());
  put(place.in / "g/vmlinux", contents_of(write_vmlinux(place.directory, "elf", bytes, ".other")));
  fs::create_symlink("nowhere", place.in / "h.btf");
  put(place.in / "i.btf.tar.gz", compressed("no tar", Compression::gzip));
  const CommandResult result = place.gen();
  CHECK(result.status == 1);
  CHECK(contents_below(place.out).size() == 2);
  std::vector<std::string> lines;
  std::istringstream stream(result.err);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  const std::string start = "min-btf: error: " + place.in.string() + "/";
  const std::string text = "neither raw BTF nor an ELF file with a .BTF section, compressed or not";
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"b.btf: " + text, "an empty file"},
      {"c.btf: header+0x10: ", "beyond the end of the data"},
      {"d.btf.xz: ", "truncated or damaged xz data"},
      {"e.btf: " + text, "a text file"},
      {"f.tar: f/bad.btf: header+0x10: ", "beyond the end of the data"},
      {"g/vmlinux: an ELF file without a .BTF section", ""},
      {"h.btf: cannot open: No such file or directory", ""},
      {"i.btf.tar.gz: " + text, "a text file"}};
  REQUIRE(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CHECK_THAT(lines[i], StartsWith(start + expected[i].first) && Contains(expected[i].second));
  }
  CHECK_THAT(result.out, Contains(place.in.string() + " -> " + place.out.string() + ": 2 kernels, ") &&
                             Contains("; 8 kernels failed"));

  // With -q only the errors are printed. --json has each of them.
  const CommandResult quiet = place.gen({"-q"});
  CHECK(quiet.status == 1);
  CHECK(quiet.out.empty());
  CHECK(quiet.err == result.err);
  const json document = document_of(place.gen({"--json"}));
  REQUIRE(document.at("errors").size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    CHECK("min-btf: error: " + document.at("errors").at(i).at("message").get<std::string>() == lines[i]);
  }
  CHECK(document.at("kernels").at("done") == 2);
  CHECK(document.at("kernels").at("failed") == 8);
}

TEST_CASE("cli_tree: a compressed kernel is not mistaken for a tar, even if the checksum of a tar header matches") {
  const TreePlace place;
  put(place.in / "a.btf.gz", gzip_like_a_tar(small_kernel({})));
  const CommandResult result = place.gen();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(contents_below(place.out) == Contents{{"a.btf", reduced({place.basic}, small_kernel({}))}});
}

TEST_CASE("cli_tree: a file without read permission is one error, and the other kernels are reduced") {
  const TreePlace place;
  put(place.in / "a.btf", small_kernel({}));
  put(place.in / "b.btf", small_kernel({.task = 1}));
  put(place.in / "c/d.btf", small_kernel({.task = 2}));
  // Root may read everything, and other users may have no access to the tool's own path.
  const std::string tool = place.directory.file("min-btf");
  fs::copy_file(TEST_BINARY, tool);
  fs::copy_file(place.basic, place.directory.file("basic.o"));
  fs::create_directory(place.out);
  fs::permissions(place.directory.path(), fs::perms(0755));
  fs::permissions(tool, fs::perms(0755));
  fs::permissions(place.in / "b.btf", fs::perms::none);
  fs::permissions(place.in / "c", fs::perms::none);
  constexpr uid_t nobody = 65534;
  if (::geteuid() == 0) REQUIRE(::chown(place.out.c_str(), nobody, nobody) == 0);
  const CommandOptions as_nobody{.in_child = [] {
    if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(126);
  }};
  const CommandResult result =
      run_command({tool, "gen", place.in.string(), place.out.string(), place.directory.file("basic.o")}, as_nobody);
  fs::permissions(place.in / "c", fs::perms(0755));
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: " + (place.in / "b.btf").string() + ": cannot open: Permission denied\n" +
                          "min-btf: error: " + (place.in / "c").string() +
                          ": cannot read the directory: Permission denied\n");
  CHECK(contents_below(place.out) == Contents{{"a.btf", reduced({place.basic}, small_kernel({}))}});
}

TEST_CASE("cli_tree: the same inputs give the same bytes with any number of threads") {
  const TreePlace place;
  put_kernels(place.in);
  put_all_forms(place.directory, place.in);
  std::set<std::string> trees;
  std::set<std::string> manifests;
  std::set<std::string> messages;
  for (const char* jobs : {"-j1", "-j8"}) {
    for (int i = 0; i < 5; ++i) {
      fs::remove_all(place.out);
      const std::string manifest = place.directory.file("manifest.json");
      const CommandResult result = place.gen({jobs, "-v", "--manifest", manifest});
      REQUIRE(result.status == 0);
      trees.insert(tar_bytes(place.out));
      manifests.insert(contents_of(manifest));
      messages.insert(result.out + result.err);
    }
  }
  CHECK(trees.size() == 1);
  CHECK(manifests.size() == 1);
  CHECK(messages.size() == 1);
}

TEST_CASE("cli_tree: the outputs do not depend on the order of a directory, the umask, or the times of inputs") {
  const TreePlace place;
  put_kernels(place.in);
  REQUIRE(place.gen({"--manifest", place.directory.file("manifest")}).status == 0);
  const Contents kernels = contents_below(place.in);

  const TempDir other;
  for (auto kernel = kernels.rbegin(); kernel != kernels.rend(); ++kernel) {
    put(other.path() / "in" / kernel->first, kernel->second);
  }
  const CommandOptions strict{.directory = other.path().string(), .in_child = [] { ::umask(0077); }};
  REQUIRE(run_min_btf({"gen", "in/", "out/", place.basic, "--manifest", "manifest"}, strict).status == 0);
  CHECK(is_same_tree(other.path() / "out", place.out));
  CHECK(contents_of(other.path() / "manifest") == contents_of(place.directory.file("manifest")));
}

TEST_CASE("cli_tree: outputs have fixed modes, and the time of SOURCE_DATE_EPOCH or 0") {
  const TreePlace place;
  put_kernels(place.in);
  for (const char* time : {"", "1700000000"}) {
    const CommandOptions dated{.in_child = [=] { ::setenv("SOURCE_DATE_EPOCH", time, 1); }};
    REQUIRE(run_min_btf({"gen", place.in.string(), place.out.string(), place.basic}, dated).status == 0);
    std::size_t seen = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place.directory.path())) {
      if (!entry.path().string().starts_with(place.out.string())) continue;
      struct stat status {};
      REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
      CHECK(status.st_mtime == std::atoll(time));
      if (!entry.is_symlink()) CHECK((status.st_mode & 07777U) == (entry.is_directory() ? 0755 : 0644));
      ++seen;
    }
    CHECK(seen == 96 + 8 + 4 + 1);
  }
  const CommandOptions wrong{.in_child = [] { ::setenv("SOURCE_DATE_EPOCH", "yesterday", 1); }};
  CHECK(run_min_btf({"gen", place.in.string(), place.out.string(), place.basic}, wrong).status == 2);
}

TEST_CASE("cli_tree: the manifest of a run is valid by its schema, and describes the output of each kernel") {
  const TreePlace place;
  put_all_forms(place.directory, place.in);
  put(place.in / "again.btf", small_kernel({.task = 1}));
  const std::string file = place.directory.file("manifest.json");
  REQUIRE(place.gen({"--manifest", file}).status == 0);
  const json manifest = json::parse(contents_of(file));
  const json schema = json::parse(contents_of(TEST_SOURCE_DIR "/docs/manifest.schema.json"));
  CHECK(schema_faults(schema, manifest).empty());
  const Contents outputs = contents_below(place.out);
  const auto links = links_in(place.out);
  REQUIRE(manifest.at("kernels").size() == outputs.size());
  std::size_t index = 0;
  for (const auto& [path, contents] : outputs) {
    const json& kernel = manifest.at("kernels").at(index++);
    CHECK(kernel.at("output") == path);
    CHECK(kernel.at("bytes") == contents.size());
    CHECK(fs::exists(place.in / kernel.at("source").get<std::string>()));
    CHECK(kernel.contains("link") == links.contains(path));
    if (kernel.contains("link")) CHECK(kernel.at("link") == links.at(path));
    if (kernel.contains("same_as")) CHECK(outputs.at(kernel.at("same_as")) == contents);
  }
  CHECK(links.size() == 1);
}
