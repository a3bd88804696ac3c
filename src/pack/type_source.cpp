// SPDX-License-Identifier: BSD-2-Clause
#include "pack/type_source.hpp"

#include <algorithm>

namespace minbtf::pack {

namespace {

constexpr std::size_t indexed_groups_per_entry = 16;

}  // namespace

std::vector<std::uint32_t> list_words(std::span<const Entry> list) {
  std::vector<std::uint32_t> words;
  for (const Entry& entry : list) {
    words.insert(words.end(), {entry.node, entry.group, static_cast<std::uint32_t>(entry.notes.size())});
    for (const Note& note : entry.notes) {
      words.insert(words.end(), {note.position, static_cast<std::uint32_t>(note.value)});
    }
  }
  return words;
}

List list_of(Words words) {
  List list;
  std::vector<std::size_t> ends;
  for (std::size_t at = 0; at < words.size();) {
    list.entries.push_back({.node = words[at], .group = words[at + 1]});
    const std::uint32_t count = words[at + 2];
    at += 3;
    for (std::uint32_t i = 0; i < count; ++i, at += 2) {
      list.notes.push_back({.position = words[at], .value = static_cast<std::int32_t>(words[at + 1])});
    }
    ends.push_back(list.notes.size());
  }
  // The notes no longer move.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    list.entries[i].notes = std::span(list.notes).subspan(begin, ends[i] - begin);
    begin = ends[i];
  }
  return list;
}

void List::index_groups() {
  group_ends.clear();
  // A short list is searched, so that the index does not take more memory than the list.
  if (entries.empty() || entries.back().group > indexed_groups_per_entry * entries.size()) return;
  group_ends.reserve(entries.back().group);
  for (std::uint32_t i = 0; i < entries.size(); ++i) group_ends.resize(entries[i].group, i);
}

std::uint32_t List::end_of_group(std::uint32_t group) const {
  if (entries.empty() || group >= entries.back().group) return static_cast<std::uint32_t>(entries.size());
  if (group < group_ends.size()) return group_ends[group];
  const auto end = std::ranges::upper_bound(entries, group, {}, &Entry::group);
  return static_cast<std::uint32_t>(end - entries.begin());
}

std::uint32_t default_target(const List& list, std::uint32_t group, std::uint32_t node, std::uint64_t& steps) {
  const std::span entries = list.entries;
  const auto find = [&](std::uint32_t begin, std::uint32_t end) {
    for (std::uint32_t i = begin; i < end; ++i) {
      ++steps;
      if (node == 0 || entries[i].node == node) return i;
    }
    return no_entry;
  };
  if (entries.size() == 1) return find(0, 1);
  const std::uint32_t later = list.end_of_group(group);
  for (std::uint32_t end = later; end > 0;) {
    const std::uint32_t nearest = entries[end - 1].group;
    const std::uint32_t begin = nearest == 0 ? 0 : list.end_of_group(nearest - 1);
    const std::uint32_t found = find(begin, end);
    if (found != no_entry) return found;
    end = begin;
  }
  return find(later, static_cast<std::uint32_t>(entries.size()));
}

}  // namespace minbtf::pack
