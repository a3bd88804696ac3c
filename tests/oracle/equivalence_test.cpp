// The law: on the reduced BTF libbpf decides as on the full one, for every subset of an object's programs. Said by
// libbpf's own resolver, for every object and kernel at hand.
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

/// Without any, a test is skipped: it compares nothing, and its process does not end with status 0.
std::vector<KernelFile> kernels_at_hand(std::vector<KernelFile> files) {
  std::cout << files.size() << " kernels:";
  for (const KernelFile& file : files) std::cout << ' ' << file.name << ',';
  std::cout << '\n';
  if (files.empty()) missing("a kernel's BTF: neither /sys/kernel/btf/vmlinux nor MINBTF_KERNELS");
  return files;
}

}  // namespace

TEST_CASE("equivalence: libbpf decides alike for all objects together, with all programs, on every kernel") {
  const std::vector<OracleObject> objects = objects_at_hand();
  const std::vector<const OracleObject*> all = pointers(objects);
  Comparison total;
  for (const KernelFile& file : kernels_at_hand(kernel_files())) {
    OracleKernel kernel = file.load();
    total += compare(all, kernel, all_programs());
  }
  CHECK((total.minimized == 0 || total.report("all objects together")));
}

TEST_CASE("equivalence: libbpf decides alike for all objects together, with any subset of their programs") {
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

TEST_CASE("equivalence: libbpf decides alike for each object alone") {
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

TEST_CASE("equivalence: libbpf decides alike for big-endian objects and kernels") {
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

TEST_CASE("equivalence: libbpf decides alike on the kernel that the tests compile") {
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
