// SPDX-License-Identifier: BSD-2-Clause
#include "pack/type_tables.hpp"

#include "btf/essential_name.hpp"

namespace minbtf::pack {

std::uint32_t TypeTables::key_of(btf::Kind kind, std::string_view name) {
  if (kind == btf::Kind::int_) return integers_key;
  return key({.name = names.add(btf::essential_name(name)), .kind = btf::core_kind(kind)});
}

}  // namespace minbtf::pack
