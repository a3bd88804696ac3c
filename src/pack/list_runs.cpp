// SPDX-License-Identifier: BSD-2-Clause
#include "pack/list_runs.hpp"

#include <algorithm>
#include <iterator>

namespace minbtf::pack {

namespace {

/// A search takes as long as copying this many rows.
constexpr std::size_t rows_per_search = 16;

}  // namespace

void ListRuns::grow(std::size_t keys) {
  if (keys <= keys_.size()) return;
  keys_.resize(keys);
  last_.resize(keys);
}

std::vector<std::uint32_t> ListRuns::keys() const {
  std::vector<std::uint32_t> keys;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    if (has_key(key)) keys.push_back(key);
  }
  return keys;
}

std::uint32_t ListRuns::add(const KernelLists& lists) {
  if (!lists.empty()) grow(std::size_t{lists.back().first} + 1);
  const std::uint32_t row = rows_++;
  auto next = lists.begin();
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    const bool has_key = next != lists.end() && next->first == key;
    const std::uint32_t list = has_key ? (next++)->second : 0;
    if (list == last_[key]) continue;
    keys_[key].push_back({.row = row, .list = list});
    last_[key] = list;
  }
  return row;
}

std::uint32_t ListRuns::add_rows(std::uint32_t count) {
  const std::uint32_t first = rows_;
  if (count == 0) return first;
  rows_ += count;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) put(key, first, 0);
  return first;
}

void ListRuns::put(std::uint32_t key, std::uint32_t row, std::uint32_t list) {
  grow(std::size_t{key} + 1);
  if (last_[key] == list) return;
  std::vector<Change>& changes = keys_[key];
  if (!changes.empty() && changes.back().row == row) {
    changes.pop_back();
    if ((changes.empty() ? 0 : changes.back().list) != list) changes.push_back({.row = row, .list = list});
  } else {
    changes.push_back({.row = row, .list = list});
  }
  last_[key] = list;
}

std::uint32_t ListRuns::list(std::uint32_t key, std::uint32_t row) const {
  if (key >= keys_.size()) return 0;
  const std::vector<Change>& changes = keys_[key];
  const auto next = std::ranges::upper_bound(changes, row, {}, &Change::row);
  return next == changes.begin() ? 0 : std::prev(next)->list;
}

void ListRuns::expand(std::uint32_t key, std::vector<std::uint32_t>& of_row) const {
  of_row.resize(rows_);
  std::uint32_t begin = 0;
  for_each_run(key, [&](const ListRun& run) {
    std::fill(of_row.begin() + begin, of_row.begin() + run.end, run.list);
    begin = run.end;
  });
}

std::vector<bool> ListRuns::are_equal(std::span<const std::pair<std::uint32_t, std::uint32_t>> pairs) const {
  std::vector<bool> equal(pairs.size(), true);
  if (pairs.empty()) return equal;
  const bool searches = pairs.size() * rows_per_search < rows_;
  std::vector<std::uint32_t> of_row;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    if (keys_[key].empty()) continue;
    if (!searches) expand(key, of_row);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto [one, other] = pairs[i];
      const bool is_same = searches ? list(key, one) == list(key, other) : of_row[one] == of_row[other];
      if (!is_same) equal[i] = false;
    }
  }
  return equal;
}

void ListRuns::select(std::span<const std::uint32_t> order) {
  bool is_same = order.size() == rows_;
  for (std::uint32_t place = 0; is_same && place < order.size(); ++place) is_same = order[place] == place;
  if (is_same) return;
  std::vector<std::uint32_t> of_row;
  for (std::uint32_t key = 0; key < keys_.size(); ++key) {
    std::vector<Change>& changes = keys_[key];
    if (changes.empty()) continue;
    expand(key, of_row);
    changes.clear();
    std::uint32_t last = 0;
    for (std::uint32_t place = 0; place < order.size(); ++place) {
      const std::uint32_t list = order[place] == no_row ? 0 : of_row[order[place]];
      if (list == last) continue;
      changes.push_back({.row = place, .list = list});
      last = list;
    }
    changes.shrink_to_fit();
    last_[key] = last;
  }
  rows_ = static_cast<std::uint32_t>(order.size());
}

void ListRuns::renumber(std::span<const std::uint32_t> keys, const std::function<ListId(ListId old)>& new_list) {
  const std::vector<std::vector<Change>> old = std::exchange(keys_, {});
  last_.clear();
  for (std::uint32_t key = 0; key < old.size(); ++key) {
    if (old[key].empty()) continue;
    grow(std::size_t{keys[key]} + 1);
    for (const Change& change : old[key])
      keys_[keys[key]].push_back({.row = change.row, .list = change.list == 0 ? 0 : new_list(change.list)});
    last_[keys[key]] = keys_[keys[key]].back().list;
  }
}

KeyLists lists_of_key(const ListRuns& runs, std::uint32_t key, const ListTable& table) {
  KeyLists found;
  std::vector<std::uint32_t> numbers;  // of the lists in the table
  runs.for_each_run(key, [&](const ListRun& run) {
    std::uint32_t index = 0;
    if (run.list != 0) {
      const auto known = std::ranges::find(numbers, run.list);
      index = static_cast<std::uint32_t>(known - numbers.begin()) + 1;
      if (known == numbers.end()) {
        numbers.push_back(run.list);
        ListTable::OneEntry memory;
        const Words words = table.words(run.list, memory);
        found.lists.emplace_back(words.begin(), words.end());
      }
    }
    found.runs.push_back({.end = run.end, .list = index});
  });
  return found;
}

}  // namespace minbtf::pack
