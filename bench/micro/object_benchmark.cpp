// What is done once, whatever the number of kernels.
#include <catch2/catch.hpp>
#include <optional>

#include "micro/inputs.hpp"

using namespace minbtf;
using namespace minbtf::bench;

TEST_CASE("load an object") {
  for (const char* set : {"few", "many"}) {
    const InputFile file = object_files(set).front();
    BENCHMARK_ADVANCED("load one of the objects: " + std::string(set))(Catch::Benchmark::Chronometer meter) {
      const auto runs = static_cast<std::size_t>(meter.runs());
      std::vector<std::vector<std::uint8_t>> copies(runs, file.bytes);
      std::vector<std::optional<BpfObject>> loaded(runs);
      meter.measure([&](int run) {
        const auto i = static_cast<std::size_t>(run);
        loaded[i] = load(std::move(copies[i]), file.path);
      });
    };
  }
}

TEST_CASE("make a plan") {
  for (const char* set : {"few", "tools", "many"}) {
    const std::vector<BpfObject> all = objects(set);
    BENCHMARK("make a plan of objects: " + std::string(set)) { return make_plan(all); };
  }
}
