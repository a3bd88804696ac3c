// SPDX-License-Identifier: BSD-2-Clause
#include "pack/stored_pack.hpp"

#include <algorithm>

#include "minbtf/error.hpp"

namespace minbtf::pack {

StoredStrings::StoredStrings(const SectionFile& file, std::span<const Section* const> sections) {
  const SectionType type = sections.front()->type;
  std::uint64_t bytes = 0;
  std::uint64_t count = 0;
  for (const Section* section : sections) {
    bytes += section->raw_bytes;
    count += section->count;
  }
  if (bytes > max_section_bytes || count > max_section_bytes) {
    throw Error(ErrorKind::damaged, file.name(), to_string(type), "too many bytes in all sections");
  }
  std::span<const std::uint8_t> contents;
  if (sections.size() == 1) {
    contents = file.read(*sections.front(), max_section_bytes, memory_);
  } else {
    io::Buffer memory;
    for (const Section* section : sections) {
      const auto more = file.read(*section, max_section_bytes, memory);
      joined_.insert(joined_.end(), more.begin(), more.end());
      // A string must not begin in one section and end in the next.
      if (!more.empty() && more.back() != 0) {
        throw Error(ErrorKind::damaged, file.name(), to_string(type),
                    "another number of strings than the section table has");
      }
    }
    contents = joined_;
  }
  strings_.emplace(contents, static_cast<std::uint32_t>(count), file.name(), to_string(type));
}

StoredPack::StoredPack(std::span<const std::uint8_t> bytes, const std::string& name) : file_(bytes, name) {
  read_catalog();
  bounds_.names = end_of(SectionType::names, 1);
  bounds_.fields = end_of(SectionType::fields, 1);
  bounds_.keys = end_of(SectionType::keys, 0);
  bounds_.cuts = end_of(SectionType::cuts, 1);
  bounds_.nodes = end_of(SectionType::nodes, 1);
  for (const SectionType type : {SectionType::names, SectionType::fields, SectionType::keys}) {
    if (sections(type).empty()) damaged("section table", "no section of " + to_string(type));
  }
  names_ = std::make_unique<const StoredStrings>(file_, sections(SectionType::names));
  read_keys();
  find_lists();
  find_verbatim();
  find_extras();
}

void StoredPack::damaged(const std::string& where, const std::string& reason) const {
  throw Error(ErrorKind::damaged, file_.name(), where, reason);
}

std::vector<const Section*> StoredPack::sections(SectionType type) const {
  std::vector<const Section*> found;
  for (const Section& section : file_.sections()) {
    if (section.type == type) found.push_back(&section);
  }
  return found;
}

const Section& StoredPack::only(SectionType type) const {
  const std::vector<const Section*> found = sections(type);
  if (found.empty()) damaged("section table", "no section of " + to_string(type));
  if (found.size() > 1) damaged("section table", "two sections of " + to_string(type));
  return *found.front();
}

/// Returns the number behind the last element of a type whose sections have elements from `begin` on.
std::uint32_t StoredPack::end_of(SectionType type, std::uint32_t begin) const {
  std::uint64_t end = begin;
  std::uint32_t segment = 0;
  for (const Section& section : file_.sections()) {
    if (section.type != type) continue;
    if (section.first != end) damaged("section table", "sections of " + to_string(type) + " with a gap between them");
    if (section.segment < segment || section.segment >= segments_.size())
      damaged("section table", "sections of " + to_string(type) + " in a wrong segment");
    segment = section.segment;
    // Every element has at least one byte.
    if (section.count > section.raw_bytes)
      damaged("section table", "a section of " + to_string(type) + " with too many elements");
    end += section.count;
  }
  if (end > 0x7fffffffU) damaged("section table", "too many elements of " + to_string(type));
  return static_cast<std::uint32_t>(end);
}

/// Reads kernels and sources. Each segment has one section of kernels.
void StoredPack::read_catalog() {
  for (const Section* section : sections(SectionType::kernels)) {
    if (section->segment != segments_.size() || section->first != catalog_.kernels.size())
      damaged("section table", "sections of kernels with a gap between them");
    with_contents(*section, [&](std::span<const std::uint8_t> contents) {
      decode_kernels(contents, section->count, catalog_.kernels, file_.name());
    });
    segments_.push_back(
        {.first_kernel = section->first, .kernel_end = static_cast<std::uint32_t>(catalog_.kernels.size())});
  }
  if (segments_.empty()) damaged("section table", "no section of kernels");
  const Section& sources = only(SectionType::sources);
  with_contents(sources, [&](std::span<const std::uint8_t> contents) {
    decode_sources(contents, sources.count, catalog_, file_.name());
  });
}

void StoredPack::read_keys() {
  for (const Section* section : sections(SectionType::keys)) {
    const std::vector<Key> more = with_contents(*section, [&](std::span<const std::uint8_t> contents) {
      return decode_keys(contents, section->first, section->count, names(), file_.name());
    });
    keys_.insert(keys_.end(), more.begin(), more.end());
    for (std::size_t i = section->segment; i < segments_.size(); ++i)
      segments_[i].key_end = static_cast<std::uint32_t>(keys_.size());
  }
}

/// Finds the sections of lists. In each segment they have all keys of this and of earlier segments.
void StoredPack::find_lists() {
  std::uint32_t last = 0;
  std::vector<std::uint64_t> ends(segments_.size());
  for (const Section* section : sections(SectionType::lists)) {
    if (section->segment < last || section->segment >= segments_.size())
      damaged("section table", "sections of lists in a wrong segment");
    last = section->segment;
    std::uint64_t& end = ends[section->segment];
    if (section->first != end || section->count == 0)
      damaged("section table", "sections of lists with a gap between them");
    if (section->count > section->raw_bytes) damaged("section table", "a section of lists with too many elements");
    end += section->count;
    segments_[section->segment].lists.push_back(section);
  }
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (ends[i] != segments_[i].key_end) damaged("section table", "not as many keys as lists of keys");
  }
}

