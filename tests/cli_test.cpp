// The tool as its users run it: arguments in, files, output and exit status out.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/suggest.hpp"
#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/run_command.hpp"
#include "support/small_disk.hpp"
#include "support/temp_dir.hpp"

// gcc says it in one way, clang in the other.
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#endif

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A directory with the test kernel in it, and shorthands for the command lines below.
struct Workplace {
  TempDir directory;
  std::string kernel = directory.write("kernel.btf", kernel_btf());
  std::string output = directory.file("out.btf");
  std::string basic = bpf_object("basic");
  std::string ambiguous = bpf_object("ambiguous");
  std::string no_core = bpf_object("no_core");

  [[nodiscard]] std::string published() const { return contents_of(output); }
};

// What the library makes of the same input: the command line must publish exactly this.
std::string reduced(const std::vector<std::string>& objects, const std::vector<std::uint8_t>& kernel = kernel_btf()) {
  std::vector<BpfObject> parsed;
  for (const std::string& path : objects) {
    const std::string bytes = contents_of(path);
    parsed.push_back(BpfObject::parse({bytes.begin(), bytes.end()}, path));
  }
  const auto bytes = Plan(std::move(parsed)).minimize(Btf::parse(kernel, "kernel")).bytes;
  return {bytes.begin(), bytes.end()};
}

void check_usage_error(const std::vector<std::string>& arguments, const std::string& message) {
  const CommandResult result = run_min_btf(arguments);
  CAPTURE(result.err);
  CHECK(result.status == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, StartsWith("min-btf: error: ") && Contains(message));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

// One document, nothing before or after it.
json document_of(const CommandResult& result) {
  CAPTURE(result.out, result.err);
  const json document = json::parse(result.out, nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document.at("tool") == "min-btf");
  CHECK(document.at("version").is_string());
  CHECK(document.at("exit") == result.status);
  const std::map<int, std::string> words = {
      {0, "done"}, {1, "failed"}, {2, "usage"}, {3, "done"}, {130, "interrupted"}};
  CHECK(document.at("status") == words.at(result.status));
  CHECK(document.contains("error") == (result.status == 1 || result.status == 2));
  return document;
}

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("gen publishes what the library makes and says so in one line") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  const std::string expected = reduced({place.basic});
  CHECK(place.published() == expected);
  const std::string sizes = std::to_string(kernel_btf().size()) + " -> " + std::to_string(expected.size());
  CHECK(result.out ==
        place.kernel + ": " + sizes + " bytes, 5 types, 4 members; 6 relocations: 5 resolved, 1 poisoned, 0 failing\n");
}

TEST_CASE("bpftool's words for the same do the same") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", "min_core_btf", place.kernel, place.output, place.basic});
  CHECK(result.status == 0);
  CHECK(place.published() == reduced({place.basic}));
  check_usage_error({"gen", "min_core_btf", place.kernel, place.output}, "gen needs INPUT, OUTPUT and at least one");
}

TEST_CASE("several objects, and directories of them, make one result") {
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

TEST_CASE("a directory without BPF objects fails the run") {
  const Workplace place;
  fs::create_directory(place.directory.path() / "empty");
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.directory.file("empty")});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("empty: no BPF object"));
  CHECK_FALSE(fs::exists(place.output));
}

