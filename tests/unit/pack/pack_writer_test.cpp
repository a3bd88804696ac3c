// SPDX-License-Identifier: BSD-2-Clause
// A pack depends on its kernels and sources only. Its kernels are read back, and kernels with equal BTF are one.
#include "pack/pack_writer.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "pack/pack.hpp"
#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/pack_forge.hpp"
#include "support/forge/random_case.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

pack::PackedSource source_of(const std::string& path, std::uint32_t kernel) {
  pack::PackedSource source;
  source.path = path;
  source.members = {{.path = "", .kernel = kernel}};
  return source;
}

std::string path_of(std::size_t i) { return std::to_string(1000 + i) + ".btf"; }

/// Packs kernels that are added in this order. Kernel i is always the source path_of(i).
Bytes packed_in_order(const std::vector<Bytes>& kernels, const std::vector<std::size_t>& order) {
  pack::PackWriter writer;
  pack::Catalog catalog;
  catalog.sources.resize(kernels.size());
  for (const std::size_t i : order) {
    catalog.sources[i] = source_of(path_of(i), writer.add_kernel(kernels[i], path_of(i)));
  }
  return writer.finish(std::move(catalog));
}

std::vector<Bytes> some_kernels() {
  std::vector<Bytes> kernels = {sample_kernel(), other_sample_kernel(), sample_kernel(ByteOrder::big)};
  for (std::uint64_t seed = 1; seed < 60; ++seed) kernels.push_back(random_case(seed, Loops::as_c_allows).kernel);
  kernels.push_back(random_case(4).kernel);
  return kernels;
}

}  // namespace

TEST_CASE("pack_writer: a pack does not depend on the order in which kernels are added") {
  const std::vector<Bytes> kernels = some_kernels();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kernels.size(); ++i) order.push_back(i);
  const Bytes expected = packed_in_order(kernels, order);
  std::ranges::reverse(order);
  CHECK(packed_in_order(kernels, order) == expected);
  for (std::size_t i = 0; i < order.size(); ++i) std::swap(order[i], order[i * 7 % order.size()]);
  CHECK(packed_in_order(kernels, order) == expected);
}

TEST_CASE("pack_writer: a pack does not depend on the number of threads") {
  const std::vector<Bytes> kernels = some_kernels();
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kernels.size(); ++i) order.push_back(i);
  const Bytes expected = packed_in_order(kernels, order);
  for (int attempt = 0; attempt < 3; ++attempt) {
    pack::PackWriter writer;
    pack::Catalog catalog;
    catalog.sources.resize(kernels.size());
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = thread; i < kernels.size(); i += 4) {
          catalog.sources[i] = source_of(path_of(i), writer.add_kernel(kernels[i], path_of(i)));
        }
      });
    }
    for (std::thread& each : threads) each.join();
    CHECK(writer.finish(std::move(catalog)) == expected);
  }
}

TEST_CASE("pack_writer: a pack does not depend on kernels that no source has") {
  const std::vector<Bytes> kernels = some_kernels();
  pack::PackWriter writer;
  pack::Catalog catalog;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const std::uint32_t number = writer.add_kernel(kernels[i], path_of(i));
    if (i == 1) catalog.sources.push_back(source_of(path_of(0), number));
  }
  CHECK(writer.finish(std::move(catalog)) == packed_in_order({kernels[1]}, {0}));
}

