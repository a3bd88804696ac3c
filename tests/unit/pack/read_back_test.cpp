// SPDX-License-Identifier: BSD-2-Clause
// Before a kernel is packed, its lists are read and compared with it: every wrong list, note and place is found.
#include "pack/read_back.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "minbtf/error.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/random_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using pack::KernelTypes;

/// Returns the number of a list that has one word more or less than `list`, changed at `at`.
pack::ListId changed(pack::ListTable& table, pack::ListId list, std::size_t at, std::uint32_t by) {
  pack::ListTable::OneEntry memory;
  const pack::Words words = table.words(list, memory);
  std::vector<std::uint32_t> other(words.begin(), words.end());
  other[at] += by;
  return table.add(other);
}

std::size_t word_count(const pack::ListTable& table, pack::ListId list) {
  pack::ListTable::OneEntry memory;
  return table.words(list, memory).size();
}

/// Calls check(types) with types that have one mistake, for each mistake.
template <typename Check>
void for_each_mistake(const KernelTypes& types, pack::TypeTables& tables, Check check) {
  const auto with = [&](auto change) {
    KernelTypes wrong = types;
    change(wrong);
    check(wrong);
  };
  const auto change_lists = [&](pack::KernelLists KernelTypes::*lists, pack::ListTable& table, std::uint32_t nodes) {
    for (std::size_t i = 0; i < (types.*lists).size(); ++i) {
      with([&](KernelTypes& wrong) { (wrong.*lists).erase((wrong.*lists).begin() + static_cast<std::ptrdiff_t>(i)); });
      const pack::ListId list = (types.*lists)[i].second;
      pack::ListTable::OneEntry memory;
      const pack::Words first = table.words(list, memory);
      const std::uint32_t node = first[0];
      const std::uint32_t notes = first[2];
      // Another node, another group, and in place of a note one with another position or value.
      const auto change = [&](std::size_t at, std::uint32_t by) {
        with([&](KernelTypes& wrong) { (wrong.*lists)[i].second = changed(table, list, at, by); });
      };
      change(0, node == 1 ? 1 : static_cast<std::uint32_t>(-1));
      if (node + 1 < nodes) change(0, 1);
      if (word_count(table, list) == 3) change(1, 1);
      if (notes != 0) {
        change(3, 1);
        change(4, 1);
      }
    }
  };
  change_lists(&KernelTypes::lists, tables.lists, tables.nodes.end());
  change_lists(&KernelTypes::extras, tables.extra_lists, tables.extra_cuts.end());
  for (std::size_t id = 1; id < types.places.size(); ++id) {
    if (types.places[id].key == pack::no_key) {
      // A pack of types only may not have the type.
      if (types.contents == pack::PackContents::types_only) continue;
      with([&](KernelTypes& wrong) { ++wrong.places[id].copy; });
    } else {
      with([&](KernelTypes& wrong) { ++wrong.places[id].index; });
      with([&](KernelTypes& wrong) { ++wrong.places[id].key; });
    }
  }
  for (std::size_t i = 0; i < types.extra_types.size(); ++i) {
    with([&](KernelTypes& wrong) { ++wrong.extra_types[i].index; });
    with([&](KernelTypes& wrong) {
      wrong.extra_types.erase(wrong.extra_types.begin() + static_cast<std::ptrdiff_t>(i));
    });
  }
}

/// A kernel with notes and copies.
Bytes kernel_with_notes() {
  BtfForge f;
  const std::uint32_t int_ = f.integer("int", 4, 1);
  for (int i = 0; i < 40; ++i) f.structure("filler" + std::to_string(i), 4, {{"x", int_, 0}});
  const std::uint32_t foo = f.structure("foo", 4, {{"a", int_, 0}});
  const std::uint32_t other_foo = f.structure("foo", 8, {{"b", int_, 0}});
  const std::uint32_t first = f.ptr(other_foo);
  const std::uint32_t copy = f.ptr(other_foo);
  f.structure("points", 24, {{"p", f.ptr(foo), 0}, {"q", first, 64}, {"r", copy, 128}});
  f.typedef_("t", f.structure("", 16, {{"s", copy, 0}, {"n", other_foo, 64}}));
  f.datasec(".data", 8, {{f.var("v", copy, 1), 0, 8}});
  f.func("f", f.func_proto(copy, {{"parameter", first}}));
  f.enumeration("", 4, {{"constant", 1}});
  f.enumeration("", 4, {{"constant", 1}});
  return f.bytes();
}

}  // namespace

TEST_CASE("read_back: each mistake in lists, notes and places is found") {
  std::vector<Bytes> kernels = {kernel_with_notes(), sample_kernel(), sample_kernel(ByteOrder::big),
                                other_sample_kernel()};
  for (std::uint64_t seed = 1; seed < 400; ++seed) kernels.push_back(random_case(seed, Loops::as_c_allows).kernel);
  std::size_t read = 0;
  std::size_t grouped = 0;
  bool has_copies = false;
  std::size_t mistakes = 0;
  for (const Bytes& kernel : kernels) {
    const btf::View view = btf::View::parse(kernel, "kernel");
    for (const auto contents : {pack::PackContents::everything, pack::PackContents::types_only}) {
      pack::TypeTables tables;
      KernelTypes types;
      try {
        types = pack::add_types(view, tables, contents);
      } catch (const pack::DoesNotFit&) {
        continue;
      }
      grouped += types.has_groups ? 1 : 0;
      ++read;
      REQUIRE(pack::is_read_back(view, tables, types));
      has_copies =
          has_copies || std::ranges::any_of(types.places, [](const pack::TypePlace& place) { return place.copy != 0; });
      for_each_mistake(types, tables, [&](const KernelTypes& wrong) {
        ++mistakes;
        CHECK(!pack::is_read_back(view, tables, wrong));
      });
    }
  }
  CHECK(read > 8);
  CHECK(grouped > 20);
  CHECK(has_copies);
  CHECK(mistakes > 800);
}

TEST_CASE("read_back: another kernel is not the one that was added") {
  const Bytes one = kernel_with_notes();
  const btf::View view = btf::View::parse(one, "kernel");
  pack::TypeTables tables;
  const KernelTypes types = pack::add_types(view, tables, pack::PackContents::everything);
  REQUIRE(pack::is_read_back(view, tables, types));
  std::size_t changed_bytes = 0;
  for (std::size_t at = btf::header_size; at < one.size(); ++at) {
    Bytes other = one;
    other[at] ^= 1U;
    try {
      const btf::View wrong = btf::View::parse(other, "kernel");
      if (wrong.id_end() != view.id_end()) continue;
      ++changed_bytes;
      CHECK(!pack::is_read_back(wrong, tables, types));
    } catch (const Error&) {
      // not BTF
    }
  }
  CHECK(changed_bytes > 100);
}

}  // namespace minbtf::test
