// SPDX-License-Identifier: BSD-2-Clause
// min-btf verify with one kernel: differences, results that are no difference, and the text of each difference.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/core_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;

namespace {

using Kind = RelocationKind;
using Forge = std::function<void(BtfForge&)>;

/// A kernel, a reduced BTF that lacks something, and a relocation that needs it.
struct Damage {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;
  Forge full;
  Forge reduced;
  Ask ask;
  std::string expected;  ///< text after "prog (tp/test) insn 0: " on standard output
};

std::uint32_t two_members(BtfForge& f) {
  const std::uint32_t int_ = f.integer("int", 4, 1);
  return f.structure("s", 8, {{"a", int_, 0}, {"b", int_, 32}});
}

Forge struct_with(std::vector<std::pair<std::string, std::uint32_t>> members) {
  return [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::vector<ForgedMember> all;
    for (const auto& [name, offset] : members) all.push_back({name, int_, offset * 8});
    f.structure("s", 64, all);
  };
}

std::uint32_t two_enumerators(BtfForge& f) { return f.enumeration("e", 4, {{"A", 1}, {"B", 2}}); }

Forge array_of(std::uint32_t nelems, bool guard) {
  return [=](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    std::vector<ForgedMember> members = {{"a", f.array(int_, int_, nelems), 0}};
    if (guard) members.push_back({"guard", int_, 0});
    f.structure("s", 4, members);
  };
}

Forge pointer_with(const std::string& integer) {
  return [=](BtfForge& f) {
    f.integer(integer, 8, 1);
    f.structure("s", 8, {{"p", f.ptr(0), 0}});
  };
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all = {
      {"a wrong offset",
       two_members,
       struct_with({{"a", 0}, {"b", 4}}),
       struct_with({{"a", 0}, {"b", 8}}),
       {.kind = Kind::field_byte_offset, .access = "0:1"},
       "field_byte_offset s.b: FULL 4, REDUCED 8\n"},
      {"a missing member",
       two_members,
       struct_with({{"a", 0}, {"b", 4}}),
       struct_with({{"a", 0}}),
       {.kind = Kind::field_exists, .access = "0:1"},
       "field_exists s.b: FULL 1, REDUCED 0 (s.b: no such member)\n"},
      {"a missing enumerator",
       two_enumerators,
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}, {"B", 2}});
       },
       [](BtfForge& f) {
         f.enumeration("e", 4, {{"A", 1}});
       },
       {.kind = Kind::enumval_value, .access = "1"},
       "enumval_value e.B: FULL 2, REDUCED poisoned (e.B: no such enumerator)\n"},
      {"a pointee turned void",
       [](BtfForge& f) { return f.typedef_("t", f.ptr(f.structure("x", 4, {}))); },
       [](BtfForge& f) { f.typedef_("t", f.ptr(f.structure("x", 4, {}))); },
       [](BtfForge& f) { f.typedef_("t", f.ptr(0)); },
       {.kind = Kind::type_exists},
       "; pointer to void)\n"},
      {"a missing guard after a zero-length array",
       [](BtfForge& f) {
         const std::uint32_t int_ = f.integer("int", 4, 1);
         return f.structure("s", 16, {{"a", f.array(int_, int_, 4), 0}});
       },
       array_of(0, true),
       array_of(0, false),
       {.kind = Kind::field_byte_offset, .access = "0:0:3"},
       "; it has no elements, and is not the last member), REDUCED 12\n"},
      {"a lost long",
       [](BtfForge& f) {
         return f.structure("s", 8, {{"p", f.ptr(0), 0}});
       },
       pointer_with("long int"),
       pointer_with("int"),
       {.kind = Kind::field_byte_size, .access = "0:0"},
       "field_byte_size s.p: for a 32-bit loader FULL 8, REDUCED 4, assuming pointers of 4 bytes instead of 8, "
       "because no INT named long is kept\n"}};
  return all;
}

struct Files {
  TempDir directory;
  std::string full;
  std::string reduced;
  std::string object;

  explicit Files(const Damage& damage) {
    const Built built = build(
        {.name = damage.name, .local = damage.local, .target = damage.full, .asks = {damage.ask}, .expected = {}});
    BtfForge forge;
    damage.reduced(forge);
    full = directory.write("full.btf", built.target);
    reduced = directory.write("reduced.btf", forge.bytes());
    object = directory.write("object.o", built.object);
  }
};

}  // namespace

