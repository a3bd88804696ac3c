// SPDX-License-Identifier: BSD-2-Clause
// `min-btf check` from its command line to its output: every form of kernels, the exit status, and the same output for
// the same inputs.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/check_case.hpp"
#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/object_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using minbtf::RelocationKind;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct CheckPlace {
  TempDir directory;
  fs::path in = directory.path() / "in";
  std::string object = directory.write("tool.bpf.o", asking_object({{"read", "bBa"}, {"write", "a"}}));
  std::string none = bpf_object("no_core");

  CheckPlace() { fs::create_directory(in); }

  void put_kernel(const std::string& path, const std::vector<std::uint8_t>& bytes) const { put(in / path, bytes); }
  /// Runs the command on `input`, or on the directory if it is empty.
  [[nodiscard]] CommandResult check(std::vector<std::string> more = {}, const std::string& input = "") const {
    more.insert(more.begin(), {"check", input.empty() ? in.string() : input, object});
    return run_min_btf(std::move(more));
  }
};

/// Writes releases of two distributions, compressed as in BTFHub: without `b` before 5.11, without `a` from 6.5 on.
void put_releases(const CheckPlace& place) {
  for (const std::string version : {"5.4.0", "5.8.0", "5.11.0", "5.15.0", "6.5.0"}) {
    for (int build = 8; build < 12; ++build) {
      const std::string name = version + "-" + std::to_string(build) + "-generic";
      const std::string members = std::string(version == "6.5.0" ? "" : "a") +
                                  (version.starts_with("5.4") || version.starts_with("5.8") ? "" : "b");
      // Neighbours differ in bytes.
      std::vector<std::uint8_t> kernel = kernel_with(members + (build % 2 == 0 ? "c" : "d"));
      const auto packed = compressed(TarForge().file("./" + name + ".btf", kernel).bytes(), Compression::xz);
      put(place.in / "ubuntu/20.04/x86_64" / (name + ".btf.tar.xz"), packed);
    }
  }
  place.put_kernel("debian/12/x86_64/6.1.0-9-amd64.btf", kernel_with("ab"));
}

}  // namespace

TEST_CASE("cli_check: the report on a kernel is the same for raw BTF, compressed BTF and an ELF file") {
  const CheckPlace place;
  const auto kernel = kernel_with("b");
  const std::string expected =
      "tool.bpf.o: 2 programs\n"
      "  poisoned, NOT guarded: KERNEL\n"
      "      s.a: no such member (both programs)\n"
      "1 kernel, 1 object, 2 programs: 0 relocate, 0 guarded, 2 NOT guarded, 0 fail\n";
  for (const std::string& path : {place.directory.write("raw", kernel),
                                  place.directory.write("packed.btf.xz", compressed(kernel, Compression::xz)),
                                  place.directory.write("lone.btf.tar", TarForge().file("x.btf", kernel).bytes()),
                                  write_vmlinux(place.directory, "vmlinux", kernel)}) {
    CAPTURE(path);
    const CommandResult result = place.check({}, path);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    // A compressed kernel is listed under the name of its output.
    const std::string name = path.ends_with(".xz") || path.ends_with(".tar") ? path.substr(0, path.rfind('.')) : path;
    std::string text = expected;
    text.replace(text.find("KERNEL"), 6, name);
    // A long path is on a line of its own.
    std::string out = result.out;
    if (const auto at = out.find(":\n      /"); at != std::string::npos) out.replace(at, 8, ": ");
    CHECK(out == text);
  }
}

