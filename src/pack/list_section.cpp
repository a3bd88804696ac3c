// SPDX-License-Identifier: BSD-2-Clause
#include "pack/list_section.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "pack/kernel_types.hpp"
#include "pack/streams.hpp"

namespace minbtf::pack {

namespace {

class ListEncoder {
 public:
  std::vector<std::uint8_t> run(std::span<const KeyLists> keys) {
    for (const KeyLists& key : keys) {
      out_.number(stream_list_counts, key.lists.size());
      for (const Words list : key.lists) add_list(list);
      add_runs(key.runs);
    }
    return out_.section();
  }

 private:
  void add_list(Words words) {
    const List list = list_of(words);
    out_.number(stream_entry_counts, list.size());
    std::uint32_t group = 0;
    for (const Entry& entry : list.entries) {
      out_.signed_number(stream_entry_nodes, static_cast<std::int64_t>(entry.node) - node_);
      node_ = entry.node;
      out_.number(stream_entry_groups, entry.group - group);
      group = entry.group;
      out_.number(stream_note_counts, entry.notes.size());
      std::uint32_t position = 0;
      for (const Note& note : entry.notes) {
        out_.number(stream_note_positions, note.position - position);
        position = note.position;
        out_.signed_number(stream_note_values, note.value);
      }
    }
  }

  void add_runs(std::span<const ListRun> runs) {
    std::uint32_t begin = 0;
    for (const ListRun& run : runs) {
      out_.number(stream_runs, run.end - begin);
      out_.number(stream_runs, run.list);
      begin = run.end;
    }
  }

  StreamWriter out_{list_streams};
  std::uint32_t node_ = 0;
};

}  // namespace

std::vector<std::uint8_t> encode_lists(std::span<const KeyLists> keys) { return ListEncoder().run(keys); }

ListBlock::ListBlock(std::span<const std::uint8_t> section, std::uint32_t first, std::uint32_t count,
                     std::uint32_t nodes, std::uint32_t kernels, const std::string& file)
    : first_(first) {
  StreamReader in(section, list_streams, file, "lists");
  // Each element has at least one byte in these streams. A section has less than 2^32 bytes.
  list_ends_.reserve(in.left(stream_entry_counts));
  entries_.reserve(in.left(stream_note_counts));
  notes_.reserve(in.left(stream_note_values));
  runs_.reserve(in.left(stream_runs) / 2);
  std::uint32_t node = 0;
  for (std::uint32_t key = 0; key < count; ++key) {
    const std::uint32_t lists = in.number32(stream_list_counts);
    // Each list has a byte in the stream of entry counts, and each entry has one in that of note counts.
    if (lists > in.left(stream_entry_counts)) in.damaged("too many lists");
    for (std::uint32_t i = 0; i < lists; ++i) {
      const std::uint32_t entries = in.number32(stream_entry_counts);
      if (entries > in.left(stream_note_counts)) in.damaged("a list with too many entries");
      if (entries == 0) in.damaged("a list without entries");
      std::uint64_t group = 0;
      for (std::uint32_t n = 0; n < entries; ++n) {
        const std::uint64_t next = node + static_cast<std::uint64_t>(in.signed_number(stream_entry_nodes));
        if (next == 0 || next >= nodes) in.damaged("the number of a node that does not exist");
        node = static_cast<std::uint32_t>(next);
        group += in.number32(stream_entry_groups);
        if (group > std::numeric_limits<std::uint32_t>::max()) in.damaged("the number of a group is too large");
        const std::uint32_t notes = in.number32(stream_note_counts);
        std::uint64_t position = 0;
        for (std::uint32_t note = 0; note < notes; ++note) {
          const std::uint32_t step = in.number32(stream_note_positions);
          position += step;
          if (position >= max_positions || (note != 0 && step == 0))
            in.damaged("a note at a position that is not allowed");
          const std::int64_t value = in.signed_number(stream_note_values);
          if (value == 0 || value != static_cast<std::int32_t>(value))
            in.damaged("a note with a value that is not allowed");
          notes_.push_back(
              {.position = static_cast<std::uint32_t>(position), .value = static_cast<std::int32_t>(value)});
        }
        entries_.push_back({.node = node,
                            .group = static_cast<std::uint32_t>(group),
                            .notes_end = static_cast<std::uint32_t>(notes_.size())});
      }
      list_ends_.push_back(static_cast<std::uint32_t>(entries_.size()));
    }
    key_lists_.push_back(static_cast<std::uint32_t>(list_ends_.size()));
    for (std::uint32_t kernel = 0; kernel < kernels;) {
      const std::uint32_t length = in.number32(stream_runs);
      const std::uint32_t list = in.number32(stream_runs);
      if (length == 0 || length > kernels - kernel) in.damaged("a run with a length that is not allowed");
      if (list > lists + 1) in.damaged("the number of a list that does not exist");
      kernel += length;
      runs_.push_back({.end = kernel, .list = list});
    }
    key_runs_.push_back(static_cast<std::uint32_t>(runs_.size()));
  }
  in.finish();
}

std::uint32_t ListBlock::list_count(std::uint32_t key) const {
  const std::size_t index = key - first_;
  return key_lists_[index] - (index == 0 ? 0 : key_lists_[index - 1]);
}

std::span<const ListRun> ListBlock::runs(std::uint32_t key) const {
  const std::size_t index = key - first_;
  const std::size_t begin = index == 0 ? 0 : key_runs_[index - 1];
  return std::span(runs_).subspan(begin, key_runs_[index] - begin);
}

KernelRun ListBlock::run_of_kernel(std::uint32_t key, std::uint32_t kernel) const {
  // The runs of a key have all kernels of the segment.
  const auto runs = this->runs(key);
  const auto run = std::ranges::upper_bound(runs, kernel, {}, &ListRun::end);
  return {.first = run == runs.begin() ? 0 : std::prev(run)->end, .end = run->end, .list = run->list};
}

bool ListBlock::has(std::uint32_t key, const KeyLists& expected) const {
  if (list_count(key) != expected.lists.size() || !std::ranges::equal(runs(key), expected.runs)) return false;
  for (std::uint32_t i = 0; i < expected.lists.size(); ++i) {
    if (list_words(list(key, i).entries) != expected.lists[i]) return false;
  }
  return true;
}

List ListBlock::list(std::uint32_t key, std::uint32_t index) const {
  const std::size_t place = key - first_;
  const std::size_t number = (place == 0 ? 0 : key_lists_[place - 1]) + index;
  const std::size_t begin = number == 0 ? 0 : list_ends_[number - 1];
  List list;
  list.entries.reserve(list_ends_[number] - begin);
  for (std::size_t i = begin; i < list_ends_[number]; ++i) {
    const std::size_t notes = i == 0 ? 0 : entries_[i - 1].notes_end;
    list.entries.push_back({.node = entries_[i].node,
                            .group = entries_[i].group,
                            .notes = std::span(notes_).subspan(notes, entries_[i].notes_end - notes)});
  }
  return list;
}

}  // namespace minbtf::pack
