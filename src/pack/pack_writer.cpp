// SPDX-License-Identifier: BSD-2-Clause
#include "pack/pack_writer.hpp"

#include <algorithm>
#include <utility>

#include "libbpf/readback.hpp"
#include "minbtf/error.hpp"
#include "pack/extra_keys.hpp"
#include "pack/format.hpp"
#include "pack/list_section.hpp"
#include "pack/numbering.hpp"
#include "pack/pack.hpp"
#include "pack/record_section.hpp"
#include "pack/section_file.hpp"
#include "pack/segment_writer.hpp"
#include "pack/stand_in.hpp"
#include "pack/stored_types.hpp"
#include "pack/table_sections.hpp"
#include "pack/tables_source.hpp"

namespace minbtf::pack {

namespace {

/// Returns for each of `count` keys its distinct lists, in the order of the kernels, and the list of each kernel.
std::vector<KeyLists> lists_by_key(std::size_t count, const std::vector<KernelLists>& kernels,
                                   const RecordTable& lists) {
  std::vector<KeyLists> keys(count);
  std::vector<std::vector<std::uint32_t>> numbers(keys.size());
  for (KeyLists& key : keys) key.of_kernel.resize(kernels.size());
  for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel) {
    for (const auto& [key, list] : kernels[kernel]) {
      const auto found = std::ranges::find(numbers[key], list);
      const auto index = static_cast<std::uint32_t>(found - numbers[key].begin());
      if (found == numbers[key].end()) {
        numbers[key].push_back(list);
        keys[key].lists.push_back(lists.words(list));
      }
      keys[key].of_kernel[kernel] = index + 1;
    }
  }
  return keys;
}

/// Returns true if `types` has the extra cut types and the keys of extras that were written.
bool has_same_extras(const TypeSource& types, const Numbered& written) {
  const TypeTables& tables = written.tables;
  for (std::uint32_t id = 1; id < tables.extra_cuts.end(); ++id) {
    const Words expected = tables.extra_cuts.words(id);
    const Words found = types.extra_cut(id);
    std::vector<std::uint32_t> words(found.begin(), found.end());
    if (words.size() != expected.size()) return false;
    if (btf::info_kind(expected[1]) != 0) {
      // The strings of a source have other numbers.
      bool is_same = types.name(found[0]) == written.extra_names.text(expected[0]);
      words[0] = expected[0];
      for_each_field_word(expected, [&](std::size_t i) {
        is_same = is_same && types.field(found[i]) == written.extra_fields.text(expected[i]);
        words[i] = expected[i];
      });
      if (!is_same) return false;
    }
    if (!std::ranges::equal(words, expected)) return false;
  }
  if (types.extra_key_end() != tables.extra_keys.size()) return false;
  for (std::uint32_t key = 0; key < tables.extra_keys.size(); ++key) {
    if (tables.extra_keys[key].name == 0) continue;
    const auto found = types.extra_keys_named(written.extra_names.text(tables.extra_keys[key].name));
    if (std::ranges::find(found, key | extra_bit) == found.end()) return false;
  }
  return true;
}

}  // namespace

std::uint32_t PackWriter::add_kernel(std::span<const std::uint8_t> btf, const std::string& name) {
  const btf::View view = btf::View::parse_in_place(btf, name, {});
  AddedKernel kernel;
  kernel.facts = {
      .bytes = btf.size(), .types = view.id_end() - 1, .order = view.byte_order(), .hash = io::hash_of(btf)};
  kernel.sha256 = io::sha256_of(btf);
  const std::string refusal = libbpf::libbpf_refusal(btf);
  const std::lock_guard lock(mutex_);
  const auto known =
      std::ranges::find_if(kernels_, [&](const AddedKernel& each) { return each.sha256 == kernel.sha256; });
  if (known != kernels_.end()) return static_cast<std::uint32_t>(known - kernels_.begin());
  try {
    // libbpf's refusal is part of what `verify` reports about a kernel.
    if (!refusal.empty()) throw DoesNotFit("libbpf refuses it: " + refusal);
    kernel.types = types_of(view, name);
    kernel.facts.has_groups = kernel.types.has_groups;
    if (contents_ == PackContents::everything) kernel.facts.form = PackedKernel::Form::whole;
  } catch (const DoesNotFit& reason) {
    kernel.facts.form = PackedKernel::Form::verbatim;
    kernel.verbatim.assign(btf.begin(), btf.end());
    kernel.reason = reason.what();
  }
  return add(std::move(kernel));
}

std::uint32_t PackWriter::add(AddedKernel kernel) {
  // One of the two has no SHA-256. They are equal in everything that a pack has of a kernel.
  const auto known = std::ranges::find_if(kernels_, [&](const AddedKernel& each) {
    return (!each.sha256 || !kernel.sha256) && each.facts == kernel.facts && each.types.lists == kernel.types.lists &&
           each.types.extras == kernel.types.extras && each.verbatim == kernel.verbatim;
  });
  if (known != kernels_.end()) {
    if (!known->sha256) known->sha256 = kernel.sha256;
    return static_cast<std::uint32_t>(known - kernels_.begin());
  }
  kernels_.push_back(std::move(kernel));
  return static_cast<std::uint32_t>(kernels_.size() - 1);
}

