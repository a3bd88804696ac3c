// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/graph.hpp"

#include <utility>

#include "btf/references.hpp"
#include "core/walk.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;

GraphType graph_type(const btf::View& source, const SelectedType& selected) {
  const btf::Type type = source.type(selected.id);
  const btf::KindShape& shape = btf::shape(type.kind);
  GraphType out = {.id = selected.id,
                   .kind = type.kind,
                   .kind_flag = type.kind_flag && !btf::is_composite(type.kind),
                   .name = selected.nameless ? std::string_view() : source.string(type.name_off)};
  if (shape.third == btf::Third::size) out.size = type.size_or_type;
  if (type.kind == Kind::func) out.linkage = type.vlen;
  if (shape.info_size == 4) out.info = source.info_word(type);
  if (type.kind == Kind::array) out.nelems = source.array(type).nelems;
  const bool keeps_target = type.kind != Kind::ptr || selected.pointee;
  btf::for_each_fixed_reference(
      source, type, [&](const btf::Reference& each) { out.references.push_back(keeps_target ? each.id : 0); });
  if (btf::is_composite(type.kind)) {
    for (const std::uint32_t i : selected.elements) {
      const btf::Member member = source.member(type, i);
      out.members.push_back({.name = source.string(member.name_off),
                             .type = member.type,
                             .bit_offset = member.bit_offset,
                             .bitfield_size = member.bitfield_size,
                             .index = i});
    }
  } else if (btf::is_any_enum(type.kind)) {
    for (const std::uint32_t i : selected.elements) {
      const btf::Enumerator enumerator = source.enumerator(type, i);
      out.enumerators.push_back({.name = source.string(enumerator.name_off), .value = enumerator.value, .index = i});
    }
  } else if (type.kind == Kind::func_proto) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const btf::Param param = source.param(type, i);
      out.members.push_back({.name = source.string(param.name_off), .type = param.type, .index = i});
    }
  }
  return out;
}

}  // namespace

GraphIndex::GraphIndex(const Graph& graph) : graph_(graph) {
  for (std::size_t i = 0; i < graph.types.size(); ++i) positions_[graph.types[i].id] = i;
}

const GraphType* GraphIndex::find(std::uint32_t id) const {
  const auto found = positions_.find(id);
  return found == positions_.end() ? nullptr : &graph_.types[found->second];
}

const GraphType* GraphIndex::behind_modifiers(std::uint32_t id) const {
  static const GraphType no_type;
  for (int i = 0; i < core::chain_limit && id != 0; ++i) {
    const GraphType* const type = find(id);
    if (type == nullptr || !btf::is_modifier_or_typedef(type->kind)) return type;
    id = type->references[0];
  }
  return id == 0 ? &no_type : nullptr;
}

Graph graph_of(const btf::View& source, const Selection& selection) {
  Graph graph = {.types = {}, .pointer_ints = selection.pointer_ints};
  graph.types.reserve(selection.types.size());
  for (const SelectedType& selected : selection.types) graph.types.push_back(graph_type(source, selected));
  return graph;
}

}  // namespace minbtf::minimize
