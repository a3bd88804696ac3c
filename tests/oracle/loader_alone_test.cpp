// SPDX-License-Identifier: BSD-2-Clause
// `check` reports a program as failing if and only if libbpf's loader refuses it. Each program is loaded alone, with
// the others switched off, as in objects that are shipped to many kernels.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <map>

#include "libbpf/loader_log.hpp"
#include "minbtf/plan.hpp"
#include "object/calls.hpp"
#include "object/object_data.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/oracle_compare.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "support/os/skip.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

struct Tally {
  std::size_t programs = 0;
  std::size_t failing = 0;
  std::size_t in_text_alone = 0;  ///< failing programs without a failing relocation in the program and its subprograms
};

/// Compares all programs of an object, one after the other.
void compare(const OracleObject& object, const Btf& kernel, const std::string& path, Tally& tally) {
  const object::ObjectData& data = object::data_of(object.parsed());
  const Plan plan({object.parsed()});
  std::map<std::size_t, std::vector<UnresolvedRelocation>> failing;
  for (const UnresolvedRelocation& each : plan.check(kernel)) {
    if (each.status == Status::failed) failing[each.program].push_back(each);
  }
  for (const object::LoadUnit& unit : object::load_units(data)) {
    if (data.is_subprogram(unit.program)) continue;
    const std::string& name = data.programs[unit.program].name;
    CAPTURE(object.name(), name, kernel.name());
    const auto choose = [&](std::size_t, const std::string& program) { return program == name; };
    const libbpf::LoaderLog log = libbpf::load_with_btf(object.bytes, path, choose);
    const auto found = failing.find(unit.program);
    CHECK((found != failing.end()) == !log.failed_program.empty());
    ++tally.programs;
    if (found == failing.end()) continue;
    ++tally.failing;
    const bool has_own = std::ranges::any_of(found->second, [&](const UnresolvedRelocation& each) {
      return std::ranges::binary_search(unit.members, data.records[each.relocation].program);
    });
    tally.in_text_alone += has_own ? 0 : 1;
  }
}

/// Returns a kernel with two structs of each name. Their members have different offsets, so that all accesses are
/// ambiguous.
std::vector<std::uint8_t> twice(const std::vector<std::pair<std::string, std::string>>& members) {
  BtfForge btf;
  const auto integer = btf.integer("int", 4, 1);
  btf.integer("long", 8, 1);
  for (const std::uint32_t bit : {0U, 32U}) {
    for (const auto& [name, member] : members) btf.structure(name, 16, {{member, integer, bit}});
  }
  return btf.bytes();
}

}  // namespace

TEST_CASE("loader: a failing function of .text fails the object even if no program is loaded") {
  listen_to_libbpf();
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const TempDir directory;
  const auto bytes = bytes_of(bpf_object("calls"));
  const auto failed_on = [&](const std::vector<std::uint8_t>& kernel) {
    const std::string path = directory.write("kernel.btf", kernel);
    return libbpf::load_with_btf(bytes, path, [](std::size_t, const std::string&) { return false; }).failed_program;
  };
  CHECK(failed_on(twice({{"task_struct", "pid"}})) == "read_pid");
  CHECK(failed_on(twice({{"task_struct", "state"}})).empty());
}

TEST_CASE(
    "loader: a program that is loaded alone fails if and only if check reports a failure, its own or one in .text") {
  listen_to_libbpf();
  if (const std::string obstacle = libbpf::loader_obstacle(); !obstacle.empty()) return skip_test(obstacle);
  const TempDir directory;
  Tally tally;
  const std::vector<std::pair<std::string, std::vector<std::uint8_t>>> kernels = {
      {"twice", twice({{"task_struct", "pid"}, {"task", "pid"}})},
      {"once", kernel_btf("el")},
      {"no pid", twice({{"task", "state"}})},
  };
  const std::vector<OracleObject> objects = test_objects("el");
  for (const auto& [name, bytes] : kernels) {
    const std::string path = directory.write("kernel.btf", bytes);
    const Btf kernel = Btf::parse(bytes, name);
    for (const OracleObject& object : objects) compare(object, kernel, path, tally);
  }
  std::cout << tally.programs << " programs loaded alone, " << tally.failing << " failing, " << tally.in_text_alone
            << " of them by a function of .text that they do not call\n";
  CHECK(tally.in_text_alone > 0);
  CHECK(tally.failing > tally.in_text_alone);
  CHECK(tally.programs > tally.failing);
}

}  // namespace minbtf::test
