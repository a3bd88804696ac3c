// SPDX-License-Identifier: BSD-2-Clause
// The law: libbpf resolves every relocation on the reduced BTF as on the full BTF, for every subset of an object's
// programs. Tested with libbpf's own resolver, for every available object and kernel.
#include <catch2/catch.hpp>
#include <iostream>
#include <random>

#include "support/fixtures.hpp"
#include "support/libbpf/oracle_compare.hpp"

namespace minbtf::test {

namespace {

constexpr std::mt19937::result_type seed = 20240607;
constexpr std::size_t random_subsets_per_object = 8;

std::vector<OracleObject> objects_at_hand() {
  listen_to_libbpf();
  std::vector<OracleObject> out = test_objects("el");
  const std::size_t own = out.size();
  for (OracleObject& object : tool_objects()) out.push_back(std::move(object));
  std::cout << own << " objects from tests/bpf, " << out.size() - own << " from libbpf-tools\n";
  if (out.size() == own) missing("Debian's package libbpf-tools, whose objects these tests use");
  return out;
}

/// Prints the kernels. If there are none, the test is reported as skipped (or failed, see missing()): it would compare
/// nothing.
std::vector<KernelFile> kernels_at_hand(std::vector<KernelFile> files) {
  std::cout << files.size() << " kernels:";
  for (const KernelFile& file : files) std::cout << ' ' << file.name << ',';
  std::cout << '\n';
  if (files.empty()) missing("a kernel's BTF: neither /sys/kernel/btf/vmlinux nor MINBTF_KERNELS");
  return files;
}

}  // namespace

TEST_CASE(
    "equivalence: libbpf resolves all objects alike on full and reduced BTF, with all programs, on every kernel") {
  const std::vector<OracleObject> objects = objects_at_hand();
  const std::vector<const OracleObject*> all = pointers(objects);
  Comparison total;
  for (const KernelFile& file : kernels_at_hand(kernel_files())) {
    OracleKernel kernel = file.load();
    total += compare(all, kernel, all_programs());
  }
  CHECK((total.minimized == 0 || total.report("all objects together")));
}

TEST_CASE("equivalence: libbpf resolves all objects alike on full and reduced BTF, with any subset of their programs") {
  const std::vector<OracleObject> objects = objects_at_hand();
  const std::vector<const OracleObject*> all = pointers(objects);
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  Comparison total;
  for (const KernelFile& file : kernels_at_hand(selected_kernel_files())) {
    OracleKernel kernel = file.load();
    total += compare(all, kernel, each_program_alone());
    total += compare(all, kernel, random_subsets(random, random_subsets_per_object));
  }
  CHECK((total.minimized == 0 || total.report("subsets of programs")));
}

TEST_CASE("equivalence: libbpf resolves each object alike on a BTF that was reduced for it alone") {
  const std::vector<OracleObject> objects = objects_at_hand();
  const std::vector<const OracleObject*> all = pointers(objects);
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  Comparison total;
  for (const KernelFile& file : kernels_at_hand(kernel_files())) {
    OracleKernel kernel = file.load();
    total += compare_each(all, kernel, all_programs());
    total += compare_each(all, kernel, each_program_alone());
    total += compare_each(all, kernel, random_subsets(random, random_subsets_per_object));
  }
  CHECK((total.minimized == 0 || total.report("each object alone")));
}

TEST_CASE("equivalence: libbpf resolves big-endian objects alike on full and reduced big-endian BTF") {
  listen_to_libbpf();
  const std::vector<OracleObject> objects = test_objects("eb");
  const std::vector<const OracleObject*> all = pointers(objects);
  Comparison total;
  OracleKernel made = oracle_kernel(kernel_btf("eb"), "the tests' kernel, big-endian");
  total += compare(all, made, all_programs());
  for (const KernelFile& file : kernel_files()) {
    if (file.name.find("s390x") == std::string::npos) continue;
    OracleKernel kernel = file.load();
    total += compare(all, kernel, all_programs());
    total += compare_each(all, kernel, each_program_alone());
  }
  CHECK(total.report("big-endian"));
}

TEST_CASE("equivalence: libbpf resolves the tests' objects alike on full and reduced BTF of the tests' kernel") {
  listen_to_libbpf();
  const std::vector<OracleObject> objects = test_objects("el");
  const std::vector<const OracleObject*> all = pointers(objects);
  std::mt19937 random(seed);
  OracleKernel kernel = oracle_kernel(kernel_btf("el"), "the tests' kernel");
  Comparison total = compare(all, kernel, all_programs());
  total += compare_each(all, kernel, each_program_alone());
  total += compare_each(all, kernel, random_subsets(random, random_subsets_per_object));
  CHECK(total.report("the tests' own kernel"));
}

}  // namespace minbtf::test
