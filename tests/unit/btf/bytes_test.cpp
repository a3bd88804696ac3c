// SPDX-License-Identifier: BSD-2-Clause
#include "btf/bytes.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

namespace minbtf::test {

using btf::ByteView;

TEST_CASE("bytes: a range exists only if it lies inside the data, for numbers of any size") {
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
  struct Row {
    std::size_t size, offset, count;
    bool expected;
  };
  const std::vector<Row> rows = {
      {0, 0, 0, true},     {0, 0, 1, false},       {0, 1, 0, false},        {4, 0, 4, true},
      {4, 0, 5, false},    {4, 4, 0, true},        {4, 4, 1, false},        {4, 5, 0, false},
      {4, 3, 1, true},     {4, 3, 2, false},       {4, 1, most, false},     {4, most, 1, false},
      {4, most, 0, false}, {4, most, most, false}, {4, 2, most - 1, false}, {4, most - 1, 2, false}};
  const std::vector<std::uint8_t> data(4);
  for (const Row& row : rows) {
    INFO("size " << row.size << ", offset " << row.offset << ", count " << row.count);
    CHECK(ByteView(data.data(), row.size, ByteOrder::little).contains(row.offset, row.count) == row.expected);
  }
}

TEST_CASE("bytes: numbers are read in either byte order, at any alignment") {
  const std::vector<std::uint8_t> data = {0x00, 0x01, 0x82, 0x03, 0xf4};
  const ByteView little(data.data(), data.size(), ByteOrder::little);
  const ByteView big(data.data(), data.size(), ByteOrder::big);
  CHECK(little.u8(2) == 0x82);
  CHECK(big.u8(2) == 0x82);
  CHECK(little.u16(1) == 0x8201);
  CHECK(big.u16(1) == 0x0182);
  CHECK(little.u32(0) == 0x03820100);
  CHECK(big.u32(0) == 0x00018203);
  CHECK(little.u32(1) == 0xf4038201);
  CHECK(big.u32(1) == 0x018203f4);
}

TEST_CASE("bytes: a part has its own bounds and the byte order of the whole") {
  const std::vector<std::uint8_t> data = {9, 0, 0, 0, 1, 9};
  const ByteView part = ByteView(data.data(), data.size(), ByteOrder::big).sub(1, 4);
  CHECK(part.size() == 4);
  CHECK(part.data() == data.data() + 1);
  CHECK(part.u32(0) == 1);
  CHECK(part.contains(0, 4));
  CHECK_FALSE(part.contains(0, 5));
  CHECK(part.sub(4, 0).size() == 0);
  CHECK(ByteView().size() == 0);
  CHECK_FALSE(ByteView().contains(0, 1));
}

TEST_CASE("bytes: strings end at the first NUL") {
  const std::vector<std::uint8_t> data = {0, 'a', 'b', 0, 'c', 0};
  const ByteView view(data.data(), data.size(), ByteOrder::little);
  CHECK(view.string(0).empty());
  CHECK(view.string(1) == "ab");
  CHECK(view.string(2) == "b");
  CHECK(view.string(4) == "c");
  CHECK(view.string(5).empty());
}

}  // namespace minbtf::test