TEST_CASE("cli_check: the report on a tree is the same for any number of threads, and for a tar of the tree") {
  const CheckPlace place;
  put_releases(place);
  const std::string expected =
      "tool.bpf.o: 2 programs\n"
      "  poisoned, NOT guarded, 4 of 21 kernels: ubuntu/20.04/x86_64 6.5.0-8 .. 6.5.0-11 generic, 4 kernels\n"
      "      s.a: no such member (both programs)\n"
      "  poisoned, guarded, 8 of 21 kernels: ubuntu/20.04/x86_64 5.4.0-8 .. 5.8.0-11 generic, 8 kernels\n"
      "  relocates, 9 of 21 kernels: debian/12/x86_64 6.1.0-9 amd64;\n"
      "      ubuntu/20.04/x86_64 5.11.0-8 .. 5.15.0-11 generic, 8 kernels\n"
      "21 kernels, 1 object, 2 programs: 0 relocate everywhere, 0 guarded, 2 NOT guarded, 0 fail\n";
  const CommandResult one = place.check({"-j1"});
  CHECK(one.status == 0);
  CHECK(one.err.empty());
  CHECK(one.out == expected);
  CHECK(place.check({"-j8"}).out == one.out);
  CHECK(place.check({"-j8", "--json"}).out == place.check({"-j1", "--json"}).out);
  CHECK(place.check({"-j8", "-v"}).out == place.check({"-j1", "-v"}).out);
  // The same tree as one tar.
  const std::string tar = place.directory.file("all.tar");
  REQUIRE(run_command({"tar", "-C", place.in.string(), "-cf", tar, "."}).status == 0);
  CHECK(place.check({"-j2"}, tar).out == one.out);
}

TEST_CASE("cli_check: --include, --exclude and --arch select kernels as in gen") {
  const CheckPlace place;
  put_releases(place);
  CHECK_THAT(place.check({"--include=debian/**"}).out,
             EndsWith("1 kernel, 1 object, 2 programs: 2 relocate, 0 guarded, 0 NOT guarded, 0 fail\n"));
  CHECK_THAT(place.check({"--exclude=debian"}).out, Contains("20 kernels, "));
  CHECK_THAT(place.check({"--arch=amd64"}).out, Contains("21 kernels, "));
  const CommandResult nothing = place.check({"--arch=arm64"});
  CHECK(nothing.status == 1);
  CHECK_THAT(nothing.err, Contains("no kernel's BTF in it (0 other files, 21 not selected)"));
  CHECK(place.check({"--max-kernel-size=10"}).status == 1);
}

TEST_CASE("cli_check: a damaged kernel is an error, and the other kernels are checked") {
  const CheckPlace place;
  put_releases(place);
  place.put_kernel("debian/12/x86_64/6.1.0-10-amd64.btf", std::vector<std::uint8_t>(100, 7));
  auto cut = kernel_with("ab");
  cut.resize(60);
  place.put_kernel("debian/12/x86_64/6.1.0-11-amd64.btf", cut);
  for (const std::string jobs : {"-j1", "-j8"}) {
    const CommandResult result = place.check({jobs, "--fail-on=unguarded"});
    CHECK(result.status == 1);
    CHECK(count_of(result.err, "min-btf: error: ") == 3);
    CHECK_THAT(result.err, Contains("6.1.0-10-amd64.btf: neither raw BTF nor") && Contains("6.1.0-11-amd64.btf: "));
    CHECK_THAT(result.out, Contains("21 kernels, 1 object, 2 programs: "));
  }
  const json document = document_of(place.check({"--json"}));
  CHECK(document.at("errors").size() == 2);
  CHECK(document.at("error").at("kind") == "kernels");
  CHECK(document.at("kernels").size() == 21);
}

TEST_CASE("cli_check: a run without a readable kernel fails and reports nothing on stdout") {
  const CheckPlace place;
  place.put_kernel("bad.btf", std::vector<std::uint8_t>(100, 7));
  const CommandResult result = place.check({"--fail-on=no-relocations", place.none});
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(document_of(place.check({"--json"}))["kernels"] == json::array());
}

TEST_CASE("cli_check: without a readable kernel the document has all fields, and conditions on objects alone") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", std::vector<std::uint8_t>(100, 7));
  const CommandResult result =
      run_min_btf({"check", "--json", "--fail-on=no-relocations", place.in.string(), place.object, place.none});
  CHECK(result.status == 1);
  const json document = json::parse(result.out);
  CHECK(document["errors"].size() == 1);
  CHECK(document["summary"] == json{{"kernels", 0},
                                    {"objects", 2},
                                    {"programs", 3},
                                    {"relocates", 0},
                                    {"guarded", 0},
                                    {"poisoned", 0},
                                    {"fails", 0}});
  CHECK(document["objects"].size() == 2);
  CHECK(document["combinations"] == json::array());
  CHECK(document["kernels"] == json::array());
  CHECK(document["conditions"][0]["word"] == "no-relocations");
}

