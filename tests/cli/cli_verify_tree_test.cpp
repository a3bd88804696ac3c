// SPDX-License-Identifier: BSD-2-Clause
// min-btf verify with trees: which file is compared with which kernel, and files that are missing, extra or damaged.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct VerifyPlace : TreePlace {
  [[nodiscard]] CommandResult verify(const Words& more = {}) const {
    return run_min_btf(joined({"verify", in.string(), out.string(), basic}, more));
  }
  /// Returns the path and the status of each kernel.
  [[nodiscard]] std::vector<std::string> states(std::vector<std::string> more = {}) const {
    more.emplace_back("--json");
    const json document = document_of(verify(more));
    std::vector<std::string> states;
    for (const json& kernel : document.at("results")) {
      states.push_back(kernel.at("kernel").get<std::string>() + " " + kernel.at("status").get<std::string>());
    }
    return states;
  }
};

}  // namespace

TEST_CASE("cli_verify_tree: the output of gen has no difference, with any number of threads") {
  const VerifyPlace place;
  put_kernels(place.in);
  REQUIRE(place.gen().status == 0);
  const CommandResult one = place.verify({"-v", "-j1"});
  const CommandResult many = place.verify({"-v", "-j8"});
  CHECK(one.status == 0);
  CHECK(one.out == many.out);
  CHECK(one.err.empty());
  CHECK(count_of(one.out, ": the same; 6 relocations compared; ") == 96);
  CHECK_THAT(one.out, EndsWith(": 96 kernels, 1 object; 576 relocations compared; no difference\n"));
  // The test must include outputs that are links.
  CHECK(!links_in(place.out).empty());

  // The same for a tree with differences: the outputs of another INPUT.
  const VerifyPlace other;
  put_kernels(other.in, true);
  REQUIRE(other.gen().status == 0);
  const std::vector<std::string> mixed = {"verify", place.in.string(), other.out.string(), place.basic};
  std::vector<std::string> single = mixed;
  single.emplace_back("-j1");
  std::vector<std::string> parallel = mixed;
  parallel.emplace_back("-j8");
  const CommandResult first = run_min_btf(single);
  CHECK(first.status == 3);
  CHECK(first.out == run_min_btf(parallel).out);
  single.emplace_back("--json");
  parallel.emplace_back("--json");
  CHECK(run_min_btf(single).out == run_min_btf(parallel).out);
}

TEST_CASE("cli_verify_tree: differences are reported by kernel") {
  const VerifyPlace place;
  put(place.in / "a/x86_64/one.btf", small_kernel({.task = 1}));
  put(place.in / "b/arm64/two.btf.xz", compressed(small_kernel({.task = 2}), Compression::xz));
  REQUIRE(place.gen().status == 0);
  fs::copy_file(place.out / "a/x86_64/one.btf", place.out / "b/arm64/two.btf", fs::copy_options::overwrite_existing);
  const CommandResult result = place.verify();
  CHECK(result.status == 3);
  CHECK_THAT(result.out, StartsWith("b/arm64/two.btf: " + place.basic +
                                    ": handle_exec (raw_tp/sched_process_exec) insn "
                                    "4: field_byte_offset task_struct.pid: "));
  CHECK_THAT(result.out, EndsWith(" in 1 kernel\n"));
  CHECK(place.states() == Words{"a/x86_64/one.btf same", "b/arm64/two.btf different"});
  // With --arch only the kernel of that architecture is compared, and the other reduced file is no warning.
  CHECK(place.verify({"--arch=amd64"}).status == 0);
  CHECK(place.verify({"--arch=amd64"}).err.empty());
  CHECK(place.states({"--exclude=b"}) == Words{"a/x86_64/one.btf same"});
  CHECK(place.states({"--include=b/**"}) == Words{"b/arm64/two.btf different"});
}

