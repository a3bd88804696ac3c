// SPDX-License-Identifier: BSD-2-Clause
// The series of kernels that bench/evolution makes: valid for libbpf, the same for a seed, and as different as
// promised.
#include "evolution/evolution.hpp"

#include <bpf/btf.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "btf/view.hpp"
#include "evolution/evolving_kernel.hpp"
#include "inputs/kernel_forge.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/libbpf_btf.hpp"

namespace minbtf::test {

namespace {

using bench::Evolution;
using bench::EvolvingKernel;
using btf::Kind;
using btf::View;

constexpr std::uint32_t types_of_base = 8000;

std::vector<std::uint8_t> base() { return bench::forge_kernel({.seed = 3, .types = types_of_base}); }

struct Build {
  std::uint32_t changes = 0;
  std::vector<std::uint8_t> bytes;
};

std::vector<Build> series(const std::vector<std::uint8_t>& base, std::uint64_t seed, std::size_t builds) {
  EvolvingKernel kernel(View::parse(base, "base"));
  Evolution evolution(kernel, seed);
  std::vector<Build> out;
  for (std::size_t i = 0; i < builds; ++i) {
    const std::uint32_t changes = i == 0 ? evolution.diverge() : evolution.next_build();
    out.push_back({changes, kernel.bytes()});
  }
  return out;
}

/// Returns what libbpf's functions for sizes and alignments find wrong with the members of one struct or union.
std::string member_fault(const struct btf* kernel, const struct btf_type* type) {
  const std::string name = btf__name_by_offset(kernel, type->name_off);
  std::uint64_t end = 0;
  for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
    const struct btf_member* const member = btf_members(type) + i;
    const std::uint64_t offset = btf_member_bit_offset(type, i);
    const std::uint32_t bitfield = btf_member_bitfield_size(type, i);
    const auto bytes = btf__resolve_size(kernel, member->type);
    if (bytes < 0) return name + ": a member without size";
    if (btf_is_struct(type) && offset < end) return name + ": overlapping members";
    const auto align = static_cast<std::uint64_t>(btf__align_of(kernel, member->type));
    if (bitfield == 0 && offset % (align * 8) != 0) return name + ": a member that is not aligned";
    end = std::max<std::uint64_t>(end, offset + (bitfield != 0 ? bitfield : static_cast<std::uint64_t>(bytes) * 8));
  }
  if (end > std::uint64_t{type->size} * 8) return name + ": members behind the end";
  if (std::uint64_t{type->size} * 8 >= end + 64 * 8) return name + ": much larger than its members";
  return "";
}

std::string fault(const std::vector<std::uint8_t>& bytes) {
  const LibbpfBtf kernel(bytes);
  if (!kernel.accepted()) return "libbpf refuses it";
  for (std::uint32_t id = 1; id < btf__type_cnt(kernel.get()); ++id) {
    const struct btf_type* const type = btf__type_by_id(kernel.get(), id);
    if (btf_is_composite(type)) {
      const std::string found = member_fault(kernel.get(), type);
      if (!found.empty()) return found;
    }
    if (!btf_is_datasec(type)) continue;
    for (std::uint32_t i = 0; i < btf_vlen(type); ++i) {
      const struct btf_var_secinfo* const variable = btf_var_secinfos(type) + i;
      if (static_cast<std::int64_t>(variable->size) != btf__resolve_size(kernel.get(), variable->type)) {
        return "a variable with another size than its type";
      }
    }
  }
  return "";
}

/// Returns the members of each named struct and union, as text.
std::map<std::string, std::string> structs(const std::vector<std::uint8_t>& bytes) {
  const View view = View::parse(bytes, "kernel");
  std::map<std::string, std::string> out;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    if (!btf::is_composite(type.kind) || view.is_empty_string(type.name_off)) continue;
    std::string& text = out[std::string(view.string(type.name_off))];
    text += std::to_string(type.size_or_type);
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const btf::Member member = view.member(type, i);
      text += ' ' + std::string(view.string(member.name_off)) + ' ' + std::to_string(member.bit_offset);
    }
  }
  return out;
}

