// SPDX-License-Identifier: BSD-2-Clause
// Valid BTF with types that make walks long, deep or endless. Each kernel is reduced within a time limit, to BTF that
// libbpf accepts.
#include <catch2/catch.hpp>
#include <functional>

#include "minbtf/plan.hpp"
#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/libbpf/libbpf_btf.hpp"
#include "support/os/cpu_limit.hpp"

namespace minbtf::test {

namespace {

using std::chrono_literals::operator""ms;
using Forge = std::function<void(BtfForge&)>;

/// A graph has a struct `s` with members a, b and c, a typedef `t` and an enum `e`, as far as its shape allows.
struct Graph {
  std::string name;
  Forge forge;
};

std::uint32_t int_(BtfForge& f) { return f.integer("int", 4, 1); }

/// Adds struct s with members a, b and c of the given types, a typedef t of it, and an enum e.
void usual(BtfForge& f, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const std::uint32_t s = f.structure("s", 64, {{"a", a, 0}, {"b", b, 64}, {"c", c, 256}});
  f.typedef_("t", s);
  f.enumeration("e", 4, {{"A", 1}, {"B", 2}});
}

void ordinary(BtfForge& f) {
  const std::uint32_t i = int_(f);
  usual(f, i, f.array(i, i, 4), f.ptr(f.func_proto(i, {{"x", i}})));
}

void typedef_cycle(BtfForge& f) {
  const std::uint32_t first = f.next_id();
  f.typedef_("t", first + 1);
  f.typedef_("t", first + 2);
  f.const_(first);
  usual(f, first, first, first);
}

void typedef_chain(BtfForge& f, std::uint32_t length) {
  const std::uint32_t i = int_(f);
  std::uint32_t type = i;
  for (std::uint32_t n = 0; n < length; ++n) type = f.typedef_("t", type);
  usual(f, type, f.array(type, i, 4), f.ptr(type));
}

void distinct_typedef_chain(BtfForge& f, std::uint32_t length) {
  const std::uint32_t i = int_(f);
  std::uint32_t type = i;
  for (std::uint32_t n = 0; n < length; ++n) type = f.typedef_("t" + std::to_string(n), type);
  usual(f, type, f.array(type, i, 4), f.ptr(type));
}

void array_of_itself(BtfForge& f) {
  const std::uint32_t array = f.next_id();
  f.array(array, array, 1);
  usual(f, array, array, array);
}

void arrays_whose_size_overflows(BtfForge& f) {
  const std::uint32_t i = int_(f);
  std::uint32_t array = i;
  for (int n = 0; n < 8; ++n) array = f.array(array, i, 0x10000);
  usual(f, i, array, array);
}

void deep_arrays(BtfForge& f, std::uint32_t depth) {
  const std::uint32_t i = int_(f);
  std::uint32_t array = i;
  for (std::uint32_t n = 0; n < depth; ++n) array = f.array(array, i, 1);
  usual(f, array, array, array);
}

void struct_in_itself(BtfForge& f) {
  const std::uint32_t s = f.next_id();
  f.structure("s", 8, {{"", s, 0}, {"a", s, 0}, {"b", s, 0}, {"c", s, 0}});
  f.typedef_("t", s);
}

void struct_in_itself_behind(BtfForge& f) {
  const std::uint32_t s = f.next_id();
  f.structure("s", 8, {{"x", s, 0}, {"", s + 1, 0}});
  f.typedef_("", s);
  f.typedef_("t", s);
}

void member_of_own_type(BtfForge& f) {
  const std::uint32_t s = f.next_id();
  f.structure("s", 8, {{"a", s, 0}, {"b", s, 8}, {"c", s, 16}});
  f.typedef_("t", s);
}

/// Two anonymous members on each of 40 levels: 2^40 paths to search for a name, and none of them has it.
void unions_that_fan_out(BtfForge& f) {
  std::uint32_t type = f.structure("", 4, {{"deep", int_(f), 0}});
  for (int n = 0; n < 40; ++n) type = f.union_("", 4, {{"", type, 0}, {"", type, 0}});
  const std::uint32_t s = f.structure("s", 4, {{"", type, 0}});
  f.typedef_("t", s);
}

/// The same, with members that have the name but another type.
void wrong_members_that_fan_out(BtfForge& f) {
  const std::uint32_t pointer = f.ptr(0);
  std::uint32_t type = f.structure("", 8, {{"x", pointer, 0}, {"b", pointer, 0}});
  for (int n = 0; n < 40; ++n) type = f.union_("", 8, {{"", type, 0}, {"", type, 0}});
  const std::uint32_t s = f.structure("s", 8, {{"", type, 0}});
  f.typedef_("t", s);
}

void prototype_cycle(BtfForge& f) {
  const std::uint32_t proto = f.next_id();
  f.func_proto(proto, {{"x", proto}, {"y", proto + 1}});
  f.ptr(proto);
  usual(f, proto, proto, proto + 1);
}

/// Each prototype has two parameters of the previous prototype: 2^32 comparisons within the limit of 32 levels.
void prototypes_that_fan_out(BtfForge& f) {
  const std::uint32_t i = int_(f);
  std::uint32_t type = i;
  for (int n = 0; n < 40; ++n) type = f.func_proto(i, {{"x", type}, {"y", type}});
  const std::uint32_t pointer = f.ptr(type);
  usual(f, pointer, type, pointer);
  f.typedef_("t", type);
}

void endless_pointers(BtfForge& f) {
  const std::uint32_t pointer = f.next_id();
  f.ptr(pointer);
  usual(f, pointer, pointer, pointer);
  f.typedef_("t", pointer);
}

/// Each struct has several members of the previous struct: type_matches would make 2^32 comparisons.
void structs_that_fan_out(BtfForge& f) {
  const std::uint32_t i = int_(f);
  std::uint32_t type = f.structure("s", 4, {{"a", i, 0}});
  for (int n = 0; n < 40; ++n) type = f.structure("s", 4, {{"a", type, 0}, {"a", type, 0}, {"b", type, 0}});
  f.typedef_("t", type);
}

void wide_struct(BtfForge& f, std::uint32_t count, bool same_name) {
  const std::uint32_t i = int_(f);
  std::vector<ForgedMember> members;
  for (std::uint32_t n = 0; n < count; ++n) {
    members.push_back({same_name ? "m" : "m" + std::to_string(n), i, n * 32 & 0xffffffU});
  }
  members.insert(members.end(), {{"a", i, 0}, {"b", f.array(i, i, 4), 0}, {"c", f.ptr(0), 0}});
  const std::uint32_t s = f.structure("s", 64, members);
  f.typedef_("t", s);
}

void wide_enum(BtfForge& f, std::uint32_t count) {
  std::vector<ForgedEnumerator> values;
  for (std::uint32_t n = 0; n < count; ++n) values.push_back({"E" + std::to_string(n), n});
  values.push_back({"A", -1});
  const std::uint32_t e = f.enumeration("e", 4, values);
  const std::uint32_t i = int_(f);
  usual(f, e, f.array(e, i, 4), f.ptr(e));
}

/// Types of one name with small differences. All of them are candidates.
void many_candidates(BtfForge& f, std::uint32_t count) {
  const std::uint32_t i = int_(f);
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::uint32_t s = f.structure("s", n + 4, {{"a", i, n * 8}, {"b", f.array(i, i, n), 0}});
    f.typedef_("t", s);
    f.enumeration("e", 4, {{"A", n}});
  }
}

/// Types of one name and shape that differ only in the types of their members.
void many_alike(BtfForge& f, std::uint32_t count) {
  const std::uint32_t i = int_(f);
  std::uint32_t last = i;
  for (std::uint32_t n = 0; n < count; ++n) last = f.structure("s", 4, {{"a", last, 0}, {"", last, 0}});
  f.typedef_("t", last);
}

const std::vector<Graph>& graphs() {
  static const std::vector<Graph> all = {
      {"ordinary", ordinary},
      {"typedef cycle", typedef_cycle},
      {"typedef chain of 4,000 of one name", [](BtfForge& f) { typedef_chain(f, 4000); }},
      {"typedef chain of 4,000", [](BtfForge& f) { distinct_typedef_chain(f, 4000); }},
      {"typedef chain of 200,000", [](BtfForge& f) { distinct_typedef_chain(f, 200000); }},
      {"array of itself", array_of_itself},
      {"arrays whose size overflows", arrays_whose_size_overflows},
      {"arrays 30 deep", [](BtfForge& f) { deep_arrays(f, 30); }},
      {"arrays 40 deep", [](BtfForge& f) { deep_arrays(f, 40); }},
      {"arrays 100,000 deep", [](BtfForge& f) { deep_arrays(f, 100000); }},
      {"struct in itself", struct_in_itself},
      {"struct in itself, last", struct_in_itself_behind},
      {"member of its own type", member_of_own_type},
      {"unions that fan out", unions_that_fan_out},
      {"wrong members that fan out", wrong_members_that_fan_out},
      {"prototype cycle", prototype_cycle},
      {"prototypes that fan out", prototypes_that_fan_out},
      {"endless pointers", endless_pointers},
      {"structs that fan out", structs_that_fan_out},
      {"300,000 members", [](BtfForge& f) { wide_struct(f, 300000, false); }},
      {"300,000 members of one name", [](BtfForge& f) { wide_struct(f, 300000, true); }},
      {"300,000 enumerators", [](BtfForge& f) { wide_enum(f, 300000); }},
      {"2,000 candidates", [](BtfForge& f) { many_candidates(f, 2000); }},
      {"2,000 alike", [](BtfForge& f) { many_alike(f, 2000); }},
  };
  return all;
}

std::vector<std::uint8_t> kernel(const Graph& graph) {
  BtfForge forge;
  graph.forge(forge);
  return forge.bytes();
}

/// An object with relocations of all kinds for the last six types of the graph that are named s, t or e.
std::vector<std::uint8_t> asker(const Graph& graph) {
  BtfForge forge;
  graph.forge(forge);
  const btf::View view = btf::View::parse(forge.bytes(), "local");
  std::vector<ForgedAsk> asks;
  std::size_t types = 0;
  for (std::uint32_t id = view.id_end(); id-- > 1 && types < 6;) {
    const btf::Type type = view.type(id);
    const std::string_view name = view.string(type.name_off);
    if (name != "s" && name != "t" && name != "e") continue;
    ++types;
    for (const char* access : {"0", "1", "0:0", "0:1:2", "0:2", "0:1", "0:0:0:0", "300000", "0:300000"}) {
      asks.push_back({id, access});
    }
  }
  return forge_object(forge, ask_in_every_way(forge, asks));
}

/// Returns true if a type has more elements than libbpf 1.1 can read: it takes 16 bits of vlen.
bool too_wide_for_old_libbpf(const std::vector<std::uint8_t>& reduced) {
  const btf::View view = btf::View::parse(reduced, "reduced");
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    if (view.type(id).vlen > 0xffff) return true;
  }
  return false;
}

