// SPDX-License-Identifier: BSD-2-Clause
// `min-btf embed`, run as a user does. The objects are linked by the linkers that this machine has.
#include <sys/stat.h>
#include <sys/utsname.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/cli_case.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;
using Catch::Contains;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

/// All byte values, in an odd number of bytes.
std::string sample_bytes() {
  std::string bytes;
  for (int i = 0; i < 4099; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  return bytes;
}

/// The declarations in BCC's libbpf-tools: weak arrays that are defined elsewhere.
constexpr const char* bcc_program = R"(
#include <stdio.h>
extern unsigned char _binary_min_core_btfs_tar_gz_start[] __attribute__((weak));
extern unsigned char _binary_min_core_btfs_tar_gz_end[] __attribute__((weak));
int main(void) {
  if (!_binary_min_core_btfs_tar_gz_start) return 9;
  int size = _binary_min_core_btfs_tar_gz_end - _binary_min_core_btfs_tar_gz_start;
  return fwrite(_binary_min_core_btfs_tar_gz_start, 1, size, stdout) == size ? 0 : 8;
}
)";

/// The declarations in bpf-compatible's header: weak definitions of single bytes, which the linked data replaces.
constexpr const char* bpf_compatible_program = R"(
#include <stdio.h>
char _binary_min_core_btfs_tar_gz_start __attribute__((weak));
char _binary_min_core_btfs_tar_gz_end __attribute__((weak));
int main(void) {
  long size = &_binary_min_core_btfs_tar_gz_end - &_binary_min_core_btfs_tar_gz_start;
  return fwrite(&_binary_min_core_btfs_tar_gz_start, 1, size, stdout) == size ? 0 : 8;
}
)";

/// A program without a library, which refers to the data by addresses in data and in code.
constexpr const char* bare_program = R"(
extern const unsigned char _binary_min_core_btfs_tar_gz_start[], _binary_min_core_btfs_tar_gz_end[];
const unsigned char *const begin = _binary_min_core_btfs_tar_gz_start;
const unsigned char *const stop = _binary_min_core_btfs_tar_gz_end;
long _start(void) { return _binary_min_core_btfs_tar_gz_end - _binary_min_core_btfs_tar_gz_start; }
)";

struct EmbedPlace {
  TempDir directory;
  std::string bytes = sample_bytes();
  std::string file = directory.write("min_core_btfs.tar.gz", bytes);

  [[nodiscard]] CommandResult run(std::vector<std::string> words) const {
    return run_command(words, {.directory = directory.path().string()});
  }
  [[nodiscard]] CommandResult embed(const std::vector<std::string>& words) const {
    return run(joined({TEST_BINARY, "embed", "min_core_btfs.tar.gz"}, words));
  }
};

bool has_program(const std::string& name) { return run_command({"sh", "-c", "command -v " + name}).status == 0; }

/// Returns the flags of the segment that holds the data, as readelf prints them: "R", "R E", "RW".
std::string segment_of_data(const std::string& program) {
  std::istringstream symbols(run_command({"nm", program}).out);
  std::uint64_t address = 0;
  for (std::string line; std::getline(symbols, line);) {
    if (line.ends_with(" _binary_min_core_btfs_tar_gz_start")) address = std::stoull(line, nullptr, 16);
  }
  std::istringstream segments(run_command({"readelf", "-lW", program}).out);
  for (std::string line; std::getline(segments, line);) {
    std::istringstream words(line);
    std::string type;
    std::string offset;
    std::string start;
    std::string physical;
    std::string in_file;
    std::string size;
    if (!(words >> type >> offset >> start >> physical >> in_file >> size) || type != "LOAD") continue;
    const std::uint64_t first = std::stoull(start, nullptr, 16);
    if (address < first || address - first >= std::stoull(size, nullptr, 16)) continue;
    std::string flags;
    for (std::string word; words >> word && !word.starts_with("0x");) flags += (flags.empty() ? "" : " ") + word;
    return flags;
  }
  return "no segment";
}