TEST_CASE("an ELF file with a .BTF section is a kernel like raw BTF") {
  const Workplace place;
  const std::string vmlinux = write_vmlinux(place.directory, "vmlinux", kernel_btf());
  CHECK(run_min_btf({"gen", vmlinux, place.output, place.basic}).status == 0);
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("a kernel of the other byte order stays in it") {
  const Workplace place;
  const std::string kernel = place.directory.write("eb.btf", kernel_btf("eb"));
  const std::string object = bpf_object("basic", "eb");
  CHECK(run_min_btf({"gen", kernel, place.output, object}).status == 0);
  CHECK(place.published() == reduced({object}, kernel_btf("eb")));
  CHECK(place.published().substr(0, 2) == "\xeb\x9f");
}

TEST_CASE("--verbose lists each relocation") {
  const Workplace place;
  for (const char* option : {"-v", "--verbose"}) {
    const CommandResult result = run_min_btf({"gen", option, place.kernel, place.output, place.basic});
    CHECK(result.status == 0);
    CHECK(std::ranges::count(result.out, '\n') == 7);
    CHECK_THAT(result.out, StartsWith(place.basic + ": handle_exec (raw_tp/sched_process_exec) insn 4: " +
                                      "field_byte_offset struct task_struct::pid: 32\n"));
    CHECK_THAT(result.out, Contains("field_exists struct task_struct::__state: 1\n"));
    CHECK_THAT(result.out, Contains("field_byte_offset struct task_struct___old::state: poisoned\n"));
  }
}

TEST_CASE("failing relocations are warnings, the first twenty of them") {
  const Workplace place;
  const std::vector<std::string> files = {place.kernel, place.output, place.ambiguous};
  const CommandResult brief = run_min_btf({"gen", files[0], files[1], files[2]});
  CHECK(brief.status == 0);
  CHECK(lines_with(brief.err, "min-btf: warning: ") == 21);
  CHECK_THAT(brief.err,
             StartsWith("min-btf: warning: " + place.ambiguous + ": handle_exec " +
                        "(raw_tp/sched_process_exec) insn 0: field_byte_offset struct disputed::f0: fails: "));
  CHECK_THAT(brief.err, EndsWith("min-btf: warning: and 5 more; -v lists them\n"));
  CHECK_THAT(brief.out, EndsWith("25 relocations: 0 resolved, 0 poisoned, 25 failing\n"));

  const CommandResult verbose = run_min_btf({"gen", "-v", files[0], files[1], files[2]});
  CHECK(lines_with(verbose.err, "min-btf: warning: ") == 25);
  CHECK(lines_with(verbose.out, ": fails: ") == 25);
}

TEST_CASE("--quiet leaves only errors") {
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

TEST_CASE("objects without relocations are a warning, and make an empty but valid result") {
  const Workplace place;
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.no_core});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, StartsWith("min-btf: warning: " + place.no_core + ": nothing to relocate: "));
  CHECK(lines_with(result.err, "\n") == 1);
  CHECK_THAT(result.out, Contains("0 types, 0 members; 0 relocations: 0 resolved, 0 poisoned, 0 failing"));
  const std::string bytes = place.published();
  CHECK(Btf::parse({bytes.begin(), bytes.end()}, "out").type_count() == 0);
}

TEST_CASE("--fail-on turns a condition into exit status 3, with the output written") {
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
}

TEST_CASE("help and version") {
  const std::string overview = run_min_btf({"help"}).out;
  CHECK_THAT(overview, StartsWith("Usage: min-btf COMMAND") && Contains("Example:\n  min-btf gen "));
  CHECK(run_min_btf({"-h"}).out == overview);
  CHECK(run_min_btf({"--help"}).out == overview);

  const std::string gen = run_min_btf({"help", "gen"}).out;
  CHECK_THAT(gen, StartsWith("Usage: min-btf gen ") && Contains("Example:\n  min-btf gen "));
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
  for (const char* option : {"-V", "--version"}) {
    const CommandResult result = run_min_btf({option});
    CHECK(result.status == 0);
    CHECK_THAT(result.out, Catch::Matches("min-btf [0-9]+\\.[0-9]+\\.[0-9]+ \\(libbpf [0-9]+\\.[0-9]+\\)\n"));
  }
  check_usage_error({"help", "gne"}, "no help for 'gne'; did you mean 'gen'?");
}