TEST_CASE("cli_verify: each kind of damage is reported as a difference") {
  for (const Damage& damage : damages()) {
    CAPTURE(damage.name);
    const Files files(damage);
    const CommandResult result = run_min_btf({"verify", "--loaders=all", files.full, files.reduced, files.object});
    CAPTURE(result.out, result.err);
    CHECK(result.status == 3);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, StartsWith(files.full + ": " + files.object + ": prog (tp/test) insn 0: "));
    CHECK_THAT(result.out, Contains(damage.expected));
    CHECK_THAT(result.out, EndsWith(files.full + " and " + files.reduced +
                                    ": 1 kernel, 1 object; 1 relocation compared; 1 "
                                    "difference in 1 kernel\n"));
    // The output of min-btf has no difference.
    const std::string own = files.directory.file("own.btf");
    REQUIRE(run_min_btf({"gen", files.full, own, files.object}).status == 0);
    CHECK(run_min_btf({"verify", "--loaders=all", files.full, own, files.object}).status == 0);
    // A kernel compared with itself has no difference.
    CHECK(run_min_btf({"verify", files.full, files.full, files.object}).status == 0);
  }
}

TEST_CASE("cli_verify: FULL and REDUCED may each be raw or compressed, and FULL may be an ELF file") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic, place.ambiguous}).status == 0);
  const std::vector<std::uint8_t> kernel = kernel_btf();
  const std::string small = place.published();
  const std::vector<std::string> fulls = {
      place.kernel, write_vmlinux(place.directory, "vmlinux", kernel),
      place.directory.write("full.xz", compressed(kernel, Compression::xz)),
      place.directory.write("full.tar.gz", compressed(TarForge().file("k.btf", kernel).bytes(), Compression::gzip))};
  const std::vector<std::string> reduced = {
      place.output, place.directory.write("small.zst", compressed(small, Compression::zstd)),
      place.directory.write("small.tar.xz", compressed(TarForge().file("k.btf", small).bytes(), Compression::xz)),
      place.directory.write(
          "deep.btf.tar.xz",
          compressed(
              TarForge().directory("./btfs/").file("./btfs/README", "no kernel").file("./btfs/k.btf", small).bytes(),
              Compression::xz))};
  for (const std::string& one : fulls) {
    for (const std::string& other : reduced) {
      CAPTURE(one, other);
      const CommandResult result = run_min_btf({"verify", one, other, place.basic, place.ambiguous});
      CHECK(result.status == 0);
      CHECK(result.err.empty());
      CHECK(result.out == one + " and " + other + ": 1 kernel, 2 objects; 31 relocations compared; no difference\n");
    }
  }
  const std::string two =
      place.directory.write("two.tar", TarForge().file("a.btf", small).file("b.btf", small).bytes());
  const CommandResult several = run_min_btf({"verify", place.kernel, two, place.basic});
  CHECK(several.status == 1);
  CHECK(several.err == "min-btf: error: " + two + ": a tar of several kernels, where one is needed\n");
  // Reduced for one object, compared for another.
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  CHECK(run_min_btf({"verify", place.kernel, place.output, place.basic}).status == 0);
  CHECK(run_min_btf({"verify", place.kernel, place.output, place.ambiguous}).status == 3);
}

TEST_CASE("cli_verify: 20 differences are listed by default, all with -v and none with -q") {
  const Workplace place;
  REQUIRE(run_min_btf({"gen", place.kernel, place.output, place.basic}).status == 0);
  const std::vector<std::string> command = {"verify", place.kernel, place.output, place.basic, place.ambiguous};
  const auto with = [&](const std::string& option) {
    std::vector<std::string> arguments = command;
    arguments.push_back(option);
    return run_min_btf(arguments);
  };
  const CommandResult result = run_min_btf(command);
  CHECK(result.status == 3);
  const std::vector<std::string> lines = lines_in(result.out);
  REQUIRE(lines.size() == 22);
  CHECK(lines[20] == place.kernel + ": and 5 more differences; -v lists them");
  CHECK_THAT(lines[21], EndsWith("; 25 differences in 1 kernel"));
  const CommandResult verbose = with("-v");
  CHECK(verbose.status == 3);
  const std::vector<std::string> all = lines_in(verbose.out);
  REQUIRE(all.size() == 27);
  CHECK(std::equal(lines.begin(), lines.begin() + 20, all.begin()));
  CHECK_THAT(all[25], StartsWith(place.kernel + ": 25 differences; 31 relocations compared; "));
  const CommandResult quiet = with("-q");
  CHECK(quiet.status == 3);
  CHECK(quiet.out.empty());
  CHECK(quiet.err.empty());
}

