// SPDX-License-Identifier: BSD-2-Clause
// Where a pack is read: as INPUT of gen, check and verify, and as FILE of dump. Everywhere else it is refused.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "minbtf/resolution.hpp"

#include "support/cli_case.hpp"
#include "support/forge/archive_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/object_forge.hpp"
#include "support/tree_case.hpp"

using namespace minbtf::test;
using Catch::Contains;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const std::string refusal =
    "a pack of kernels; only a regular file that is INPUT of gen, check, verify or dump is read as a pack";

/// A pack of two kernels.
struct Packed : TreePlace {
  std::string pack = directory.file("all.pack");

  Packed() {
    put(in / "x86_64/5.4.0-1.btf", kernel_btf());
    put(in / "arm64/5.4.0-2.btf", small_kernel({.task = 1}));
    REQUIRE(run_min_btf({"pack", "-q", pack, in}).status == 0);
  }
};

/// A kernel with a function, a variable, and a free enum without a name.
Bytes whole_kernel() {
  BtfForge forge;
  const std::uint32_t integer = forge.integer("int", 4, 1);
  const std::uint32_t task = forge.structure("task_struct", 8, {{"pid", integer, 0}, {"tgid", integer, 32}});
  forge.enumeration("", 4, {{"FREE_CONSTANT", 7}});
  forge.func("schedule", forge.func_proto(integer, {{"task", forge.ptr(task)}}));
  forge.datasec(".data", 4, {{forge.var("jiffies", integer, 1), 0, 4}});
  return forge.bytes();
}

}  // namespace

TEST_CASE("cli_pack_places: dump prints the types of the selected kernel") {
  const TreePlace place;
  const std::string pack = place.directory.file("all.pack");
  put(place.in / "x86_64/one.btf", whole_kernel());
  put(place.in / "arm64/two.btf.tar.xz", compressed(TarForge().file("two.btf", kernel_btf()).bytes(), Compression::xz));
  REQUIRE(run_min_btf({"pack", "-q", pack, place.in}).status == 0);

  const CommandResult one = run_min_btf({"dump", "--arch=x86_64", pack, "struct", "task_struct"});
  CHECK(one.err.empty());
  CHECK(one.status == 0);
  CHECK_THAT(one.out, Contains("struct task_struct {\n\tint pid;\n\tint tgid;\n};"));
  const CommandResult all = run_min_btf({"dump", "--include=one.btf", pack});
  CHECK(all.status == 0);
  CHECK_THAT(all.out, Contains("struct task_struct {") && Contains("FREE_CONSTANT"));
  CHECK_THAT(run_min_btf({"dump", "--include=one.btf", pack, "func", "schedule"}).out, Contains("schedule"));
  const json document = document_of(run_min_btf({"dump", "--json", "--include=one.btf", pack}));
  CHECK(document.at("file") == pack);
  CHECK(document.at("type_count") == 8);
  CHECK(document.at("types").at(1).at("name") == "task_struct");

  fs::remove(pack);
  REQUIRE(run_min_btf({"pack", "-q", "--types-only", pack, place.in}).status == 0);
  const CommandResult types = run_min_btf({"dump", "--include=one.btf", pack});
  CHECK(types.status == 0);
  CHECK_THAT(types.out, Contains("struct task_struct {") && !Contains("FREE_CONSTANT") && !Contains("schedule"));
  CHECK(document_of(run_min_btf({"dump", "--json", "--include=one.btf", pack})).at("type_count") == 2);

  // What is there is what the kernel has.
  const CommandResult of_pack = run_min_btf({"dump", "--exclude=one.btf", pack, "task_struct"});
  const CommandResult of_file = run_min_btf({"dump", place.in / "arm64/two.btf.tar.xz", "task_struct"});
  const auto body = [](const std::string& text) { return text.substr(text.find("*/")); };
  CHECK(of_pack.status == 0);
  CHECK(body(of_pack.out) == body(of_file.out));

  check_one_error_line(run_min_btf({"dump", pack}),
                       pack +
                           ": a pack in which 2 kernels are selected, where one is needed (--include): "
                           "arm64/two.btf.tar.xz/two.btf, x86_64/one.btf\n");
  check_one_error_line(run_min_btf({"dump", "--include=three", pack}),
                       "a pack in which 0 kernels are selected, where one is needed (--include)\n");
  check_one_error_line(run_min_btf({"dump", "--include=one.btf", pack, "func", "schedule"}),
                       "no func is called 'schedule'");
  check_usage_error({"dump", "--arch=x86_64", place.in / "x86_64/one.btf"},
                    "--arch is for a directory or an archive of kernels, and FILE");
}

TEST_CASE("cli_pack_places: dump names the first three of many selected kernels") {
  const TreePlace place;
  for (std::uint32_t i = 0; i < 5; ++i) put(place.in / (std::to_string(i) + ".btf"), small_kernel({.task = i}));
  const std::string pack = place.directory.file("all.pack");
  REQUIRE(run_min_btf({"pack", "-q", pack, place.in}).status == 0);
  check_one_error_line(run_min_btf({"dump", pack}),
                       "5 kernels are selected, where one is needed (--include): 0.btf, 1.btf, 2.btf, ...\n");
}

