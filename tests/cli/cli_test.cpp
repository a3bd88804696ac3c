// SPDX-License-Identifier: BSD-2-Clause
// The tool as a user runs it: its arguments, output files, messages and exit statuses.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "minbtf/btf.hpp"
#include "support/cli_case.hpp"
#include "support/fixtures.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/os/run_command.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli: gen publishes the library's result and prints one line") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  const std::string expected = reduced({place.basic});
  CHECK(place.published() == expected);
  const std::string sizes = std::to_string(kernel_btf().size()) + " -> " + std::to_string(expected.size());
  CHECK(result.out ==
        place.kernel + ": " + sizes + " bytes, 4 types, 4 members; 6 relocations: 5 resolved, 1 poisoned, 0 failing\n");
}

TEST_CASE("cli: gen min_core_btf does the same as gen") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", "min_core_btf", place.kernel, place.output, place.basic});
  CHECK(result.status == 0);
  CHECK(place.published() == reduced({place.basic}));
  check_usage_error({"gen", "min_core_btf", place.kernel, place.output}, "gen needs INPUT, OUTPUT and at least one");
}

TEST_CASE("cli: several objects, and directories of objects, give one result") {
  const Workplace place;
  const std::string expected = reduced({place.basic, place.ambiguous});
  CHECK(expected != reduced({place.basic}));
  SECTION("files") {
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic, place.ambiguous}).status == 0);
  }
  SECTION("a directory") {
    fs::create_directories(place.directory.path() / "objects/deeper");
    fs::copy(place.basic, place.directory.path() / "objects/deeper/b.o");
    fs::copy(place.ambiguous, place.directory.path() / "objects/a.o");
    static_cast<void>(place.directory.write("objects/host.o", "no ELF"));
    const CommandResult result =
        run_min_btf({"gen", "--json", place.kernel, place.output, place.directory.file("objects")});
    const json document = document_of(result);
    CHECK(document.at("skipped_objects") == 1);
    REQUIRE(document.at("objects").size() == 2);
    CHECK(document.at("objects").at(0).at("path") == place.directory.file("objects/a.o"));
    CHECK(document.at("objects").at(1).at("path") == place.directory.file("objects/deeper/b.o"));
  }
  CHECK(place.published() == expected);
}

TEST_CASE("cli: a directory without BPF objects is an error") {
  const Workplace place;
  fs::create_directory(place.directory.path() / "empty");
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.directory.file("empty")});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("empty: no BPF object"));
  CHECK_FALSE(fs::exists(place.output));
}