std::size_t changed_structs(const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other) {
  const std::map<std::string, std::string> left = structs(one);
  const std::map<std::string, std::string> right = structs(other);
  return static_cast<std::size_t>(std::count_if(right.begin(), right.end(), [&](const auto& named) {
    const auto found = left.find(named.first);
    return found == left.end() || found->second != named.second;
  }));
}

std::size_t count_of(const std::vector<std::uint8_t>& bytes, Kind kind) {
  const View view = View::parse(bytes, "kernel");
  std::size_t count = 0;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) count += view.type(id).kind == kind ? 1U : 0U;
  return count;
}

}  // namespace

TEST_CASE("evolution: the same seed gives the same kernels, and another seed gives others") {
  const std::vector<std::uint8_t> kernel = base();
  const std::vector<Build> one = series(kernel, 1, 4);
  const std::vector<Build> same = series(kernel, 1, 4);
  const std::vector<Build> other = series(kernel, 2, 4);
  for (std::size_t i = 0; i < one.size(); ++i) {
    CHECK((one[i].bytes == same[i].bytes));
    CHECK((one[i].bytes != other[i].bytes));
  }
}

TEST_CASE("evolution: libbpf accepts each kernel, and its sizes and alignments agree with the members") {
  const std::vector<std::uint8_t> kernel = base();
  REQUIRE(fault(kernel).empty());
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    for (const Build& build : series(kernel, seed, 15)) CHECK(fault(build.bytes) == "");
  }
}

TEST_CASE("evolution: a series starts with hundreds of changes, and most builds have dozens, some few, some none") {
  const std::vector<Build> builds = series(base(), 5, 120);
  CHECK(builds[0].changes >= 100);
  CHECK(changed_structs(base(), builds[0].bytes) >= 50);
  std::size_t equal = 0;
  std::size_t few = 0;
  std::size_t dozens = 0;
  for (std::size_t i = 1; i < builds.size(); ++i) {
    const std::uint32_t changes = builds[i].changes;
    const std::size_t changed = changed_structs(builds[i - 1].bytes, builds[i].bytes);
    if (builds[i].bytes == builds[i - 1].bytes) ++equal;
    if (changes > 0 && changes <= 5) ++few;
    if (changes > 5 && changes <= 65) ++dozens;
    if (changes == 0) CHECK((builds[i].bytes == builds[i - 1].bytes));
    // A changed struct changes those that embed it: fewer than 30, and 3 with the structs that programs read.
    CHECK(changed <= (changes + 3) * 31);
  }
  CHECK(equal >= 1);
  CHECK(few >= 20);
  CHECK(dozens >= 50);
}

TEST_CASE("evolution: functions, variables and sections stay, in a big-endian kernel as well") {
  BtfForge forge(ByteOrder::big);
  const std::uint32_t u32 = forge.integer("unsigned int", 4);
  const std::uint32_t u64 = forge.integer("long unsigned int", 8);
  const std::uint32_t one = forge.structure("one", 16, {{"a", u64, 0}, {"b", u32, 64}, {"c", u32, 96}});
  const std::uint32_t two = forge.structure("two", 24, {{"a", u64, 0}, {"one", one, 64}});
  const std::uint32_t pointer = forge.ptr(two);
  const std::uint32_t proto = forge.func_proto(u32, {{"two", pointer}});
  for (int i = 0; i < 200; ++i) forge.func("function" + std::to_string(i), proto);
  forge.enumeration("numbers", 4, {{"NUMBERS_ONE", 0}, {"NUMBERS_TWO", 1}});
  forge.datasec(".data..percpu", 64, {{forge.var("first", two, 1), 0, 24}, {forge.var("next", u32, 1), 24, 4}});
  const std::vector<Build> builds = series(forge.bytes(), 7, 10);
  for (const Build& build : builds) {
    CHECK(fault(build.bytes) == "");
    CHECK(View::parse(build.bytes, "kernel").byte_order() == ByteOrder::big);
    CHECK(count_of(build.bytes, Kind::func) >= 50);
    CHECK(count_of(build.bytes, Kind::var) >= 2);
    CHECK(count_of(build.bytes, Kind::datasec) == 1);
  }
}

}  // namespace minbtf::test