/// Checks a linked program: its stack is not executable, the data is in a segment that cannot be written, and complete.
void check_linked(const EmbedPlace& place, const std::string& program) {
  const std::string path = place.directory.file(program);
  const std::string segments = run_command({"readelf", "-lW", path}).out;
  const std::size_t stack = segments.find("GNU_STACK");
  REQUIRE(stack != std::string::npos);
  const std::string line = segments.substr(stack, segments.find('\n', stack) - stack);
  CHECK_THAT(line, Contains(" RW ") && !Contains("RWE"));
  CHECK(segment_of_data(path).find('W') == std::string::npos);
  CHECK(segment_of_data(path).starts_with("R"));
  CHECK(count_of(contents_of(path), place.bytes) == 1);
}

/// An architecture of `embed`, and how clang and binutils name it.
struct CrossTarget {
  const char* name;
  const char* triple;
  const char* binutils;  ///< prefix of the programs; empty: not in Debian 12
  const char* flags;     ///< as readelf prints e_flags of the linked program
};

const std::vector<CrossTarget> cross_targets = {
    {"x86_64", "x86_64-linux-gnu", "", "0x0"},
    {"arm64", "aarch64-linux-gnu", "aarch64-linux-gnu-", "0x0"},
    {"arm", "arm-linux-gnueabihf", "arm-linux-gnueabihf-", "0x5000"},
    {"arm", "arm-linux-gnueabi", "arm-linux-gnueabihf-", "0x5000"},
    {"riscv64", "riscv64-linux-gnu", "riscv64-linux-gnu-", "0x5, RVC, double-float ABI"},
    {"s390x", "s390x-linux-gnu", "s390x-linux-gnu-", "0x0"},
    {"ppc64le", "powerpc64le-linux-gnu", "powerpc64le-linux-gnu-", "0x2, abiv2"},
    {"loongarch64", "loongarch64-linux-gnu", "", "0x43, DOUBLE-FLOAT, OBJ-v1"},
};

bool compile_bare_program(const EmbedPlace& place, const CrossTarget& target) {
  static_cast<void>(place.directory.write("bare.c", bare_program));
  return place.run({TEST_CLANG, std::string("--target=") + target.triple, "-ffreestanding", "-fPIC", "-c", "bare.c"})
             .status == 0;
}

/// Links the bare program with `object`, and checks the result.
void link_and_check(const EmbedPlace& place, const std::string& linker, const CrossTarget& target,
                    const std::string& object) {
  CAPTURE(linker, target.triple, object);
  const CommandResult linked =
      place.run({linker, "--fatal-warnings", "-pie", "--no-dynamic-linker", "bare.o", object, "-o", "program"});
  CHECK(linked.err.empty());
  REQUIRE(linked.status == 0);
  check_linked(place, "program");
  CHECK_THAT(run_command({"readelf", "-hW", place.directory.file("program")}).out,
             Contains(std::string("Flags:                             ") + target.flags));
}

}  // namespace

TEST_CASE("cli_embed: a C program that declares the symbols as BCC or bpf-compatible does has the bytes of FILE") {
  const EmbedPlace place;
  const std::string source = GENERATE(as<std::string>(), bcc_program, bpf_compatible_program);
  static_cast<void>(place.directory.write("program.c", source));
  for (const std::string output : {"btfs.o", "btfs.S"}) {
    REQUIRE(place.embed({output}).status == 0);
    for (const std::vector<std::string>& options :
         std::vector<std::vector<std::string>>{{"-O2"}, {"-O0", "-no-pie"}, {"-static"}}) {
      CAPTURE(output, options);
      std::vector<std::string> words = {"cc", "-Wall", "-Wl,--fatal-warnings", "program.c", output, "-o", "program"};
      words.insert(words.begin() + 1, options.begin(), options.end());
      const CommandResult compiled = place.run(words);
      CAPTURE(compiled.err);
      REQUIRE(compiled.status == 0);
      const CommandResult result = place.run({"./program"});
      CHECK(result.status == 0);
      CHECK((result.out == place.bytes));
      check_linked(place, "program");
    }
  }
}