TEST_CASE(
    "cli_verify_tree: a kernel without a reduced file is a difference, a reduced file without a kernel is a warning") {
  const VerifyPlace place;
  for (const char* name : {"a/one.btf", "a/two.btf", "b/three.btf"}) {
    put(place.in / name, small_kernel({.task = static_cast<std::uint32_t>(name[2])}));
  }
  REQUIRE(place.gen({"--links=copy"}).status == 0);
  fs::rename(place.out / "a/two.btf", place.out / "a/2.btf");
  put(place.out / "b/notes.txt", "nothing to do with it");
  const CommandResult result = place.verify();
  CHECK(result.status == 3);
  CHECK_THAT(result.out, StartsWith("a/two.btf: missing in REDUCED: no " + (place.out / "a/two.btf").string() + "\n"));
  CHECK_THAT(result.out,
             EndsWith("; 1 missing in REDUCED, no difference otherwise; 1 file in REDUCED without a kernel in FULL\n"));
  CHECK(result.err ==
        "min-btf: warning: " + (place.out / "a/2.btf").string() + ": FULL has no kernel with this path\n");
  const json document = document_of(place.verify({"--json"}));
  CHECK(document.at("kernels").at("missing") == 1);
  CHECK(document.at("extra") == json::array({"a/2.btf"}));
  CHECK(document.at("results").at(1).at("status") == "missing");
  // A file of a kernel that is not selected is not extra.
  CHECK(place.verify({"--include=b"}).err.empty());
}

TEST_CASE("cli_verify_tree: reduced files may be compressed") {
  const VerifyPlace place;
  put(place.in / "a/one.btf.tar.xz",
      compressed(TarForge().file("./one.btf", small_kernel({.task = 1})).bytes(), Compression::xz));
  put(place.in / "a/two.btf", small_kernel({.task = 2}));
  put(place.in / "a/three.btf", small_kernel({.task = 3}));
  REQUIRE(place.gen().status == 0);
  const auto pack = [&](const std::string& name, const std::string& packed, const std::vector<std::uint8_t>& bytes) {
    fs::remove(place.out / name);
    put(place.out / packed, bytes);
  };
  const std::string one = contents_of(place.out / "a/one.btf");
  pack("a/one.btf", "a/one.btf.tar.xz", compressed(TarForge().file("one.btf", one).bytes(), Compression::xz));
  pack("a/two.btf", "a/two.btf.zst", compressed(contents_of(place.out / "a/two.btf"), Compression::zstd));
  CHECK(place.states() == Words{"a/one.btf same", "a/three.btf same", "a/two.btf same"});
  // If a kernel has two reduced files, the one that is not compressed is used.
  put(place.out / "a/three.btf.gz", compressed(one, Compression::gzip));
  const CommandResult result = place.verify();
  CHECK(result.status == 0);
  CHECK(result.err == "min-btf: warning: " + (place.out / "a/three.btf.gz").string() +
                          ": ignored, because a/three.btf is used for the same kernel\n");
}

