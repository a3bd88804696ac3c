// SPDX-License-Identifier: BSD-2-Clause
// `min-btf inspect`, run as a user does.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "support/cli_case.hpp"
#include "support/forge/byte_sink.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/os/run_command.hpp"

using namespace minbtf;
using namespace minbtf::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("cli_inspect: the text has the counts of an object, its questions, and their places") {
  const Workplace place;
  const CommandResult result = run_min_btf({"inspect", place.basic});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out,
             StartsWith(place.basic + ": 2 programs, 6 relocations, 6 questions\n\n  struct task_struct\n"));
  CHECK_THAT(result.out, Contains("\n    field_byte_offset  real_parent    handle_exec insn "));
  CHECK_THAT(result.out, Contains(" (basic.bpf.c:") && Contains("___old::state"));
  CHECK_THAT(result.out, EndsWith("\n\n  Needs the kernel's own BTF: nothing\n"));
}

TEST_CASE("cli_inspect: -v lists every place of a question") {
  const std::string object = bpf_object("oracle_fields");
  const std::string few = run_min_btf({"inspect", object}).out;
  const std::string all = run_min_btf({"inspect", "-v", object}).out;
  CHECK(count_of(few, " more\n") > 0);
  CHECK(count_of(all, " more\n") == 0);
  const json document = document_of(run_min_btf({"inspect", "--json", object}));
  CHECK(count_of(all, " insn ") == document.at("objects").at(0).at("relocations").get<std::size_t>());
}

TEST_CASE("cli_inspect: missing, empty or unknown arguments are usage errors, and --help prints the help") {
  check_usage_error({"inspect"}, "inspect needs at least one OBJECT (see 'min-btf help inspect')");
  check_usage_error({"inspect", ""}, "a file name is empty");
  check_usage_error({"inspect", "--jsno", "x"}, "unknown option '--jsno'; did you mean '--json'?");
  check_usage_error({"inspect", "-q", "x"}, "unknown option '-q'");
  check_usage_error({"insepct", "x"}, "unknown command 'insepct'; did you mean 'inspect'?");
  const std::string help = run_min_btf({"help", "inspect"}).out;
  CHECK_THAT(help, StartsWith("Usage: min-btf inspect ") && Contains("Examples:\n  min-btf inspect "));
  for (const char* word : {"--help", "--verbose", "--json", "OBJECT"}) CHECK_THAT(help, Contains(word));
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"inspect", "-h"}, {"inspect", "--help", "x"}, {"inspect", "help"}}) {
    const CommandResult result = run_min_btf(arguments);
    CHECK(result.status == 0);
    CHECK(result.out == help);
  }
  CHECK_THAT(run_min_btf({"help"}).out, Contains("  inspect OBJECT..."));
}

TEST_CASE("cli_inspect: several objects and directories are followed by a total") {
  const Workplace place;
  fs::create_directories(place.directory.path() / "objects/deeper");
  fs::copy(place.basic, place.directory.path() / "objects/deeper/b.o");
  fs::copy(place.no_core, place.directory.path() / "objects/a.o");
  static_cast<void>(place.directory.write("objects/host.o", "no ELF"));
  const CommandResult result = run_min_btf({"inspect", place.directory.file("objects"), place.ambiguous});
  CHECK(result.status == 0);
  CHECK(result.err.empty());  // an object without relocations is reported in its entry of the list
  CHECK_THAT(result.out, StartsWith(place.directory.file("objects/a.o") +
                                    ": 1 program, nothing to relocate: no CO-RE relocations\n"));
  CHECK_THAT(result.out, Contains("\n\n" + place.directory.file("objects/deeper/b.o") + ": 2 programs"));
  CHECK_THAT(result.out,
             EndsWith("\n\n3 objects: 31 relocations, 31 different questions; 0 need the kernel's own BTF\n"));

  const json document =
      document_of(run_min_btf({"inspect", "--json", place.directory.file("objects"), place.ambiguous, place.basic}));
  CHECK(document.at("skipped_objects") == 1);
  CHECK(document.at("questions") == 31);
  REQUIRE(document.at("objects").size() == 4);
  CHECK(document.at("objects").at(1).at("questions") == 6);
  CHECK(document.at("warnings").empty());
}