TEST_CASE("cli_embed: the symbols are those of ld -r -b binary, and the data has the same values") {
  const EmbedPlace place;
  if (run_command({"uname", "-m"}).out != "x86_64\n") return skip_test("the linker of x86_64 is needed");
  for (const std::string name : {"min_core_btfs.tar.gz", "9-a b.c_\xc3\xa9"}) {
    CAPTURE(name);
    static_cast<void>(place.directory.write(name, place.bytes));
    REQUIRE(place.run({"ld", "-r", "-b", "binary", name, "-o", "ld.o"}).status == 0);
    REQUIRE(place.run({TEST_BINARY, "embed", name, "own.o"}).status == 0);
    const auto symbols = [&](const char* object) {
      // The section, and with it the letter of the type, differs.
      std::string text = place.run({"nm", object}).out;
      for (char& c : text) c = c == 'D' ? 'R' : c;
      return text;
    };
    CHECK(count_of(symbols("ld.o"), "\n") == 3);
    CHECK(symbols("own.o") == symbols("ld.o"));
  }
}

TEST_CASE("cli_embed: clang and lld link the object and the source for every architecture") {
  const EmbedPlace place;
  const std::string linker = "ld.lld-19";
  if (!has_program(linker)) return skip_test("Debian's package lld-19 is needed");
  REQUIRE(place.embed({"btfs.S"}).status == 0);
  for (const CrossTarget& target : cross_targets) {
    CAPTURE(target.triple);
    REQUIRE(compile_bare_program(place, target));
    REQUIRE(place.embed({"btfs.o", std::string("--target=") + target.name}).status == 0);
    link_and_check(place, linker, target, "btfs.o");
    REQUIRE(
        place.run({TEST_CLANG, std::string("--target=") + target.triple, "-c", "btfs.S", "-o", "source.o"}).status ==
        0);
    link_and_check(place, linker, target, "source.o");
  }
}

TEST_CASE("cli_embed: GNU as and ld of other architectures accept the object and the source") {
  const EmbedPlace place;
  REQUIRE(place.embed({"btfs.S"}).status == 0);
  std::string missing;
  std::size_t linked = 0;
  for (const CrossTarget& target : cross_targets) {
    const std::string prefix = target.binutils;
    if (prefix.empty()) continue;
    if (!has_program(prefix + "ld")) {
      missing += (missing.empty() ? "" : ", ") + prefix + "ld";
      continue;
    }
    CAPTURE(target.triple);
    REQUIRE(compile_bare_program(place, target));
    REQUIRE(place.embed({"btfs.o", std::string("--target=") + target.name}).status == 0);
    link_and_check(place, prefix + "ld", target, "btfs.o");
    CHECK(place.run({prefix + "ld", "-r", "bare.o", "btfs.o", "-o", "both.o"}).err.empty());
    const CommandResult assembled = place.run({prefix + "as", "btfs.S", "-o", "source.o"});
    CHECK(assembled.err.empty());
    REQUIRE(assembled.status == 0);
    link_and_check(place, prefix + "ld", target, "source.o");
    ++linked;
  }
  if (!missing.empty()) return skip_test("not installed: " + missing + " (linked with " + std::to_string(linked) + ")");
  CHECK(linked == 6);
}

TEST_CASE("cli_embed: an x86_64 object does not switch off the protection of control flow") {
  const EmbedPlace place;
  REQUIRE(place.embed({"--target=amd64", "btfs.o"}).status == 0);
  CHECK_THAT(place.run({"readelf", "-nW", "btfs.o"}).out, Contains("x86 feature: IBT, SHSTK"));
  REQUIRE(place.embed({"--target=aarch64", "btfs.o"}).status == 0);
  CHECK_THAT(place.run({"readelf", "-nW", "btfs.o"}).out, Contains("AArch64 feature: BTI, PAC"));
  REQUIRE(place.embed({"--target=s390x", "btfs.o"}).status == 0);
  CHECK_THAT(place.run({"readelf", "-SW", "btfs.o"}).out, !Contains(".note.gnu.property"));
}