TEST_CASE("usage errors name the nearest valid word") {
  check_usage_error({}, "a command is missing");
  check_usage_error({"gne"}, "unknown command 'gne'; did you mean 'gen'?");
  check_usage_error({"hlep"}, "unknown command 'hlep'; did you mean 'help'?");
  check_usage_error({"version"}, "unknown command 'version'; did you mean '--version'?");
  check_usage_error({"--hepl"}, "unknown option '--hepl'; did you mean '--help'?");
  check_usage_error({"qwertyuiop"}, "unknown command 'qwertyuiop' (see");
  check_usage_error({"gen"}, "but has none of them");
  check_usage_error({"gen", "a", "b"}, "but has only 'a' 'b'");
  check_usage_error({"gen", "a", "", "c"}, "a file name is empty");
  check_usage_error({"gen", "--jsno", "a", "b", "c"}, "unknown option '--jsno'; did you mean '--json'?");
  check_usage_error({"gen", "--verb", "a", "b", "c"}, "unknown option '--verb'; did you mean '--verbose'?");
  check_usage_error({"gen", "--fail", "a", "b", "c"}, "unknown option '--fail'; did you mean '--fail-on'?");
  check_usage_error({"gen", "-x", "a", "b", "c"}, "unknown option '-x'");
  check_usage_error({"gen", "--zzzzzz", "a", "b", "c"}, "unknown option '--zzzzzz' (see");
  check_usage_error({"gen", "--json=1", "a", "b", "c"}, "option '--json' does not take any arguments");
  check_usage_error({"gen", "-q", "-v", "a", "b", "c"}, "--quiet and --verbose contradict each other");
  check_usage_error({"gen", "--fail-on"}, "the required argument for option '--fail-on' is missing");
  check_usage_error({"gen", "--fail-on=ambigous", "a", "b", "c"},
                    "--fail-on: unknown condition 'ambigous'; did you mean 'ambiguous'?");
  check_usage_error({"gen", "--fail-on=poisoned,,ambiguous", "a", "b", "c"}, "--fail-on: unknown condition ''");
}

TEST_CASE("bpftool's own flags before the command are refused with a hint") {
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

TEST_CASE("words are near by slips of the hand") {
  CHECK(cli::edit_distance("", "abc") == 3);
  CHECK(cli::edit_distance("kitten", "sitting") == 3);
  CHECK(cli::edit_distance("jsno", "json") == 1);
  CHECK(cli::nearest_word("--vebrose", {"--verbose", "--version"}) == "--verbose");
  CHECK(cli::nearest_word("--vers", {"--verbose", "--version"}) == "--version");
  CHECK(cli::nearest_word("x", {"gen", "help"}).empty());
  CHECK(cli::nearest_word("", {"gen", "help"}).empty());
}

TEST_CASE("files whose names begin with a dash") {
  const Workplace place;
  fs::copy(place.basic, place.directory.path() / "--json");
  const CommandOptions there{.directory = place.directory.path().string()};
  const CommandResult result = run_min_btf({"gen", "--", place.kernel, "-out", "--json"}, there);
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("6 relocations"));
  CHECK(contents_of(place.directory.file("-out")) == reduced({place.basic}));
}

TEST_CASE("--json tells everything in one document") {
  const Workplace place;
  const CommandResult result =
      run_min_btf({"gen", "--json", place.kernel, place.output, place.basic, place.ambiguous, place.no_core});
  const json document = document_of(result);
  CHECK(document.at("kernel").at("path") == place.kernel);
  CHECK(document.at("kernel").at("bytes") == kernel_btf().size());
  CHECK(document.at("kernel").at("types") == Btf::parse(kernel_btf(), "kernel").type_count());
  CHECK(document.at("output").at("path") == place.output);
  CHECK(document.at("output").at("bytes") == place.published().size());
  CHECK(document.at("output").at("types") == 7);
  CHECK(document.at("output").at("members") == 54);
  CHECK(document.at("output").at("enumerators") == 0);
  CHECK(document.at("relocations") ==
        json{{"total", 31}, {"resolved", 5}, {"poisoned", 1}, {"failed", 25}, {"ambiguous", 25}, {"questions", 31}});
  REQUIRE(document.at("objects").size() == 3);
  CHECK(document.at("objects").at(0) == json{{"path", place.basic}, {"relocations", 6}});
  CHECK(document.at("objects").at(2).at("relocations") == 0);
  CHECK(document.at("objects").at(2).at("note").get<std::string>().find('\n') == std::string::npos);
  CHECK(document.at("skipped_objects") == 0);
  CHECK(document.at("warnings").size() == 22);
  CHECK_FALSE(document.contains("resolutions"));
  // Warnings stand on stderr as well, unless they are not wanted there.
  CHECK(lines_with(result.err, "min-btf: warning: ") == 22);
  const CommandResult quiet = run_min_btf({"gen", "--json", "-q", place.kernel, place.output, place.ambiguous});
  CHECK(quiet.err.empty());
  CHECK(document_of(quiet).at("warnings").size() == 21);
}