TEST_CASE("cli: an ELF file with a .BTF section is a kernel like raw BTF") {
  const Workplace place;
  const std::string vmlinux = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  CHECK(run_min_btf({"gen", vmlinux, place.output, place.basic}).status == 0);
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("cli: a reduced BTF has the byte order of the kernel") {
  const Workplace place;
  const std::string kernel = place.directory.write("eb.btf", kernel_btf("eb"));
  const std::string object = bpf_object("basic", "eb");
  CHECK(run_min_btf({"gen", kernel, place.output, object}).status == 0);
  CHECK(place.published() == reduced({object}, kernel_btf("eb")));
  CHECK(place.published().substr(0, 2) == "\xeb\x9f");
}

TEST_CASE("cli: --verbose lists each relocation") {
  const Workplace place;
  for (const char* option : {"-v", "--verbose"}) {
    const CommandResult result = run_min_btf({"gen", option, place.kernel, place.output, place.basic});
    CHECK(result.status == 0);
    CHECK(std::ranges::count(result.out, '\n') == 7);
    CHECK_THAT(result.out, StartsWith(place.basic + ": handle_exec (raw_tp/sched_process_exec) insn 4: " +
                                      "field_byte_offset struct task_struct::pid: 32\n"));
    CHECK_THAT(result.out, Contains("field_exists struct task_struct::__state: 1\n"));
    CHECK_THAT(
        result.out,
        Contains("field_byte_offset struct task_struct___old::state: poisoned (task_struct.state: no such member)\n"));
  }
}

TEST_CASE("cli: failing relocations are warnings, of which the first twenty are listed") {
  const Workplace place;
  const std::vector<std::string> files = {place.kernel, place.output, place.ambiguous};
  const CommandResult brief = run_min_btf({"gen", files[0], files[1], files[2]});
  CHECK(brief.status == 0);
  CHECK(count_of(brief.err, "min-btf: warning: ") == 21);
  CHECK_THAT(brief.err,
             StartsWith("min-btf: warning: " + place.ambiguous + ": handle_exec " +
                        "(raw_tp/sched_process_exec) insn 0: field_byte_offset struct disputed::f0: fails: "));
  CHECK_THAT(brief.err, EndsWith("min-btf: warning: and 5 more; -v lists them\n"));
  CHECK_THAT(brief.out, EndsWith("25 relocations: 0 resolved, 0 poisoned, 25 failing\n"));

  const CommandResult verbose = run_min_btf({"gen", "-v", files[0], files[1], files[2]});
  CHECK(count_of(verbose.err, "min-btf: warning: ") == 25);
  CHECK(count_of(verbose.out, ": fails: ") == 25);
}

TEST_CASE("cli: --quiet prints only errors") {
  const Workplace place;
  for (const char* option : {"-q", "--quiet"}) {
    const CommandResult done = run_min_btf({"gen", option, place.kernel, place.output, place.ambiguous, place.no_core});
    CHECK(done.status == 0);
    CHECK(done.out.empty());
    CHECK(done.err.empty());
    const CommandResult failed = run_min_btf({"gen", option, place.kernel, place.output, "missing.o"});
    CHECK(failed.status == 1);
    CHECK(failed.err == "min-btf: error: missing.o: cannot open: No such file or directory\n");
  }
}

TEST_CASE("cli: several objects without relocations are one warning, or one warning each with -v") {
  const Workplace place;
  const std::string copy = place.directory.file("copy.o");
  fs::copy(place.no_core, copy);
  const std::vector<std::string> files = {place.kernel, place.output, place.no_core, place.basic, copy};
  std::vector<std::string> arguments = files;
  arguments.insert(arguments.begin(), "gen");
  CHECK(run_min_btf(arguments).err ==
        "min-btf: warning: 2 of 3 objects have nothing to relocate (no CO-RE relocations): " + place.no_core + ", " +
            copy + "\n");
  arguments.push_back("-v");
  CHECK(count_of(run_min_btf(arguments).err, ": nothing to relocate: no CO-RE relocations\n") == 2);
}

TEST_CASE("cli: an object without relocations is a warning, and the result is empty but valid") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.no_core});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, StartsWith("min-btf: warning: " + place.no_core + ": nothing to relocate: "));
  CHECK(count_of(result.err, "\n") == 1);
  CHECK_THAT(result.out, Contains("0 types, 0 members; 0 relocations: 0 resolved, 0 poisoned, 0 failing"));
  const std::string bytes = place.published();
  CHECK(Btf::parse({bytes.begin(), bytes.end()}, "out").type_count() == 0);
}

