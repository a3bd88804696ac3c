// SPDX-License-Identifier: BSD-2-Clause
// The lists of many kernels by key: what was added is found again, whatever the order of rows and keys.
#include "pack/list_runs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

namespace minbtf::test {

namespace {

using Numbers = std::vector<std::uint32_t>;
constexpr std::uint32_t keys = 40;

/// Rows of lists by key; 0: no list. Many rows are like the row before.
std::vector<Numbers> some_rows(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Numbers> rows;
  for (std::size_t i = 0; i < count; ++i) {
    Numbers row = rows.empty() || random() % 7 == 0 ? Numbers(keys) : rows.back();
    for (int n = 0; n < 5; ++n) row[random() % keys] = static_cast<std::uint32_t>(random() % 4);
    rows.push_back(row);
  }
  return rows;
}

pack::KernelLists as_lists(const Numbers& row) {
  pack::KernelLists lists;
  for (std::uint32_t key = 0; key < row.size(); ++key) {
    if (row[key] != 0) lists.emplace_back(key, row[key]);
  }
  return lists;
}

void check(const pack::ListRuns& runs, const std::vector<Numbers>& rows) {
  REQUIRE(runs.rows() == rows.size());
  Numbers used;
  for (std::uint32_t key = 0; key < keys; ++key) {
    std::uint32_t row = 0;
    std::uint32_t last = 4;
    runs.for_each_run(key, [&](const pack::ListRun& run) {
      CHECK(run.list != last);
      CHECK(run.end > row);
      last = run.list;
      for (; row < run.end; ++row) {
        CHECK(rows[row][key] == run.list);
        CHECK(runs.list(key, row) == run.list);
      }
    });
    CHECK(row == rows.size());
    if (std::ranges::any_of(rows, [&](const Numbers& each) { return each[key] != 0; })) used.push_back(key);
    CHECK(runs.has_key(key) == (!used.empty() && used.back() == key));
  }
  CHECK(runs.keys() == used);
  CHECK(runs.list(keys, 0) == 0);
}

}  // namespace

TEST_CASE("list_runs: lists are found again, row by row and key by key") {
  const std::vector<Numbers> rows = some_rows(1, 60);
  pack::ListRuns by_row;
  for (std::uint32_t row = 0; row < rows.size(); ++row) CHECK(by_row.add(as_lists(rows[row])) == row);
  check(by_row, rows);

  // The first rows one by one, and then the others by descending key.
  pack::ListRuns by_key;
  for (std::uint32_t row = 0; row < 20; ++row) by_key.add(as_lists(rows[row]));
  CHECK(by_key.add_rows(40) == 20);
  for (std::uint32_t key = keys; key-- > 0;) {
    for (std::uint32_t row = 20; row < 60; ++row) {
      // put() of a row that the next call gives another list has no effect.
      by_key.put(key, row, 3 - rows[row][key]);
      by_key.put(key, row, rows[row][key]);
    }
  }
  check(by_key, rows);

  // Rows that get no lists have none.
  std::vector<Numbers> more = rows;
  more.resize(63, Numbers(keys));
  CHECK(by_key.add_rows(3) == 60);
  check(by_key, more);
  CHECK(by_key.add_rows(0) == 63);
  check(by_key, more);
}

TEST_CASE("list_runs: rows are selected, and numbers replaced") {
  const std::vector<Numbers> rows = some_rows(2, 50);
  pack::ListRuns runs;
  for (const Numbers& row : rows) runs.add(as_lists(row));
  std::mt19937_64 random(3);
  Numbers order;
  std::vector<Numbers> selected;
  for (int i = 0; i < 70; ++i) {
    const auto row = static_cast<std::uint32_t>(random() % (rows.size() + 1));
    order.push_back(row == rows.size() ? pack::ListRuns::no_row : row);
    selected.push_back(row == rows.size() ? Numbers(keys) : rows[row]);
  }
  runs.select(order);
  check(runs, selected);

  Numbers new_keys;
  for (std::uint32_t key = 0; key < keys; ++key) new_keys.push_back(key * 7 % keys);
  runs.renumber(new_keys, [](pack::ListId old) { return Numbers{0, 3, 1, 2}[old]; });
  std::vector<Numbers> renumbered(selected.size(), Numbers(keys));
  for (std::size_t row = 0; row < selected.size(); ++row) {
    for (std::uint32_t key = 0; key < keys; ++key)
      renumbered[row][new_keys[key]] = Numbers{0, 3, 1, 2}[selected[row][key]];
  }
  check(runs, renumbered);
  runs.select({});
  check(runs, {});
}

TEST_CASE("list_runs: rows with equal lists are equal") {
  std::vector<Numbers> rows = some_rows(4, 40);
  rows.push_back(rows[7]);
  rows.push_back(rows[8]);
  rows.back()[39] = 5 - rows.back()[39];
  pack::ListRuns runs;
  for (const Numbers& row : rows) runs.add(as_lists(row));
  using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  CHECK(runs.are_equal(Pairs{}).empty());
  CHECK(runs.are_equal(Pairs{{7, 40}}) == std::vector{true});
  CHECK(runs.are_equal(Pairs{{41, 8}}) == std::vector{false});
  Pairs all;
  std::vector<bool> expected;
  for (std::uint32_t one = 0; one < rows.size(); ++one) {
    for (std::uint32_t other = 0; other < rows.size(); ++other) {
      all.emplace_back(one, other);
      expected.push_back(rows[one] == rows[other]);
    }
  }
  CHECK(runs.are_equal(all) == expected);
}

TEST_CASE("list_runs: the lists of a key are distinct and in the order of the rows") {
  pack::ListTable table;
  const std::vector<Numbers> lists = {{5, 0, 0, 5, 0, 0}, {6, 1, 0}, {7, 0, 1, 2, 3}};
  for (const Numbers& list : lists) table.add(list);
  pack::ListRuns runs;
  for (const std::uint32_t list : {0U, 3U, 3U, 1U, 0U, 3U})
    runs.add(list == 0 ? pack::KernelLists() : pack::KernelLists{{2, list}});
  const pack::KeyLists found = pack::lists_of_key(runs, 2, table);
  CHECK(found.lists == std::vector<Numbers>{lists[2], lists[0]});
  CHECK(found.runs == std::vector<pack::ListRun>{{1, 0}, {3, 1}, {4, 2}, {5, 0}, {6, 1}});
  CHECK(pack::lists_of_key(runs, 1, table).runs == std::vector<pack::ListRun>{{6, 0}});
  std::vector<std::uint32_t> order;
  runs.for_each_list(Numbers{1, 2, 2}, [&](std::uint32_t list) { order.push_back(list); });
  CHECK(order == Numbers{3, 1});
}

TEST_CASE("list_runs: a list of one entry without a group and notes is its number") {
  pack::ListTable table;
  const Numbers plain = {6, 0, 0};
  const std::vector<Numbers> others = {{6, 1, 0}, {6, 0, 1, 0, 3}, {6, 0, 0, 6, 0, 0}};
  for (const Numbers& list : others) {
    CHECK(table.find(list) == 0);
    const pack::ListId id = table.add(list);
    pack::ListTable::OneEntry memory;
    CHECK(pack::ListTable::only_node(id) == 0);
    CHECK(std::ranges::equal(table.words(id, memory), list));
    CHECK(table.find(list) == id);
    CHECK(table.add(list) == id);
  }
  const pack::ListId id = table.add(plain);
  pack::ListTable::OneEntry memory;
  CHECK(table.end() == 4);
  CHECK(id == pack::ListTable::of_node(6));
  CHECK(pack::ListTable::only_node(id) == 6);
  CHECK(std::ranges::equal(table.words(id, memory), plain));
  pack::ListRuns runs;
  runs.add({{0, 2}, {1, id}});
  runs.add({{0, id}, {1, 2}});
  Numbers visited;
  runs.for_each_list(Numbers{0, 1}, [&](pack::ListId list) { visited.push_back(list); });
  CHECK(visited == Numbers{2, id, id});
  CHECK(pack::lists_of_key(runs, 1, table).lists == std::vector<Numbers>{plain, others[1]});
}

}  // namespace minbtf::test
