// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/encode.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "btf/writer.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;

class Encoder {
 public:
  Encoder(const Graph& graph, const CanonicalOrder& order, ByteOrder byte_order)
      : graph_(graph), order_(order), writer_(byte_order) {
    for (std::size_t i = 0; i < graph.types.size(); ++i) new_ids_[graph.types[i].id] = order.new_ids[i];
  }

  Encoded run() {
    choose_first_string();
    for (const std::uint32_t index : order_.order) type(graph_.types[index]);
    out_.types = static_cast<std::uint32_t>(order_.order.size());
    out_.bytes = writer_.finish();
    return out_;
  }

 private:
  /// Makes libbpf before 1.3 compute 0 for field_signed of a field that is neither integer nor enum, as newer libbpf
  /// does. The old rule reads bit 24 of the word behind the first 12 bytes of the field's type:
  ///  1. Usually that word is a name offset. Bit 24 is 0, because the string section is shorter than 16 MiB.
  ///  2. If the type is the last one and has only 12 bytes, the word is the start of the string section. In
  ///     little-endian BTF, bit 24 is bit 0 of the section's fourth byte: the third byte of the first name, or the end
  ///     of a name of two bytes. In big-endian BTF it is in the first byte, which is 0.
  ///
  /// Worked example: with "int" first, the section starts with 00 'i' 'n' 't', and bit 0 of 't' (0x74) is 0. With "foo"
  /// first, bit 0 of 'o' (0x6f) is 1. The first name of the graph with bit 0 clear is written first.
  void choose_first_string() {
    if (order_.order.empty() || has_words(graph_.types[order_.order.back()])) return;
    for (const std::uint32_t index : order_.order) {
      const GraphType& type = graph_.types[index];
      if (try_first(type.name)) return;
      if (!btf::is_composite(type.kind)) continue;
      for (const GraphMember& member : type.members) {
        if (try_first(member.name)) return;
      }
    }
    writer_.string("no");  // no name of the graph has the bit clear: this string is unused
  }

  /// Returns true if the type is written with more than 12 bytes.
  [[nodiscard]] static bool has_words(const GraphType& type) {
    return btf::shape(type.kind).info_size != 0 || !type.members.empty() || !type.enumerators.empty();
  }

  /// Writes the name as the first string if it leaves bit 24 clear. Returns true if it does.
  bool try_first(std::string_view name) {
    const bool leaves_bit = name.size() == 2 || (name.size() > 2 && (static_cast<unsigned char>(name[2]) & 1U) == 0);
    if (leaves_bit) writer_.string(name);
    return leaves_bit;
  }

  void type(const GraphType& type) {
    switch (type.kind) {
      case Kind::int_:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, type.size);
        writer_.word(type.info);
        break;
      case Kind::ptr:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, new_id(type.references[0]));
        break;
      case Kind::array:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, 0);
        writer_.word(new_id(type.references[0]));
        writer_.word(new_id(type.references[1]));
        writer_.word(type.nelems);
        break;
      case Kind::struct_:
      case Kind::union_:
        composite(type);
        break;
      case Kind::enum_:
      case Kind::enum64: {
        const auto count = static_cast<std::uint32_t>(type.enumerators.size());
        writer_.begin_type(type.name, type.kind, count, type.kind_flag, type.size);
        for (const GraphEnumerator& each : type.enumerators) writer_.enumerator(type.kind, each.name, each.value);
        out_.enumerators += count;
        break;
      }
      case Kind::func:  // vlen is the linkage
        writer_.begin_type(type.name, type.kind, type.linkage, type.kind_flag, new_id(type.references[0]));
        break;
      case Kind::func_proto:
        writer_.begin_type(type.name, type.kind, static_cast<std::uint32_t>(type.members.size()), type.kind_flag,
                           new_id(type.references[0]));
        for (const GraphMember& param : type.members) writer_.param(param.name, new_id(param.type));
        break;
      case Kind::var:
      case Kind::decl_tag:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, new_id(type.references[0]));
        writer_.word(type.info);
        break;
      case Kind::fwd:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, 0);
        break;
      case Kind::float_:
      case Kind::datasec:
        writer_.begin_type(type.name, type.kind, 0, type.kind_flag, type.size);
        break;
      case Kind::void_:  // never selected
        break;
    }
  }

  /// kind_flag means that the offsets of members hold bitfield sizes. It is set only if a kept member is a bitfield.
  void composite(const GraphType& type) {
    const bool bitfields =
        std::ranges::any_of(type.members, [](const GraphMember& member) { return member.bitfield_size != 0; });
    const auto count = static_cast<std::uint32_t>(type.members.size());
    writer_.begin_type(type.name, type.kind, count, bitfields, type.size);
    for (const GraphMember& member : type.members) {
      writer_.member(member.name, new_id(member.type), member.bit_offset | member.bitfield_size << 24U);
    }
    out_.members += count;
  }

  /// Returns the id in the output; 0 (void) for a type that the graph does not have.
  [[nodiscard]] std::uint32_t new_id(std::uint32_t id) const {
    const auto found = new_ids_.find(id);
    return found == new_ids_.end() ? 0 : found->second;
  }

  const Graph& graph_;
  const CanonicalOrder& order_;
  btf::Writer writer_;
  std::unordered_map<std::uint32_t, std::uint32_t> new_ids_;
  Encoded out_;
};

}  // namespace

Encoded encode(const Graph& graph, const CanonicalOrder& order, ByteOrder byte_order) {
  return Encoder(graph, order, byte_order).run();
}

}  // namespace minbtf::minimize