TEST_CASE("cli_check: a selection that matches no kernel is a warning") {
  const CheckPlace place;
  put_releases(place);
  const CommandResult result = place.check({"--arch=x86_64,sw_64", "--include=debian/**", "--include=ubunto/**"});
  CHECK(result.status == 0);
  CHECK(result.err ==
        "min-btf: warning: --include=ubunto/**: matches no selected kernel\n"
        "min-btf: warning: --arch=sw_64: matches no selected kernel\n");
  for (const auto& [words, reason] : std::vector<std::pair<std::string, std::string>>{
           {"x86_64,arn64", "'arn64' is not a word for an architecture; did you mean 'arm64'?"},
           {"x86_64,", "'' is not a word for an architecture"},
           {"x86_64, arm64", "' arm64' is not a word for an architecture"}}) {
    const CommandResult slip = place.check({"-q", "--arch=" + words});
    CHECK(slip.status == 2);
    CHECK_THAT(slip.err, StartsWith("min-btf: error: --arch: " + reason));
  }
  CHECK(place.check({"--arch=amd64", "--include=*.btf.tar.xz"}).err.empty());
  const CommandResult none = place.check({"--arch=bogus"});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("warning: --arch=bogus: matches no selected kernel"));
}

TEST_CASE("cli_check: a note names the objects that need a kernel with its own BTF") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_btf());
  const std::string needy = bpf_object("kernel_needs");
  const CommandResult result = run_min_btf({"check", place.in.string(), place.object, needy});
  CHECK_THAT(result.out, Contains("note: on a kernel without BTF, libbpf refuses 1 object, even with a shipped BTF.\n"
                                  "      Switching programs off does not help (see min-btf inspect):\n"
                                  "      kernel_needs.bpf.o\n"));
  const json objects =
      json::parse(run_min_btf({"check", "--json", place.in.string(), place.object, needy}).out)["objects"];
  CHECK(objects[0]["without_kernel_btf"] == "loads");
  CHECK(objects[1]["without_kernel_btf"] == "fails");
}

TEST_CASE("cli_check: two files of one kernel count once if their outcomes are equal, and are an error otherwise") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_with("b"));
  put(place.in / "1.1.btf.xz", compressed(kernel_with("bc"), Compression::xz));
  const CommandResult same = place.check();
  CHECK(same.status == 0);
  CHECK_THAT(same.out,
             Contains("1 kernel, 1 object") &&
                 Contains("note: 1 kernel has two files with equal outcomes, and counts once:\n      1.1.btf\n"));
  CHECK(json::parse(place.check({"--json"}).out)["repeated"] == 1);
  put(place.in / "1.1.btf.xz", compressed(kernel_with("ab"), Compression::xz));
  const CommandResult other = place.check();
  CHECK(other.status == 1);
  CHECK_THAT(other.err,
             Contains("1.1.btf.xz: the output path 1.1.btf is already used for 1.1.btf, which has a different result"));
}

