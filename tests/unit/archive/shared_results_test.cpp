// SPDX-License-Identifier: BSD-2-Clause
// Kernels of a pack that give a task the same bytes are processed once.
#include <atomic>
#include <catch2/catch.hpp>

#include "archive/input/pack_input.hpp"
#include "io/read/input_file.hpp"
#include "pack/pack_writer.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/os/temp_dir.hpp"

using namespace minbtf;
using namespace minbtf::archive;
using namespace minbtf::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

/// A kernel with a struct `wanted` of `size` bytes, and `others` other structs.
Bytes kernel(std::uint32_t size, std::uint32_t others) {
  BtfForge forge;
  const std::uint32_t integer = forge.integer("int", 4, 1);
  forge.structure("wanted", size, {{"a", integer, 0}});
  for (std::uint32_t i = 0; i < others; ++i) {
    forge.structure("other" + std::to_string(i), 4, {{"b" + std::to_string(others), integer, 0}});
  }
  return forge.bytes();
}

struct Seen {
  Bytes bytes;
  std::uint64_t source_bytes = 0;
  std::uint32_t source_types = 0;
};

/// Counts the kernels that it processes.
class CountingTask final : public TaskWithResult<Seen> {
 public:
  explicit CountingTask(bool shares = true) : shares_(shares) {}

  [[nodiscard]] std::size_t processed() const { return processed_; }
  [[nodiscard]] std::optional<WantedTypes> wanted_types(ByteOrder /*order*/) const override {
    return WantedTypes{.names = {"wanted"}};
  }
  [[nodiscard]] KernelResultPtr for_equal_kernel(const KernelResultPtr& result, std::uint64_t source_bytes,
                                                 std::uint32_t source_types) const override {
    if (!shares_) return nullptr;
    return make_result(Seen{value_of<Seen>(*result).bytes, source_bytes, source_types});
  }
  [[nodiscard]] std::string place_class(std::string_view path) const override {
    return std::string(path.substr(0, path.find('/')));
  }

 private:
  [[nodiscard]] Seen process(const KernelPlace& /*place*/, const KernelBtf& kernel) const override {
    ++processed_;
    return {.bytes = {kernel.bytes.begin(), kernel.bytes.end()},
            .source_bytes = kernel.source_bytes,
            .source_types = kernel.source_types.value()};
  }
  [[nodiscard]] bool are_equal(const Seen& one, const Seen& other) const override { return one.bytes == other.bytes; }

  bool shares_;
  mutable std::atomic<std::size_t> processed_ = 0;
};

struct Packed {
  TempDir directory;
  pack::PackWriter writer;
  pack::Catalog catalog;

  void add(const std::string& path, const Bytes& btf) {
    catalog.sources.push_back({.path = path,
                               .hash = io::hash_of(btf),
                               .sha256 = io::sha256_of(btf),
                               .members = {{.path = "", .kernel = writer.add_kernel(btf, path)}}});
  }

  /// Returns what the task made of each kernel.
  std::vector<Seen> run(const KernelTask& task) {
    const std::string path = directory.write("all.pack", writer.finish(catalog));
    PackInput input(path, io::InputFile(path));
    const PathSelection selection;
    std::vector<Seen> seen;
    for (const SourceRecord& record : input.process({.task = task, .selection = selection, .jobs = 1}).records) {
      REQUIRE(record.outcome.problems.empty());
      seen.push_back(value_of<Seen>(*record.outcome.kernels.at(0).result));
    }
    return seen;
  }
};

}  // namespace

TEST_CASE("shared_results: kernels that differ in other types only are processed once, and keep their own figures") {
  const CountingTask task;
  Packed packed;
  for (std::uint32_t i = 0; i < 8; ++i) packed.add("a/" + std::to_string(i), kernel(8, 20 + i));
  const std::vector<Seen> seen = packed.run(task);
  CHECK(task.processed() == 1);
  for (std::uint32_t i = 0; i < 8; ++i) {
    CHECK(seen[i].bytes == seen[0].bytes);
    CHECK(seen[i].source_bytes == kernel(8, 20 + i).size());
    CHECK(seen[i].source_types == 22 + i);
  }
}

TEST_CASE("shared_results: kernels that are not neighbours are processed once, too") {
  const CountingTask task;
  Packed packed;
  for (std::uint32_t i = 0; i < 8; ++i) packed.add("a/" + std::to_string(i), kernel(8 + 4 * (i % 2), 20 + i));
  const std::vector<Seen> seen = packed.run(task);
  CHECK(task.processed() == 2);
  for (std::uint32_t i = 2; i < 8; ++i) CHECK(seen[i].bytes == seen[i % 2].bytes);
  CHECK(seen[0].bytes != seen[1].bytes);
}

TEST_CASE("shared_results: results of another class of places are not shared") {
  const CountingTask task;
  Packed packed;
  for (const char* path : {"a/1", "a/2", "b/1", "b/2"}) packed.add(path, kernel(8, 20));
  (void)packed.run(task);
  CHECK(task.processed() == 2);
}

TEST_CASE("shared_results: a task that cannot use the result of another kernel processes each kernel") {
  const CountingTask task(false);
  Packed packed;
  for (std::uint32_t i = 0; i < 4; ++i) packed.add("a/" + std::to_string(i), kernel(8, 20 + i));
  packed.add("a/same", kernel(8, 20));  // the same kernel of the pack
  (void)packed.run(task);
  CHECK(task.processed() == 4);
}

TEST_CASE("shared_results: a smaller kernel, which has smaller limits, is processed again") {
  const CountingTask task;
  Packed packed;
  packed.add("a/1", kernel(8, 30));
  packed.add("a/2", kernel(8, 20));
  packed.add("a/3", kernel(8, 25));
  (void)packed.run(task);
  CHECK(task.processed() == 2);
}
