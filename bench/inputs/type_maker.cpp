// SPDX-License-Identifier: BSD-2-Clause
#include "inputs/type_maker.hpp"

#include <array>
#include <utility>

#include "inputs/names.hpp"
#include "inputs/wanted.hpp"

namespace minbtf::bench {

namespace {

struct Share {
  Sort sort;
  std::uint32_t per_thousand;
};

constexpr std::array shares = {Share{Sort::pointer, 348}, Share{Sort::structure, 245}, Share{Sort::function_type, 100},
                               Share{Sort::array, 84},    Share{Sort::const_, 77},     Share{Sort::enum_, 52},
                               Share{Sort::typedef_, 50}, Share{Sort::union_, 40},     Share{Sort::fwd, 3},
                               Share{Sort::volatile_, 1}};

constexpr std::array member_counts = {1U, 1U, 2U, 2U, 2U, 3U, 3U, 3U,  4U,  4U,
                                      4U, 5U, 5U, 6U, 6U, 7U, 8U, 10U, 12U, 17U};

Value one_of(Random& random, const std::vector<Value>& values, const std::vector<Value>& otherwise) {
  return random.any(values.empty() ? otherwise : values);
}

}  // namespace

std::vector<Sort> usual_sorts(std::uint32_t count) {
  std::vector<Sort> sorts;
  for (const Share& share : shares) sorts.insert(sorts.end(), count * share.per_thousand / 1000, share.sort);
  return sorts;
}

TypeMaker::TypeMaker(test::BtfForge& forge, CommonTypes& common) : forge_(forge), common_(common) {
  for (const WantedStruct& type : wanted_structs()) wanted_names_.insert(type.name);
  for (const WantedStruct& type : local_flavors()) wanted_names_.insert(type.name.substr(0, type.name.find("___")));
}

void TypeMaker::begin_unit() {
  own_ = {};
  open_pointers_.clear();
}

void TypeMaker::end_unit(Random& random) {
  constexpr std::size_t type_word = 2;
  for (const OpenPointer& open : open_pointers_) {
    forge_.set_type_word(open.id, type_word, pointee(random, open.is_callback));
  }
}

void TypeMaker::make(Random& random, Sort sort) {
  switch (sort) {
    case Sort::pointer:
      return pointer(random);
    case Sort::structure:
      return composite(random, false);
    case Sort::union_:
      return composite(random, true);
    case Sort::function_type:
      return own_.function_types.push_back(function_type(random));
    case Sort::array:
      return array(random);
    case Sort::const_:
      return own_.qualified.push_back(forge_.const_(qualified(random)));
    case Sort::volatile_:
      return own_.qualified.push_back(forge_.volatile_(qualified(random)));
    case Sort::enum_:
      return enumeration(random);
    case Sort::typedef_:
      return typedef_(random);
    case Sort::fwd:
      return own_.qualified.push_back(forge_.fwd(type_name(random)));
  }
}

void TypeMaker::pointer(Random& random) {
  const bool is_callback = random.percent(30);
  const std::uint32_t id = forge_.ptr(0);
  (is_callback ? own_.callbacks : own_.pointers).push_back(pointer_value(id));
  open_pointers_.push_back({id, is_callback});
}

std::uint32_t TypeMaker::pointee(Random& random, bool of_callback) const {
  if (of_callback) return own_.function_types.empty() ? 0 : random.any(own_.function_types);
  const std::uint32_t sort = random.below(100);
  if (sort < 20 && !own_.qualified.empty()) return random.any(own_.qualified);
  if (sort < 25) return one_of(random, own_.typedefs, common_.pool().typedefs).id;
  return random.any(own_.structures.empty() ? common_.pool().structures : own_.structures);
}

void TypeMaker::composite(Random& random, bool is_union) {
  const bool is_unnamed = random.percent(is_union ? 90 : 11);
  std::uint32_t count = is_union ? 2 + random.small_below(3) : random.any(member_counts);
  if (!is_union && random.below(150) == 0) count = 40 + random.below(180);
  Layout layout(is_union);
  const std::string prefix = names::member_prefix(random);
  for (std::uint32_t i = 0; i < count; ++i) other_member(random, layout, prefix);
  const std::string name = is_unnamed ? "" : type_name(random);
  const std::uint32_t id = is_union ? forge_.union_(name, layout.bytes(), layout.members())
                                    : forge_.structure(name, layout.bytes(), layout.members());
  if (!is_unnamed) own_.structures.push_back(id);
  constexpr std::uint32_t large = 512;
  if (layout.bytes() > large) return;
  (is_unnamed ? own_.unnamed : own_.composites).push_back({id, layout.bytes(), layout.align()});
}

void TypeMaker::other_member(Random& random, Layout& layout, const std::string& prefix) {
  if (random.percent(3)) {
    const std::uint32_t bits = 1 + random.small_below(8);
    layout.add_bitfield(names::member(random, prefix), common_.named("unsigned int"), bits);
  } else if (!own_.unnamed.empty() && random.percent(25)) {
    const Value type = own_.unnamed.back();
    own_.unnamed.pop_back();
    layout.add(random.percent(40) ? "" : names::member(random, prefix), type);
  } else {
    const Value type = member_type(random);
    layout.add(names::member(random, prefix), type);
  }
}

Value TypeMaker::member_type(Random& random) {
  const TypePool& common = common_.pool();
  const std::uint32_t sort = random.below(100);
  if (sort < 37) return one_of(random, random.percent(25) ? own_.typedefs : common.typedefs, common.typedefs);
  if (sort < 47) return one_of(random, own_.callbacks, common.callbacks);
  if (sort < 60) return one_of(random, own_.pointers, common.pointers);
  if (sort < 77) return random.any(common.integers);
  if (sort < 92) return one_of(random, random.percent(60) ? own_.composites : common.composites, common.composites);
  if (sort < 98) return one_of(random, own_.arrays, common.arrays);
  return one_of(random, own_.enums, common.enums);
}

// Never returns a pointer: a cycle of types then always contains a struct.
std::uint32_t TypeMaker::qualified(Random& random) const {
  const TypePool& common = common_.pool();
  return one_of(random, random.percent(70) ? own_.composites : common.typedefs, common.integers).id;
}

std::uint32_t TypeMaker::argument(Random& random) const {
  const TypePool& common = common_.pool();
  if (random.percent(55)) return one_of(random, own_.pointers, common.pointers).id;
  return random.any(random.percent(50) ? common.integers : common.typedefs).id;
}

std::uint32_t TypeMaker::function_type(Random& random) {
  std::vector<test::ForgedParam> params;
  const std::uint32_t count = 1 + random.small_below(6);
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string name = names::member(random, "");
    params.push_back({std::move(name), argument(random)});
  }
  const std::uint32_t result = random.percent(35) ? 0 : argument(random);
  return forge_.func_proto(result, params);
}

void TypeMaker::array(Random& random) {
  Value element = member_type(random);
  constexpr std::uint32_t large = 256;
  if (element.bytes > large || element.bytes == 0) element = common_.named("u64");
  own_.arrays.push_back(common_.array(element, random.small_below(33)));
}

void TypeMaker::enumeration(Random& random) {
  const std::string prefix = names::enumerator_prefix(random);
  std::vector<test::ForgedEnumerator> values;
  const std::uint32_t count = 1 + random.small_below(26);
  for (std::uint32_t i = 0; i < count; ++i) values.push_back({names::enumerator(random, prefix), i});
  const std::string name = random.percent(34) ? "" : type_name(random);
  own_.enums.push_back({forge_.enumeration(name, 4, values), 4, 4});
}

void TypeMaker::typedef_(Random& random) {
  const TypePool& common = common_.pool();
  const Value old = one_of(random, random.percent(60) ? common.integers : own_.composites, common.composites);
  own_.typedefs.push_back({forge_.typedef_(names::typedef_(random), old.id), old.bytes, old.align});
}

std::string TypeMaker::type_name(Random& random) const {
  std::string name;
  do {
    name = names::structure(random);
  } while (wanted_names_.contains(name));
  return name;
}

}  // namespace minbtf::bench
