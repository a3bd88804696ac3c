// SPDX-License-Identifier: BSD-2-Clause
#include "pack/pack_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "libbpf/readback.hpp"
#include "minbtf/error.hpp"
#include "pack/format.hpp"
#include "pack/list_section.hpp"
#include "pack/numbering.hpp"
#include "pack/pack.hpp"
#include "pack/record_section.hpp"
#include "pack/section_file.hpp"
#include "pack/stand_in.hpp"
#include "pack/table_sections.hpp"
#include "pack/tables_source.hpp"

namespace minbtf::pack {

namespace {

constexpr int compression_level = 19;
constexpr std::uint32_t no_kernel = std::numeric_limits<std::uint32_t>::max();

/// Returns for each key its distinct lists, in the order of the kernels, and the list of each kernel.
std::vector<KeyLists> lists_by_key(const Numbered& numbered) {
  std::vector<KeyLists> keys(numbered.tables.keys.size());
  std::vector<std::vector<std::uint32_t>> numbers(keys.size());
  for (KeyLists& key : keys) key.of_kernel.resize(numbered.kernels.size());
  for (std::size_t kernel = 0; kernel < numbered.kernels.size(); ++kernel) {
    for (const auto& [key, list] : numbered.kernels[kernel]) {
      const auto found = std::ranges::find(numbers[key], list);
      const auto index = static_cast<std::uint32_t>(found - numbers[key].begin());
      if (found == numbers[key].end()) {
        numbers[key].push_back(list);
        keys[key].lists.push_back(numbered.tables.lists.words(list));
      }
      keys[key].of_kernel[kernel] = index + 1;
    }
  }
  return keys;
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
  } catch (const DoesNotFit& reason) {
    kernel.facts.form = PackedKernel::Form::verbatim;
    kernel.verbatim.assign(btf.begin(), btf.end());
    kernel.reason = reason.what();
  }
  kernels_.push_back(std::move(kernel));
  return static_cast<std::uint32_t>(kernels_.size() - 1);
}

std::string PackWriter::verbatim_reason(std::uint32_t kernel) const {
  const std::lock_guard lock(mutex_);
  return kernels_[kernel].reason;
}

KernelTypes PackWriter::types_of(const btf::View& kernel, const std::string& name) {
  KernelTypes types = add_types(kernel, tables_);
  try {
    const std::span<const std::uint8_t> whole = make_stand_in(TablesSource(tables_, types),
                                                              {.follows_pointers = true,
                                                               .everything = true,
                                                               .order = kernel.byte_order(),
                                                               .max_bytes = kernel.byte_size(),
                                                               .name = name},
                                                              memory_);
    const auto again = btf::View::parse_in_place(whole, name, {});
    if (add_types(again, tables_).graph == types.graph) return types;
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
  std::vector<KernelLists> lists;
  for (const AddedKernel* kernel : order) {
    catalog.kernels.push_back(kernel->facts);
    lists.push_back(kernel->types.lists);
  }
  const Numbered all = numbered(tables_, lists);

  SectionFileWriter file(compression_level);
  const auto count = [](std::size_t elements) { return static_cast<std::uint32_t>(elements); };
  file.add(SectionType::sources, 0, count(catalog.sources.size()), encode_sources(catalog));
  file.add(SectionType::kernels, 0, count(catalog.kernels.size()), encode_kernels(catalog));
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
  const std::vector<KeyLists> keys = lists_by_key(all);
  for (std::uint32_t first = 0; first < keys.size(); first += keys_in_section) {
    const auto part = std::span(keys).subspan(first, std::min<std::size_t>(keys_in_section, keys.size() - first));
    file.add(SectionType::lists, first, count(part.size()), encode_lists(part));
  }
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    if (order[i]->facts.form == PackedKernel::Form::verbatim) file.add(SectionType::verbatim, i, 1, order[i]->verbatim);
  }
  std::vector<std::uint8_t> bytes = file.finish(flag_types_only);
  require_same(bytes, catalog, all);
  return bytes;
}

void PackWriter::require_same(std::span<const std::uint8_t> bytes, const Catalog& catalog, const Numbered& written) {
  const std::string name = "pack";
  const Pack pack(bytes, name);
  const auto require = [&](bool is_same, const char* what) {
    if (!is_same) throw Error(ErrorKind::internal, name, what, "reading the pack again gives something else");
  };
  require(pack.catalog() == catalog, "catalog");
  for (std::uint32_t i = 0; i < catalog.kernels.size(); ++i) {
    if (catalog.kernels[i].form == PackedKernel::Form::verbatim) continue;
    const auto types = pack.types(i);
    const TypeTables& tables = written.tables;
    std::size_t next = 0;
    for (std::uint32_t key = 0; key < types->key_end(); ++key) {
      const List list = types->list(key);
      const bool has_key = next < written.kernels[i].size() && written.kernels[i][next].first == key;
      require(has_key != list.entries.empty(), "lists");
      if (has_key)
        require(std::ranges::equal(list_words(list.entries), tables.lists.words(written.kernels[i][next++].second)),
                "lists");
    }
    if (i != 0) continue;
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