TEST_CASE("--json with --verbose has each relocation") {
  const Workplace place;
  const json document =
      document_of(run_min_btf({"gen", "--json", "-v", place.kernel, place.output, place.basic, place.ambiguous}));
  const json& resolutions = document.at("resolutions");
  REQUIRE(resolutions.size() == 31);
  CHECK(resolutions.at(0) == json{{"object", place.basic},
                                  {"program", "handle_exec"},
                                  {"section", "raw_tp/sched_process_exec"},
                                  {"insn", 4},
                                  {"kind", "field_byte_offset"},
                                  {"subject", "struct task_struct::pid"},
                                  {"status", "resolved"},
                                  {"value", 32}});
  CHECK(resolutions.at(5).at("status") == "poisoned");
  CHECK(resolutions.at(6).at("status") == "failed");
  CHECK_THAT(resolutions.at(6).at("failure").get<std::string>(), StartsWith("ambiguous"));
}

TEST_CASE("--json is one valid document whatever happens") {
  const Workplace place;
  const std::string garbage = place.directory.write("garbage", "\xff\xfe\x80 no kernel\n");
  const std::string empty = place.directory.write("empty", "");
  const std::string gzip = place.directory.write("gzip", "\x1f\x8b\x08");
  const std::string raw = contents_of(place.kernel);
  const std::string cut = place.directory.write("cut.btf", std::string_view(raw).substr(0, raw.size() / 2));
  const std::string object = contents_of(place.basic);
  const std::string cut_object = place.directory.write("cut.o", std::string_view(object).substr(0, object.size() / 2));
  const std::string odd_name = place.directory.write("odd \"\n\x1b\xff", "text");
  const std::string missing = place.directory.file("missing");
  const std::string& kernel = place.kernel;
  const std::string& out = place.output;

  const std::vector<std::pair<int, std::vector<std::string>>> rows = {
      {2, {"--json"}},
      {2, {"gen", "--json"}},
      {2, {"gen", "--json", "--jsno", kernel, out, place.basic}},
      {2, {"gen", "--fail-on=x", kernel, out, place.basic, "--json"}},
      {2, {"bogus", "--json"}},
      {2, {"gen", "--json", kernel, "/dev/stdout", place.basic}},
      {2, {"gen", "--json", kernel, kernel, place.basic}},
      {2, {"help", "--json", "bogus"}},
      {1, {"gen", "--json", missing, out, place.basic}},
      {1, {"gen", "--json", kernel, out, missing}},
      {1, {"gen", "--json", garbage, out, place.basic}},
      {1, {"gen", "--json", empty, out, place.basic}},
      {1, {"gen", "--json", gzip, out, place.basic}},
      {1, {"gen", "--json", cut, out, place.basic}},
      {1, {"gen", "--json", kernel, out, cut_object}},
      {1, {"gen", "--json", kernel, out, garbage}},
      {1, {"gen", "--json", kernel, out, kernel}},
      {1, {"gen", "--json", odd_name, out, place.basic}},
      {1, {"gen", "--json", place.directory.path().string(), out, place.basic}},
      {1, {"gen", "--json", kernel, missing + "/out", place.basic}},
      {1, {"gen", "--json", kernel, "/dev/full", place.basic}},
      {0, {"gen", "--json", kernel, "/dev/null", place.basic}},
      {0, {"gen", "--json", "--help"}},
      {0, {"help", "--json"}},
      {0, {"--version", "--json"}},
  };
  for (const auto& [status, arguments] : rows) {
    CAPTURE(arguments);
    fs::remove(out);
    const CommandResult result = run_min_btf(arguments);
    REQUIRE(result.status == status);
    const json document = document_of(result);
    if (status == 0) continue;
    CHECK(lines_with(result.err, "\n") == 1);
    CHECK_FALSE(document.at("error").at("message").get<std::string>().empty());
    CHECK((document.at("error").at("kind") == "usage") == (status == 2));
    CHECK_FALSE(fs::exists(out));
  }
}