TEST_CASE("cli_verify: a difference names the other programs that have to be loaded") {
  const TempDir directory;
  const auto s = [](BtfForge& f, std::vector<std::pair<const char*, std::uint32_t>> members) {
    std::vector<ForgedMember> all;
    for (const auto& [name, offset] : members) all.push_back({name, 1, offset * 8});
    f.structure("s", 64, all);
  };
  const Built built = build({.name = {},
                             .local = two_members,
                             .target =
                                 [&](BtfForge& f) {
                                   f.integer("int", 4, 1);
                                   s(f, {{"a", 0}, {"b", 4}});
                                   s(f, {{"b", 8}});
                                 },
                             .asks = {{.kind = Kind::field_exists, .access = "0:0", .program = "one"},
                                      {.kind = Kind::field_byte_offset, .access = "0:1", .program = "two"}},
                             .expected = {}});
  BtfForge other;
  other.integer("int", 4, 1);
  s(other, {{"b", 4}});
  s(other, {{"a", 0}, {"b", 8}});
  const CommandResult result =
      run_min_btf({"verify", directory.write("full", built.target), directory.write("reduced", other.bytes()),
                   directory.write("object.o", built.object)});
  CHECK(result.status == 3);
  CHECK_THAT(result.out, Contains("two (tp/test) insn 0: field_byte_offset s.b: FULL 4, REDUCED 8 (if one is loaded, "
                                  "too)\n"));
  CHECK(count_of(result.out, "\n") == 2);
}

TEST_CASE("cli_verify: a run that compares nothing is an error") {
  const Workplace place;
  const CommandResult result = run_min_btf({"verify", place.kernel, place.kernel, place.no_core});
  CHECK(result.status == 1);
  CHECK(run_min_btf({"verify", "-q", place.kernel, place.kernel, place.no_core}).status == 1);
  CHECK(run_min_btf({"verify", place.kernel, place.kernel, place.no_core, place.basic}).status == 0);
  // No summary follows the error.
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Contains("error: nothing was compared: no OBJECT has CO-RE relocations\n"));
}

TEST_CASE("cli_verify: a file that cannot be read is a one-line error that names it") {
  const Workplace place;
  const std::string raw = contents_of(place.kernel);
  const std::string cut = place.directory.write("cut.btf", std::string_view(raw).substr(0, raw.size() / 2));
  const std::string text = place.directory.write("text", "no kernel\n");
  const std::string missing = place.directory.file("missing");
  const std::string two =
      place.directory.write("two.tar", TarForge().file("a.btf", kernel_btf()).file("b.btf", kernel_btf()).bytes());
  const std::vector<std::pair<std::vector<std::string>, std::string>> rows = {
      {{cut, place.kernel, place.basic}, cut + ": "},
      {{place.kernel, cut, place.basic}, cut + ": "},
      {{place.kernel, text, place.basic}, text + ": neither raw BTF nor an ELF file"},
      {{place.kernel, missing, place.basic}, missing + ": cannot open: "},
      {{missing, place.kernel, place.basic}, missing + ": cannot open: "},
      {{place.kernel, two, place.basic}, two + ": a tar of several kernels"},
      {{place.kernel, place.kernel, missing}, missing + ": "},
      {{place.kernel, place.kernel, text}, text + ": "},
  };
  for (auto [arguments, message] : rows) {
    CAPTURE(arguments);
    arguments.insert(arguments.begin(), "verify");
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 1);
    CHECK_THAT(result.err, StartsWith("min-btf: error: " + message));
    CHECK(count_of(result.err, "\n") == 1);
    CHECK(result.out.empty());
    arguments.push_back("--json");
    const json document = document_of(run_min_btf(arguments));
    CHECK_THAT(document.at("error").at("message").get<std::string>(), StartsWith(message));
  }
}

TEST_CASE("cli_verify: contradicting, missing or mismatched arguments are usage errors") {
  const Workplace place;
  const std::string directory = place.directory.path().string();
  const std::string& kernel = place.kernel;
  check_usage_error({"verify"}, "verify needs FULL, REDUCED and at least one OBJECT, but has none of them");
  check_usage_error({"verify", kernel, kernel}, "but has only '" + kernel + "' '" + kernel + "'");
  check_usage_error({"verify", kernel, "", place.basic}, "a file name is empty");
  check_usage_error({"verify", "-q", "-v", kernel, kernel, place.basic}, "contradict");
  check_usage_error({"verify", "--oracle=bpftool", kernel, kernel, place.basic}, "'bpftool' is not libbpf");
  check_usage_error({"verify", "--jobs=0", kernel, kernel, place.basic}, "--jobs: '0'");
  check_usage_error({"verify", kernel, directory, place.basic}, "is one kernel, and REDUCED " + directory);
  check_usage_error({"verify", directory, kernel, place.basic}, "is a directory of kernels, but REDUCED " + kernel);
  check_usage_error({"verify", "--arch=arm64", kernel, kernel, place.basic},
                    "--arch is for a directory or an archive of kernels");
  const std::string tar =
      place.directory.write("two.tar", TarForge().file("a.btf", kernel_btf()).file("b.btf", kernel_btf()).bytes());
  check_usage_error({"verify", tar, kernel, place.basic}, "is a tar of kernels, but REDUCED " + kernel);
  const CommandResult help = run_min_btf({"verify", "--help"});
  CHECK(help.status == 0);
  CHECK_THAT(help.out, StartsWith("Usage: min-btf verify ") && Contains("--oracle"));
  for (const std::string& line : lines_in(help.out)) CHECK(line.size() <= 100);
}

