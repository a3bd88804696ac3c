// SPDX-License-Identifier: BSD-2-Clause
// Benchmarks of the work that is done for each kernel.
#include <catch2/catch.hpp>
#include <numeric>

#include "micro/inputs.hpp"

using namespace minbtf;
using namespace minbtf::bench;

namespace {

const Btf& kernel() {
  static const Btf indexed = index(kernel_file().bytes, kernel_file().path);
  return indexed;
}

/// Returns a selection of all types with all their elements.
minimize::Selection everything(const btf::View& view) {
  minimize::Selection selection;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    const btf::Type type = view.type(id);
    const bool has_elements = type.kind == btf::Kind::struct_ || type.kind == btf::Kind::union_ ||
                              type.kind == btf::Kind::enum_ || type.kind == btf::Kind::enum64;
    std::vector<std::uint32_t> elements(has_elements ? type.vlen : 0);
    std::iota(elements.begin(), elements.end(), 0U);
    selection.types.push_back({.id = id, .pointee = true, .elements = std::move(elements)});
  }
  return selection;
}

}  // namespace

TEST_CASE("index a kernel") {
  btf::Index memory;
  BENCHMARK("index a kernel") { return index_in_place(kernel_file().bytes, kernel_file().path, memory); };
}

TEST_CASE("resolve a plan") {
  const Btf& indexed = kernel();
  for (const char* set : {"few", "tools", "many"}) {
    const auto plan = make_query_plan(objects(set));
    BENCHMARK("resolve a plan, objects: " + std::string(set)) { return resolve(plan, indexed); };
  }
}

TEST_CASE("encode") {
  const Reduction reduction = reduce(Plan(objects("many")), kernel());
  const Btf kept = index(reduction.bytes, "the reduced BTF");
  const minimize::Selection selection = everything(btf::view_of(kept));
  BENCHMARK("order and encode the reduced BTF, objects: many") { return encode(kept, selection); };
}

TEST_CASE("minimise an indexed kernel") {
  const Btf& indexed = kernel();
  for (const char* set : {"few", "tools", "many"}) {
    const Plan plan(objects(set));
    BENCHMARK("minimise an indexed kernel, objects: " + std::string(set)) { return reduce(plan, indexed); };
  }
}
