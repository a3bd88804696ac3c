// SPDX-License-Identifier: BSD-2-Clause
#include "pack/type_tables.hpp"

#include "btf/essential_name.hpp"

namespace minbtf::pack {

std::uint32_t TypeTables::key_of(btf::Kind kind, std::string_view name) {
  if (kind == btf::Kind::int_) return integers_key;
  return key({.name = names.add(btf::essential_name(name)), .kind = btf::core_kind(kind)});
}

std::uint32_t TypeTables::extra_key_of(btf::Kind kind, std::string_view name, std::string_view field) {
  const ExtraKey wanted = {.name = names.add(btf::essential_name(name)),
                           .field = name.empty() ? fields.add(field) : 0,
                           .kind = btf::core_kind(kind)};
  const auto [entry, is_new] = extra_key_ids.try_emplace(wanted, static_cast<std::uint32_t>(extra_keys.size()));
  if (is_new) extra_keys.push_back(wanted);
  return entry->second;
}

}  // namespace minbtf::pack
