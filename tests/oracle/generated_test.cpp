// SPDX-License-Identifier: BSD-2-Clause
// The law for generated relocations. MINBTF_ORACLE_SEED is the seed of the generator.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <random>

#include "oracle/generated_object.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/os/run_command.hpp"

namespace minbtf::test {

namespace {

std::mt19937::result_type seed() {
  const char* value = std::getenv("MINBTF_ORACLE_SEED");
  return value == nullptr ? 20240607 : static_cast<std::mt19937::result_type>(std::strtoul(value, nullptr, 10));
}

}  // namespace

TEST_CASE(
    "generated: libbpf resolves random relocations from one kernel's types alike on full and reduced BTF of all "
    "kernels") {
  listen_to_libbpf();
  if (run_command({"bpftool", "version"}).status != 0) return missing("bpftool");
  const std::vector<KernelFile> files = kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  std::cout << "seed " << seed() << '\n';
  std::mt19937 random(seed());

  std::vector<OracleObject> objects;
  for (const KernelFile& file : selected_kernel_files()) {
    const OracleKernel kernel = file.load();
    std::string why;
    std::vector<std::uint8_t> bytes = generate_object(kernel, {}, random, why);
    if (bytes.empty()) {
      std::cout << "no object from " << file.name << ": " << why << '\n';
      continue;
    }
    objects.push_back(oracle_object(std::move(bytes), "generated from " + file.name));
    std::cout << objects.back().name() << ": " << objects.back().parsed().relocation_count() << " relocations\n";
  }
  REQUIRE(!objects.empty());

  Comparison total;
  for (const KernelFile& file : files) {
    OracleKernel kernel = file.load();
    total += compare(pointers(objects), kernel, all_programs());
    total += compare_each(pointers(objects), kernel, all_programs());
    total += compare_each(pointers(objects), kernel, each_program_alone());
    total += compare_each(pointers(objects), kernel, random_subsets(random, 4));
  }
  CHECK(total.report("generated objects"));
}

}  // namespace minbtf::test