TEST_CASE("cli_pack_places: a pack in a tree or a tar is an error if it is selected, and the kernels are read") {
  const Packed place;
  const std::string contents = contents_of(place.pack);
  put(place.in / "all.pack", contents);
  CommandResult result = run_min_btf({"gen", place.in, place.out, place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Contains((place.in / "all.pack").string() + ": " + refusal + "\n"));
  CHECK_THAT(result.out, Contains(": 2 kernels, "));
  result = run_min_btf({"gen", "--exclude=*.pack", place.in, place.out, place.basic});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("; 1 not selected"));
  put(place.in / "all.btf", contents);
  CHECK_THAT(run_min_btf({"gen", place.in, place.out, place.basic}).err, Contains("all.btf: " + refusal + "\n"));

  const Bytes inner = TarForge().file("x/in.btf", kernel_btf()).file("in.pack", contents).bytes();
  const std::string tar = place.directory.write(
      "all.tar",
      TarForge().file("a/k.btf", kernel_btf()).file("a/all.pack", contents).file("a/inner.tar", inner).bytes());
  result = run_min_btf({"gen", tar, place.directory.file("out2"), place.basic});
  CHECK(result.status == 1);
  CHECK_THAT(result.err,
             Contains("all.tar: a/all.pack: " + refusal + "\n") && Contains("a/in.pack: " + refusal + "\n"));
  CHECK_THAT(result.out, Contains(": 2 kernels, "));
}

TEST_CASE("cli_pack_places: a pack is refused as OBJECT, as REDUCED, compressed, and from a pipe") {
  const Packed place;
  check_one_error_line(run_min_btf({"gen", place.in, place.out, place.pack}),
                       place.pack + ": not a BPF object, but a pack of kernels");
  check_one_error_line(run_min_btf({"inspect", place.pack}), "not a BPF object, but a pack of kernels");
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, place.basic}).status == 0);
  check_usage_error({"verify", place.in, place.pack, place.basic}, "is neither a directory nor a tar");
  check_usage_error({"verify", place.pack, place.pack, place.basic}, "is a pack of kernels, but REDUCED");
  check_one_error_line(run_min_btf({"verify", place.in / "x86_64/5.4.0-1.btf", place.pack, place.basic}), refusal);
  check_one_error_line(
      run_min_btf({"check", place.directory.write("all.xz", compressed(contents_of(place.pack), Compression::xz)),
                   place.basic}),
      refusal);
  check_one_error_line(run_command({"sh", "-c", "cat " + place.pack + " | " + TEST_BINARY + " check - " + place.basic}),
                       "standard input: " + refusal);
  CommandOptions redirected;
  redirected.stdin_path = place.pack;
  CHECK(run_min_btf({"check", "-", place.basic}, redirected).status == 0);
  // The other way round: a pack from standard output.
  redirected.stdin_path = "/dev/null";
  redirected.stdout_path = place.directory.file("stdout.pack");
  const CommandResult to_stdout = run_min_btf({"pack", "-", place.in}, redirected);
  CHECK_THAT(to_stdout.err, Contains(" -> standard output: 2 kernels"));
  CHECK((contents_of(redirected.stdout_path) == contents_of(place.pack)));
}

TEST_CASE("cli_pack_places: an object that searches for a variable needs a pack with everything") {
  const Packed place;
  BtfForge local;
  const std::uint32_t integer = local.integer("int", 4, 1);
  const std::uint32_t variable = local.var("jiffies", integer, 1);
  const std::uint32_t function = local.func("schedule", local.func_proto(integer, {}));
  ForgedProgram program = {.name = "p", .section = "tp", .insns = {}, .records = {}};
  for (const std::uint32_t type : {variable, function}) {
    program.records.push_back({.insn = static_cast<std::uint32_t>(program.insns.size()),
                               .type_id = type,
                               .access = "0",
                               .kind = static_cast<std::uint32_t>(minbtf::RelocationKind::type_exists)});
    program.insns.push_back(mov_imm(1));
  }
  program.insns.push_back(exit_insn());
  const std::string object = place.directory.write("odd.bpf.o", forge_object(local, {program}, {}));
  put(place.in / "x86_64/5.4.0-3.btf", whole_kernel());
  REQUIRE(run_min_btf({"gen", "-q", place.in, place.out, object}).status == 0);

  REQUIRE(run_min_btf({"pack", "-q", place.pack, place.in}).status == 0);
  const std::string out = place.directory.file("out2");
  REQUIRE(run_min_btf({"gen", "-q", place.pack, out, object}).status == 0);
  CHECK(differences(contents_below(place.out), contents_below(out)).empty());
  CHECK(run_min_btf({"check", place.pack, object}).out == run_min_btf({"check", place.in, object}).out);
  CHECK(run_min_btf({"verify", place.pack, place.out, object}).status == 0);

  fs::remove(place.pack);
  REQUIRE(run_min_btf({"pack", "-q", "--types-only", place.pack, place.in}).status == 0);
  const std::string message = place.pack +
                              ": the objects need 'func schedule' and 1 other part of whole kernels, which a pack of "
                              "types only does not have\n";
  check_one_error_line(run_min_btf({"gen", place.pack, place.directory.file("out3"), object}), message);
  CHECK_FALSE(fs::exists(place.directory.file("out3")));
  check_one_error_line(run_min_btf({"check", place.pack, object}), message);
  check_one_error_line(run_min_btf({"verify", place.pack, place.out, object}), message);
}
