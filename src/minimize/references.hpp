// The type ids in a selected type, in the order of the record: one visitor for ordering and for writing.
#pragma once

#include <cstdint>

#include "btf/view.hpp"
#include "minimize/selection.hpp"

namespace minbtf::minimize {

/// Calls visit(type id) for each reference of the type as it will be written.
template <typename Visit>
void for_each_reference(const btf::View& source, const SelectedType& selected, Visit&& visit) {
  const btf::Type type = source.type(selected.id);
  const wire::KindShape& shape = wire::shape(type.kind);
  if (type.kind == wire::Kind::ptr) {
    visit(selected.pointee ? type.size_or_type : 0);
  } else if (shape.third == wire::Third::type) {
    visit(type.size_or_type);
  }
  if (type.kind == wire::Kind::array) {
    const btf::Array array = source.array(type);
    visit(array.type);
    visit(array.index_type);
  }
  if (type.kind == wire::Kind::func_proto) {
    for (std::uint32_t i = 0; i < type.vlen; ++i) visit(source.param(type, i).type);
  }
  if (wire::is_composite(type.kind)) {
    for (const std::uint32_t i : selected.elements) visit(source.member(type, i).type);
  }
}

}  // namespace minbtf::minimize