TEST_CASE("cli_check: --fail-on names each condition that holds, with its objects, programs and kernels") {
  const CheckPlace place;
  put_releases(place);
  const auto error_of = [&](const std::string& words, std::vector<std::string> more = {}) {
    more.insert(more.begin(), "--fail-on=" + words);
    const CommandResult result = place.check(more);
    CHECK(result.status == (result.err.empty() ? 0 : 3));
    CHECK(count_of(result.err, "\n") <= 1);
    return result.err;
  };
  const std::string start = "min-btf: error: a condition of --fail-on is met: ";
  CHECK(error_of("unguarded") == start + "unguarded (2 programs of 1 object on 4 kernels)\n");
  CHECK(error_of("poisoned,fails") == start + "poisoned (2 programs of 1 object on 12 kernels)\n");
  const std::string several = "min-btf: error: conditions of --fail-on are met: ";
  CHECK(error_of("poisoned,unguarded") == several +
                                              "poisoned (2 programs of 1 object on 12 kernels), "
                                              "unguarded (2 programs of 1 object on 4 kernels)\n");
  CHECK(error_of("fails,ambiguous,no-relocations").empty());
  CHECK(error_of("no-relocations", {place.none}) == start + "no-relocations (1 object)\n");
  CHECK(error_of("unguarded", {"--include=debian"}).empty());
  CHECK(error_of("poisoned", {"--include=5.4.0*"}) == start + "poisoned (1 program of 1 object on 4 kernels)\n");
  CHECK(error_of("unguarded", {"--include=5.4.0*"}).empty());
  place.put_kernel("ubuntu/20.04/x86_64/twice.btf", kernel_with("ab", true));
  CHECK(error_of("fails") == start + "fails (2 programs of 1 object on 1 kernel)\n");
  CHECK(error_of("ambiguous,fails") == several +
                                           "ambiguous (2 programs of 1 object on 1 kernel), "
                                           "fails (2 programs of 1 object on 1 kernel)\n");
  const json document = document_of(place.check({"--json", "--fail-on=fails,no-relocations"}));
  CHECK(document.at("exit") == 3);
  CHECK(document.at("conditions") == json::parse(R"([{"word": "fails", "objects": 1, "programs": 2, "kernels": 1}])"));
}

TEST_CASE("cli_check: --fail-on=kernel-btf holds for objects that need the kernel's own BTF") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_with("ab"));
  const auto object_in = [&](const std::string& section, RelocationKind kind) {
    BtfForge local;
    local.integer("int", 4, 1);
    const ForgedProgram program = {.name = "p",
                                   .section = section,
                                   .insns = {mov_imm(1), exit_insn()},
                                   .records = {{.insn = 0, .type_id = 1, .access = "0", .kind = std::uint32_t(kind)}}};
    return place.directory.write("p.bpf.o", forge_object(local, {program}));
  };
  struct Row {
    const char* section;
    RelocationKind kind;
    bool holds;
  };
  const auto row = GENERATE(
      // libbpf needs the kernel's BTF for programs of these sections that it loads by default.
      Row{"fentry/vfs_read", RelocationKind::type_size, true},
      Row{"tp_btf/sched_switch", RelocationKind::type_size, true},
      Row{"lsm.s/file_open", RelocationKind::type_size, true}, Row{"iter/task", RelocationKind::type_size, true},
      Row{"?fentry/vfs_read", RelocationKind::type_size, false},
      Row{"kprobe/vfs_read", RelocationKind::type_size, false}, Row{"freplace/f", RelocationKind::type_size, false},
      // libbpf patches in an id, which is the id of another type in the kernel's BTF.
      Row{"kprobe/vfs_read", RelocationKind::type_id_target, true},
      Row{"?kprobe/vfs_read", RelocationKind::type_id_target, false},
      Row{"kprobe/vfs_read", RelocationKind::type_id_local, false});
  CAPTURE(row.section, row.kind);
  const std::string object = object_in(row.section, row.kind);
  const CommandResult result = run_min_btf({"check", "--fail-on=kernel-btf", place.in.string(), object});
  CHECK(result.status == (row.holds ? 3 : 0));
  CHECK(result.err == (row.holds ? "min-btf: error: a condition of --fail-on is met: kernel-btf (1 object)\n" : ""));
  // A note is printed if and only if the condition holds.
  CHECK((result.out.find("note: ") != std::string::npos) == row.holds);
  CHECK(run_min_btf({"check", place.in.string(), object}).status == 0);
}

TEST_CASE("cli_check: --fail-on=kernel-btf counts objects with kernel functions, and the document names it") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_with("ab"));
  CHECK(place.check({"--fail-on=kernel-btf"}).status == 0);
  const std::string needy = bpf_object("kernel_needs");
  const json document = document_of(place.check({needy, "--json", "--fail-on=kernel-btf,fails"}));
  CHECK(document.at("exit") == 3);
  CHECK(document.at("conditions") ==
        json::parse(R"([{"word": "kernel-btf", "objects": 1, "programs": 0, "kernels": 0}])"));
  CHECK(document.at("objects").at(1).at("takes_type_ids") == false);
  const Workplace one;
  check_usage_error({"gen", "--fail-on=kernel-btf", one.kernel, one.output, one.basic},
                    "'kernel-btf' is a condition of 'check'; gen has: ambiguous, fails, poisoned, no-relocations (see");
}

