// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/wanted_maker.hpp"

#include <vector>

#include "inputs/names.hpp"

namespace minbtf::bench {

void WantedMaker::structure(Random& random, const WantedStruct& type) {
  Layout layout;
  const std::string prefix = names::member_prefix(random);
  std::uint32_t others = type.others;
  const auto put_others = [&](std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) types_.other_member(random, layout, prefix);
    others -= count;
  };
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    const std::size_t gaps = type.members.size() - i + 1;
    put_others(random.below(2 * others / gaps + 1));
    member(layout, type.members[i]);
  }
  put_others(others);
  const std::uint32_t id = forge_.structure(type.name, layout.bytes(), layout.members());
  structures_.insert_or_assign(type.name, Value{id, layout.bytes(), layout.align()});
  types_.point_to(id);
}

void WantedMaker::member(Layout& layout, const WantedMember& member) {
  Value type = type_named(member.type);
  if (member.elements != 0) type = common_.array(type, member.elements);
  if (member.bits != 0) {
    layout.add_bitfield(member.name, type, member.bits);
  } else {
    layout.add(member.name, type);
  }
}

Value WantedMaker::type_named(const std::string& type) {
  const std::string keyword = "struct ";
  if (!type.starts_with(keyword)) return common_.named(type);
  const std::string name = type.substr(keyword.size());
  if (!name.ends_with('*')) return structures_.at(name);
  const auto [pointer, is_new] = pointers_.try_emplace(name.substr(0, name.size() - 1), 0U);
  if (is_new) pointer->second = forge_.ptr(0);
  return pointer_value(pointer->second);
}

void WantedMaker::link() {
  constexpr std::size_t type_word = 2;
  for (const auto& [name, pointer] : pointers_) forge_.set_type_word(pointer, type_word, structures_.at(name).id);
  pointers_.clear();
}

void WantedMaker::enumeration(Random& random, const WantedEnum& type) {
  std::vector<test::ForgedEnumerator> values;
  std::int64_t value = 0;
  for (const std::string& enumerator : type.enumerators) {
    values.push_back({enumerator, value++});
    const std::string prefix = enumerator.substr(0, enumerator.rfind('_'));
    for (std::uint32_t i = 0; i < type.others / type.enumerators.size(); ++i) {
      values.push_back({names::enumerator(random, prefix), value++});
    }
  }
  forge_.enumeration(type.name, 4, values);
}

}  // namespace minbtf::bench