void StoredPack::find_verbatim() {
  verbatim_.resize(catalog_.kernels.size());
  for (const Section* section : sections(SectionType::verbatim)) {
    if (section->first >= verbatim_.size() || section->count != 1)
      damaged("section table", "a verbatim section of no kernel");
    if (std::exchange(verbatim_[section->first], section) != nullptr)
      damaged("section table", "two verbatim sections of one kernel");
  }
  for (std::size_t kernel = 0; kernel < verbatim_.size(); ++kernel) {
    const PackedKernel& facts = catalog_.kernels[kernel];
    const bool is_verbatim = facts.form == PackedKernel::Form::verbatim;
    const Section* const section = verbatim_[kernel];
    if (is_verbatim != (section != nullptr) ||
        (is_verbatim && (section->raw_bytes != facts.bytes || section->hash != facts.hash))) {
      damaged("section table", "a kernel and its verbatim section contradict each other");
    }
  }
}

/// StoredExtras checks the sections of a segment.
void StoredPack::find_extras() {
  const bool has_whole = std::ranges::any_of(
      catalog_.kernels, [](const PackedKernel& kernel) { return kernel.form == PackedKernel::Form::whole; });
  bool has_extras = has_whole;
  for (const Section& section : file_.sections()) {
    if (section.type < SectionType::extra_names || section.type > SectionType::extra_lists) continue;
    has_extras = true;
    if (section.segment >= segments_.size())
      damaged("section table", "sections of " + to_string(section.type) + " in a wrong segment");
    segments_[section.segment].extras.push_back(&section);
  }
  if (has_extras && (file_.flags() & flag_types_only) != 0) damaged("header", "a pack of types only that has extras");
}

const Segment& StoredPack::segment_of(std::uint32_t kernel) const {
  if (segments_.size() == 1) return segments_.front();
  // A segment without kernels has an end that is not larger than the end before.
  return *std::ranges::upper_bound(segments_, kernel, {}, &Segment::kernel_end);
}

RecordBlock StoredPack::records(const Section& section) const {
  const RecordForm form = section.type == SectionType::nodes ? RecordForm::node : RecordForm::cut;
  return with_contents(section, [&](std::span<const std::uint8_t> contents) {
    return decode_records(contents, form, section.first, section.count, bounds_, file_.name());
  });
}

ListBlock StoredPack::lists(const Segment& segment, const Section& section) const {
  return with_contents(section, [&](std::span<const std::uint8_t> contents) {
    return ListBlock(contents, section.first, section.count, bounds_.nodes, segment.kernel_end - segment.first_kernel,
                     file_.name());
  });
}

}  // namespace minbtf::pack
