// SPDX-License-Identifier: BSD-2-Clause
// The output depends on the contents of the selected types, not on their ids or order.
#include "minimize/reduce/canonical.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "minbtf/plan.hpp"
#include "support/fixtures.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/libbpf/oracle_inputs.hpp"
#include "unit/minimize/btf_permute.hpp"

namespace minbtf::test {

namespace {

using minimize::Selection;

Selection everything(const btf::View& view) {
  Selection all;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    minimize::SelectedType type = {.id = id, .pointee = true, .elements = {}};
    const btf::Type found = view.type(id);
    if (btf::is_composite(found.kind) || btf::is_any_enum(found.kind)) {
      type.elements.resize(found.vlen);
      std::iota(type.elements.begin(), type.elements.end(), 0U);
    }
    all.types.push_back(type);
  }
  return all;
}

std::vector<std::uint32_t> new_ids(const btf::View& view,
                                   const std::vector<minimize::RankedCandidate>& candidates = {}) {
  return minimize::canonical_order(minimize::graph_of(view, everything(view)), candidates).new_ids;
}

}  // namespace

TEST_CASE("canonical: equal types are written once", "[canonical]") {
  BtfForge f;
  const auto i1 = f.integer("int", 4, 1);
  const auto i2 = f.integer("int", 4, 1);
  f.ptr(i1);
  f.ptr(i2);
  f.ptr(f.ptr(i1));  // the inner pointer equals the two before
  f.integer("int", 4);
  const auto view = btf::View::parse(f.bytes(), "view");
  const auto ids = new_ids(view);
  CHECK(ids[i1 - 1] == ids[i2 - 1]);
  CHECK(ids[2] == ids[3]);
  CHECK(ids[2] == ids[4]);
  CHECK(ids[5] != ids[4]);
  CHECK(ids[6] != ids[0]);
}

TEST_CASE("canonical: cycles are merged if they are equal, even if one is unrolled", "[canonical]") {
  BtfForge f;
  // Two equal lists, a list with `next` at another offset, and a list like the first two with two nodes in its cycle.
  const auto list = [&](std::uint32_t bits) {
    const auto node = f.next_id();
    f.structure("node", 8, {{"next", node + 1, bits}});
    f.ptr(node);
    return node;
  };
  const auto a = list(0);
  const auto b = list(0);
  const auto c = list(64);
  const auto unrolled = f.next_id();
  f.structure("node", 8, {{"next", unrolled + 1, 0}});
  f.ptr(unrolled + 2);
  f.structure("node", 8, {{"next", unrolled + 3, 0}});
  f.ptr(unrolled);
  const auto view = btf::View::parse(f.bytes(), "view");
  const auto ids = new_ids(view);
  CHECK(ids[a - 1] == ids[b - 1]);
  CHECK(ids[a - 1] != ids[c - 1]);
  CHECK(ids[a - 1] == ids[unrolled - 1]);
  CHECK(*std::max_element(ids.begin(), ids.end()) == 4);
}

TEST_CASE("canonical: candidates of one root keep their order and are not merged", "[canonical]") {
  BtfForge f;
  const auto i = f.integer("int", 4, 1);
  const auto late = f.structure("s", 8, {{"z", i, 0}});
  const auto early = f.structure("s", 8, {{"a", i, 0}});
  const auto again = f.structure("s", 8, {{"z", i, 0}});
  const auto view = btf::View::parse(f.bytes(), "view");
  const auto free = new_ids(view);
  CHECK(free[early - 1] < free[late - 1]);
  CHECK(free[again - 1] == free[late - 1]);
  const auto bound = new_ids(view, {{.id = late, .rank = 0}, {.id = early, .rank = 1}, {.id = again, .rank = 2}});
  CHECK(bound[late - 1] < bound[early - 1]);
  CHECK(bound[early - 1] < bound[again - 1]);
}

TEST_CASE("canonical: candidates keep their order around the INT that gives the pointer size", "[canonical]") {
  BtfForge f;
  const auto other = f.integer("int", 4, 1);
  const auto narrow = f.integer("long int", 2, 1);
  const auto first = f.integer("long int", 8, 1);
  const auto between = f.integer("long int", 1);
  const auto same = f.integer("long int", 8, 1);
  const auto last = f.integer("long int", 16, 1);
  const auto view = btf::View::parse(f.bytes(), "view");
  Selection all = everything(view);
  all.pointer_ints = {first};
  const std::vector<minimize::RankedCandidate> candidates = {{.id = narrow, .rank = 0},
                                                             {.id = first, .rank = 1},
                                                             {.id = between, .rank = 2},
                                                             {.id = same, .rank = 3},
                                                             {.id = last, .rank = 4}};
  const auto ids = minimize::canonical_order(minimize::graph_of(view, all), candidates).new_ids;
  const auto id = [&](std::uint32_t of) { return ids[of - 1]; };
  CHECK(id(narrow) < id(first));
  CHECK(id(first) < id(between));
  CHECK(id(between) < id(same));
  CHECK(id(same) < id(last));
  CHECK(id(first) < id(other));
}

TEST_CASE("canonical: shuffling the ids of a real kernel changes nothing", "[canonical]") {
  const auto files = kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  std::vector<BpfObject> objects;
  for (const OracleObject& object : little_endian_objects()) objects.push_back(object.parsed());
  REQUIRE(!objects.empty());
  std::vector<std::vector<BpfObject>> sets = {objects};
  for (std::size_t i = 0; i < objects.size(); i += 9) sets.push_back({objects[i]});
  const std::size_t kernels = std::min<std::size_t>(files.size(), 3);
  std::size_t compared = 0;
  for (std::size_t k = 0; k < kernels; ++k) {
    const OracleKernel kernel = files[k * (files.size() - 1) / std::max<std::size_t>(kernels - 1, 1)].load();
    for (std::uint32_t seed = 1; seed <= 3; ++seed) {
      const Btf shuffled = Btf::parse(permute_types(kernel.bytes, seed), kernel.name() + " shuffled");
      REQUIRE(shuffled.type_count() == kernel.btf.type_count());
      for (const auto& set : sets) {
        const Plan plan(set);
        const Reduction before = plan.minimize(kernel.btf);
        const Reduction after = plan.minimize(shuffled);
        INFO(kernel.name() << ", seed " << seed << ", first object " << set[0].name());
        CHECK(before.bytes == after.bytes);
        CHECK(plan.minimize(Btf::parse(before.bytes, "reduced")).bytes == before.bytes);
        ++compared;
      }
    }
  }
  REQUIRE(compared > 0);
}

}  // namespace minbtf::test