TEST_CASE("cli_check: gen takes --fail-on=fails for one kernel and for a tree, but not unguarded") {
  const Workplace place;
  const auto gen = [&](const std::string& object) {
    return run_min_btf({"gen", "-q", "--fail-on=fails", place.kernel, place.output, object});
  };
  CHECK(gen(place.basic).status == 0);
  CHECK(gen(place.ambiguous).status == 3);
  CHECK_THAT(gen(place.ambiguous).err, EndsWith("a condition of --fail-on is met: fails\n"));
  const fs::path tree = place.directory.path() / "tree";
  put(tree / "k.btf", contents_of(place.kernel));
  const std::string out = place.directory.file("out");
  CHECK(run_min_btf({"gen", "-q", "--fail-on=fails", tree.string(), out, place.basic}).status == 0);
  CHECK(run_min_btf({"gen", "-q", "--fail-on=fails", tree.string(), out, place.ambiguous}).status == 3);
  check_usage_error({"gen", "--fail-on=unguarded", place.kernel, place.output, place.basic},
                    "'unguarded' is a condition of 'check'; gen has: ambiguous, fails, poisoned, no-relocations (see");
}

TEST_CASE("cli_check: gen -v prints why an instruction is poisoned") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", "-v", place.kernel, place.output, place.basic, place.ambiguous});
  CHECK_THAT(result.out, Contains("struct task_struct___old::state: poisoned (task_struct.state: no such member)\n"));
  const json document =
      document_of(run_min_btf({"gen", "-v", "--json", place.kernel, place.output, place.basic, place.ambiguous}));
  CHECK(document.at("resolutions").at(5).at("why") ==
        json::parse(R"({"reason": "no_such_member", "subject": "task_struct.state", "detail": ""})"));
  CHECK_FALSE(document.at("resolutions").at(4).contains("why"));
  CHECK_FALSE(document.at("resolutions").at(6).contains("why"));
}

TEST_CASE("cli_check: a poisoned instruction that the verifier cannot reach is guarded") {
  const Workplace place;
  const CommandResult result = run_min_btf({"check", "-v", "--fail-on=unguarded", place.kernel, place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("task_struct.state: no such member, guarded: cannot be reached (handle_exit insn"));
  CHECK(run_min_btf({"check", "--fail-on=poisoned", place.kernel, place.basic}).status == 3);
}

TEST_CASE("cli_check: an object without relocations is reported, and a directory is searched for objects") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_with("ab"));
  const CommandResult result = place.check({place.none});
  CHECK(result.err.empty());
  CHECK_THAT(result.out, Contains("no_core.bpf.o: nothing to relocate: no CO-RE relocations\n"));
  CHECK(run_min_btf({"check", place.in.string(), place.none}).status == 0);
  const fs::path objects = place.directory.path() / "objects";
  fs::create_directory(objects);
  fs::copy(place.object, objects / "one.o");
  fs::copy(place.object, objects / "two.o");
  put(objects / "README.o", "text");
  const json document = document_of(run_min_btf({"check", "--json", place.in.string(), objects.string()}));
  CHECK(document.at("summary").at("objects") == 2);
  CHECK(document.at("skipped_objects") == 1);
}