TEST_CASE("cli_verify_tree: REDUCED may be a tar of any compression, with or without a directory around its files") {
  const VerifyPlace place;
  put(place.in / "a/x86_64/one.btf.tar.xz",
      compressed(TarForge().file("./one.btf", small_kernel({.task = 1})).bytes(), Compression::xz));
  put(place.in / "a/x86_64/again.btf", small_kernel({.task = 1}));
  put(place.in / "a/arm64/two.btf", small_kernel({.task = 2}));
  REQUIRE(place.gen().status == 0);
  REQUIRE(!links_in(place.out).empty());
  const std::string parent = place.out.parent_path().string();
  const std::string top = place.out.filename().string();
  const auto verify = [&](const std::string& reduced, const Words& more = {}) {
    return run_min_btf(joined({"verify", place.in.string(), reduced, place.basic}, more));
  };
  const std::string expected = place.verify().out.substr((place.in.string() + " and " + place.out.string()).size());
  for (const char* suffix : {".tar", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"}) {
    for (const std::vector<std::string>& what : {std::vector<std::string>{"-C", place.out.string(), "."},
                                                 {"-C", parent, top},
                                                 {"-C", parent, "./" + top},
                                                 {"-h", "-C", place.out.string(), "a"}}) {
      const std::string tar = place.directory.file("packed" + std::string(suffix));
      REQUIRE(run_command(joined({"tar", "-caf", tar}, what)).status == 0);
      CAPTURE(tar, what);
      const CommandResult result = verify(tar, {"-j4"});
      CHECK(result.status == 0);
      CHECK(result.err.empty());
      CHECK(result.out == place.in.string() + " and " + tar + expected);
      CHECK(verify(tar, {"--arch=arm64"}).status == 0);
      CHECK(verify(tar, {"--arch=arm64"}).err.empty());
    }
  }
  // FULL may be a tar too.
  const std::string full = place.directory.file("full.tar");
  const std::string reduced = place.directory.file("reduced.tar.gz");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", full, "."}).status == 0);
  REQUIRE(run_command({"tar", "-C", parent, "-caf", reduced, top}).status == 0);
  CHECK(run_min_btf({"verify", full, reduced, place.basic}).status == 0);
}

TEST_CASE("cli_verify_tree: kernels in a tar as REDUCED are missing, different, extra or damaged as in a directory") {
  const VerifyPlace place;
  for (const char* name : {"a/1.btf", "a/2.btf", "a/3.btf", "b/4.btf", "b/5.btf"}) {
    put(place.in / name, small_kernel({.task = static_cast<std::uint32_t>(name[2])}));
  }
  REQUIRE(place.gen({"--links=copy"}).status == 0);
  const auto reduced = [&](const char* name) { return contents_of(place.out / name); };
  const std::string tar = place.directory.write("r.tar", TarForge()
                                                             .file("top/a/1.btf", reduced("a/1.btf"))
                                                             .hardlink("top/a/2.btf", "top/a/1.btf")
                                                             .symlink("top/a/3.btf", "../../nowhere.btf")
                                                             .file("top/b/5.btf", "no BTF")
                                                             .file("top/b/6.btf", reduced("b/5.btf"))
                                                             .file("top/b/7.btf", "no BTF")
                                                             .bytes());
  const std::vector<std::string> command = {"verify", place.in.string(), tar, place.basic, "--json"};
  const CommandResult result = run_min_btf(command);
  CHECK(result.status == 1);
  const json document = document_of(result);
  Words states;
  for (const json& kernel : document.at("results")) {
    states.push_back(kernel.at("kernel").get<std::string>() + " " + kernel.at("status").get<std::string>());
  }
  CHECK(states == Words{"a/1.btf same", "a/2.btf different", "a/3.btf failed", "b/4.btf missing", "b/5.btf failed"});
  CHECK(document.at("results").at(0).at("reduced") == tar + "/top/a/1.btf");
  CHECK(document.at("results").at(3).at("reduced") == tar + "/top/b/4.btf");
  CHECK(document.at("extra") == json::array({"top/b/6.btf"}));
  CHECK(
      document.at("warnings") ==
      json::array({tar + "/top/b/7.btf: neither raw BTF nor an ELF file with a .BTF section, compressed or not, but a "
                         "text file",
                   tar + "/top/b/6.btf: FULL has no kernel with this path"}));
  CHECK_THAT(result.err, Contains("error: " + tar + "/top/a/3.btf: a link to ") &&
                             Contains("error: " + tar + "/top/b/5.btf: neither raw BTF nor"));
}

TEST_CASE(
    "cli_verify_tree: a member that cannot be read and has the name of an earlier member of the tar is an error") {
  const VerifyPlace place;
  put(place.in / "1.btf", small_kernel({.task = 1}));
  REQUIRE(place.gen({}).status == 0);
  const std::string good = contents_of(place.out / "1.btf");
  for (const char* replacement : {"", "no BTF"}) {
    const std::string tar =
        place.directory.write("r.tar", TarForge().file("1.btf", good).file("./1.btf", replacement).bytes());
    const CommandResult result = run_min_btf({"verify", place.in.string(), tar, place.basic});
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains("error: " + tar + "/"));
  }
}

