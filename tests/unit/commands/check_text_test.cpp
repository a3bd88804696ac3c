// SPDX-License-Identifier: BSD-2-Clause
// The text of `check`: kernels of equal outcome are together, and a list that is cut says so.
#include "commands/check/check_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "support/check_case.hpp"
#include "support/fixtures.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

using Lines = std::vector<std::string>;
using Kernels = std::vector<std::pair<std::string, std::vector<std::uint8_t>>>;

Lines text_of(const std::vector<BpfObject>& objects, const Kernels& kernels, bool verbose = false) {
  const Plan plan(objects);
  const Lines lines = check_text(checked(plan, kernels), {.verbose = verbose});
  for (const std::string& line : lines) {
    CAPTURE(line);
    // The summary is never broken: scripts read the last line.
    if (&line != &lines.back()) CHECK(line.size() <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
  return lines;
}

const Kernels four = {{"debian/12/x86_64/6.1.0-9-amd64.btf", kernel_with("ab")},
                      {"debian/12/x86_64/6.1.0-10-amd64.btf", kernel_with("abx")},
                      {"debian/12/x86_64/6.1.0-11-amd64.btf", kernel_with("a")},
                      {"ubuntu/20.04/x86_64/5.4.0-26-generic.btf", kernel_with("b")}};

}  // namespace

TEST_CASE("check_text: an object that relocates everywhere is one line") {
  const BpfObject one = asking_object("some/where/one.bpf.o", {{"p", "a"}});
  const BpfObject two = asking_object("two.bpf.o", {{"p", "a"}, {"q", "Bb"}});
  CHECK(text_of({one, two}, {{"k/vmlinux", kernel_with("ab")}}) ==
        Lines{"one.bpf.o: 1 program relocates on k/vmlinux", "two.bpf.o: 2 programs relocate on k/vmlinux",
              "1 kernel, 2 objects, 3 programs: 3 relocate, 0 guarded, 0 NOT guarded, 0 fail"});
  CHECK(text_of({one}, {{"x/1.1.btf", kernel_with("a")}, {"y/1.1.btf", kernel_with("ab")}}) ==
        Lines{"one.bpf.o: 1 program relocates on all 2 kernels",
              "2 kernels, 1 object, 1 program: 1 relocates everywhere, 0 guarded, 0 NOT guarded, 0 fail"});
}

TEST_CASE("check_text: objects with the same file name are printed with their paths") {
  const BpfObject object = asking_object("a/tool.bpf.o", {{"p", "a"}});
  const Lines lines = text_of({object, object.renamed("b/tool.bpf.o")}, {{"k", kernel_with("a")}});
  CHECK(lines[0] == "a/tool.bpf.o: 1 program relocates on k");
  CHECK(lines[1] == "b/tool.bpf.o: 1 program relocates on k");
}

TEST_CASE("check_text: the worst comes first, with kernels and reasons") {
  const std::vector<BpfObject> objects = {asking_object("tool.bpf.o", {{"read", "bBa"}, {"write", "a"}})};
  CHECK(text_of(objects, four) ==
        Lines{"tool.bpf.o: 2 programs", "  poisoned, NOT guarded, 1 of 4 kernels: ubuntu/20.04/x86_64 5.4.0-26 generic",
              "      s.a: no such member (both programs)",
              "  poisoned, guarded, 1 of 4 kernels: debian/12/x86_64 6.1.0-11 amd64",
              "  relocates, 2 of 4 kernels: debian/12/x86_64 6.1.0-9 .. 6.1.0-10 amd64, 2 kernels",
              "4 kernels, 1 object, 2 programs: 0 relocate everywhere, 0 guarded, 2 NOT guarded, 0 fail"});
  // -v also prints guarded instructions, and the number of each instruction.
  CHECK(text_of(objects, four, true) ==
        Lines{"tool.bpf.o: 2 programs", "  poisoned, NOT guarded, 1 of 4 kernels: ubuntu/20.04/x86_64 5.4.0-26 generic",
              "      s.a: no such member (read insn 3; write insn 0)",
              "  poisoned, guarded, 1 of 4 kernels: debian/12/x86_64 6.1.0-11 amd64",
              "      s.b: no such member, guarded: the program checks whether it exists (read insn 1)",
              "  relocates, 2 of 4 kernels: debian/12/x86_64 6.1.0-9 .. 6.1.0-10 amd64, 2 kernels",
              "4 kernels, 1 object, 2 programs: 0 relocate everywhere, 0 guarded, 2 NOT guarded, 0 fail"});
}

TEST_CASE("check_text: kernels that differ only in guarded instructions are listed together") {
  const std::vector<BpfObject> objects = {asking_object("tool.bpf.o", {{"p", "AaBb"}})};
  const Kernels kernels = {{"d/1.1.btf", kernel_with("a")}, {"d/1.2.btf", kernel_with("b")}};
  CHECK(text_of(objects, kernels)[1] == "  poisoned, guarded: all 2 kernels");
  CHECK(text_of(objects, kernels, true).size() == 6);
}

TEST_CASE("check_text: failing and poisoned relocations of one kernel are listed separately") {
  CHECK(text_of({asking_object("tool.bpf.o", {{"p", "ab"}, {"q", "cCd"}})}, {{"k", kernel_with("b", true)}}) ==
        Lines{"tool.bpf.o: 2 programs", "  fails: k",
              "      s.b: ambiguous: several types s disagree about the offset (p insn 1)",
              "    and poisoned, NOT guarded:", "      s.a: no such member (p insn 0)",
              "      s.d: no such member (q insn 3)",
              "1 kernel, 1 object, 2 programs: 0 relocate, 0 guarded, 1 NOT guarded, 1 fails"});
}

TEST_CASE("check_text: a relocation that fails in .text fails all programs, and the text says why") {
  const auto lines = [](const std::vector<AskingProgram>& programs) {
    return text_of({asking_object("tool.bpf.o", programs)}, {{"k", kernel_with("b", true)}});
  };
  const AskingProgram helper = {"helper", "bb", ".text"};
  CHECK(lines({{"p", "Cc"}, {"q", ""}, helper}) ==
        Lines{"tool.bpf.o: 3 programs", "  fails: k",
              "      s.b: ambiguous: several types s disagree about the offset (helper insn 0, 1, in .text)",
              "      libbpf relocates all of .text, also functions that no program calls: all 3 programs fail",
              "1 kernel, 1 object, 3 programs: 0 relocate, 0 guarded, 0 NOT guarded, 3 fail"});
  // Other failures and poisoned instructions are listed as without .text.
  CHECK(lines({{"p", "ab"}, helper}) ==
        Lines{"tool.bpf.o: 2 programs", "  fails: k",
              "      s.b: ambiguous: several types s disagree about the offset (p insn 1;",
              "          helper insn 0, 1, in .text)",
              "      libbpf relocates all of .text, also functions that no program calls: both programs fail",
              "    and poisoned, NOT guarded:", "      s.a: no such member (p insn 0)",
              "1 kernel, 1 object, 2 programs: 0 relocate, 0 guarded, 0 NOT guarded, 2 fail"});
  // In an object without programs the function counts as a program.
  CHECK(lines({helper})[2] == "      s.b: ambiguous: several types s disagree about the offset (helper insn 0, 1)");
}

TEST_CASE("check_text: a guard that depends on read-only data is listed with its condition") {
  const std::vector<BpfObject> objects = {BpfObject::parse(bytes_of(bpf_object("read_only")), "read_only.bpf.o")};
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  btf.enumeration("bpf_func_id", 4, {{"BPF_FUNC_jiffies64", 118}});
  for (const bool verbose : {false, true}) {
    std::string all;
    for (const std::string& line : text_of(objects, {{"k", btf.bytes()}}, verbose)) {
      all += line.substr(std::min(line.find_first_not_of(' '), line.size())) + " ";
    }
    CAPTURE(all);
    CHECK(
        all.find("task_struct.absent: no such member, guarded while other_off is 0 in .rodata.other, as in the object "
                 "(other_section insn ") != std::string::npos);
    CHECK(all.find("guarded while is_off is 0 and hidden_off is 0 in .rodata, as in the object (one_of_two insn ") !=
          std::string::npos);
    // A guard that does not depend on data that users can change is printed only with -v.
    CHECK((all.find("guarded: cannot be reached") != std::string::npos) == verbose);
  }
}

TEST_CASE("check_text: lists are cut, and say so, without -v") {
  const std::vector<BpfObject> many = {asking_object("tool.bpf.o", {{"a_program", "aaaaa"},
                                                                    {"b_program", "a"},
                                                                    {"c_program", "a"},
                                                                    {"d_program", "a"},
                                                                    {"e_program", "a"},
                                                                    {"f", "b"}})};
  const Kernels one = {{"k", kernel_with("b")}};
  CHECK(text_of(many, one)[2] + text_of(many, one)[3] ==
        "      s.a: no such member (a_program insn 0, 1, 2 +2; b_program insn 0; c_program insn 0;"
        "          d_program insn 0 and 1 more program)");
  const Lines all = text_of(many, one, true);
  CHECK(all[2] + all[3] ==
        "      s.a: no such member (a_program insn 0, 1, 2, 3, 4; b_program insn 0; c_program insn 0;"
        "          d_program insn 0; e_program insn 0)");
  CHECK(text_of({asking_object("tool.bpf.o", {{"p", "abcdef"}, {"q", "g"}})}, {{"k", kernel_with("g")}})[2] ==
        "      s.a, s.b, s.c, s.d and 2 more: no such member (p)");

  const std::vector<BpfObject> objects = {asking_object("tool.bpf.o", {{"p", "Aa"}})};
  Kernels kernels = {{"z/1.1.btf", kernel_with("")}};
  for (int i = 10; i < 30; ++i) {
    kernels.push_back({"a/1." + std::to_string(i) + ".btf", kernel_with(i % 2 == 0 ? "a" : "b")});
  }
  const Lines lines = text_of(objects, kernels);
  CHECK(lines[1] == "  poisoned, guarded, 11 of 21 kernels: a 1.11; 1.13; 1.15; 1.17; 1.19; 1.21; 1.23; 1.25;");
  CHECK(lines[2] == "      and 3 more kernels (-v)");
  CHECK(std::ranges::none_of(text_of(objects, kernels, true),
                             [](const std::string& line) { return line.find("more") != std::string::npos; }));
}

TEST_CASE("check_text: an architecture is named if all its kernels are meant, with a note on registers that it lacks") {
  const Built built = build({.name = "registers",
                             .local =
                                 [](BtfForge& f) {
                                   return f.structure("pt_regs", 8, {{"di", f.integer("long", 8, 1), 0}});
                                 },
                             .target = [](BtfForge&) {},
                             .asks = {{.access = "0:0"}},
                             .expected = ""});
  const auto kernel = [](const std::string& member) {
    BtfForge f;
    f.structure("pt_regs", 8, {{member, f.integer("long", 8, 1), 0}});
    return f.bytes();
  };
  CHECK(text_of({BpfObject::parse(built.object, "tool.bpf.o")}, {{"a/arm64/1.1.btf", kernel("regs")},
                                                                 {"b/arm64/1.1.btf", kernel("regs")},
                                                                 {"a/x86_64/1.1.btf", kernel("di")}}) ==
        Lines{"tool.bpf.o: 1 program", "  poisoned, NOT guarded: all 2 kernels of arm64",
              "      pt_regs.di: no such member (prog insn 0)", "  relocates, 1 of 3 kernels: a/x86_64 1.1",
              "note: 1 object reads registers that some architectures do not have (pt_regs.di):",
              "      compile the sources for each architecture (-D__TARGET_ARCH_...)",
              "3 kernels, 1 object, 1 program: 0 relocate everywhere, 0 guarded, 1 NOT guarded, 0 fail"});
}

TEST_CASE("check_text: programs of objects without relocations are counted separately") {
  const BpfObject none = asking_object("none.bpf.o", {{"p", ""}, {"q", ""}});
  CHECK(text_of({none}, {{"k", kernel_with("a")}}) ==
        Lines{"none.bpf.o: nothing to relocate: no CO-RE relocations",
              "1 kernel, 1 object, 2 programs: 0 relocate, 0 guarded, 0 NOT guarded, 0 fail, "
              "2 in objects without relocations"});
  // A program without relocations counts as relocating if its object has some.
  const BpfObject some = asking_object("some.bpf.o", {{"p", ""}, {"q", "a"}, {"r", "b"}});
  CHECK(text_of({none, some}, {{"d/1.1.btf", kernel_with("a")}, {"d/1.2.btf", kernel_with("ab")}}).back() ==
        "2 kernels, 2 objects, 5 programs: 2 relocate everywhere, 0 guarded, 1 NOT guarded, 0 fail, "
        "2 in objects without relocations");
}

TEST_CASE("check_text: a single program in the summary has a verb in the singular") {
  const auto summary = [](const std::string& one, const std::string& other, const std::string& members, bool twice) {
    return text_of({asking_object("one.bpf.o", {{"p", one}, {"q", other}})}, {{"k", kernel_with(members, twice)}})
        .back();
  };
  const std::string start = "1 kernel, 1 object, 2 programs: ";
  CHECK(summary("a", "b", "ab", false) == start + "2 relocate, 0 guarded, 0 NOT guarded, 0 fail");
  CHECK(summary("a", "b", "a", false) == start + "1 relocates, 0 guarded, 1 NOT guarded, 0 fail");
  CHECK(summary("a", "b", "a", true) == start + "0 relocate, 0 guarded, 1 NOT guarded, 1 fails");
  CHECK(summary("a", "a", "a", true) == start + "0 relocate, 0 guarded, 0 NOT guarded, 2 fail");
}

}  // namespace minbtf::test
