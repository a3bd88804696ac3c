// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/type_graph.hpp"

#include <stdexcept>

namespace minbtf::test {

namespace {

using btf::Kind;

/// Ids of a graph that is added after `before` other types. Void keeps its id.
class Shift {
 public:
  explicit Shift(std::uint32_t before) : before_(before) {}

  [[nodiscard]] std::uint32_t operator()(std::uint32_t id) const { return id == 0 ? 0 : id + before_; }

  template <typename Element>
  [[nodiscard]] std::vector<Element> operator()(std::vector<Element> elements) const {
    for (Element& each : elements) each.type = (*this)(each.type);
    return elements;
  }

 private:
  std::uint32_t before_;
};

void put_down(const GraphType& t, const Shift& shift, BtfForge& f) {
  switch (t.kind) {
    case Kind::int_:
      f.integer(t.name, t.bytes, t.encoding, t.bits, t.offset);
      return;
    case Kind::ptr:
      f.ptr(shift(t.type));
      return;
    case Kind::array:
      f.array(shift(t.type), shift(1), t.nelems);
      return;
    case Kind::struct_:
      f.structure(t.name, t.bytes, shift(t.members));
      return;
    case Kind::union_:
      f.union_(t.name, t.bytes, shift(t.members));
      return;
    case Kind::enum_:
      f.enumeration(t.name, t.bytes, t.values, t.flag);
      return;
    case Kind::enum64:
      f.enumeration64(t.name, t.bytes, t.values, t.flag);
      return;
    case Kind::fwd:
      f.fwd(t.name, t.flag);
      return;
    case Kind::typedef_:
      f.typedef_(t.name, shift(t.type));
      return;
    case Kind::volatile_:
      f.volatile_(shift(t.type));
      return;
    case Kind::const_:
      f.const_(shift(t.type));
      return;
    case Kind::restrict_:
      f.restrict_(shift(t.type));
      return;
    case Kind::type_tag:
      f.type_tag(t.name, shift(t.type));
      return;
    case Kind::func_proto:
      f.func_proto(shift(t.type), shift(t.params));
      return;
    case Kind::float_:
      f.float_(t.name, t.bytes);
      return;
    default:
      throw std::logic_error("a graph has no such kind");
  }
}

}  // namespace

void put_down(const TypeGraph& graph, BtfForge& forge) {
  const Shift shift(forge.next_id() - 1);
  for (const GraphType& type : graph) put_down(type, shift, forge);
}

}  // namespace minbtf::test