std::vector<std::uint32_t> PackWriter::add_kernels(const StoredPack& pack, std::span<const std::uint32_t> kernels) {
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t kernel : kernels) {
    if (contents_ == PackContents::everything && pack.catalog().kernels[kernel].form == PackedKernel::Form::types)
      throw Error(ErrorKind::wrong_file, pack.file().name(), "",
                  "a pack of types only; it can be INPUT only if PACK has types only as well (--types-only)");
  }
  std::vector<KernelTypes> types = add_stored_types(pack, kernels, tables_, contents_);
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    AddedKernel kernel;
    kernel.facts = pack.catalog().kernels[kernels[i]];
    kernel.facts.base = no_kernel;
    kernel.types = std::move(types[i]);
    if (contents_ == PackContents::types_only && kernel.facts.form == PackedKernel::Form::whole)
      kernel.facts.form = PackedKernel::Form::types;
    if (kernel.facts.form == PackedKernel::Form::verbatim) {
      io::Buffer memory;
      const auto btf = pack.verbatim(kernels[i], kernel.facts.bytes, memory);
      kernel.verbatim.assign(btf.begin(), btf.end());
      kernel.reason = "it is verbatim in " + pack.file().name();
    }
    numbers.push_back(add(std::move(kernel)));
  }
  return numbers;
}

PackedKernel PackWriter::facts(std::uint32_t kernel) const {
  const std::lock_guard lock(mutex_);
  return kernels_[kernel].facts;
}

std::string PackWriter::verbatim_reason(std::uint32_t kernel) const {
  const std::lock_guard lock(mutex_);
  return kernels_[kernel].reason;
}

KernelTypes PackWriter::types_of(const btf::View& kernel, const std::string& name) {
  KernelTypes types = add_types(kernel, tables_, contents_);
  try {
    const std::span<const std::uint8_t> whole = make_stand_in(TablesSource(tables_, types),
                                                              {.follows_pointers = true,
                                                               .everything = true,
                                                               .order = kernel.byte_order(),
                                                               .max_bytes = kernel.byte_size(),
                                                               .name = name},
                                                              memory_);
    const auto again = btf::View::parse_in_place(whole, name, {});
    const bool is_complete = contents_ == PackContents::types_only || again.id_end() == kernel.id_end();
    const KernelTypes read = add_types(again, tables_, contents_);
    if (is_complete && read.graph == types.graph && read.lists == types.lists && read.extras == types.extras)
      return types;
  } catch (const Error& error) {
    throw DoesNotFit(std::string("it cannot be read back: ") + error.what());
  }
  throw DoesNotFit("reading it back gives other types");
}

std::vector<std::uint8_t> PackWriter::finish(Catalog catalog) {
  std::vector<std::uint32_t> new_numbers(kernels_.size(), no_kernel);
  std::vector<const AddedKernel*> order;
  for (PackedSource& source : catalog.sources) {
    for (PackedMember& member : source.members) {
      std::uint32_t& number = new_numbers[member.kernel];
      if (number == no_kernel) {
        number = static_cast<std::uint32_t>(order.size());
        order.push_back(&kernels_[member.kernel]);
      }
      member.kernel = number;
    }
  }
  catalog.kernels.clear();
  std::vector<const KernelTypes*> kernels;
  for (const AddedKernel* kernel : order) {
    catalog.kernels.push_back(kernel->facts);
    kernels.push_back(&kernel->types);
  }
  const Numbered all = numbered(tables_, kernels);

  SectionFileWriter file(compression_level);
  const auto count = [](std::size_t elements) { return static_cast<std::uint32_t>(elements); };
  file.add(SectionType::sources, 0, count(catalog.sources.size()), encode_sources(catalog));
  file.add(SectionType::kernels, 0, count(catalog.kernels.size()), encode_kernels(catalog.kernels));
  file.add(SectionType::names, 1, all.tables.names.size() - 1, encode_strings(all.tables.names));
  file.add(SectionType::fields, 1, all.tables.fields.size() - 1, encode_strings(all.tables.fields));
  file.add(SectionType::keys, 0, count(all.tables.keys.size()), encode_keys(all.tables.keys));
  const auto add_records = [&](SectionType type, RecordForm form, const RecordTable& records) {
    for (std::uint32_t first = 1; first < records.end(); first += nodes_in_section) {
      const std::uint32_t end = std::min(records.end(), first + nodes_in_section);
      file.add(type, first, end - first, encode_records(records, form, first, end));
    }
  };
  add_records(SectionType::cuts, RecordForm::cut, all.tables.cuts);
  add_records(SectionType::nodes, RecordForm::node, all.tables.nodes);
  const auto add_lists = [&](SectionType type, const std::vector<KeyLists>& keys) {
    for (std::uint32_t first = 0; first < keys.size(); first += keys_in_section) {
      const auto part = std::span(keys).subspan(first, std::min<std::size_t>(keys_in_section, keys.size() - first));
      file.add(type, first, count(part.size()), encode_lists(part));
    }
  };
  add_lists(SectionType::lists, lists_by_key(all.tables.keys.size(), all.kernels, all.tables.lists));
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    if (order[i]->facts.form == PackedKernel::Form::verbatim) file.add(SectionType::verbatim, i, 1, order[i]->verbatim);
  }
  if (contents_ == PackContents::everything) {
    file.add(SectionType::extra_names, 1, all.extra_names.size() - 1, encode_strings(all.extra_names));
    file.add(SectionType::extra_fields, 1, all.extra_fields.size() - 1, encode_strings(all.extra_fields));
    file.add(SectionType::extra_keys, 0, count(all.tables.extra_keys.size()), encode_extra_keys(all.tables.extra_keys));
    add_records(SectionType::extra_cuts, RecordForm::extra_cut, all.tables.extra_cuts);
    add_lists(SectionType::extra_lists, lists_by_key(all.tables.extra_keys.size(), all.extras, all.tables.extra_lists));
  }
  std::vector<std::uint8_t> bytes = file.finish(contents_ == PackContents::types_only ? flag_types_only : 0);
  require_same(bytes, catalog, all);
  return bytes;
}