TEST_CASE("cli_verify: --json reports everything in one document") {
  const Files files(damages()[1]);
  const json document = document_of(run_min_btf({"verify", "--json", files.full, files.reduced, files.object}));
  CHECK(document.at("exit") == 3);
  CHECK(document.at("full") == files.full);
  CHECK(document.at("reduced") == files.reduced);
  CHECK(document.at("kernels") == json{{"compared", 1},
                                       {"different", 1},
                                       {"missing", 0},
                                       {"failed", 0},
                                       {"extra", 0},
                                       {"ignored", 0},
                                       {"modules", 0},
                                       {"unselected", 0}});
  CHECK(document.at("relocations") == 1);
  CHECK(document.at("questions") == 1);
  CHECK(document.at("asked") == 1);
  CHECK(document.at("different_relocations") == 1);
  CHECK(document.at("objects") == json::array({{{"path", files.object}, {"relocations", 1}}}));
  REQUIRE(document.at("results").size() == 1);
  const json& kernel = document.at("results").at(0);
  CHECK(kernel.at("kernel") == files.full);
  CHECK(kernel.at("status") == "different");
  CHECK(kernel.at("full_bytes") == contents_of(files.full).size());
  CHECK(kernel.at("reduced_bytes") == contents_of(files.reduced).size());
  CHECK(kernel.at("same_byte_order") == true);
  REQUIRE(kernel.at("differences").size() == 1);
  CHECK(kernel.at("differences").at(0) ==
        json{{"object", files.object},
             {"program", "prog"},
             {"section", "tp/test"},
             {"insn", 0},
             {"kind", "field_exists"},
             {"subject", "s.b"},
             {"full", {{"status", "resolved"}, {"value", 1}, {"text", "1"}}},
             {"reduced", {{"status", "resolved"}, {"value", 0}, {"text", "0 (s.b: no such member)"}}},
             {"programs", {"prog"}}});
  // The document of a run without a difference.
  const json same = document_of(run_min_btf({"verify", "--json", files.full, files.full, files.object}));
  CHECK(same.at("exit") == 0);
  CHECK(same.at("results").at(0).at("status") == "same");
  CHECK(same.at("results").at(0).at("differences").empty());
  CHECK(same.at("loaders") == "native");
  CHECK(same.at("noted_relocations") == 0);
  CHECK(same.at("results").at(0).at("notes").empty());
}

TEST_CASE("cli_verify: --json has no value for type_id_target, whose ids belong to one BTF only") {
  const Files files({"another type",
                     [](BtfForge& f) { return f.typedef_("t", f.integer("int", 4, 1)); },
                     [](BtfForge& f) { f.typedef_("t", f.integer("int", 4, 1)); },
                     [](BtfForge& f) { f.structure("t", 4, {}); },
                     {.kind = Kind::type_id_target},
                     ""});
  const json document = document_of(run_min_btf({"verify", "--json", files.full, files.reduced, files.object}));
  CHECK(document.at("exit") == 3);
  const json& difference = document.at("results").at(0).at("differences").at(0);
  CHECK(difference.at("kind") == "type_id_target");
  CHECK(difference.at("full") == json{{"status", "resolved"}, {"text", "typedef t"}});
  CHECK(difference.at("reduced").at("status") == "resolved");
  CHECK_FALSE(difference.at("reduced").contains("value"));
}

