// SPDX-License-Identifier: BSD-2-Clause
#include "pack/tables_source.hpp"

#include <algorithm>

#include "btf/essential_name.hpp"

namespace minbtf::pack {

std::uint32_t TablesSource::key_of_node(std::uint32_t id) const {
  const Words node = this->node(id);
  if (!is_listed(node)) return no_key;
  if (kind_of(node) == btf::Kind::int_) return integers_key;
  const StringId essential = *tables_.names.find(btf::essential_name(tables_.names.text(name_of(node))));
  return tables_.key_ids.at({.name = essential, .kind = btf::core_kind(kind_of(node))});
}

std::vector<std::uint32_t> TablesSource::keys_named(std::string_view essential_name) const {
  std::vector<std::uint32_t> keys;
  const auto name = tables_.names.find(essential_name);
  if (!name || *name == 0) return keys;
  for (auto each = tables_.key_ids.lower_bound({.name = *name, .kind = btf::Kind::void_});
       each != tables_.key_ids.end() && each->first.name == *name; ++each) {
    keys.push_back(each->second);
  }
  return keys;
}

std::vector<std::uint32_t> TablesSource::extra_keys_named(std::string_view essential_name) const {
  std::vector<std::uint32_t> keys;
  const auto name = tables_.names.find(essential_name);
  if (!name || *name == 0) return keys;
  for (auto each = tables_.extra_key_ids.lower_bound({.name = *name});
       each != tables_.extra_key_ids.end() && each->first.name == *name; ++each) {
    keys.push_back(each->second | extra_bit);
  }
  return keys;
}

List TablesSource::list(std::uint32_t key) const {
  const bool is_extra = (key & extra_bit) != 0;
  const KernelLists& lists = is_extra ? kernel_.extras : kernel_.lists;
  const auto found = std::ranges::lower_bound(lists, key & ~extra_bit, {}, &KernelLists::value_type::first);
  if (found == lists.end() || found->first != (key & ~extra_bit)) return {};
  ListTable::OneEntry memory;
  return list_of((is_extra ? tables_.extra_lists : tables_.lists).words(found->second, memory));
}

}  // namespace minbtf::pack
