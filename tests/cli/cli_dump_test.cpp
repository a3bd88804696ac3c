// SPDX-License-Identifier: BSD-2-Clause
// The command `dump`, from its arguments to its output.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;

namespace {

const std::string start_of_c = "#ifndef __VMLINUX_H__\n";
const std::string end_of_c = "#endif /* __VMLINUX_H__ */\n";

struct Kinds {
  EveryKind all;
  TempDir directory;
  std::string file = directory.write("all.btf", all.forge.bytes());
};

/// Returns stdout. Checks that the exit status is 0 and that stderr is empty.
std::string dumped(const std::vector<std::string>& words) {
  const CommandResult result = run_min_btf(joined({"dump"}, words));
  CAPTURE(result.err);
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  return result.out;
}

/// Runs the command and returns its only line on standard error. Standard output must be empty.
std::string error_of(const std::vector<std::string>& words) {
  const CommandResult result = run_min_btf(joined({"dump"}, words));
  CHECK(result.status == 1);
  CHECK(result.out.empty());
  CHECK(count_of(result.err, "\n") == 1);
  return result.err;
}

/// Writes BTF whose dump is larger than the buffers of a pipe.
std::string large(const TempDir& directory) {
  BtfForge forge;
  for (int i = 0; i < 20000; ++i) forge.typedef_("type_number_" + std::to_string(i), 0);
  return directory.write("large.btf", forge.bytes());
}

}  // namespace

TEST_CASE("cli_dump: C is the default") {
  const Workplace place;
  const std::string text = dumped({place.kernel});
  CHECK_THAT(text, StartsWith(start_of_c) && Contains("struct task_struct {\n") && EndsWith(end_of_c));
  CHECK(dumped({"--format=c", place.kernel}) == text);
  CHECK(dumped({place.kernel, "--format", "c"}) == text);
}

TEST_CASE("cli_dump: FILE is any file with the BTF of one kernel, or a BPF object") {
  const Workplace place;
  const TempDir& directory = place.directory;
  const std::string text = dumped({place.kernel});
  CHECK(dumped({write_vmlinux(directory, "vmlinux", kernel_btf())}) == text);
  for (const Compression compression : all_compressions) {
    CHECK(dumped({directory.write("packed", compressed(kernel_btf(), compression))}) == text);
  }
  const auto tar = TarForge().file("5.4.btf", kernel_btf()).bytes();
  CHECK(dumped({directory.write("5.4.btf.tar.xz", compressed(tar, Compression::xz))}) == text);
  CHECK(dumped({directory.write("big.btf", kernel_btf("eb"))}) == text);
  CHECK_THAT(dumped({place.basic, "func", "handle_exec"}), Contains("extern int handle_exec("));
  CHECK_THAT(dumped({bpf_object("basic", "eb"), "func", "handle_exec"}), Contains("extern int handle_exec("));

  const CommandResult result = run_min_btf({"dump", "/dev/stdin"}, {.stdin_path = place.kernel});
  CHECK(result.out == text);
}

TEST_CASE("cli_dump: a reduced BTF can be dumped") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", "-q", place.kernel, place.output, place.basic}).status == 0);
  const std::string text = dumped({place.output, "struct", "task_struct"});
  CHECK_THAT(text, Contains("struct task_struct {\n") && Contains(" pid;\n"));
  CHECK(text.size() < dumped({place.kernel, "struct", "task_struct"}).size());
}