TEST_CASE("cli: --fail-on turns a condition into exit status 3, with the output written") {
  const Workplace place;
  struct Row {
    std::string list;
    std::vector<std::string> objects;
    std::vector<std::string> met;
  };
  const std::vector<Row> rows = {
      {"ambiguous", {place.ambiguous}, {"ambiguous"}},
      {"ambiguous", {place.basic, place.no_core}, {}},
      {"poisoned", {place.basic}, {"poisoned"}},
      {"poisoned", {place.ambiguous, place.no_core}, {}},
      {"no-relocations", {place.basic, place.no_core}, {"no-relocations"}},
      {"no-relocations", {place.basic, place.ambiguous}, {}},
      {"ambiguous,poisoned", {place.basic}, {"poisoned"}},
      {"ambiguous,poisoned,no-relocations",
       {place.basic, place.no_core, place.ambiguous},
       {"ambiguous", "poisoned", "no-relocations"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.list, row.objects);
    fs::remove(place.output);
    std::vector<std::string> arguments = {"gen", "--json", "-q", "--fail-on=" + row.list, place.kernel, place.output};
    arguments.insert(arguments.end(), row.objects.begin(), row.objects.end());
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == (row.met.empty() ? 0 : 3));
    CHECK(document_of(result).value("conditions", std::vector<std::string>()) == row.met);
    CHECK(result.err.empty() == row.met.empty());
    CHECK(place.published() == reduced(row.objects));
  }
  const CommandResult separate = run_min_btf({"gen", "--fail-on", "poisoned", place.kernel, place.output, place.basic});
  CHECK(separate.status == 3);
  CHECK(separate.err == "min-btf: error: a condition of --fail-on is met: poisoned\n");
  const CommandResult several =
      run_min_btf({"gen", "--fail-on=poisoned,fails", place.kernel, place.output, place.basic, place.ambiguous});
  CHECK_THAT(several.err, EndsWith("min-btf: error: conditions of --fail-on are met: poisoned, fails\n"));
  check_usage_error({"gen", "--fail-on=unguarded", place.kernel, place.output, place.basic},
                    "--fail-on: 'unguarded' is a condition of 'check'; gen has: ambiguous, fails, poisoned, "
                    "no-relocations (see 'min-btf help gen')");
}

TEST_CASE("cli: help and version are printed for every spelling of the request") {
  const std::string overview = run_min_btf({"help"}).out;
  CHECK_THAT(overview, StartsWith("Usage: min-btf COMMAND") && Contains("Examples:\n  min-btf gen "));
  CHECK(run_min_btf({"-h"}).out == overview);
  CHECK(run_min_btf({"--help"}).out == overview);

  const std::string gen = run_min_btf({"help", "gen"}).out;
  CHECK_THAT(gen, StartsWith("Usage: min-btf gen ") && Contains("Examples:\n  min-btf gen "));
  for (const char* word : {"--help", "--verbose", "--quiet", "--json", "--fail-on", "ambiguous", "poisoned",
                           "no-relocations", "min_core_btf"}) {
    CHECK_THAT(gen, Contains(word));
  }
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"gen", "--help"}, {"gen", "-h"}, {"gen", "help"}, {"gen", "-h", "a", "b"}, {"gen", "min_core_btf", "-h"}}) {
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 0);
    CHECK(result.out == gen);
  }
  for (const char* option : {"version", "-V", "--version"}) {
    const CommandResult result = run_min_btf({option});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Catch::Matches("min-btf [0-9]+\\.[0-9]+\\.[0-9]+ \\((commit [0-9a-f]{12}(-dirty)?, )?"
                                          "libbpf [0-9]+\\.[0-9]+\\)\n"));
  }
  const std::string btfgen = run_min_btf({"help", "btfgen"}).out;
  CHECK_THAT(btfgen, StartsWith("Usage: min-btf btfgen ") && Contains("Example:\n  min-btf btfgen "));
  CHECK(run_min_btf({"btfgen", "-h"}).out == btfgen);
  CHECK(run_min_btf({"btfgen", "--help", "-a", "x86_64"}).out == btfgen);
  for (const char* word : {"help", "--help", "-h"}) CHECK(run_min_btf({"help", word}).out == overview);
  const std::string version = run_min_btf({"help", "version"}).out;
  CHECK_THAT(version, StartsWith("Usage: min-btf version ") && Contains("Prints the version of min-btf"));
  CHECK(run_min_btf({"version", "--help"}).out == version);
  const auto versions = document_of(run_min_btf({"version", "--json"}));
  const std::string text = versions.at("text");
  CHECK(text == run_min_btf({"version"}).out);
  CHECK_THAT(text, Contains("libbpf " + versions.at("libbpf").get<std::string>() + ")"));
  CHECK((text.find("commit") != std::string::npos) == versions.contains("commit"));
  if (versions.contains("commit")) {
    CHECK_THAT(text, Contains("(commit " + versions.at("commit").get<std::string>() + ", "));
  }
  check_usage_error({"version", "gen"}, "version takes no arguments, but has 'gen'");
  check_usage_error({"help", "gne"}, "no help for 'gne'; did you mean 'gen'?");
  check_usage_error({"help", "gen", "dump"}, "help takes one COMMAND, but has 'dump' (see 'min-btf help')");
  check_usage_error({"help", "versoin"}, "no help for 'versoin'; did you mean 'version'?");
}

