// SPDX-License-Identifier: BSD-2-Clause
// The kernel's CO-RE selftests: pairs of a program and a "kernel" that succeed or fail in every way that libbpf knows.
// Neither the expectations nor the verdicts are ours.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <map>

#include "oracle/oracle_selftests.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/run_command.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace fs = std::filesystem;

namespace {

OracleObject load_object(const fs::path& path) { return oracle_object(bytes_of(path), path.filename().string()); }
OracleKernel load_target(const fs::path& path) { return oracle_kernel(btf_section(path), path.filename().string()); }

/// Compares every object of the selftests on every target, not only on the targets made for it. Most relocations are
/// poisoned, or fail in ways that nobody designed.
Comparison every_object_on_every_target(const Selftests& tests, bool each_program) {
  Comparison total;
  std::vector<OracleObject> objects;
  for (const fs::path& path : tests.objects) objects.push_back(load_object(path));
  const std::vector<const OracleObject*> all = pointers(objects);
  for (const fs::path& path : tests.targets) {
    OracleKernel kernel = load_target(path);
    total += compare_each(all, kernel, all_programs());
    if (each_program) total += compare_each(all, kernel, each_program_alone());
    total += compare(all, kernel, all_programs());
  }
  return total;
}

/// Compares the expectation of prog_tests/core_reloc.c for a pair with Plan::resolve() on the reduced BTF.
std::string unexpected(const Selftests& tests, const SelftestPair& pair) {
  const std::string name = case_name(pair.target);
  const Plan plan({BpfObject::parse(bytes_of(pair.object), pair.object.filename().string())});
  const Btf reduced = Btf::parse(plan.minimize(Btf::parse(btf_section(pair.target), name)).bytes, name);
  std::size_t failed = 0;
  std::size_t poisoned = 0;
  for (const Resolution& each :
       plan.resolve(reduced, 0, std::vector<bool>(plan.objects()[0].programs().size(), true))) {
    if (each.status == Status::failed) ++failed;
    if (each.status == Status::poisoned) ++poisoned;
  }
  if (tests.expected_to_fail.contains(name) && failed + poisoned == 0) return name + ": should not load, nothing fails";
  if (tests.expected_to_load.contains(name) && failed > 0) return name + ": should load, relocations fail";
  return {};
}

/// Returns false, and reports the reason, if there are no selftests. The test must then return.
bool available(const Selftests& tests) {
  listen_to_libbpf();
  if (!tests.note.empty()) skip_test(tests.note);
  return tests.note.empty();
}

}  // namespace

TEST_CASE("selftests: libbpf resolves each pair alike on full and reduced BTF") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  Comparison total;
  const std::vector<SelftestPair> pairs = tests.pairs();
  for (const SelftestPair& pair : pairs) {
    const OracleObject object = load_object(pair.object);
    const OracleObject* const one[] = {&object};
    OracleKernel kernel = load_target(pair.target);
    total += compare(one, kernel, all_programs());
  }
  std::cout << tests.objects.size() << " objects, " << tests.targets.size() << " targets, " << pairs.size()
            << " pairs\n";
  CHECK(pairs.size() >= tests.targets.size());
  CHECK(total.report("selftests, pairs"));
}

TEST_CASE("selftests: libbpf resolves every object alike on full and reduced BTF of every target") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  CHECK(every_object_on_every_target(tests, true).report("selftests, all with all"));
}

TEST_CASE("selftests: libbpf resolves big-endian objects alike on full and reduced big-endian targets") {
  const Selftests tests = kernel_selftests("eb");
  if (!available(tests)) return;
  CHECK(every_object_on_every_target(tests, false).report("selftests, big-endian"));
}

TEST_CASE("selftests: libbpf resolves each object alike on full and reduced BTF of real kernels") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  std::vector<OracleObject> objects;
  for (const fs::path& path : tests.objects) objects.push_back(load_object(path));
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  Comparison total;
  for (const KernelFile& file : files) {
    OracleKernel kernel = file.load();
    total += compare_each(pointers(objects), kernel, all_programs());
  }
  CHECK(total.report("selftests, real kernels"));
}

TEST_CASE("selftests: each pair fails or loads as the kernel's tests expect") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  std::vector<std::string> wrong;
  std::size_t covered = 0;
  for (const SelftestPair& pair : tests.pairs()) {
    const std::string name = case_name(pair.target);
    if (tests.expected_to_fail.contains(name) || tests.expected_to_load.contains(name)) ++covered;
    if (const std::string what = unexpected(tests, pair); !what.empty()) wrong.push_back(what);
  }
  std::cout << covered << " pairs have an expectation: " << tests.expected_to_fail.size() << " cases fail, "
            << tests.expected_to_load.size() << " load\n";
  for (const std::string& each : wrong) std::cout << "  DIFFERENT: " << each << '\n';
  CHECK(covered > 60);
  CHECK(wrong.empty());
}

TEST_CASE("selftests: a file is written for every pair, even if bpftool writes none") {
  const Selftests tests = kernel_selftests("el");
  if (!available(tests)) return;
  if (run_command({"bpftool", "version"}).status != 0) return missing("bpftool");
  const TempDir directory;
  const std::string output = directory.file("min.btf");
  std::vector<std::string> nothing;
  const std::vector<SelftestPair> pairs = tests.pairs();
  for (const SelftestPair& pair : pairs) {
    fs::remove(output);
    const CommandResult result =
        run_command({"bpftool", "gen", "min_core_btf", pair.target.string(), output, pair.object.string()});
    const bool wrote = result.status == 0 && fs::exists(output) && fs::file_size(output) > 0;
    if (!wrote) nothing.push_back(pair.object.stem().string() + " on " + pair.target.stem().string());
    // minimize() throws if there is no result.
    const Plan plan({BpfObject::parse(bytes_of(pair.object), pair.object.string())});
    const Reduction ours = plan.minimize(Btf::parse(btf_section(pair.target), pair.target.string()));
    if (ours.bytes.empty()) FAIL(pair.object << " on " << pair.target << ": nothing written");
  }
  std::cout << "bpftool writes nothing for " << nothing.size() << " of " << pairs.size()
            << " pairs, min-btf for none:\n";
  for (const std::string& each : nothing) std::cout << "  " << each << '\n';
  CHECK(!pairs.empty());
}

}  // namespace minbtf::test
