// SPDX-License-Identifier: BSD-2-Clause
#include "pack/segment_writer.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "minbtf/error.hpp"
#include "pack/extra_keys.hpp"
#include "pack/known_numbers.hpp"
#include "pack/list_reader.hpp"
#include "pack/section_file.hpp"
#include "pack/segment_tables.hpp"

namespace minbtf::pack {

namespace {

/// Strings of a table, from the first one on that is not empty.
std::vector<std::string_view> texts_of(const StringTable& strings) {
  std::vector<std::string_view> texts;
  for (StringId id = strings.first(); id < strings.size(); ++id) texts.push_back(strings.text(id));
  return texts;
}

class SegmentWriter {
 public:
  SegmentWriter(const StoredPack& pack, Catalog catalog, NewTypes types, std::vector<NewKernel> kernels)
      : pack_(pack),
        catalog_(std::move(catalog)),
        kernels_(std::move(kernels)),
        first_kernel_(static_cast<std::uint32_t>(pack.catalog().kernels.size())),
        new_(new_tables(std::move(types))) {}

  std::vector<std::uint8_t> run() {
    leave_out_known();
    choose_bases();
    catalog_.kernels = pack_.catalog().kernels;
    for (const NewKernel& kernel : kernels_) catalog_.kernels.push_back(kernel.facts);
    write();
    std::vector<std::uint8_t> bytes = file_.finish(pack_.file().flags());
    require_same(bytes);
    return bytes;
  }

 private:
  static std::uint32_t count_of(std::size_t elements) { return static_cast<std::uint32_t>(elements); }

  SegmentTables new_tables(NewTypes types) {
    if (kernels_.empty()) return SegmentTables(pack_.bounds());
    KnownNumbers known = known_numbers(pack_, types.tables);
    cuts_before_ = known.cuts_before;
    nodes_before_ = known.nodes_before;
    return segment_tables(types.tables, std::move(types.lists), std::move(types.extras), std::move(known),
                          pack_.bounds());
  }

  static bool is_verbatim(const NewKernel& kernel) { return kernel.facts.form == PackedKernel::Form::verbatim; }

  [[nodiscard]] std::uint32_t key_end() const { return pack_.bounds().keys + count_of(new_.keys.size()); }

  /// Leaves out kernels that the pack has. A kernel can be in the pack without a source.
  void leave_out_known() {
    std::vector<std::uint32_t> numbers;  // by index in kernels_: the number in the pack
    std::vector<NewKernel> added;
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < kernels_.size(); ++i) {
      const std::optional<std::uint32_t> known = known_kernel(i);
      numbers.push_back(known ? *known : first_kernel_ + count_of(added.size()));
      if (known) continue;
      added.push_back(std::move(kernels_[i]));
      rows.push_back(i);
    }
    kernels_ = std::move(added);
    new_.kernels.select(rows);
    new_.extras.select(rows);
    for (PackedSource& source : catalog_.sources) {
      for (PackedMember& member : source.members) {
        if (member.kernel >= first_kernel_) member.kernel = numbers[member.kernel - first_kernel_];
      }
    }
  }

