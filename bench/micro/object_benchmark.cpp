// SPDX-License-Identifier: BSD-2-Clause
// Benchmarks of the work that is done once in a run, for any number of kernels.
#include <catch2/catch.hpp>

#include "micro/inputs.hpp"

using namespace minbtf;
using namespace minbtf::bench;

TEST_CASE("load an object") {
  for (const char* set : {"few", "many"}) {
    const InputFile file = object_files(set).front();
    BENCHMARK("load one object of: " + std::string(set)) { return load(file.bytes, file.path); };
  }
}

TEST_CASE("make a plan") {
  for (const char* set : {"few", "tools", "many"}) {
    const std::vector<BpfObject> all = objects(set);
    BENCHMARK("make a plan, objects: " + std::string(set)) { return make_query_plan(all); };
  }
}
