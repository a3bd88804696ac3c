// SPDX-License-Identifier: BSD-2-Clause
// beyond_libbpf() finds the cases that libbpf does not survive or reads differently, before a test runs libbpf. min-btf
// fails in these cases with a defined Failure.
#include "support/libbpf/libbpf_limits.hpp"

#include <catch2/catch.hpp>

#include "elf/elf_file.hpp"
#include "support/core_case.hpp"
#include "support/forge/random_case.hpp"
#include "support/os/cpu_limit.hpp"

namespace minbtf::test {

namespace {

using std::chrono_literals::operator""ms;
using K = RelocationKind;

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }

std::vector<std::uint8_t> btf_of(const std::vector<std::uint8_t>& object) {
  const auto file = elf::ElfFile::from_memory(object, "object");
  const auto section = file.section(".BTF");
  return {section->data.begin(), section->data.end()};
}

std::string reason(const Built& built) {
  const Plan plan({BpfObject::parse(built.object, "object")});
  return beyond_libbpf(plan, btf_of(built.object), built.target);
}

struct Row {
  Case asked;
  std::string reason;
};

std::uint32_t local_s(BtfForge& f) { return f.structure("s", 4, {{"a", int_(f), 0}}); }

/// A kernel with a bitfield of the type that `type` returns.
Row bitfield_of(const std::string& name, const std::function<std::uint32_t(BtfForge&)>& type,
                const std::string& expected = "failed: a type in the way has no size, or nests over 32 levels") {
  return {{.name = "bitfield of " + name,
           .local =
               [type](BtfForge& f) {
                 const std::uint32_t id = type(f);
                 return f.structure("s", 8, {{"a", id, 0}});
               },
           .target =
               [type](BtfForge& f) {
                 const std::uint32_t id = type(f);
                 f.structure("s", 8, {{"a", id, 0, 3}});
               },
           .asks = {{.kind = K::field_byte_offset, .access = "0:0"}},
           .expected = expected},
          "is of a type without a size"};
}

/// A type whose comparison takes 2^32 steps within libbpf's 32 levels.
std::uint32_t structs_that_fan_out(BtfForge& f) {
  std::uint32_t type = f.structure("s", 4, {{"a", int_(f), 0}});
  for (int n = 0; n < 40; ++n) type = f.structure("s", 4, {{"a", type, 0}, {"a", type, 0}, {"b", type, 0}});
  return type;
}

std::uint32_t array_of_itself(BtfForge& f) {
  const std::uint32_t array = f.next_id();
  f.array(array, array, 1);
  return f.structure("s", 8, {{"a", array, 0}});
}

std::uint32_t typedef_of_itself(BtfForge& f) {
  const std::uint32_t first = f.next_id();
  f.typedef_("t", first + 1);
  f.const_(first);
  return first;
}

/// A row with the same types in the object and in the kernel.
Row both(const std::string& name, std::uint32_t (*forge)(BtfForge&), const Ask& ask, const std::string& expected,
         const std::string& reason) {
  return {
      {.name = name, .local = forge, .target = [forge](BtfForge& f) { forge(f); }, .asks = {ask}, .expected = expected},
      reason};
}

std::vector<Row> rows() {
  const std::string endless = "failed: " + std::string(to_string(Failure::endless_type));
  return {
      bitfield_of("a pointer to nothing", [](BtfForge& f) { return f.ptr(0); }),
      bitfield_of("a pointer", [](BtfForge& f) { return f.ptr(int_(f)); }),
      bitfield_of("an array", [](BtfForge& f) { return f.array(int_(f), 1, 2); }),
      bitfield_of("a qualified pointer", [](BtfForge& f) { return f.const_(f.ptr(0)); }),
      bitfield_of("a prototype", [](BtfForge& f) { return f.ptr(f.func_proto(0, {})); }),
      both("typedefs without end", typedef_of_itself, {.kind = K::type_size, .access = "0"}, endless, "has no end"),
      both("an array of itself", array_of_itself, {.kind = K::field_exists, .access = "0:0"}, endless, "has no end"),
      both("comparisons without end", structs_that_fan_out, {.kind = K::type_matches, .access = "0"}, endless,
           "an answer without end"),
      both("a negative index", local_s, {.kind = K::field_exists, .access = "0:-1"},
           "failed: " + std::string(to_string(Failure::bad_access_string)), "a negative index"),
      {{.name = "a later kind",
        .local = local_s,
        .target =
            [](BtfForge& f) {
              const std::uint32_t later = f.type("later", 33, 0, false, 4);
              f.structure("s", 4, {{"a", later, 0}});
              f.header().layout.emplace(34);
            },
        .asks = {{.kind = K::field_exists, .access = "0:0"}},
        .expected = "failed: " + std::string(to_string(Failure::unsupported_kind))},
       "a later kind"},
  };
}

}  // namespace

TEST_CASE("libbpf_limits: a relocation that libbpf must not be run on fails with a reason of its own") {
  for (const Row& row : rows()) {
    INFO(row.asked.name);
    const Built built = build(row.asked);
    CHECK(reason(built).ends_with(row.reason));
    const CpuLimit limit(5000ms, row.asked.name);
    const Plan plan({BpfObject::parse(built.object, "object")});
    const Btf kernel = Btf::parse(built.target, "kernel");
    const auto resolutions = plan.resolve(kernel, 0, {});
    REQUIRE(resolutions.size() == 1);
    CHECK(text(kernel, plan.objects()[0], resolutions[0]) == row.asked.expected);
  }
}

TEST_CASE("libbpf_limits: BTF that libbpf cannot read, or reads differently, has a reason") {
  const auto reason_of = [](const std::function<void(BtfForge&)>& change, ByteOrder order = ByteOrder::little) {
    BtfForge f(order);
    f.enumeration("e", 4, {{"A", 1}});
    change(f);
    return unreadable_for_libbpf(f.bytes());
  };
  const auto nothing = [](BtfForge&) {};
  const auto layout = [](BtfForge& f) { f.header().layout.emplace(20); };
  CHECK(reason_of(nothing) == "");
  CHECK(reason_of(nothing, ByteOrder::big) == "");
  CHECK(reason_of(layout) == "");
  CHECK(reason_of(layout, ByteOrder::big) == "a header of another length in another byte order");
  CHECK(reason_of([](BtfForge& f) { f.header().header_padding = 1; }) == "types that are not aligned");
  CHECK(reason_of([](BtfForge& f) {
          f.enumeration("wide", 4, std::vector<ForgedEnumerator>(65536, {"A", 1}));
        }) == "more than 65,535 elements");
}

TEST_CASE("libbpf_limits: libbpf can be run on every random case") {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    INFO("seed " << seed);
    const RandomCase random = random_case(seed);
    CHECK(reason({.object = random.object, .target = random.kernel}) == "");
  }
}

}  // namespace minbtf::test