TEST_CASE("cli_verify_tree: the directory around a tar is left off only if no kernel has the unchanged path") {
  const VerifyPlace place;
  put(place.in / "x.btf", small_kernel({.task = 1}));
  put(place.in / "d/x.btf", small_kernel({.task = 1}));
  REQUIRE(place.gen({"--links=copy"}).status == 0);
  // The reduced file of d/x.btf is not used for x.btf.
  const std::string tar =
      place.directory.write("r.tar", TarForge().file("d/x.btf", contents_of(place.out / "d/x.btf")).bytes());
  const CommandResult result = run_min_btf({"verify", place.in.string(), tar, place.basic});
  CHECK(result.status == 3);
  CHECK_THAT(result.out, StartsWith("x.btf: missing in REDUCED: no " + tar + "/x.btf\n"));
  CHECK(result.err.empty());
}

TEST_CASE("cli_verify_tree: a tar as REDUCED that cannot be read to its end is an error, and limits apply to it") {
  const VerifyPlace place;
  put(place.in / "a.btf", small_kernel({.task = 1}));
  put(place.in / "b.btf", small_kernel({.task = 2}));
  REQUIRE(place.gen().status == 0);
  const std::vector<std::uint8_t> whole = compressed(TarForge()
                                                         .file("a.btf", contents_of(place.out / "a.btf"))
                                                         .file("b.btf", contents_of(place.out / "b.btf"))
                                                         .bytes(),
                                                     Compression::gzip);
  const auto verify = [&](const std::string& tar, const std::string& option) {
    return run_min_btf({"verify", option, place.in.string(), tar, place.basic});
  };
  const std::string cut = place.directory.write("cut.tar.gz", std::span(whole).first(whole.size() - 10));
  const CommandResult damaged = verify(cut, "-v");
  CHECK(damaged.status == 1);
  CHECK(damaged.out.empty());
  CHECK_THAT(damaged.err, StartsWith("min-btf: error: " + cut + ": "));
  const std::string sound = place.directory.write("sound.tar.gz", whole);
  CHECK(verify(sound, "-v").status == 0);
  CHECK_THAT(verify(sound, "--max-members=1").err, Contains("--max-members"));
  CHECK_THAT(verify(sound, "--max-kernel-size=10").err, Contains("--max-kernel-size"));
}

TEST_CASE("cli_verify_tree: members of a tar are compared under their output names, including links") {
  const VerifyPlace place;
  const auto kernel = [](std::uint32_t task) { return small_kernel({.task = task}); };
  put(place.in / "lone/5.4.0.tar", TarForge().file("vmlinux", kernel(1)).bytes());
  put(place.in / "two.tar", TarForge().file("vmlinux", kernel(2)).file("other.btf", kernel(3)).bytes());
  put(place.in / "linked.tar", TarForge()
                                   .file("d/one.btf", kernel(4))
                                   .symlink("d/again.btf", "one.btf")
                                   .hardlink("third.btf", "d/one.btf")
                                   .bytes());
  REQUIRE(place.gen().status == 0);
  const Words same = {"d/again.btf same", "d/one.btf same", "lone/5.4.0.btf same",
                      "other.btf same",   "third.btf same", "vmlinux.btf same"};
  CHECK(place.states() == same);
  CHECK(place.states({"-j8"}) == same);
  CHECK(place.verify().err.empty());
  // A link in the tar has its own reduced file.
  fs::remove(place.out / "third.btf");
  fs::copy_file(place.out / "other.btf", place.out / "third.btf");
  CHECK(place.states()[4] == "third.btf different");
  CHECK(place.states()[1] == "d/one.btf same");
  fs::remove(place.out / "third.btf");
  CHECK(place.states()[4] == "third.btf missing");

  // The same tree as one tar.
  const std::string tar = place.directory.file("all.tar");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", tar, "."}).status == 0);
  fs::remove_all(place.out);
  REQUIRE(run_min_btf({"gen", tar, place.out.string(), place.basic}).status == 0);
  const CommandResult whole = run_min_btf({"verify", tar, place.out.string(), place.basic});
  CAPTURE(whole.out, whole.err);
  CHECK(whole.status == 0);
  CHECK_THAT(whole.out, EndsWith("; no difference\n"));
}

