// SPDX-License-Identifier: BSD-2-Clause
#include "pack/canonical_pack.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "minbtf/error.hpp"
#include "pack/extra_keys.hpp"
#include "pack/format.hpp"
#include "pack/list_section.hpp"
#include "pack/record_section.hpp"
#include "pack/section_file.hpp"
#include "pack/stored_pack.hpp"
#include "pack/table_sections.hpp"

namespace minbtf::pack {

namespace {

std::uint32_t count_of(std::size_t elements) { return static_cast<std::uint32_t>(elements); }

/// Returns the section of all strings but string 0.
std::vector<std::uint8_t> joined(std::span<const std::string_view> strings) {
  return encode_strings(strings.subspan(1));
}

class CanonicalWriter {
 public:
  CanonicalWriter(const Catalog& catalog, const Numbered& numbers, PackContents contents)
      : catalog_(catalog), numbers_(numbers), contents_(contents) {}

  std::vector<std::uint8_t> run(std::span<const std::span<const std::uint8_t>> verbatim) {
    file_.add(SectionType::sources, 0, count_of(catalog_.sources.size()), encode_sources(catalog_));
    file_.add(SectionType::kernels, 0, count_of(catalog_.kernels.size()), encode_kernels(catalog_.kernels));
    add_strings(SectionType::names, numbers_.names());
    add_strings(SectionType::fields, numbers_.fields());
    const std::vector<Key> keys = numbers_.keys();
    file_.add(SectionType::keys, 0, count_of(keys.size()), encode_keys(keys));
    add_records(SectionType::cuts, RecordForm::cut);
    add_records(SectionType::nodes, RecordForm::node);
    add_lists(SectionType::lists, count_of(keys.size()), &Numbered::lists);
    for (std::uint32_t i = 0; i < verbatim.size(); ++i) {
      if (catalog_.kernels[i].form == PackedKernel::Form::verbatim) file_.add(SectionType::verbatim, i, 1, verbatim[i]);
    }
    if (contents_ == PackContents::everything) {
      add_strings(SectionType::extra_names, numbers_.extra_names());
      add_strings(SectionType::extra_fields, numbers_.extra_fields());
      const std::vector<ExtraKey> extra_keys = numbers_.extra_keys();
      file_.add(SectionType::extra_keys, 0, count_of(extra_keys.size()), encode_extra_keys(extra_keys));
      add_records(SectionType::extra_cuts, RecordForm::extra_cut);
      add_lists(SectionType::extra_lists, count_of(extra_keys.size()), &Numbered::extra_lists);
    }
    return file_.finish(contents_ == PackContents::types_only ? flag_types_only : 0);
  }

 private:
  void add_strings(SectionType type, const std::vector<std::string_view>& strings) {
    file_.add(type, 1, count_of(strings.size() - 1), joined(strings));
  }

  void add_records(SectionType type, RecordForm form) {
    std::vector<std::uint32_t> words;
    const auto record = [&](std::uint32_t id) { return numbers_.record(form, id, words); };
    RecordStart before;
    const std::uint32_t record_end = numbers_.record_end(form);
    for (std::uint32_t first = 1; first < record_end; first += nodes_in_section) {
      const std::uint32_t end = std::min(record_end, first + nodes_in_section);
      file_.add(type, first, end - first, encode_records(record, form, first, end, before));
    }
  }

  void add_lists(SectionType type, std::uint32_t key_end, KeyLists (Numbered::*lists)(std::uint32_t) const) {
    std::vector<KeyLists> keys;
    for (std::uint32_t first = 0; first < key_end; first += keys_in_section) {
      const std::uint32_t end = std::min(key_end, first + keys_in_section);
      keys.clear();
      for (std::uint32_t key = first; key < end; ++key) keys.push_back((numbers_.*lists)(key));
      file_.add(type, first, end - first, encode_lists(keys));
    }
  }

  const Catalog& catalog_;
  const Numbered& numbers_;
  PackContents contents_;
  SectionFileWriter file_{compression_level};
};

/// Reads a pack again, one section after the other, and compares it with what was written.
class CanonicalCheck {
 public:
  CanonicalCheck(std::span<const std::uint8_t> bytes, const Catalog& catalog, const Numbered& numbers)
      : pack_(bytes, "pack"), catalog_(catalog), numbers_(numbers) {}