TEST_CASE(
    "cli_check: --include-object and --exclude-object select among the objects of a directory, in every command") {
  const CheckPlace place;
  place.put_kernel("1.1.btf", kernel_with("ab"));
  const fs::path objects = place.directory.path() / "objects";
  fs::create_directory(objects);
  for (const char* name : {"p_x86_bpfel.o", "p_arm64_bpfel.o", "q_x86_bpfel.o"}) fs::copy(place.object, objects / name);
  const std::string in = place.in.string();
  const std::string out = place.directory.file("out");
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"gen", in, out}, {"verify", in, out}, {"check", in}, {"inspect"}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.begin() + 1,
                     {"--json", "--include-object=*_x86_*", "--exclude-object", "q*", "--include-object=nothing"});
    arguments.push_back(objects.string());
    const CommandResult result = run_min_btf(arguments);
    CHECK_THAT(result.err, Contains("min-btf: warning: --include-object=nothing: matches no object in a directory\n"));
    const json document = document_of(result);
    INFO(document);
    REQUIRE(document.at("objects").size() == 1);
    const json& object = document.at("objects")[0];
    CHECK(object.value("path", object.value("name", "")) == (objects / "p_x86_bpfel.o").string());
    CHECK(document.at("unselected_objects") == 2);
  }
}

TEST_CASE("cli_check: control characters in names are escaped in the text") {
  const CheckPlace place;
  place.put_kernel("new\nline \x1b[1m.btf", kernel_with("a"));
  const CommandResult result = place.check();
  CHECK_THAT(result.out, Contains("new\\x0aline \\x1b[1m.btf"));
  CHECK(document_of(place.check({"--json"})).at("kernels").at(0).at("path") == "new\nline \x1b[1m.btf");
}

TEST_CASE("cli_check: contradicting, unknown or missing arguments are usage errors") {
  const CheckPlace place;
  const std::string kernel = place.directory.write("k.btf", kernel_with("ab"));
  check_usage_error({"check"}, "check needs INPUT and at least one OBJECT, but has none of them");
  check_usage_error({"check", kernel}, "but has only");
  check_usage_error({"check", kernel, ""}, "a file name is empty");
  check_usage_error({"check", "-q", "-v", kernel, place.object}, "--quiet and --verbose contradict each other");
  check_usage_error({"check", "--fail-on=failing", kernel, place.object}, "unknown condition 'failing'");
  check_usage_error({"check", "--manifest=x", kernel, place.object}, "unknown option '--manifest'");
  check_usage_error({"check", "--arch=arm64", kernel, place.object},
                    "--arch is for a directory or an archive of kernels, and INPUT ");
  check_usage_error({"check", "-j0", kernel, place.object}, "--jobs: '0'");
  CHECK(place.check({}, place.directory.file("missing")).status == 1);
  CHECK(run_min_btf({"check", kernel, kernel}).status == 1);
  CHECK(run_min_btf({"check", "-q", kernel, place.object}).out.empty());
}

TEST_CASE("cli_check: the help states that the kernel's verifier decides the rest") {
  const CommandResult help = run_min_btf({"help", "check"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, Contains("Relocating is not loading: the kernel's verifier decides the rest."));
  CHECK(run_min_btf({"check", "--help"}).out == help.out);
  CHECK_THAT(run_min_btf({"help"}).out, Contains("check INPUT OBJECT..."));
}

TEST_CASE("cli_check: a directory with the BTF of a kernel and of modules lists the types that only modules have") {
  const CheckPlace place;
  BtfForge base;
  base.integer("int", 4, 1);
  const auto module = [&](std::uint32_t bits) {
    BtfForge split = BtfForge::split(base);
    split.structure("s", 64, {{"a", 1, bits}, {"b", 1, 64}});
    return split.bytes();
  };
  place.put_kernel("vmlinux", base.bytes());
  place.put_kernel("first", module(0));
  CommandResult result = place.check();
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("\ntypes that only modules have:\n"
                                  "  struct s: module first; without it loaded nothing is found\n"));
  place.put_kernel("second", module(32));
  result = place.check();
  CHECK(result.status == 0);
  CHECK_THAT(result.out,
             Contains("  struct s: modules first and second: the answers depend on which of them are loaded"));
  CHECK_THAT(result.out, Contains("      offset of s.a: 0 with first, 4 with second; with both: ambiguous\n"));
  CHECK_THAT(result.out, Contains("found in modules first and second"));
  const json document = json::parse(place.check({"--json"}).out);
  CHECK(document.at("module_types").at(0).at(0).at("modules") == json::parse(R"(["first", "second"])"));
  CHECK(document.at("kernels").at(0).at("module_types") == 0);
}
