// SPDX-License-Identifier: BSD-2-Clause
// tests/capi/report.c: the C API returns what the C++ API returns, and the bytes of `gen`.
#include <catch2/catch.hpp>
#include <sstream>

#include "support/capi_report.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf::test;

namespace {

/// Returns the first line of `theirs` that differs, beside the line of `ours`; empty if the texts are equal.
std::string first_difference(const std::string& ours, const std::string& theirs) {
  std::istringstream our_lines(ours);
  std::istringstream their_lines(theirs);
  std::string our_line;
  std::string their_line;
  while (true) {
    const bool has_ours = static_cast<bool>(std::getline(our_lines, our_line));
    const bool has_theirs = static_cast<bool>(std::getline(their_lines, their_line));
    if (!has_ours && !has_theirs) return "";
    if (has_ours != has_theirs || our_line != their_line) return "C: " + their_line + "\nC++: " + our_line;
  }
}

/// Runs the C program. Checks its text and its bytes. Returns the text.
std::string check_report(const ReportInput& input) {
  const TempDir directory;
  const std::string output = directory.file("c.btf");
  const CommandResult result = run_command(report_command(TEST_CAPI_DIR "/capi_report", output, input));
  CAPTURE(input.kernel, input.objects, result.err);
  REQUIRE(result.status == 0);
  CHECK(result.err.empty());
  CHECK(first_difference(report_of_cpp_api(input), result.out).empty());

  std::vector<std::string> gen = {"gen", "--quiet", input.kernel, directory.file("gen.btf")};
  for (const std::string& keep : input.keeps) gen.insert(gen.end(), {"--keep", keep});
  if (input.keep_layout) gen.emplace_back("--keep-layout");
  gen.insert(gen.end(), input.objects.begin(), input.objects.end());
  REQUIRE(run_min_btf(gen).status == 0);
  CHECK(contents_of(output) == contents_of(directory.file("gen.btf")));
  return result.out;
}

/// A kernel of Linux 5.6 and newer, as its verifier is recognized, whose task_struct lacks most members. Guards then
/// depend on read-only data.
std::vector<std::uint8_t> poor_kernel() {
  BtfForge btf;
  btf.structure("task_struct", 8, {{"pid", btf.integer("int", 4, 1), 0}});
  btf.integer("long", 8, 1);
  btf.enumeration("bpf_func_id", 4, {{"BPF_FUNC_spin_lock", 93}, {"BPF_FUNC_jiffies64", 118}});
  return btf.bytes();
}

}  // namespace

TEST_CASE("capi: a C program gets what the C++ API returns, and the bytes of gen, for the tests' objects") {
  const TempDir directory;
  const std::vector<std::string> objects = {
      bpf_object("ambiguous"),    bpf_object("basic"),           bpf_object("calls"),
      bpf_object("kernel_needs"), bpf_object("no_core"),         bpf_object("oracle_bitfields"),
      bpf_object("oracle_enums"), bpf_object("oracle_failures"), bpf_object("oracle_fields"),
      bpf_object("oracle_types"), bpf_object("reachability"),    bpf_object("read_only")};
  const std::string kernel = directory.write("kernel.btf", kernel_btf());
  std::string all;
  for (const std::string& object : objects) all += check_report({.kernel = kernel, .other = "-", .objects = {object}});
  all += check_report({.kernel = write_vmlinux(directory, "vmlinux", kernel_btf()), .other = "-", .objects = objects});
  all += check_report(
      {.kernel = directory.write("poor.btf", poor_kernel()), .other = kernel, .objects = {bpf_object("read_only")}});
  // Without these the texts that are compared would lack what they are about.
  for (const char* part :
       {" resolved, no failure", " poisoned, ", " failed, ", "guard exists", "guard unreachable", "no such member",
        ", signed no", ", signed yes", "callers 1", "need attach_", "address ", "weak yes"}) {
    CAPTURE(part);
    CHECK(all.find(part) != std::string::npos);
  }
}

TEST_CASE("capi: a C program gets the differences of another BTF, and what is kept by name") {
  const TempDir directory;
  const std::string kernel = directory.write("kernel.btf", kernel_btf());
  const std::string other = directory.file("other.btf");
  REQUIRE(run_min_btf({"gen", kernel, other, bpf_object("oracle_enums")}).status == 0);
  const std::string text = check_report({.kernel = kernel,
                                         .other = other,
                                         .keeps = {"struct:task_struct", "struct:no_such_struct"},
                                         .objects = {bpf_object("basic"), bpf_object("read_only")}});
  CHECK_THAT(text, Catch::Contains("comparison: holds no") && Catch::Contains("keep struct:no_such_struct: no") &&
                       Catch::Contains("keep struct:task_struct: yes") && Catch::Contains("  kept 1: "));
}

TEST_CASE("capi: a C program gets reduced BTF in the layout of the kernel") {
  const TempDir directory;
  ReportInput input = {
      .kernel = directory.write("kernel.btf", kernel_btf()), .other = "-", .objects = {bpf_object("basic")}};
  const std::string normal = check_report(input);
  input.keep_layout = true;
  CHECK(check_report(input) != normal);
}

TEST_CASE("capi: a C program gets what the C++ API returns for big-endian objects and kernels") {
  const TempDir directory;
  const std::string text = check_report({.kernel = directory.write("kernel.btf", kernel_btf("eb")),
                                         .other = "-",
                                         .objects = {bpf_object("basic", "eb"), bpf_object("basic", "el")}});
  CHECK_THAT(text, Catch::Contains("takes part: no, yes") && Catch::Contains("takes part: yes, no"));
}
