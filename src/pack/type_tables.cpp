// SPDX-License-Identifier: BSD-2-Clause
#include "pack/type_tables.hpp"

#include "btf/essential_name.hpp"

namespace minbtf::pack {

std::uint32_t TypeTables::key_of(btf::Kind kind, StringId name) {
  if (kind == btf::Kind::int_) return integers_key;
  std::uint32_t& known = known_key(keys_by_name_, btf::core_kind(kind), name);
  if (known == 0)
    known = key({.name = names.add(btf::essential_name(names.text(name))), .kind = btf::core_kind(kind)}) + 1;
  return known - 1;
}

std::uint32_t TypeTables::extra_key_of(btf::Kind kind, StringId name, StringId field) {
  std::uint32_t& known = name != 0 ? known_key(extra_keys_by_name_, btf::core_kind(kind), name)
                                   : known_key(extra_keys_by_field_, btf::core_kind(kind), field);
  if (known == 0) {
    const StringId essential = name == 0 ? 0 : names.add(btf::essential_name(names.text(name)));
    known = extra_key({.name = essential, .field = name == 0 ? field : 0, .kind = btf::core_kind(kind)}) + 1;
  }
  return known - 1;
}

}  // namespace minbtf::pack