TEST_CASE("cli_embed: the source names FILE as the command line does, with quotes and control characters") {
  const EmbedPlace place;
  const std::string name = "dir/a \"quoted\" \\ name\t*/.bin";
  fs::create_directories(place.directory.path() / "dir/a \"quoted\" \\ name\t*");
  static_cast<void>(place.directory.write(name, place.bytes));
  REQUIRE(place.run({TEST_BINARY, "embed", "--symbol=data", name, "odd.S"}).status == 0);
  CHECK_THAT(contents_of(place.directory.file("odd.S")),
             Contains("\t.incbin \"dir/a \\\"quoted\\\" \\\\ name\\011*/.bin\"\n"));
  static_cast<void>(place.directory.write("program.c", R"(
#include <stdio.h>
extern const char data_start[], data_end[];
int main(void) { return fwrite(data_start, 1, data_end - data_start, stdout) == 0; }
)"));
  for (const std::string compiler : {"cc", TEST_CLANG}) {
    CAPTURE(compiler);
    REQUIRE(place.run({compiler, "program.c", "odd.S", "-o", "program"}).status == 0);
    CHECK((place.run({"./program"}).out == place.bytes));
  }
}

TEST_CASE("cli_embed: --symbol, --target and --json give the names, the form and the sizes") {
  const EmbedPlace place;
  const CommandResult result = place.embed({"--symbol=btfs", "--target=arm64", "x.o"});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(result.out == "min_core_btfs.tar.gz -> x.o: 4099 bytes, arm64; symbols btfs_start, btfs_end, btfs_size\n");
  CHECK_THAT(place.run({"nm", "-S", "x.o"}).out, Contains("0000000000000000 0000000000001003 R btfs_start\n") &&
                                                     Contains("0000000000001003 R btfs_end\n") &&
                                                     Contains("0000000000001003 A btfs_size\n"));
  CHECK(place.embed({"-q", "x.o"}).out.empty());

  const json object = document_of(place.embed({"--json", "--target=s390x", "x.o"}));
  CHECK(object.at("file") == json{{"path", "min_core_btfs.tar.gz"}, {"bytes", 4099}});
  CHECK(object.at("output") == "x.o");
  CHECK(object.at("form") == "object");
  CHECK(object.at("target") == "s390x");
  CHECK(object.at("symbols").at("start") == "_binary_min_core_btfs_tar_gz_start");
  CHECK(object.at("symbols").at("end") == "_binary_min_core_btfs_tar_gz_end");
  CHECK(object.at("symbols").at("size") == "_binary_min_core_btfs_tar_gz_size");
  const json source = document_of(place.embed({"--json", "x.S"}));
  CHECK(source.at("form") == "assembler");
  CHECK_FALSE(source.contains("target"));

  // The same facts if FILE cannot be read.
  const std::string missing = place.directory.file("missing");
  const CommandResult failed = run_min_btf({"embed", "--json", "--target=arm64", missing, place.directory.file("y.o")});
  CHECK(failed.status == 1);
  const json reported = json::parse(failed.out);
  CHECK(reported.at("form") == "object");
  CHECK(reported.at("target") == "arm64");
}

TEST_CASE("cli_embed: standard input is FILE for an object, with --symbol") {
  const EmbedPlace place;
  const CommandOptions from_file = {.stdin_path = place.file};
  const std::string output = place.directory.file("x.o");
  CHECK(run_min_btf({"embed", "--symbol=s", "-", output}, from_file).status == 0);
  REQUIRE(run_min_btf({"embed", "--symbol=s", place.file, place.directory.file("y.o")}).status == 0);
  CHECK((contents_of(output) == contents_of(place.directory.file("y.o"))));
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"embed", "-", output}, {"embed", "--symbol=s", "-", "x.S"}}) {
    const CommandResult refused = run_min_btf(words, from_file);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains("standard input has"));
  }
}

