// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stored_extras.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace minbtf::pack {

namespace {

std::vector<StringId> shared_numbers(const Strings& strings, const Strings& extra) {
  std::unordered_map<std::string_view, StringId> known;
  for (StringId id = 1; id < strings.size(); ++id) known.emplace(strings[id], id);
  std::vector<StringId> numbers = {0};
  for (StringId id = 1; id < extra.size(); ++id) {
    const auto found = known.find(extra[id]);
    numbers.push_back(found == known.end() ? id | extra_bit : found->second);
  }
  return numbers;
}

}  // namespace

StoredExtras::StoredExtras(const StoredPack& pack, std::uint32_t segment, Change change)
    : pack_(pack),
      segment_(segment),
      change_(std::move(change)),
      name_numbers_([this] { return shared_numbers(pack_.names(), names_.get().strings()); }),
      field_numbers_([this] { return shared_numbers(pack_.fields(), fields_.get().strings()); }),
      keys_([this] {
        const Section& section = only(SectionType::extra_keys, 0);
        return pack_.with_contents(section, [&](std::span<const std::uint8_t> contents) {
          return decode_extra_keys(contents, section.count, names_.get().strings(), fields_.get().strings(),
                                   pack_.file().name());
        });
      }) {
  std::uint32_t cut_end = 0;
  std::uint32_t list_end = 0;
  const auto cuts = sections(SectionType::extra_cuts, 1, cut_end);
  const auto lists = sections(SectionType::extra_lists, 0, list_end);
  for (const Section* section : cuts) {
    if (section->count == 0) pack_.damaged("section table", "an empty section of extra cuts");
    cuts_.add(section->count, [this, section] { return records(*section); });
  }
  for (const Section* section : lists) {
    if (section->count == 0) pack_.damaged("section table", "an empty section of extra lists");
    lists_.add(section->count, [this, section] { return this->lists(*section); });
  }
  // A segment that has kernels with extras has all of these sections, and any other segment has none.
  const auto has = [&](SectionType type, std::uint32_t begin) {
    std::uint32_t end = 0;
    const auto found = sections(type, begin, end);
    if (found.size() > 1) pack_.damaged("section table", "two sections of " + to_string(type));
    if (type == SectionType::extra_keys) key_end_ = end;
    return !found.empty();
  };
  const bool has_keys = has(SectionType::extra_keys, 0);
  if (has(SectionType::extra_names, 1) != has_keys || has(SectionType::extra_fields, 1) != has_keys ||
      (!has_keys && !cuts.empty())) {
    pack_.damaged("section table", "some sections of extras and not all");
  }
  if (list_end != key_end_) pack_.damaged("section table", "not as many extra keys as lists of extras");
  const auto kernels = std::span(pack_.catalog().kernels);
  const Segment& of = pack_.segments()[segment_];
  const bool needs_keys =
      std::ranges::any_of(kernels.subspan(of.first_kernel, of.kernel_end - of.first_kernel),
                          [](const PackedKernel& kernel) { return kernel.form == PackedKernel::Form::whole; });
  if (needs_keys && !has_keys) pack_.damaged("section table", "no section of extra keys");
}

/// Returns the sections of a type in the segment, and sets `end` to the number behind the last element.
std::vector<const Section*> StoredExtras::sections(SectionType type, std::uint32_t begin, std::uint32_t& end) const {
  std::vector<const Section*> found;
  std::uint64_t next = begin;
  for (const Section* section : pack_.segments()[segment_].extras) {
    if (section->type != type) continue;
    if (section->first != next)
      pack_.damaged("section table", "sections of " + to_string(type) + " with a gap between them");
    // Every element has at least one byte.
    if (section->count > section->raw_bytes)
      pack_.damaged("section table", "a section of " + to_string(type) + " with too many elements");
    next += section->count;
    if (next > 0x7fffffffU) pack_.damaged("section table", "too many elements of " + to_string(type));
    found.push_back(section);
  }
  end = static_cast<std::uint32_t>(next);
  return found;
}

const Section& StoredExtras::only(SectionType type, std::uint32_t begin) const {
  std::uint32_t end = 0;
  return *sections(type, begin, end).front();
}

StoredStrings StoredExtras::strings(SectionType type) const { return {pack_.file(), std::vector{&only(type, 1)}}; }

List StoredExtras::list(std::uint32_t kernel, std::uint32_t key, KernelRange& same) const {
  const ListBlock& block = lists_.holding(key);
  const std::uint32_t first = pack_.segments()[segment_].first_kernel;
  const KernelRun run = block.run_of_kernel(key, kernel - first);
  same.narrow(first + run.first, first + run.end);
  return run.list == 0 || run.list > block.list_count(key) ? List() : block.list(key, run.list - 1);
}

ListBlock StoredExtras::lists(const Section& section) const {
  const Segment& of = pack_.segments()[segment_];
  return pack_.with_contents(section, [&](std::span<const std::uint8_t> contents) {
    return ListBlock(contents, section.first, section.count, cuts_.end(), of.kernel_end - of.first_kernel,
                     pack_.file().name());
  });
}

RecordBlock StoredExtras::records(const Section& section) const {
  const std::vector<StringId>& names = name_numbers_.get();
  const std::vector<StringId>& fields = field_numbers_.get();
  RecordBounds bounds = pack_.bounds();
  bounds.names = static_cast<std::uint32_t>(names.size());
  bounds.fields = static_cast<std::uint32_t>(fields.size());
  bounds.extra_keys = key_end_;
  RecordBlock block = pack_.with_contents(section, [&](std::span<const std::uint8_t> contents) {
    return decode_records(contents, RecordForm::extra_cut, section.first, section.count, bounds, pack_.file().name());
  });
  for (std::uint32_t i = 0; i < section.count; ++i) {
    const std::span<std::uint32_t> record = block.writable(section.first + i);
    if (btf::info_kind(record[1]) != 0) {
      record[0] = names[record[0]];
      for_each_field_word(record, [&](std::size_t word) { record[word] = fields[record[word]]; });
    }
    if (change_) change_(record);
  }
  return block;
}

}  // namespace minbtf::pack