TEST_CASE("cli_dump: a FILE without exactly one readable kernel is an error with the reason") {
  const Workplace place;
  const TempDir& directory = place.directory;
  CHECK(error_of({directory.file("missing")}) ==
        "min-btf: error: " + directory.file("missing") + ": cannot open: No such file or directory\n");
  CHECK_THAT(error_of({directory.path().string()}), EndsWith("is a directory, not a file\n"));
  CHECK_THAT(error_of({directory.write("text", "text")}), EndsWith("but a text file\n"));
  const auto tar = TarForge().file("a.btf", kernel_btf()).file("b.btf", kernel_btf()).bytes();
  CHECK_THAT(
      error_of({directory.write("two.tar", tar)}),
      EndsWith("two.tar: an archive in which 2 kernels are selected, where one is needed (--include): a.btf, b.btf\n"));
  const std::string kernel = contents_of(place.kernel);
  CHECK_THAT(error_of({directory.write("cut", kernel.substr(0, kernel.size() - 1))}),
             Contains("reaches beyond the end"));
  CHECK_THAT(error_of({"--max-kernel-size=1K", directory.write("packed", compressed(kernel_btf(), Compression::gzip))}),
             Contains("--max-kernel-size"));
}

TEST_CASE("cli_dump: TYPE is a name, a kind and a name, or an id") {
  const Kinds kinds;
  const std::string text = dumped({kinds.file, "e"});
  CHECK(text == "/* enum e [7] */\n\nenum e {\n\tA = -1,\n\tB = 2,\n};\n\n");
  for (const auto& words : std::vector<std::vector<std::string>>{{"enum", "e"}, {"enum e"}, {"7"}, {"#7"}}) {
    CHECK(dumped(joined({kinds.file}, words)) == text);
  }
  CHECK_THAT(dumped({kinds.file, "long", "unsigned", "int"}), EndsWith("typedef long unsigned int type_2;\n\n"));
}

TEST_CASE("cli_dump: a TYPE that does not exist is an error that suggests a similar one") {
  const Kinds kinds;
  const std::string start = "min-btf: error: " + kinds.file + ": ";
  CHECK(error_of({kinds.file, "functoin"}) == start + "no type is called 'functoin'; did you mean 'function'?\n");
  CHECK(error_of({kinds.file, "nothing_like_it"}) == start + "no type is called 'nothing_like_it'\n");
  CHECK(error_of({kinds.file, "struct", "bit"}) == start + "no struct is called 'bit'; did you mean 'bits'?\n");
  CHECK(error_of({kinds.file, "enum", "s"}) == start + "no enum is called 's'; there is struct [4]\n");
  CHECK(error_of({kinds.file, "22"}) == start + "no type [22], the last is [21]\n");
  CHECK(error_of({kinds.file, "99999999999999999999"}) == start + "no type [18446744073709551615], the last is [21]\n");
  CHECK(error_of({kinds.file, "0"}) == start + "type [0] is void, which has no record\n");
  CHECK(error_of({kinds.file, "void"}) == start + "type [0] is void, which has no record\n");
  CHECK_THAT(error_of({kinds.file, "a\nb"}), Contains("'a\\x0ab'"));
}

TEST_CASE("cli_dump: a TYPE with a wrong kind or without a name is a usage error") {
  const Kinds kinds;
  const auto check = [&](const std::vector<std::string>& type, const std::string& message) {
    check_usage_error(joined({"dump", kinds.file}, type), message);
  };
  check({"struct"}, "the kind 'struct' needs a name (see 'min-btf help dump')");
  check({"struct "}, "the kind 'struct' needs a name");
  check({"func"}, "the kind 'func' needs a name");
  check({"strct", "s"}, "unknown kind 'strct'; did you mean 'struct'? (see 'min-btf help dump')");
  check({"strct s"}, "unknown kind 'strct'; did you mean 'struct'?");
  check({"typdef", "nothing"}, "unknown kind 'typdef'; did you mean 'typedef'?");
  check({"ptr", "s"}, "types of the kind 'ptr' have no names, only ids (see 'min-btf help dump')");
  // Names of types may have several words, and may be words for kinds.
  const std::string start = "min-btf: error: " + kinds.file + ": ";
  CHECK(error_of({kinds.file, "long", "unsigned", "itn"}) ==
        start + "no type is called 'long unsigned itn'; did you mean 'long unsigned int'?\n");
  CHECK_THAT(dumped({kinds.file, "int"}), StartsWith("/* int int [1] */\n"));
  BtfForge forge;
  forge.structure("func", 0, {});
  const std::string other = kinds.directory.write("func.btf", forge.bytes());
  CHECK_THAT(dumped({other, "func"}), Contains("struct func {"));
  CHECK_THAT(error_of({other, "float"}), EndsWith(": no type is called 'float'\n"));
}