TEST_CASE("cli_embed: OUTPUT that leads to standard output gets the object and nothing else") {
  const EmbedPlace place;
  const std::string link = place.directory.file("link.o");
  fs::create_symlink("/dev/stdout", link);
  REQUIRE(place.embed({"x.o"}).status == 0);
  const CommandResult result = place.embed({link});
  CHECK(result.status == 0);
  CHECK((result.out == contents_of(place.directory.file("x.o"))));
  CHECK_THAT(result.err, Contains(" bytes, "));
  const CommandResult refused = place.embed({"--json", link});
  CHECK(refused.status == 2);
  CHECK_THAT(refused.err, Contains("--json and OUTPUT cannot both go to standard output"));
  CHECK(document_of(refused).at("status") == "usage");
}

TEST_CASE("cli_embed: wrong words are usage errors that name what is right") {
  const EmbedPlace place;
  const std::string output = place.directory.file("x.o");
  check_usage_error({"embed", place.file}, "embed needs FILE and OUTPUT");
  check_usage_error({"embed", place.file, output, "more"}, "embed takes FILE and OUTPUT, but has 'more'");
  for (const std::string name : {"x.obj", "-", "x", "/dev/stdout"}) {
    check_usage_error({"embed", place.file, name}, "OUTPUT " + name + " has to end in .o (an object) or .S");
  }
  check_usage_error({"embed", "--target=mips", place.file, output},
                    "'mips' is not one of these: x86_64, arm64, arm, riscv64, s390x, ppc64le, loongarch64");
  check_usage_error({"embed", "--target=i386", place.file, output}, "'i386' is not one of these: x86_64");
  check_usage_error({"embed", "--target=arm64", place.file, "x.S"}, "--target is for OUTPUT.o");
  for (const std::string symbol : {"1a", "a-b", "a b", "\xc3\xa9"}) {
    check_usage_error({"embed", "--symbol=" + symbol, place.file, output}, "is not a name in C");
  }
  const std::string own = place.directory.write("own.o", place.bytes);
  check_usage_error({"embed", own, own}, "OUTPUT " + own + " is FILE " + own);
  fs::create_symlink(own, place.directory.file("link.o"));
  check_usage_error({"embed", own, place.directory.file("link.o")}, " is FILE ");
  CHECK(contents_of(own) == place.bytes);
  fs::create_directory(place.directory.file("directory.o"));
  check_usage_error({"embed", place.file, place.directory.file("directory.o")}, "is a directory, not a file");
  CHECK_FALSE(fs::exists(output));
  CHECK_THAT(run_min_btf({"help", "embed"}).out, StartsWith("Usage: min-btf embed ") && Contains("--target ARCH"));
}

TEST_CASE("cli_embed: a FILE that is missing, empty or over 2 GiB is an error, and OUTPUT stays as it was") {
  const EmbedPlace place;
  const std::string empty = place.directory.write("empty", "");
  const std::string large = place.directory.write("large", "");
  fs::resize_file(large, (std::uintmax_t{2} << 30U) + 1);
  for (const std::string suffix : {".o", ".S"}) {
    const std::string output = place.directory.write("x" + suffix, "old");
    const auto refused = [&](const std::string& file) {
      const CommandResult result = run_min_btf({"embed", file, output});
      CHECK(result.status == 1);
      CHECK(count_of(result.err, "\n") == 1);
      CHECK(contents_of(output) == "old");
      return result.err;
    };
    CHECK_THAT(refused(place.directory.file("missing")), Contains("missing: cannot open"));
    CHECK_THAT(refused(empty), Contains("empty: an empty file, which is not embedded"));
    CHECK_THAT(refused(large), Contains("large: over 2147483648 bytes"));
    CHECK_THAT(refused(place.directory.path().string()), Contains("is a directory"));
  }
  CHECK(run_min_btf({"embed", place.file, place.directory.file("no/x.o")}).status == 1);
  CHECK(run_min_btf({"embed", "/dev/null", place.directory.file("y.S")}).status == 1);
  CHECK(place.directory.entries() == std::vector<std::string>{"empty", "large", "min_core_btfs.tar.gz", "x.S", "x.o"});
}