TEST_CASE("cli_verify_tree: the kernel of a tar in a tar is compared under the output name that gen gives it") {
  const VerifyPlace place;
  const auto packed = [](std::uint32_t task) {
    return compressed(TarForge().file("vmlinux", small_kernel({.task = task})).bytes(), Compression::xz);
  };
  TarForge tar;
  tar.file("d/5.4.0.tar.xz", packed(1)).file("d/5.5.0.tar.xz", packed(2)).symlink("d/link.tar.xz", "5.5.0.tar.xz");
  // Two kernels in one inner tar have their own names.
  tar.file(
      "d/two.tar.xz",
      compressed(TarForge().file("vmlinux", small_kernel({.task = 3})).file("x.btf", small_kernel({.task = 4})).bytes(),
                 Compression::xz));
  const std::string all = place.directory.write("all.tar", tar.bytes());
  const std::string one = place.directory.write("one.tar", TarForge().file("5.6.0.tar.xz", packed(5)).bytes());
  for (const std::string& input : {all, one}) {
    CAPTURE(input);
    fs::remove_all(place.out);
    REQUIRE(run_min_btf({"gen", input, place.out.string(), place.basic}).status == 0);
    const CommandResult result = run_min_btf({"verify", input, place.out.string(), place.basic});
    CAPTURE(result.out);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains(input == all ? ": 5 kernels, " : ": 1 kernel, "));
  }
  // The same tars in a directory.
  fs::remove_all(place.out);
  fs::rename(all, place.in / "all.tar");
  fs::rename(one, place.in / "one.tar");
  REQUIRE(place.gen().status == 0);
  CHECK(place.states() == Words{"d/5.4.0.btf same", "d/5.5.0.btf same", "d/link.btf same", "d/vmlinux.btf same",
                                "d/x.btf same", "one.btf same"});
  fs::remove(place.out / "d/5.5.0.btf");
  fs::copy_file(place.out / "d/5.4.0.btf", place.out / "d/5.5.0.btf");
  CHECK(place.states()[0] == "d/5.4.0.btf same");
  CHECK(place.states()[1] == "d/5.5.0.btf different");
}

TEST_CASE("cli_verify_tree: if two members have one name, the last one is used") {
  const VerifyPlace place;
  put(place.in / "a.tar", TarForge()
                              .file("d/one.btf", small_kernel({.task = 1}))
                              .file("d/two.btf", small_kernel({.task = 2}))
                              .file("d/one.btf", small_kernel({.task = 3}))
                              .symlink("d/link.btf", "one.btf")
                              .bytes());
  REQUIRE(place.gen().status == 0);
  CHECK(place.states() == Words{"d/link.btf same", "d/one.btf same", "d/two.btf same"});
}

TEST_CASE("cli_verify_tree: a damaged member is reported once, even in a tar with links") {
  const VerifyPlace place;
  put(place.in / "a.tar", TarForge()
                              .file("bad.btf", "no BTF at all, but called so")
                              .file("d/one.btf", small_kernel({.task = 1}))
                              .symlink("link.btf", "d/one.btf")
                              .bytes());
  REQUIRE(place.gen().status == 1);
  const CommandResult result = place.verify();
  CAPTURE(result.out);
  CHECK(result.status == 1);
  CHECK(count_of(result.err, "\n") == 1);
  CHECK_THAT(result.out, Contains(": 2 kernels, ") && EndsWith("; 1 failed, no difference otherwise\n"));
}

