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
    "a pack of kernels, which is only read as a regular file that is INPUT of gen, check, verify, dump or pack, PACK "
    "of "
    "unpack, or REDUCED of select; decompress it first if it is compressed";

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

TEST_CASE("cli_pack_places: a pack of one tar has no name for the tar, and is INPUT only alone and for a new PACK") {
  const TreePlace place;
  const std::string tar = place.directory.write(
      "one.tar", TarForge().file("x86_64/a.btf", kernel_btf()).file("b.btf", kernel_btf()).bytes());
  const std::string kernel = place.directory.write("k.btf", kernel_btf());
  const std::string nameless = place.directory.file("nameless.pack");
  const std::string pack = place.directory.file("all.pack");
  REQUIRE(run_min_btf({"pack", "-q", nameless, tar}).status == 0);
  const std::string message =
      nameless + ": it was made of one tar, whose name it does not have, so that it can only be";
  check_one_error_line(run_min_btf({"pack", pack, kernel, nameless}), message);
  check_one_error_line(run_min_btf({"pack", pack, nameless, nameless}), message);
  CHECK_FALSE(fs::exists(pack));
  REQUIRE(run_min_btf({"pack", "-q", pack, kernel}).status == 0);
  check_one_error_line(run_min_btf({"pack", pack, nameless}), message);
  check_one_error_line(run_min_btf({"pack", nameless, kernel}), nameless + ": it was made of one tar, whose name it");

  const std::string copy = place.directory.file("copy.pack");
  REQUIRE(run_min_btf({"pack", "-q", copy, nameless}).status == 0);
  CHECK((contents_of(copy) == contents_of(nameless)));
  CHECK_THAT(run_min_btf({"pack", copy, nameless}).out, Contains("1 file already there"));
  const std::string other = place.directory.file("other.pack");
  const std::string other_tar =
      place.directory.write("other.tar", TarForge().file("a.btf", kernel_btf()).file("c.btf", kernel_btf()).bytes());
  REQUIRE(run_min_btf({"pack", "-q", other, other_tar}).status == 0);
  check_one_error_line(run_min_btf({"pack", "-q", copy, other}),
                       other + ": " + copy + " was made of one tar with other contents (--replace)\n");
}

TEST_CASE("cli_pack_places: a file whose name begins with a dot is refused if the name would be its path") {
  const TreePlace place;
  const std::string kernel = place.directory.write(".hid.btf", kernel_btf());
  const std::string tar =
      place.directory.write(".two.tar", TarForge().file("a.btf", kernel_btf()).file("b.btf", kernel_btf()).bytes());
  const std::string pack = place.directory.file("all.pack");
  put(place.in / "k.btf", kernel_btf());
  const std::string message = ": its name begins with a dot, and hidden files are not read from a pack";
  check_one_error_line(run_min_btf({"pack", pack, kernel}), kernel + message);
  check_one_error_line(run_min_btf({"pack", pack, place.in, tar}), tar + message);
  CHECK_FALSE(fs::exists(pack));
  // The tar is the only INPUT: its members have the paths in the tar.
  CHECK(run_min_btf({"pack", pack, tar}).status == 0);
  CHECK(run_min_btf({"unpack", pack, place.out}).status == 0);
  CHECK(paths_of(contents_below(place.out)) == std::vector<std::string>{"a.btf", "b.btf"});
  // A hidden directory is not part of the path.
  const std::string in_hidden = place.directory.file("other.pack");
  put(place.directory.path() / ".dir/k.btf", kernel_btf());
  CHECK(run_min_btf({"pack", in_hidden, place.directory.file(".dir/k.btf")}).status == 0);
}