  /// Returns the kernel of the pack that is equal in everything that a pack has of a kernel.
  [[nodiscard]] std::optional<std::uint32_t> known_kernel(std::uint32_t index) const {
    for (std::uint32_t known = 0; known < first_kernel_; ++known) {
      PackedKernel facts = pack_.catalog().kernels[known];
      facts.base = no_kernel;
      if (facts != kernels_[index].facts) continue;
      if (has_equal_types(known, index)) return known;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool has_equal_types(std::uint32_t known, std::uint32_t index) const {
    if (kernels_[index].facts.form == PackedKernel::Form::whole) return is_same_file(known, index);
    if (is_verbatim(kernels_[index])) {
      io::Buffer memory;
      return std::ranges::equal(pack_.verbatim(known, kernels_[index].facts.bytes, memory), kernels_[index].verbatim);
    }
    ListReader reader(pack_);
    for (std::uint32_t key = 0; key < key_end(); ++key) {
      if (known_list(reader, known, key) != new_.kernels.list(key, index)) return false;
    }
    return true;
  }

  /// The extras of two segments are not compared: two files with equal SHA-256 have the same kernel.
  [[nodiscard]] bool is_same_file(std::uint32_t known, std::size_t index) const {
    return kernels_[index].sha256 != io::Sha256() &&
           std::ranges::any_of(pack_.catalog().sources, [&](const PackedSource& source) {
             return source.members.size() == 1 && source.members[0].kernel == known &&
                    source.sha256 == kernels_[index].sha256;
           });
  }

  /// Returns the number in new_.lists of a list of the pack; 0 if the kernel has no list; no_number for a list that no
  /// new kernel has.
  [[nodiscard]] std::uint32_t known_list(ListReader& reader, std::uint32_t kernel, std::uint32_t key) const {
    if (key >= pack_.bounds().keys) return 0;
    const List list = reader.list(kernel, key);
    if (list.entries.empty()) return 0;
    const std::uint32_t found = new_.lists.find(list_words(list.entries));
    return found == 0 ? no_number : found;
  }

  /// Most kernels of a distribution are built again and again under similar paths. The base is the kernel whose path
  /// has the longest beginning in common with that of the new kernel. The choice has an effect on the size only.
  void choose_bases() {
    const std::vector<PackedKernel>& known = pack_.catalog().kernels;
    std::vector<std::uint32_t> chains(known.size(), 1);
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (known[i].base != no_kernel) chains[i] = chains[known[i].base] + 1;
    }
    std::vector<std::pair<std::string, std::uint32_t>> paths;
    for (const PackedSource& source : pack_.catalog().sources) {
      for (const PackedMember& member : source.members) {
        if (known[member.kernel].form != PackedKernel::Form::verbatim)
          paths.emplace_back(source.path + "/" + member.path, member.kernel);
      }
    }
    for (NewKernel& kernel : kernels_) {
      if (is_verbatim(kernel)) continue;
      std::size_t longest = 0;
      for (const auto& [path, number] : paths) {
        const auto length = static_cast<std::size_t>(std::ranges::mismatch(path, kernel.path).in1 - path.begin());
        if (kernel.facts.base != no_kernel && length < longest) continue;
        longest = length;
        kernel.facts.base = number;
      }
      while (kernel.facts.base != no_kernel && chains[kernel.facts.base] == max_chain)
        kernel.facts.base = known[kernel.facts.base].base;
    }
  }

  void write() {
    const auto write_sources = [&] {
      file_.add(SectionType::sources, 0, count_of(catalog_.sources.size()), encode_sources(catalog_));
    };
    write_sources();
    for (const Section& section : pack_.file().sections()) {
      // A section of an unknown type may be about the sources or kernels that there were.
      if (is_known(section.type) && section.type != SectionType::sources)
        file_.copy(section, pack_.file().stored(section));
    }
    if (kernels_.empty()) return;
    segment_ = count_of(pack_.segments().size());
    if (segment_ == max_segments) {
      throw Error(ErrorKind::unsupported, pack_.file().name(), "",
                  "the pack was added to " + std::to_string(max_segments - 1) +
                      " times, which is the limit; make it canonical first (--rebuild)");
    }
    std::vector<PackedKernel> facts;
    for (const NewKernel& kernel : kernels_) facts.push_back(kernel.facts);
    add(SectionType::kernels, first_kernel_, facts.size(), encode_kernels(facts));
    const RecordBounds& bounds = pack_.bounds();
    if (new_.names.size() != bounds.names)
      add(SectionType::names, bounds.names, new_.names.size() - bounds.names, encode_strings(texts_of(new_.names)));
    if (new_.fields.size() != bounds.fields)
      add(SectionType::fields, bounds.fields, new_.fields.size() - bounds.fields,
          encode_strings(texts_of(new_.fields)));
    if (!new_.keys.empty()) add(SectionType::keys, bounds.keys, new_.keys.size(), encode_keys(new_.keys));
    write_records(SectionType::cuts, RecordForm::cut, new_.cuts, cuts_before_);
    write_records(SectionType::nodes, RecordForm::node, new_.nodes, nodes_before_);
    write_lists();
    write_extras();
    for (std::uint32_t i = 0; i < kernels_.size(); ++i) {
      if (is_verbatim(kernels_[i])) add(SectionType::verbatim, first_kernel_ + i, 1, kernels_[i].verbatim);
    }
  }

  void add(SectionType type, std::uint32_t first, std::size_t count, std::span<const std::uint8_t> raw) {
    file_.add(type, first, count_of(count), raw, segment_);
  }

  void write_records(SectionType type, RecordForm form, const RecordTable& records, RecordStart before) {
    const auto record = [&](std::uint32_t id) { return records.words(id); };
    for (std::uint32_t first = records.first(); first < records.end(); first += nodes_in_section) {
      const std::uint32_t end = std::min(records.end(), first + nodes_in_section);
      add(type, first, end - first, encode_records(record, form, first, end, before));
    }
  }

  void write_lists() {
    ListReader reader(pack_);
    for (std::uint32_t first = 0; first < key_end(); first += keys_in_section) {
      const std::uint32_t end = std::min(key_end(), first + keys_in_section);
      std::vector<KeyLists> keys;
      for (std::uint32_t key = first; key < end; ++key) keys.push_back(lists_of(reader, key));
      add(SectionType::lists, first, end - first, encode_lists(keys));
    }
  }

  void write_extras() {
    const bool has_extras = std::ranges::any_of(
        kernels_, [](const NewKernel& kernel) { return kernel.facts.form == PackedKernel::Form::whole; });
    if (!has_extras) return;
    add(SectionType::extra_names, 1, new_.extra_names.size() - 1, encode_strings(texts_of(new_.extra_names)));
    add(SectionType::extra_fields, 1, new_.extra_fields.size() - 1, encode_strings(texts_of(new_.extra_fields)));
    add(SectionType::extra_keys, 0, new_.extra_keys.size(), encode_extra_keys(new_.extra_keys));
    write_records(SectionType::extra_cuts, RecordForm::extra_cut, new_.extra_cuts, {});
    const std::uint32_t end = count_of(new_.extra_keys.size());
    for (std::uint32_t first = 0; first < end; first += keys_in_section) {
      std::vector<KeyLists> keys;
      for (std::uint32_t key = first; key < std::min(end, first + keys_in_section); ++key)
        keys.push_back(lists_of_key(new_.extras, key, new_.extra_lists));
      add(SectionType::extra_lists, first, keys.size(), encode_lists(keys));
    }
  }

  /// Returns the lists of a key that the new kernels have and their bases have not.
  KeyLists lists_of(ListReader& reader, std::uint32_t key) const {
    constexpr std::uint32_t as_base = 0;
    KeyLists lists;
    std::vector<std::uint32_t> numbers;              // in new_.lists
    std::map<std::uint32_t, std::uint32_t> of_base;  // by kernel: known_list()
    const auto code_of = [&](std::uint32_t list, std::uint32_t base) {
      std::uint32_t base_list = 0;
      if (base != no_kernel) {
        const auto [entry, is_new] = of_base.try_emplace(base);
        if (is_new) entry->second = known_list(reader, base, key);
        base_list = entry->second;
      }
      if (list == base_list) return as_base;
      if (list == 0) return no_number;  // set below
      const auto found = std::ranges::find(numbers, list);
      const std::uint32_t code = count_of(static_cast<std::size_t>(found - numbers.begin())) + 1;
      if (found == numbers.end()) {
        numbers.push_back(list);
        ListTable::OneEntry memory;
        const Words words = new_.lists.words(list, memory);
        lists.lists.emplace_back(words.begin(), words.end());
      }
      return code;
    };
    std::uint32_t kernel = 0;
    new_.kernels.for_each_run(key, [&](const ListRun& run) {
      while (kernel < run.end) {
        const std::uint32_t base = kernels_[kernel].facts.base;
        while (kernel < run.end && kernels_[kernel].facts.base == base) ++kernel;
        const std::uint32_t code = code_of(run.list, base);
        if (!lists.runs.empty() && lists.runs.back().list == code) {
          lists.runs.back().end = kernel;
        } else {
          lists.runs.push_back({.end = kernel, .list = code});
        }
      }
    });
    for (ListRun& run : lists.runs) {
      if (run.list == no_number) run.list = count_of(numbers.size()) + 1;
    }
    return lists;
  }

  void require_same(std::span<const std::uint8_t> bytes) const {
    const std::string name = "pack";
    const StoredPack again(bytes, name);
    const auto require = [&](bool is_same, const char* what) {
      if (!is_same) throw Error(ErrorKind::internal, name, what, "reading the pack again gives something else");
    };
    require(again.catalog() == catalog_, "catalog");
    require(again.bounds().keys == key_end() && again.bounds().nodes == new_.nodes.end() &&
                again.bounds().cuts == new_.cuts.end() && again.names().size() == new_.names.size() &&
                again.fields().size() == new_.fields.size(),
            "section table");
    if (kernels_.empty()) return;
    for (StringId id = new_.names.first(); id < new_.names.size(); ++id)
      require(again.names()[id] == new_.names.text(id), "names");
    for (StringId id = new_.fields.first(); id < new_.fields.size(); ++id)
      require(again.fields()[id] == new_.fields.text(id), "fields");
    require(std::ranges::equal(std::span(again.keys()).subspan(pack_.bounds().keys), new_.keys), "keys");
    for (const Section& section : again.file().sections()) {
      if (section.segment != segment_) continue;
      if (section.type != SectionType::nodes && section.type != SectionType::cuts) continue;
      const RecordTable& records = section.type == SectionType::nodes ? new_.nodes : new_.cuts;
      const RecordBlock block = again.records(section);
      for (std::uint32_t id = section.first; id < section.first + section.count; ++id)
        require(std::ranges::equal(block.record(id), records.words(id)), "records");
    }
    require(has_extras(again), "extras");
    ListReader reader(again);
    for (std::uint32_t key = 0; key < key_end(); ++key) {
      std::uint32_t kernel = 0;
      new_.kernels.for_each_run(key, [&](const ListRun& run) {
        for (; kernel < run.end; ++kernel) {
          if (!is_like_before(reader, again.segments().back(), key, kernel, run))
            require(has_list(reader.list(first_kernel_ + kernel, key), run.list), "lists");
        }
      });
    }
  }

  /// Returns true if a kernel of a run has the list that the kernel before has, which is in the same run.
  bool is_like_before(ListReader& reader, const Segment& segment, std::uint32_t key, std::uint32_t kernel,
                      const ListRun& run) const {
    if (kernel == 0 || kernels_[kernel].facts.base != kernels_[kernel - 1].facts.base) return false;
    const ListBlock& block = reader.block_of(segment, key);
    return new_.kernels.list(key, kernel - 1) == run.list &&
           block.list_of_kernel(key, kernel) == block.list_of_kernel(key, kernel - 1);
  }

  [[nodiscard]] bool has_list(const List& found, std::uint32_t expected) const {
    ListTable::OneEntry memory;
    return std::ranges::equal(list_words(found.entries), new_.lists.words(expected, memory));
  }

  /// Returns true if the sections of extras have what was written into them.
  [[nodiscard]] bool has_extras(const StoredPack& again) const {
    for (const Section* section : again.segments().back().extras) {
      if (section->segment != segment_) continue;
      const bool is_equal = again.with_contents(*section, [&](std::span<const std::uint8_t> contents) {
        return is_extra_section(again, *section, contents);
      });
      if (!is_equal) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_extra_section(const StoredPack& again, const Section& section,
                                      std::span<const std::uint8_t> contents) const {
    const std::string name = "pack";
    const auto is_equal = [&](const StringTable& strings) {
      const Strings found(contents, section.count, name, to_string(section.type));
      if (found.size() != strings.size()) return false;
      for (StringId id = 1; id < found.size(); ++id) {
        if (found[id] != strings.text(id)) return false;
      }
      return true;
    };
    const std::uint32_t end = section.first + section.count;
    if (section.type == SectionType::extra_names) return is_equal(new_.extra_names);
    if (section.type == SectionType::extra_fields) return is_equal(new_.extra_fields);
    if (section.type == SectionType::extra_keys) {
      const std::vector<std::uint8_t> names = encode_strings(texts_of(new_.extra_names));
      const std::vector<std::uint8_t> fields = encode_strings(texts_of(new_.extra_fields));
      return decode_extra_keys(contents, section.count,
                               Strings(names, new_.extra_names.size() - 1, name, "extra names"),
                               Strings(fields, new_.extra_fields.size() - 1, name, "extra fields"), name)
                 .keys == new_.extra_keys;
    }
    if (section.type == SectionType::extra_cuts) {
      RecordBounds bounds = again.bounds();
      bounds.names = new_.extra_names.size();
      bounds.fields = new_.extra_fields.size();
      bounds.extra_keys = count_of(new_.extra_keys.size());
      const RecordBlock block =
          decode_records(contents, RecordForm::extra_cut, section.first, section.count, bounds, name);
      for (std::uint32_t id = section.first; id < end; ++id) {
        if (!std::ranges::equal(block.record(id), new_.extra_cuts.words(id))) return false;
      }
      return true;
    }
    const ListBlock block(contents, section.first, section.count, new_.extra_cuts.end(), count_of(kernels_.size()),
                          name);
    for (std::uint32_t key = section.first; key < end; ++key) {
      if (!block.has(key, lists_of_key(new_.extras, key, new_.extra_lists))) return false;
    }
    return true;
  }

  const StoredPack& pack_;
  Catalog catalog_;
  std::vector<NewKernel> kernels_;
  std::uint32_t first_kernel_;
  RecordStart cuts_before_{};
  RecordStart nodes_before_{};
  SegmentTables new_;
  std::uint32_t segment_ = 0;
  SectionFileWriter file_{compression_level};
};

}  // namespace

std::vector<std::uint8_t> with_segment(const StoredPack& pack, Catalog catalog, NewTypes types,
                                       std::vector<NewKernel> kernels) {
  return SegmentWriter(pack, std::move(catalog), std::move(types), std::move(kernels)).run();
}

}  // namespace minbtf::pack