  void run(std::span<const std::span<const std::uint8_t>> verbatim) {
    require(pack_.catalog() == catalog_, "catalog");
    const RecordBounds& found = pack_.bounds();
    const RecordBounds expected = numbers_.bounds();
    require(found.nodes == expected.nodes && found.cuts == expected.cuts, "section table");
    require(are_equal(pack_.names(), numbers_.names()), "names");
    require(are_equal(pack_.fields(), numbers_.fields()), "fields");
    require(pack_.keys() == numbers_.keys(), "keys");
    keys_ = KeyTable(pack_.keys(), pack_.names());
    for (const Section& section : pack_.file().sections()) require(is_same(section), "section");
    for (std::uint32_t i = 0; i < verbatim.size(); ++i) {
      if (catalog_.kernels[i].form != PackedKernel::Form::verbatim) continue;
      io::Buffer memory;
      require(std::ranges::equal(pack_.verbatim(i, verbatim[i].size(), memory), verbatim[i]), "verbatim");
    }
  }

 private:
  static void require(bool is_same, const char* what) {
    if (!is_same) throw Error(ErrorKind::internal, "pack", what, "reading the pack again gives something else");
  }

  static bool are_equal(const Strings& found, std::span<const std::string_view> expected) {
    if (found.size() != expected.size()) return false;
    for (StringId id = 0; id < found.size(); ++id) {
      if (found[id] != expected[id]) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_same(const Section& section) const {
    const std::uint32_t end = section.first + section.count;
    switch (section.type) {
      case SectionType::nodes:
        return has_records(pack_.records(section), RecordForm::node, section);
      case SectionType::cuts:
        return has_records(pack_.records(section), RecordForm::cut, section);
      case SectionType::lists: {
        const ListBlock block = pack_.lists(pack_.segments().front(), section);
        for (std::uint32_t key = section.first; key < end; ++key) {
          if (!block.has(key, numbers_.lists(key))) return false;
        }
        return true;
      }
      case SectionType::sources:
      case SectionType::kernels:
      case SectionType::names:
      case SectionType::fields:
      case SectionType::keys:
      case SectionType::verbatim:
        return true;  // compared by run()
      case SectionType::extra_names:
      case SectionType::extra_fields:
      case SectionType::extra_keys:
      case SectionType::extra_cuts:
      case SectionType::extra_lists:
        return pack_.with_contents(
            section, [&](std::span<const std::uint8_t> contents) { return is_same_extra(section, contents); });
    }
    return false;
  }

  [[nodiscard]] bool has_records(const RecordBlock& block, RecordForm form, const Section& section) const {
    std::vector<std::uint32_t> words;
    for (std::uint32_t id = section.first; id < section.first + section.count; ++id) {
      const Words record = block.record(id);
      if (!std::ranges::equal(record, numbers_.record(form, id, words))) return false;
      // A reader finds the list of a node by its name. The node can be that of a damaged pack.
      if (form == RecordForm::node && is_listed(record) && kind_of(record) != btf::Kind::int_ &&
          !keys_.find(name_of(record), kind_of(record))) {
        pack_.damaged("keys", "no key for the name of a node");
      }
    }
    return true;
  }

  [[nodiscard]] bool is_same_extra(const Section& section, std::span<const std::uint8_t> contents) const {
    const std::string& name = pack_.file().name();
    switch (section.type) {
      case SectionType::extra_names:
        return are_equal(Strings(contents, section.count, name, to_string(section.type)), numbers_.extra_names());
      case SectionType::extra_fields:
        return are_equal(Strings(contents, section.count, name, to_string(section.type)), numbers_.extra_fields());
      case SectionType::extra_keys: {
        const std::vector<std::uint8_t> names = joined(numbers_.extra_names());
        const std::vector<std::uint8_t> fields = joined(numbers_.extra_fields());
        const RecordBounds bounds = numbers_.extra_bounds();
        return decode_extra_keys(contents, section.count, Strings(names, bounds.names - 1, name, "extra names"),
                                 Strings(fields, bounds.fields - 1, name, "extra fields"), name)
                   .keys == numbers_.extra_keys();
      }
      case SectionType::extra_cuts:
        return has_records(decode_records(contents, RecordForm::extra_cut, section.first, section.count,
                                          numbers_.extra_bounds(), name),
                           RecordForm::extra_cut, section);
      default: {
        const ListBlock block(contents, section.first, section.count, numbers_.record_end(RecordForm::extra_cut),
                              count_of(catalog_.kernels.size()), name);
        for (std::uint32_t key = section.first; key < section.first + section.count; ++key) {
          if (!block.has(key, numbers_.extra_lists(key))) return false;
        }
        return true;
      }
    }
  }

  StoredPack pack_;
  const Catalog& catalog_;
  const Numbered& numbers_;
  KeyTable keys_;
};

}  // namespace

std::vector<std::uint8_t> canonical_pack(const Catalog& catalog, const Numbered& numbers,
                                         std::span<const std::span<const std::uint8_t>> verbatim,
                                         PackContents contents) {
  std::vector<std::uint8_t> bytes = CanonicalWriter(catalog, numbers, contents).run(verbatim);
  CanonicalCheck(bytes, catalog, numbers).run(verbatim);
  return bytes;
}

}  // namespace minbtf::pack