TEST_CASE("cli_verify_tree: two files of one kernel are both compared with its reduced file") {
  const VerifyPlace place;
  put(place.in / "a.btf", small_kernel({.task = 1}));
  put(place.in / "a.btf.xz", compressed(small_kernel({.task = 1, .unasked = 1}), Compression::xz));
  REQUIRE(place.gen().status == 0);
  CHECK(place.states() == Words{"a.btf same", "a.btf same"});
  put(place.in / "a.btf.xz", compressed(small_kernel({.task = 2}), Compression::xz));
  CHECK(place.states() == Words{"a.btf same", "a.btf different"});
}

TEST_CASE("cli_verify_tree: a file that cannot be read is an error, and the other kernels are compared") {
  const VerifyPlace place;
  for (const char* name : {"a.btf", "b.btf", "c.btf", "d.btf"}) {
    put(place.in / name, small_kernel({.task = static_cast<std::uint32_t>(name[0])}));
  }
  REQUIRE(place.gen({"--links=copy"}).status == 0);
  put(place.in / "a.btf", as_text(small_kernel({.task = 'a'})).substr(0, 100));
  put(place.out / "b.btf", contents_of(place.out / "b.btf").substr(0, 60));
  fs::remove(place.out / "c.btf");
  fs::create_symlink("nowhere", place.out / "c.btf");
  const CommandResult result = place.verify();
  CAPTURE(result.out, result.err);
  CHECK(result.status == 1);
  CHECK(count_of(result.err, "min-btf: error: ") == 3);
  CHECK(count_of(result.err, "\n") == 3);
  CHECK_THAT(result.err, Contains("error: " + (place.in / "a.btf").string() + ": "));
  CHECK_THAT(result.err, Contains("error: " + (place.out / "b.btf").string() + ": "));
  CHECK_THAT(result.err, Contains("error: " + (place.out / "c.btf").string() + ": cannot open: "));
  CHECK_THAT(result.out, EndsWith("; 3 failed, no difference otherwise\n"));
  CHECK(place.states() == Words{"b.btf failed", "c.btf failed", "d.btf same"});
  const json document = document_of(place.verify({"--json"}));
  CHECK(document.at("errors").size() == 3);
  CHECK(document.at("error").at("kind") == "kernels");
  CHECK(document.at("error").at("message") == "3 kernels could not be compared");
  // Files of kernels that are not selected are not read.
  CHECK(place.verify({"--include=d.btf"}).err.empty());
}

TEST_CASE("cli_verify_tree: a directory that cannot be read is reported once, for all kernels below it") {
  const VerifyPlace place;
  for (const char* name : {"a/one.btf", "a/two.btf", "b.btf", "c.btf"}) {
    put(place.in / name, small_kernel({.task = static_cast<std::uint32_t>(name[2])}));
  }
  REQUIRE(place.gen({"--links=copy"}).status == 0);
  fs::remove(place.out / "c.btf");
  fs::create_directories(place.out / "c.btf/d");
  // Root may read everything, and other users may have no access to the tool's own path.
  const std::string tool = place.directory.file("min-btf");
  const std::string object = place.directory.file("basic.o");
  fs::copy_file(TEST_BINARY, tool);
  fs::copy_file(place.basic, object);
  fs::permissions(place.directory.path(), fs::perms(0755));
  fs::permissions(tool, fs::perms(0755));
  fs::permissions(place.out / "a", fs::perms::none);
  constexpr uid_t nobody = 65534;
  const CommandOptions as_nobody{.in_child = [] {
    if (::geteuid() == 0 && (::setgid(nobody) != 0 || ::setuid(nobody) != 0)) ::_exit(126);
  }};
  const CommandResult result = run_command({tool, "verify", place.in.string(), place.out.string(), object}, as_nobody);
  fs::permissions(place.out / "a", fs::perms(0755));
  CAPTURE(result.out);
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: " + (place.out / "a").string() +
                          ": cannot read the directory: Permission denied\nmin-btf: error: " +
                          (place.out / "c.btf").string() + ": a directory, where a file is needed\n");
  CHECK_THAT(result.out, EndsWith("; 3 failed, no difference otherwise\n"));
}