TEST_CASE("cli_dump: for several types with one name, C has the first of each kind, and JSON has all") {
  BtfForge forge;
  const std::uint32_t number = forge.integer("int", 4, 1);
  const std::uint32_t first = forge.structure("x", 4, {{"a", number, 0}});
  const std::uint32_t second = forge.structure("x", 8, {{"b", number, 32}});
  const std::uint32_t typedef_ = forge.typedef_("x", second);
  const TempDir directory;
  const std::string file = directory.write("x.btf", forge.bytes());
  const std::string text = dumped({file, "x"});
  CHECK_THAT(text, StartsWith("/* struct x [2], typedef x [4]; not shown, of the same name: struct [3] */\n"));
  CHECK_THAT(text, Contains("struct x {\n\tint a;\n};") && Contains("typedef struct x___2 x;"));
  const json document = document_of(run_min_btf({"dump", "--json", file, "x"}));
  CHECK(document.at("selected") == json{first, second, typedef_});
  CHECK(document.at("types").size() == 4);
}

TEST_CASE("cli_dump: JSON is one document with a line for each type") {
  const Kinds kinds;
  const CommandResult result = run_min_btf({"dump", "--format=json", kinds.file});
  const json document = document_of(result);
  CHECK(document.at("file") == kinds.file);
  CHECK(document.at("byte_order") == "little");
  CHECK(document.at("pointer_size") == 8);
  CHECK(document.at("type_count") == 21);
  CHECK(document.at("warnings") == json::array());
  CHECK_FALSE(document.contains("selected"));
  REQUIRE(document.at("types").size() == 21);
  CHECK(document.at("types").at(8) == json{{"id", 9}, {"kind", "TYPEDEF"}, {"name", "t"}, {"type_id", 4}});
  CHECK(count_of(result.out, "\n{\"id\":") == 21);
  CHECK(dumped({"--json", kinds.file}) == result.out);
  CHECK(dumped({"--json", "--format=json", kinds.file}) == result.out);

  const json one = document_of(run_min_btf({"dump", "--json", kinds.file, "3"}));
  CHECK(one.at("selected") == json{3});
  CHECK(one.at("type_count") == 21);
  CHECK(one.at("types").size() == 2);
  const std::string empty = kinds.directory.write("empty.btf", BtfForge().bytes());
  CHECK(document_of(run_min_btf({"dump", "--json", empty})).at("types") == json::array());
}

TEST_CASE("cli_dump: errors are documents with --json, and one line on stderr") {
  const Kinds kinds;
  const CommandResult result = run_min_btf({"dump", "--json", kinds.file, "nothing"});
  const json document = document_of(result);
  CHECK(document.at("error") ==
        json{{"kind", "wrong_file"}, {"message", kinds.file + ": no type is called 'nothing'"}, {"file", kinds.file}});
  CHECK(count_of(result.err, "\n") == 1);
  CHECK(document_of(run_min_btf({"dump", "--json"})).at("error").at("kind") == "usage");
  CHECK(document_of(run_min_btf({"dump", "--json", kinds.directory.file("missing")})).at("error").at("kind") == "io");
  // With --format=json an error is a message, as with C.
  CHECK_THAT(error_of({"--format=json", kinds.file, "nothing"}), EndsWith("no type is called 'nothing'\n"));
}