TEST_CASE("errors keep to one line whatever a file is called") {
  const Workplace place;
  const std::string odd = place.directory.write("a\nb\x1b[31m\xff", "text");
  const CommandResult result = run_min_btf({"gen", odd, place.output, place.basic});
  CHECK(result.status == 1);
  CHECK(lines_with(result.err, "\n") == 1);
  CHECK_THAT(result.err, Contains("a\\x0ab\\x1b[31m\xff: ") && EndsWith("but a text file\n"));
}

TEST_CASE("damaged inputs fail with a place, and nothing is written") {
  const Workplace place;
  const std::string kernel = contents_of(place.kernel);
  const std::string object = contents_of(place.basic);
  for (const std::size_t size : {std::size_t{2}, std::size_t{23}, kernel.size() / 2, kernel.size() - 1}) {
    const std::string cut = place.directory.write("cut", std::string_view(kernel).substr(0, size));
    const CommandResult result = run_min_btf({"gen", cut, place.output, place.basic});
    CAPTURE(size, result.err);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + cut + ": "));
    CHECK(lines_with(result.err, "\n") == 1);
  }
  const std::string cut = place.directory.write("cut.o", std::string_view(object).substr(0, 100));
  CHECK(run_min_btf({"gen", place.kernel, place.output, cut}).status == 1);
  CHECK_FALSE(fs::exists(place.output));
}

TEST_CASE("OUTPUT may not be an input") {
  const Workplace place;
  const std::string before = contents_of(place.kernel);
  fs::create_symlink(place.kernel, place.directory.path() / "link");
  fs::create_hard_link(place.kernel, place.directory.path() / "hard");
  for (const std::string& output :
       {place.kernel, place.directory.file("link"), place.directory.file("hard"), place.directory.path().string()}) {
    check_usage_error({"gen", place.kernel, output, place.basic}, " is INPUT ");
  }
  fs::create_directory(place.directory.path() / "objects");
  const std::string object = place.directory.file("objects/a.o");
  fs::copy(place.basic, object);
  check_usage_error({"gen", place.kernel, object, place.basic, object}, " is OBJECT ");
  check_usage_error({"gen", place.kernel, object, place.directory.file("objects")}, " is OBJECT ");
  CHECK(contents_of(place.kernel) == before);
  CHECK(contents_of(object) == contents_of(place.basic));

  // Through stdout as well: by then the shell has it open, but nothing is written into it.
  const CommandOptions to_link{.in_child = [&] { ::dup2(::open(place.kernel.c_str(), O_RDWR), STDOUT_FILENO); }};
  CHECK(run_min_btf({"gen", place.kernel, "/dev/stdout", place.basic}, to_link).status == 2);
  CHECK(contents_of(place.kernel) == before);
}