void check_reduction(const Plan& plan, const Btf& target) {
  Reduction reduction;
  const std::string error = error_text([&] { reduction = plan.minimize(target); });
  REQUIRE(error == "no error");
  if (!too_wide_for_old_libbpf(reduction.bytes)) CHECK(LibbpfBtf(reduction.bytes).accepted());
  REQUIRE(reduction.resolutions.size() == plan.objects()[0].relocation_count());
}

}  // namespace

TEST_CASE(
    "hostile_graphs: a hostile type graph in the kernel is reduced within the time limit for an ordinary object") {
  const Plan plan({BpfObject::parse(asker(graphs().front()), "ordinary")});
  for (const Graph& graph : graphs()) {
    INFO(graph.name);
    const Btf target = Btf::parse(kernel(graph), graph.name);
    const CpuLimit limit(5000ms, graph.name);
    check_reduction(plan, target);
  }
}

TEST_CASE(
    "hostile_graphs: a hostile type graph in the object is resolved within the time limit for an ordinary kernel") {
  const Btf target = Btf::parse(kernel(graphs().front()), "ordinary");
  for (const Graph& graph : graphs()) {
    INFO(graph.name);
    const auto object = asker(graph);
    const CpuLimit limit(5000ms, graph.name);
    const Plan plan({BpfObject::parse(object, graph.name)});
    check_reduction(plan, target);
  }
}

TEST_CASE("hostile_graphs: a hostile type graph in both the object and the kernel is reduced within the time limit") {
  for (const Graph& graph : graphs()) {
    INFO(graph.name);
    const auto object = asker(graph);
    const Btf target = Btf::parse(kernel(graph), graph.name);
    const CpuLimit limit(5000ms, graph.name);
    const Plan plan({BpfObject::parse(object, graph.name)});
    check_reduction(plan, target);
  }
}

}  // namespace minbtf::test