TEST_CASE("pack_writer: kernels with equal BTF are one kernel, and are numbered by the first source that has them") {
  pack::PackWriter writer;
  const std::uint32_t one = writer.add_kernel(sample_kernel(), "one");
  const std::uint32_t two = writer.add_kernel(other_sample_kernel(), "two");
  CHECK(writer.add_kernel(sample_kernel(), "again") == one);
  CHECK(one != two);
  pack::Catalog catalog;
  catalog.others = {{.path = "README", .ignored = 1}, {.path = "a/modules.tar", .ignored = 4, .modules = 2}};
  catalog.sources = {source_of("a.btf", two), source_of("b.btf", one), source_of("c.tar", two)};
  catalog.sources[2].members.push_back({.path = "d/e.btf", .kernel = one});
  catalog.sources[2].links.push_back({.path = "l.btf", .target = "d/e.btf"});
  catalog.sources[2].ignored = 7;
  const Bytes bytes = writer.finish(catalog);
  const pack::Pack pack(bytes, "pack");
  REQUIRE(pack.catalog().kernels.size() == 2);
  CHECK(pack.catalog().kernels[0].bytes == other_sample_kernel().size());
  CHECK(pack.catalog().kernels[1].bytes == sample_kernel().size());
  CHECK(pack.catalog().kernels[1].hash == io::hash_of(sample_kernel()));
  CHECK(pack.catalog().others == catalog.others);
  CHECK(pack.catalog().ignored() == 5);
  CHECK(pack.catalog().modules() == 2);
  CHECK(pack.catalog().sources[0].members[0].kernel == 0);
  CHECK(pack.catalog().sources[1].members[0].kernel == 1);
  catalog.sources[0].members[0].kernel = 0;
  catalog.sources[1].members[0].kernel = 1;
  catalog.sources[2].members[0].kernel = 0;
  catalog.sources[2].members[1].kernel = 1;
  CHECK(pack.catalog().sources == catalog.sources);
}

TEST_CASE("pack_writer: sources that are not sorted and members without a kernel are refused by the reader") {
  pack::Catalog catalog;
  catalog.kernels.resize(1);
  catalog.sources = {source_of("b", 0), source_of("a", 0)};
  const auto error = [&] {
    const auto kernels = pack::encode_kernels(catalog.kernels);
    const auto sources = pack::encode_sources(catalog);
    return error_text([&] {
      pack::Catalog decoded;
      pack::decode_kernels(kernels, static_cast<std::uint32_t>(catalog.kernels.size()), decoded.kernels, "pack");
      pack::decode_sources(sources, static_cast<std::uint32_t>(catalog.sources.size()), decoded, "pack");
    });
  };
  CHECK(error() == "damaged: pack: sources: sources that are not sorted by path");
  catalog.sources[1].path = "b";
  CHECK(error() == "damaged: pack: sources: sources that are not sorted by path");
  catalog.sources[1] = source_of("c", 1);
  CHECK(error() == "damaged: pack: sources: the number of a kernel that does not exist");
  catalog.sources[1] = source_of("c", 0);
  CHECK(error() == "no error");
}

TEST_CASE("pack_writer: BTF that is damaged is refused, and the writer can be used afterwards") {
  pack::PackWriter writer;
  Bytes damaged = sample_kernel();
  damaged.resize(damaged.size() - 1);
  CHECK(error_text([&] { (void)writer.add_kernel(damaged, "kernel"); }).starts_with("damaged: kernel: "));
  pack::Catalog catalog;
  catalog.sources = {source_of("k.btf", writer.add_kernel(sample_kernel(), "k.btf"))};
  catalog.sources[0].path = path_of(0);
  CHECK(writer.finish(std::move(catalog)) == packed_in_order({sample_kernel()}, {0}));
}

TEST_CASE("pack_writer: an empty pack has no kernels") {
  const Bytes bytes = packed({});
  const pack::Pack pack(bytes, "pack");
  CHECK(pack.catalog().kernels.empty());
  CHECK(pack.catalog().sources.empty());
  CHECK(pack.file().flags() == 0);
  const Bytes types_only = packed({}, pack::PackContents::types_only);
  CHECK(pack::Pack(types_only, "pack").file().flags() == pack::flag_types_only);
}

TEST_CASE("pack_writer: what is exported from a pack can be packed again") {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    const PackedKernels once({random_case(seed, Loops::as_c_allows).kernel});
    INFO("seed " << seed << ": " << once.verbatim_reason(0));
    if (!once.verbatim_reason(0).empty()) continue;
    const PackedKernels twice({once.exported(0)});
    CHECK(twice.verbatim_reason(0) == "");
    CHECK(twice.exported(0).size() == once.exported(0).size());
    CHECK(twice.facts(0).types == once.facts(0).types);
  }
}

}  // namespace minbtf::test