std::vector<std::uint8_t> PackWriter::append(const StoredPack& pack, Catalog catalog) {
  const auto first = static_cast<std::uint32_t>(pack.catalog().kernels.size());
  std::vector<std::uint32_t> new_numbers(kernels_.size(), no_kernel);
  std::vector<NewKernel> added;
  for (PackedSource& source : catalog.sources) {
    for (PackedMember& member : source.members) {
      if (member.kernel < first) continue;
      const AddedKernel& kernel = kernels_[member.kernel - first];
      std::uint32_t& number = new_numbers[member.kernel - first];
      if (number == no_kernel) {
        number = first + static_cast<std::uint32_t>(added.size());
        const bool is_verbatim = kernel.facts.form == PackedKernel::Form::verbatim;
        added.push_back({.facts = kernel.facts,
                         .path = source.path + "/" + member.path,
                         .types = is_verbatim ? nullptr : &kernel.types,
                         .verbatim = kernel.verbatim,
                         .sha256 = source.members.size() == 1 ? source.sha256 : io::Sha256()});
      }
      member.kernel = number;
    }
  }
  return with_segment(pack, std::move(catalog), tables_, std::move(added));
}

void PackWriter::require_same(std::span<const std::uint8_t> bytes, const Catalog& catalog, const Numbered& written) {
  const std::string name = "pack";
  const Pack pack(bytes, name);
  const auto require = [&](bool is_same, const char* what) {
    if (!is_same) throw Error(ErrorKind::internal, name, what, "reading the pack again gives something else");
  };
  require(pack.catalog() == catalog, "catalog");
  const TypeTables& tables = written.tables;
  const auto require_lists = [&](const TypeSource& types, std::uint32_t first, std::uint32_t end,
                                 const KernelLists& expected, const RecordTable& lists) {
    std::size_t next = 0;
    for (std::uint32_t key = first; key < end; ++key) {
      const List list = types.list(key);
      const bool has_key = next < expected.size() && expected[next].first == key - first;
      require(has_key != list.entries.empty(), "lists");
      if (has_key) require(std::ranges::equal(list_words(list.entries), lists.words(expected[next++].second)), "lists");
    }
  };
  bool has_tables = false;
  bool has_extra_tables = false;
  for (std::uint32_t i = 0; i < catalog.kernels.size(); ++i) {
    if (catalog.kernels[i].form == PackedKernel::Form::verbatim) continue;
    const auto types = pack.types(i);
    require_lists(*types, 0, types->key_end(), written.kernels[i], tables.lists);
    require_lists(*types, extra_bit, extra_bit + types->extra_key_end(), written.extras[i], tables.extra_lists);
    if (types->extra_key_end() != 0 && !std::exchange(has_extra_tables, true))
      require(has_same_extras(*types, written), "extras");
    if (std::exchange(has_tables, true)) continue;
    // The tables are those of all kernels.
    require(types->key_end() == tables.keys.size(), "keys");
    for (std::uint32_t id = 1; id < tables.nodes.end(); ++id)
      require(std::ranges::equal(types->node(id), tables.nodes.words(id)), "nodes");
    for (std::uint32_t id = 1; id < tables.cuts.end(); ++id)
      require(std::ranges::equal(types->cut(id), tables.cuts.words(id)), "cut types");
    for (StringId id = 0; id < tables.names.size(); ++id) require(types->name(id) == tables.names.text(id), "names");
    for (StringId id = 0; id < tables.fields.size(); ++id)
      require(types->field(id) == tables.fields.text(id), "fields");
  }
}

}  // namespace minbtf::pack