TEST_CASE("OUTPUT in its many forms") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  SECTION("a directory") {
    fs::create_directory(place.directory.path() / "d");
    const CommandResult result = run_min_btf({"gen", "--json", place.kernel, place.directory.file("d"), place.basic});
    CHECK(document_of(result).at("output").at("path") == place.directory.file("d/kernel.btf"));
    CHECK(contents_of(place.directory.file("d/kernel.btf")) == expected);
  }
  SECTION("a directory to be made") {
    CHECK(run_min_btf({"gen", place.kernel, place.directory.file("x/y/"), place.basic}).status == 0);
    CHECK(contents_of(place.directory.file("x/y/kernel.btf")) == expected);
  }
  SECTION("a link") {
    fs::create_symlink("target", place.output);
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
    CHECK(fs::read_symlink(place.output) == "target");
    CHECK(contents_of(place.directory.file("target")) == expected);
  }
  SECTION("/dev/stdout into a pipe") {
    const CommandResult result = run_min_btf({"gen", place.kernel, "/dev/stdout", place.basic});
    CHECK(result.status == 0);
    CHECK(result.out == expected);
    CHECK_THAT(result.err, StartsWith(place.kernel + ": ") && Contains("5 types"));
  }
  SECTION("/dev/stdout into a file, or that file by its name") {
    for (const std::string& output : {std::string("/dev/stdout"), std::string("/dev/fd/1"), place.output}) {
      const CommandOptions to_file{.stdout_path = place.output};
      const CommandResult result = run_min_btf({"gen", "-v", place.kernel, output, place.basic}, to_file);
      CHECK(result.status == 0);
      CHECK(place.published() == expected);
      CHECK(lines_with(result.err, "\n") == 7);
    }
    CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(place.output.c_str(), 0600) == 0);
    std::string got;
    std::thread reader([&] { got = contents_of(place.output); });
    CHECK(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
    reader.join();
    CHECK(got == expected);
    CHECK(fs::is_fifo(place.output));
  }
  SECTION("/dev/null") {
    CHECK(run_min_btf({"gen", place.kernel, "/dev/null", place.basic}).status == 0);
    CHECK(fs::is_character_file("/dev/null"));
    // Also where stdout is /dev/null: that is no reason to keep the document back.
    const CommandOptions to_null{.stdout_path = "/dev/null"};
    CHECK(run_min_btf({"gen", "--json", place.kernel, "/dev/null", place.basic}, to_null).status == 0);
  }
}

TEST_CASE("INPUT from a pipe") {
  const Workplace place;
  const CommandOptions from_file{.stdin_path = place.kernel};
  CHECK(run_min_btf({"gen", "/dev/stdin", place.output, place.basic}, from_file).status == 0);
  CHECK(place.published() == reduced({place.basic}));
}

TEST_CASE("where OUTPUT cannot be written") {
  const Workplace place;
  for (const std::string& output : {place.directory.file("missing/out"), std::string("/sys/kernel/out"),
                                    std::string("/proc/out"), std::string("/dev/full")}) {
    const CommandResult result = run_min_btf({"gen", place.kernel, output, place.basic});
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + output + ": cannot "));
    CHECK(lines_with(result.err, "\n") == 1);
  }
}

TEST_CASE("on a full disk the old output stays") {
  const Workplace place;
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    WARN("NOT TESTED on a full disk: a tmpfs cannot be mounted. The test with a file size limit is what remains.");
    return;
  }
  const std::string output = disk.directory().write("out", "old");
  // Fill it up to the last block.
  try {
    static_cast<void>(disk.directory().write("filler", std::string(1U << 20U, 'x')));
  } catch (const std::runtime_error&) {  // as intended
  }
  const CommandResult result = run_min_btf({"gen", place.kernel, output, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains("No space left on device"));
  CHECK(contents_of(output) == "old");
  CHECK(disk.directory().entries() == std::vector<std::string>{"filler", "out"});
}

TEST_CASE("under a file size limit the old output stays") {
  const Workplace place;
  static_cast<void>(place.directory.write("out.btf", "old"));
  const CommandOptions limited{.in_child = [] {
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }};
  const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, limited);
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: " + place.output + ": cannot write: File too large\n");
  CHECK(place.published() == "old");
  CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
}