TEST_CASE("cli: every command accepts the same spellings of a request for help, and help fits in 100 columns") {
  const std::vector<std::string> names = {"gen",  "verify", "check", "inspect", "dump",
                                          "pack", "select", "embed", "objects", "btfgen"};
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string help = run_min_btf({"help", name}).out;
    CHECK_THAT(help, StartsWith("Usage: min-btf " + name + " "));
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {name, "help"}, {name, "-h"}, {name, "--help", "x"}, {name, "--json", "--help"}}) {
      CAPTURE(arguments);
      const CommandResult result = run_min_btf(arguments);
      CHECK(result.status == 0);
      if (arguments[1] != "--json") CHECK(result.out == help);
    }
  }
  // Other errors in the command line are then ignored.
  for (const char* name : {"gen", "verify", "check", "btfgen"}) {
    CHECK(run_min_btf({name, "--help", "-j0"}).out == run_min_btf({"help", name}).out);
    CHECK(run_min_btf({name, "-q", "-v", "-h"}).status == 0);
  }

  std::vector<std::string> pages = {run_min_btf({"help"}).out};
  for (const std::string& name : names) pages.push_back(run_min_btf({"help", name}).out);
  for (const std::string& page : pages) {
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      CHECK(line.size() <= 100);
      CHECK_FALSE(line.ends_with(' '));
    }
  }
  // The purposes of the commands are aligned in one column.
  const std::size_t column = pages[0].find("reduce the BTF of a kernel") - pages[0].find("  gen INPUT");
  for (const std::string& name : names) {
    const std::string line = pages[0].substr(pages[0].find("\n  " + name + " ") + 1);
    CAPTURE(name);
    CHECK(line.substr(column - 2, 2) == "  ");
    CHECK(line[column] != ' ');
  }
}

TEST_CASE("cli: a BPF object as INPUT is an error, and a BPF object as OUTPUT is not overwritten") {
  const Workplace place;
  const std::string reason = "min-btf: error: " + place.basic + ": a BPF object, not a kernel's BTF\n";
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"gen", place.basic, place.output, place.basic},
                                             {"check", place.basic, place.ambiguous},
                                             {"verify", place.basic, place.kernel, place.basic},
                                             {"verify", place.kernel, place.basic, place.basic}}) {
    CAPTURE(arguments);
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, EndsWith(reason));
  }
  CHECK_FALSE(fs::exists(place.output));
  CHECK(run_min_btf({"dump", place.basic}).status == 0);

  const std::string object = place.directory.file("b.o");
  fs::copy(place.ambiguous, object);
  check_usage_error({"gen", place.kernel, object, place.basic},
                    "OUTPUT " + object + " is a BPF object: is it meant as OBJECT?");
  check_usage_error({"gen", place.basic, object, place.basic}, "is it meant as OBJECT?");
  CHECK(contents_of(object) == contents_of(place.ambiguous));
  const std::string vmlinux = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  check_usage_error({"gen", place.kernel, vmlinux, place.basic},
                    "OUTPUT " + vmlinux + " is an ELF file: is it meant as INPUT?");
  // The same holds through a link. OUTPUT that is not a regular file is not checked.
  fs::create_symlink(object, place.directory.file("link"));
  check_usage_error({"gen", place.kernel, place.directory.file("link"), place.basic}, "is a BPF object");
  CHECK(run_min_btf({"gen", place.kernel, "/dev/null", place.basic}).status == 0);
}