TEST_CASE(
    "cli_verify_tree: a REDUCED that does not exist cannot be opened, and a REDUCED of the wrong kind is wrong usage") {
  const VerifyPlace place;
  put(place.in / "a.btf", small_kernel({.task = 1}));
  const CommandResult result = place.verify();
  CHECK(result.status == 1);
  CHECK(result.err ==
        "min-btf: error: " + place.out.string() + ": cannot read the directory: No such file or directory\n");
  put(place.out, "text");
  CHECK(place.verify().status == 2);
  put(place.out, small_kernel({.task = 1}));
  const CommandResult one = place.verify();
  CHECK(one.status == 2);
  CHECK_THAT(one.err, Contains(" is a directory of kernels, but REDUCED " + place.out.string() +
                               " is neither a directory nor a tar"));
}

TEST_CASE("cli_verify_tree: a REDUCED that is larger than FULL is a warning") {
  const VerifyPlace place;
  put(place.in / "a.btf", small_kernel({.task = 1}));
  put(place.in / "b.btf", small_kernel({.task = 2}));
  REQUIRE(place.gen().status == 0);
  const CommandResult exchanged = run_min_btf({"verify", place.out.string(), place.in.string(), place.basic});
  CHECK(exchanged.err == "min-btf: warning: REDUCED " + place.in.string() + " is larger than FULL " +
                             place.out.string() + "; are the two arguments swapped?\n");
  CHECK(place.verify().err.empty());
}

TEST_CASE("cli_verify_tree: a run with nothing to verify is an error") {
  const VerifyPlace place;
  fs::create_directories(place.out);
  put(place.in / "notes.txt", "no kernel");
  const CommandResult result = place.verify();
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains(place.in.string() + ": no kernel's BTF in it (1 other file, 0 not selected)"));
  put(place.in / "a/arm64/a.btf", small_kernel({.task = 1}));
  CHECK(place.verify({"--arch=x86_64"}).status == 1);
}

TEST_CASE("cli_verify_tree: gen --verify reduces kernels again that are in the cache") {
  const VerifyPlace place;
  put_kernels(place.in);
  const std::string cache = place.directory.file("cache");
  const CommandResult first = place.gen({"--cache", cache});
  REQUIRE(first.status == 0);
  CHECK_THAT(place.gen({"--cache", cache}).out, Contains("; cache: 96 of 96 results reused"));
  const CommandResult verified = place.gen({"--cache", cache, "--verify"});
  CHECK(verified.status == 0);
  CHECK_THAT(verified.out, Contains("; cache: 0 of 96 results reused") && EndsWith("; verified\n"));
  CHECK_THAT(place.gen({"--cache", cache}).out, Contains("; cache: 96 of 96 results reused"));
  CHECK(document_of(place.gen({"--verify", "--json"})).at("verified") == true);
  // A run that fails before it reduces a kernel does not report `verified`.
  CHECK_FALSE(document_of(place.gen({"--verify", "--json", "--manifest", place.in.string() + "/none/m.json"}))
                  .contains("verified"));
  // The results are stored, too, if the cache was empty.
  fs::remove_all(cache);
  REQUIRE(place.gen({"--cache", cache, "--verify"}).status == 0);
  CHECK_THAT(place.gen({"--cache", cache}).out, Contains("; cache: 96 of 96 results reused"));
}