TEST_CASE("a stdout that does not take the answer is an error") {
  const Workplace place;
  const std::vector<std::vector<std::string>> commands = {
      {"gen", place.kernel, place.output, place.basic},
      {"gen", "--json", place.kernel, place.output, place.basic},
      {"gen", place.kernel, "/dev/stdout", place.basic},
      {"help"},
      {"--version"},
  };
  for (const auto& arguments : commands) {
    CAPTURE(arguments);
    const CommandResult full = run_min_btf(arguments, {.stdout_path = "/dev/full"});
    CHECK(full.status == 1);
    CHECK_THAT(full.err, EndsWith("stdout: cannot write: No space left on device\n"));
    const CommandResult closed = run_min_btf(arguments, {.stdout_closed = true});
    CHECK(closed.status == 1);
    CHECK_THAT(closed.err, EndsWith("stdout: cannot write: Bad file descriptor\n"));
    const CommandOptions nobody_reads{.in_child = [] {
      int ends[2];
      if (::pipe(ends) != 0) ::_exit(126);
      ::dup2(ends[1], STDOUT_FILENO);
      ::close(ends[0]);
    }};
    const CommandResult broken = run_min_btf(arguments, nobody_reads);
    CHECK(broken.status == 1);
    CHECK_THAT(broken.err, EndsWith("stdout: cannot write: Broken pipe\n"));
  }
}

TEST_CASE("an interrupted run exits with 130 and says so in JSON") {
  const Workplace place;
  static_cast<void>(place.directory.write("out.btf", "old"));
  const std::string fifo = place.directory.file("never");
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  for (const int signal : {SIGINT, SIGTERM}) {
    // The run waits for a kernel that nobody writes; it is signalled once it has the pipe open.
    const CommandOptions interrupted{.while_running = [&](pid_t child) {
      const int fd = ::open(fifo.c_str(), O_WRONLY);
      ::kill(child, signal);
      // Held open until the run is over, so that it does not see the end of an empty file instead.
      std::thread([fd] {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        ::close(fd);
      }).detach();
    }};
    const CommandResult result = run_min_btf({"gen", "--json", fifo, place.output, place.basic}, interrupted);
    CHECK(result.status == 130);
    CHECK(document_of(result).at("status") == "interrupted");
    CHECK(place.published() == "old");
  }
}

TEST_CASE("whenever a run is interrupted, OUTPUT is old or new and nothing is left beside it") {
  const Workplace place;
  const std::string expected = reduced({place.basic});
  std::size_t interrupted = 0;
  for (int delay = 0; delay < 40; ++delay) {
    static_cast<void>(place.directory.write("out.btf", "old"));
    const CommandOptions options{.while_running = [&](pid_t child) {
      std::this_thread::sleep_for(std::chrono::microseconds(delay * 500));
      ::kill(child, SIGTERM);
    }};
    const CommandResult result = run_min_btf({"gen", place.kernel, place.output, place.basic}, options);
    CAPTURE(delay, result.status, result.signal, result.err);
    // A signal before main() has its default effect.
    CHECK((result.status == 0 || result.status == 130 || result.signal == SIGTERM));
    if (result.status == 130 || result.signal == SIGTERM) ++interrupted;
    const std::string published = place.published();
    CHECK((published == "old" || published == expected));
    CHECK(place.directory.entries() == std::vector<std::string>{"kernel.btf", "out.btf"});
  }
  CHECK(interrupted > 0);
}

TEST_CASE("out of memory is one line") {
#if defined(UNDER_ADDRESS_SANITIZER)
  WARN("NOT TESTED: under AddressSanitizer the address space cannot be limited");
#else
  const Workplace place;
  const std::string large = place.directory.file("large.btf");
  static_cast<void>(place.directory.write("large.btf", "\x9f\xeb"));
  fs::resize_file(large, std::uintmax_t{1} << 30U);
  const CommandOptions limited{.in_child = [] {
    const rlimit limit{200U << 20U, 200U << 20U};
    ::setrlimit(RLIMIT_AS, &limit);
  }};
  const CommandResult result = run_min_btf({"gen", "--json", large, place.output, place.basic}, limited);
  CHECK(result.status == 1);
  CHECK(result.err == "min-btf: error: out of memory\n");
  CHECK(document_of(result).at("error").at("kind") == "memory");
#endif
}