TEST_CASE("cli_inspect: every program and symbol that needs the kernel's own BTF is listed") {
  const std::string object = bpf_object("kernel_needs");
  const CommandResult result = run_min_btf({"inspect", object});
  CHECK(result.status == 0);
  for (const char* line :
       {"on_unlink (fentry/do_unlinkat)", "after_read (?fexit.s/vfs_read)", "on_anything (fentry)",
        "on_switch (tp_btf/sched_switch)", "may_open (lsm/file_open)", "each_task (iter/task)",
        "start (struct_ops/init)", "kernel function bpf_task_acquire\n", "acquire (called by on_switch)",
        "kernel function bpf_task_release (weak)", "kernel variable runqueues",
        "struct_ops map congestion (struct tcp_congestion_ops)", "init_task_address"}) {
    CHECK_THAT(result.out, Contains(line));
  }
  CHECK_THAT(result.out, !Contains("replacement"));
  const json document = document_of(run_min_btf({"inspect", "--json", object}));
  CHECK(document.at("objects").at(0).at("without_kernel_btf") == "fails");
  CHECK(document.at("objects").at(0).at("programs").size() == 11);

  // Type ids are listed too, here for an object that also has other questions.
  const CommandResult types = run_min_btf({"inspect", bpf_object("oracle_types")});
  CHECK_THAT(types.out, Contains("type id of struct "));
}

TEST_CASE("cli_inspect: an object that cannot be read is an error, and the other objects are printed") {
  const Workplace place;
  const std::string missing = place.directory.file("missing.o");
  const std::string garbage = place.directory.write("garbage.o", "\xff\xfe no object\n");
  const std::string text = contents_of(place.basic);
  const std::string cut = place.directory.write("cut.o", std::string_view(text).substr(0, text.size() / 2));
  const CommandResult result = run_min_btf({"inspect", missing, garbage, place.basic, cut});
  CHECK(result.status == 1);
  CHECK_THAT(result.out, StartsWith(place.basic + ": 2 programs"));
  CHECK(count_of(result.err, "\n") == 3);
  CHECK(count_of(result.err, "min-btf: error: ") == 3);
  CHECK_THAT(result.err, Contains(missing + ": ") && Contains(garbage + ": not a BPF object") && Contains(cut + ": "));

  const json document = document_of(run_min_btf({"inspect", "--json", garbage, place.basic, missing}));
  CHECK(document.at("error") == json{{"kind", "objects"}, {"message", "2 objects failed"}});
  REQUIRE(document.at("errors").size() == 2);
  CHECK(document.at("errors").at(0).at("kind") == "wrong_file");
  CHECK(document.at("errors").at(1).at("kind") == "io");
  CHECK(document.at("objects").size() == 1);

  const std::string empty = place.directory.file("empty");
  fs::create_directory(empty);
  const CommandResult none = run_min_btf({"inspect", empty});
  CHECK(none.status == 1);
  CHECK_THAT(none.err, Contains("no BPF object (*.o) in this directory"));
}

TEST_CASE("cli_inspect: damaged line info is reported, and everything else is still printed") {
  const Workplace place;
  const auto damage = [](std::vector<std::uint8_t>& bytes) { set_u32(bytes, 20, 3, ByteOrder::little); };
  const std::string object = place.directory.write("a.o", sample_object({.edit_btf_ext = damage}));
  const CommandResult result = run_min_btf({"inspect", object});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("\n  source lines are not known, the line info is damaged: .BTF.ext+0x20: no room"));
  CHECK_THAT(result.out, Contains("field_byte_offset"));
  const json document = document_of(run_min_btf({"inspect", "--json", object}));
  CHECK(document.at("objects").at(0).at("damaged_line_info") == ".BTF.ext+0x20: no room for the record size");
}

TEST_CASE("cli_inspect: for an object without line info, places are instructions") {
  const Workplace place;
  const std::string object = place.directory.write("a.o", sample_object());
  const CommandResult result = run_min_btf({"inspect", object});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains(" insn ") && !Contains(".c:") && !Contains("source lines"));
}

TEST_CASE("cli_inspect: control characters in the names of an object are escaped") {
  const Workplace place;
  BtfForge local;
  const auto integer = local.integer("int", 4, 1);
  const auto type = local.structure("evil\x1b[2J", 4, {{"line\nbreak", integer, 0}});
  const std::string object = place.directory.write(
      "a.o", forge_object(local, {{.name = "p\r",
                                   .section = "tp/x",
                                   .insns = {exit_insn()},
                                   .records = {{.insn = 0, .type_id = type, .access = "0:0", .kind = 2}}}}));
  const CommandResult result = run_min_btf({"inspect", object});
  CHECK(result.status == 0);
  CHECK_THAT(result.out, Contains("struct evil\\x1b[2J\n") && Contains("line\\x0abreak") && Contains("p\\x0d insn 0"));
  CHECK(result.out.find('\x1b') == std::string::npos);
  const json document = document_of(run_min_btf({"inspect", "--json", object}));
  CHECK(document.at("objects").at(0).at("types").at(0).at("type") == "struct evil\x1b[2J");
}