TEST_CASE("cli_dump: missing, empty or unknown arguments are usage errors") {
  check_usage_error({"dump"}, "dump needs a FILE (see 'min-btf help dump')");
  check_usage_error({"dump", ""}, "FILE or TYPE is empty");
  check_usage_error({"dump", "f", ""}, "FILE or TYPE is empty");
  check_usage_error({"dump", "--format=raw", "f"}, "--format: 'raw' is neither c nor json");
  check_usage_error({"dump", "--format=jsno", "f"}, "did you mean 'json'?");
  check_usage_error({"dump", "--formt=c", "f"}, "unknown option '--formt'; did you mean '--format'?");
  check_usage_error({"dump", "--max-kernel-size=x", "f"}, "--max-kernel-size: 'x' is not a size");
  CHECK_THAT(document_of(run_min_btf({"dump", "--json", "--format=c", "f"})).at("error").at("message"),
             StartsWith("--json and --format=c contradict each other"));
}

TEST_CASE("cli_dump: --help and the help command print the same text") {
  const std::string help = dumped({"--help"});
  CHECK_THAT(help, StartsWith("Usage: min-btf dump [OPTION...] FILE [TYPE]\n"));
  CHECK(run_min_btf({"help", "dump"}).out == help);
  CHECK_THAT(run_min_btf({"help"}).out, Contains("\n  dump FILE [TYPE] "));
}

TEST_CASE("cli_dump: BTF that cannot be written in C can still be written as JSON") {
  BtfForge forge;
  forge.typedef_("x; } /* \xff */\n", 1);
  const TempDir directory;
  const std::string file = directory.write("odd.btf", forge.bytes());
  CHECK(error_of({file}) == "min-btf: error: " + file +
                                ": types+0x0: type [1] typedef 'x; } /* \\xff */\\x0a' contains itself: it cannot be "
                                "written in C, only with --format=json\n");
  const json document = document_of(run_min_btf({"dump", "--json", file}));
  CHECK(document.at("types").at(0).at("name") == "x; } /* \xef\xbf\xbd */\n");
}

TEST_CASE("cli_dump: a closed pipe ends the command without a message") {
  const TempDir directory;
  const std::string file = large(directory);
  for (const std::string format : {"c", "json"}) {
    const CommandOptions no_reader{.in_child = [] {
      int ends[2];
      if (::pipe(ends) != 0) ::_exit(99);
      ::close(ends[0]);
      ::dup2(ends[1], STDOUT_FILENO);
    }};
    const CommandResult result = run_min_btf({"dump", "--format=" + format, file}, no_reader);
    CHECK(result.signal == SIGPIPE);
    CHECK(result.err.empty());
  }
}

TEST_CASE("cli_dump: a full disk is an error") {
  const TempDir directory;
  const std::string file = large(directory);
  for (const char* format : {"--format=c", "--format=json"}) {
    const CommandResult result = run_min_btf({"dump", format, file}, {.stdout_path = "/dev/full"});
    CHECK(result.status == 1);
    CHECK(result.err == "min-btf: error: standard output: cannot write: No space left on device\n");
  }
  const CommandResult closed = run_min_btf({"dump", file}, {.stdout_closed = true});
  CHECK(closed.status == 1);
  CHECK(count_of(closed.err, "\n") == 1);
}

TEST_CASE("cli_dump: an interrupted dump ends with status 130 and adds nothing to its output") {
  const TempDir directory;
  const std::string file = large(directory);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  // Nobody reads the pipe: the run waits for space in the pipe until the signal comes.
  const CommandOptions slow_reader{.in_child = [&] { ::dup2(ends[1], STDOUT_FILENO); },
                                   .while_running =
                                       [&](pid_t child) {
                                         char first = 0;
                                         REQUIRE(::read(ends[0], &first, 1) == 1);
                                         CHECK(first == '{');
                                         ::usleep(100000);
                                         ::kill(child, SIGINT);
                                       }};
  const CommandResult result = run_min_btf({"dump", "--json", file}, slow_reader);
  ::close(ends[1]);
  CHECK(result.status == 130);
  CHECK(result.err == "min-btf: interrupted\n");
  std::string rest;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], block, sizeof block)) > 0;)
    rest.append(block, static_cast<std::size_t>(got));
  ::close(ends[0]);
  CHECK(rest.find("interrupted") == std::string::npos);
  CHECK(rest.size() > 60000);
}