TEST_CASE(
    "cli_verify: a difference on a 64-bit kernel for 32-bit loaders only is a note, unless --loaders=all is given") {
  const Files lost(damages()[5]);
  const std::vector<std::string> files = {lost.full, lost.reduced, lost.object};
  const auto verify = [&](std::vector<std::string> options) {
    options.insert(options.begin(), "verify");
    options.insert(options.end(), files.begin(), files.end());
    return run_min_btf(options);
  };
  const std::string note =
      "note: on 64-bit kernels, 1 relocation in 1 kernel differs for 32-bit loaders only, because an INT named long is "
      "missing;\n      --loaders=all counts it as a difference\n";
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--loaders=native"}}) {
    const CommandResult result = verify(options);
    CHECK(result.status == 0);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, StartsWith(note) && EndsWith("; no difference\n"));
  }
  CHECK_THAT(verify({"-v"}).out, StartsWith("note: " + lost.full + ": " + lost.object) &&
                                     Contains(": for a 32-bit loader FULL 8, REDUCED 4, ") && Contains("\n" + note));
  CHECK(verify({"-q"}).out.empty());
  CHECK(verify({"-q"}).status == 0);
  const CommandResult all = verify({"--loaders=all"});
  CHECK(all.status == 3);
  CHECK_THAT(all.out, !Contains("note: ") && EndsWith("; 1 difference in 1 kernel\n"));
  CHECK(verify({"--loaders=some"}).status == 2);

  const json noted = document_of(verify({"--json"}));
  CHECK(noted.at("exit") == 0);
  CHECK(noted.at("noted_relocations") == 1);
  CHECK(noted.at("different_relocations") == 0);
  const json& kernel = noted.at("results").at(0);
  CHECK(kernel.at("status") == "same");
  CHECK(kernel.at("differences").empty());
  CHECK(kernel.at("noted_relocations") == 1);
  CHECK(kernel.at("notes").at(0).at("loader") == "a 32-bit loader");
  const json counted = document_of(verify({"--json", "--loaders=all"}));
  CHECK(counted.at("exit") == 3);
  CHECK(counted.at("loaders") == "all");
  CHECK(counted.at("noted_relocations") == 0);
  CHECK(counted.at("results").at(0).at("differences").at(0) == kernel.at("notes").at(0));
}

TEST_CASE(
    "cli_verify: a missing long is a difference on a 32-bit kernel, and a difference for all loaders is not a note") {
  Damage damage = damages()[5];
  damage.full = [](BtfForge& f) {
    f.integer("long int", 4, 1);
    f.structure("s", 8, {{"p", f.ptr(0), 0}});
  };
  const Files small(damage);
  CHECK(run_min_btf({"verify", small.full, small.reduced, small.object}).status == 3);

  damage = damages()[5];
  damage.full = [](BtfForge& f) {
    f.integer("long int", 8, 1);
    f.structure("s", 8, {{"p", f.ptr(0), 0}});
  };
  damage.reduced = [](BtfForge& f) { f.structure("s", 8, {}); };
  const Files real(damage);
  const CommandResult result = run_min_btf({"verify", real.full, real.reduced, real.object});
  CHECK(result.status == 3);
  CHECK_THAT(result.out, !Contains("note: "));
}

TEST_CASE("cli_verify: a REDUCED in the other byte order is a warning, not a difference") {
  const Workplace place;
  const std::string big = place.directory.write("big.btf", kernel_btf("eb"));
  const CommandResult result = run_min_btf({"verify", place.kernel, big, place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.err, Contains("warning: " + place.kernel + ": REDUCED is written in the other byte order"));
}

TEST_CASE("cli_verify: an interrupted run exits with 130 and reports it in JSON") {
  const Workplace place;
  const std::string pipe = place.directory.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CommandOptions options;
  options.while_running = [&](pid_t child) {
    // open() returns when the run has opened the pipe for reading. The run then waits for a kernel.
    const int end = ::open(pipe.c_str(), O_WRONLY);
    ::kill(child, SIGINT);
    ::close(end);
  };
  const CommandResult result = run_min_btf({"verify", "--json", pipe, place.kernel, place.basic}, options);
  CHECK(result.status == 130);
  CHECK(document_of(result).at("status") == "interrupted");
}

TEST_CASE("cli_verify: gen --verify reports that the result is verified, and writes the same bytes") {
  const Workplace place;
  const CommandResult plain = run_min_btf({"gen", place.kernel, place.output, place.basic});
  const std::string bytes = place.published();
  const CommandResult result = run_min_btf({"gen", "--verify", place.kernel, place.output, place.basic});
  CHECK(result.status == 0);
  CHECK(result.out == plain.out.substr(0, plain.out.size() - 1) + "; verified\n");
  CHECK(place.published() == bytes);
  const json document =
      document_of(run_min_btf({"gen", "--verify", "--json", place.kernel, place.output, place.basic}));
  CHECK(document.at("verified") == true);
  CHECK_FALSE(
      document_of(run_min_btf({"gen", "--json", place.kernel, place.output, place.basic})).contains("verified"));
}