TEST_CASE("cli: --max-kernel-size applies to a single kernel") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  const std::string limit = "--max-kernel-size=100";
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"gen", limit, place.kernel, place.output, place.basic},
                                             {"check", limit, place.kernel, place.basic},
                                             {"verify", limit, place.kernel, place.output, place.basic},
                                             {"dump", limit, place.kernel},
                                             {"dump", limit, place.basic}}) {
    CAPTURE(arguments);
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 1);
    CHECK_THAT(result.err,
               Contains("limit of 100 (--max-kernel-size)") || Contains("over 100 bytes (--max-kernel-size)"));
  }
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("cli: a kernel over --max-kernel-size does not keep the other kernels of a tar from being reduced") {
  const Workplace place;
  const std::string kernel = contents_of(place.kernel);
  const std::string large = kernel + std::string(kernel.size(), '\0');
  const std::string limit = "--max-kernel-size=" + std::to_string(kernel.size() + 1);
  int number = 0;
  for (const auto& tar : {TarForge().file("a.btf", large).file("b.btf", kernel).bytes(),
                          TarForge().file("a.btf", kernel).file("b.btf", large).bytes()}) {
    const std::string name = std::to_string(++number);
    const CommandResult result =
        run_min_btf({"gen", limit, place.directory.write(name + ".tar", tar), place.directory.file(name), place.basic});
    CAPTURE(result.err);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, Contains("limit of " + std::to_string(kernel.size() + 1) + " (--max-kernel-size)"));
    const std::string good = number == 1 ? "b.btf" : "a.btf";
    CHECK(contents_of(place.directory.file(name + "/" + good)) == reduced({place.basic}));
  }
}

TEST_CASE("cli: usage errors name the nearest valid word") {
  check_usage_error({}, "a command is missing");
  check_usage_error({"gne"}, "unknown command 'gne'; did you mean 'gen'?");
  check_usage_error({"hlep"}, "unknown command 'hlep'; did you mean 'help'?");
  check_usage_error({"versoin"}, "unknown command 'versoin'; did you mean 'version'?");
  check_usage_error({"--hepl"}, "unknown option '--hepl'; did you mean '--help'?");
  check_usage_error({"qwertyuiop"}, "unknown command 'qwertyuiop' (see");
  check_usage_error({"gen"}, "but has none of them");
  check_usage_error({"gen", "a", "b"}, "but has only 'a' 'b'");
  check_usage_error({"gen", "a", "", "c"}, "a file name is empty");
  check_usage_error({"gen", "--jsno", "a", "b", "c"}, "unknown option '--jsno'; did you mean '--json'?");
  check_usage_error({"gen", "--verb", "a", "b", "c"}, "unknown option '--verb'; did you mean '--verbose'?");
  check_usage_error({"gen", "--fail", "a", "b", "c"}, "unknown option '--fail'; did you mean '--fail-on'?");
  // An option with a value gets a suggestion too.
  check_usage_error({"gen", "--link=copy", "a", "b", "c"}, "unknown option '--link'; did you mean '--links'?");
  check_usage_error({"gen", "--failon=fails", "a", "b", "c"}, "unknown option '--failon'; did you mean '--fail-on'?");
  check_usage_error({"check", "--arc=amd64", "a", "b"}, "unknown option '--arc'; did you mean '--arch'?");
  check_usage_error({"verify", "--oracel=libbpf", "a", "b", "c"},
                    "unknown option '--oracel'; did you mean '--oracle'?");
  check_usage_error({"dump", "--formt=json", "a"}, "unknown option '--formt'; did you mean '--format'?");
  check_usage_error({"gen", "--links=copies", "a", "b", "c"},
                    "--links: 'copies' is neither symlink nor copy; did you mean 'copy'?");
  check_usage_error({"gen", "--dedupe=contents", "a", "b", "c"}, "; did you mean 'content'?");
  check_usage_error({"verify", "--oracle=libpbf", "a", "b", "c"},
                    "--oracle: 'libpbf' is not libbpf; did you mean 'libbpf'?");
  check_usage_error({"dump", "--format=jsn", "a"}, "--format: 'jsn' is neither c nor json; did you mean 'json'?");
  check_usage_error({"gen", "-x", "a", "b", "c"}, "unknown option '-x'");
  check_usage_error({"gen", "--zzzzzz", "a", "b", "c"}, "unknown option '--zzzzzz' (see");
  check_usage_error({"gen", "--json=1", "a", "b", "c"}, "option '--json' does not take any arguments");
  check_usage_error({"gen", "-q", "-v", "a", "b", "c"}, "--quiet and --verbose contradict each other");
  check_usage_error({"gen", "--fail-on"}, "the required argument for option '--fail-on' is missing");
  check_usage_error({"gen", "--fail-on=ambigous", "a", "b", "c"},
                    "--fail-on: unknown condition 'ambigous'; did you mean 'ambiguous'?");
  check_usage_error({"gen", "--fail-on=poisoned,,ambiguous", "a", "b", "c"}, "--fail-on: unknown condition ''");
}

