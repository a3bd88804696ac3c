// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/reduced_kernel.hpp"

#include <catch2/catch.hpp>

using namespace minbtf::archive;

TEST_CASE("content_store: equal contents are stored once") {
  ContentStore store;
  const Content first = store.add(std::vector<std::uint8_t>{1, 2, 3});
  const Content other = store.add(std::vector<std::uint8_t>{1, 2, 4});
  CHECK(store.add(std::vector<std::uint8_t>{1, 2, 3}) == first);
  CHECK(other != first);
  CHECK(*first == std::vector<std::uint8_t>{1, 2, 3});
  CHECK(store.add(std::make_shared<const std::vector<std::uint8_t>>(*other)) == other);
  CHECK(store.add(std::vector<std::uint8_t>{}) == store.add(std::vector<std::uint8_t>{}));
}

TEST_CASE("content_store: without sharing each content is stored on its own") {
  ContentStore store(false);
  CHECK(store.add(std::vector<std::uint8_t>{1}) != store.add(std::vector<std::uint8_t>{1}));
}