TEST_CASE("cli: options of bpftool before the command are refused with a hint") {
  for (const char* flag : {"-j", "--json", "-p", "--pretty"}) {
    const CommandResult result = run_min_btf({flag, "gen", "a", "b", "c"});
    CHECK(result.status == 2);
    CHECK_THAT(result.err,
               Contains(std::string("bpftool's ") + flag + " is not taken here") && Contains("min-btf gen --json"));
  }
  check_usage_error({"-d", "gen", "a", "b", "c"}, "bpftool's -d is not taken here; write -v after the command");
  check_usage_error({"--debug", "gen"}, "bpftool's --debug is not taken here; write -v after the command");
  check_usage_error({"-B", "base", "gen"}, "bpftool's -B is not taken here; leave it out");
  check_usage_error({"-Bbase", "gen"}, "bpftool's -B is not taken here; leave it out");
  check_usage_error({"--base-btf=base", "gen"}, "bpftool's --base-btf is not taken here; leave it out");
}

TEST_CASE("cli: commands that only bpftool has are refused, and the message names the bpftool command") {
  for (const std::string word : {"prog", "map", "link", "feature", "struct_ops"}) {
    check_usage_error({word, "show"}, "'" + word + "' is a command of bpftool: run 'bpftool " + word + "'");
  }
  check_usage_error({"btf", "dump", "file", "x", "format", "c"}, "to print the BTF of a file run 'min-btf dump FILE'");
  check_usage_error({"min_core_btf", "a", "b", "c"}, "min-btf gen min_core_btf INPUT OUTPUT OBJECT...");
  for (const char* word : {"min_core", "min-core-btf", "min_cor_btf"}) {
    check_usage_error({"gen", word, "a", "b", "c"}, "' does not exist; did you mean 'min_core_btf'?");
  }
  for (const std::string word : {"skeleton", "subskeleton", "object"}) {
    check_usage_error({"gen", word, "a.bpf.o"}, "'gen " + word + "' is bpftool's: run 'bpftool gen " + word + " ...'");
  }
  // A kernel's file may have the name of a bpftool command.
  const Workplace place;
  fs::copy(place.kernel, place.directory.path() / "object");
  CHECK(run_min_btf({"gen", "object", place.output, place.basic}, {.directory = place.directory.path()}).status == 0);
}

TEST_CASE("cli: after --, an argument that begins with a dash is a file") {
  const Workplace place;
  fs::copy(place.basic, place.directory.path() / "--json");
  const CommandOptions there{.directory = place.directory.path().string()};
  const CommandResult result = run_min_btf({"gen", "--", place.kernel, "-out", "--json"}, there);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("6 relocations"));
  CHECK(contents_of(place.directory.file("-out")) == reduced({place.basic}));
}
