// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/reduce/encode.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "btf/writer.hpp"

namespace minbtf::minimize {

namespace {

using btf::Kind;
using btf::Type;

class Encoder {
 public:
  Encoder(const btf::View& source, const Selection& selection, const CanonicalOrder& order)
      : source_(source), selection_(selection), order_(order), writer_(source.byte_order()) {
    for (std::size_t i = 0; i < selection.types.size(); ++i) new_ids_[selection.types[i].id] = order.new_ids[i];
  }

  Encoded run() {
    choose_first_string();
    for (const std::uint32_t index : order_.order) type(selection_.types[index]);
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
  /// first, bit 0 of 'o' (0x6f) is 1. The first name of the selection with bit 0 clear is written first.
  void choose_first_string() {
    if (order_.order.empty() || has_words(selection_.types[order_.order.back()])) return;
    for (const std::uint32_t index : order_.order) {
      const SelectedType& selected = selection_.types[index];
      const Type type = source_.type(selected.id);
      if (try_first(written_name(source_, selected))) return;
      if (!btf::is_composite(type.kind)) continue;
      for (const std::uint32_t i : selected.elements) {
        if (try_first(source_.string(source_.member(type, i).name_off))) return;
      }
    }
    writer_.string("no");  // no name of the selection has the bit clear: this string is unused
  }

  /// Returns true if the type is written with more than 12 bytes.
  [[nodiscard]] bool has_words(const SelectedType& selected) const {
    const Type type = source_.type(selected.id);
    return btf::shape(type.kind).info_size != 0 || !selected.elements.empty() ||
           (type.kind == Kind::func_proto && type.vlen != 0);
  }

  /// Writes the name as the first string if it leaves bit 24 clear. Returns true if it does.
  bool try_first(std::string_view name) {
    const bool leaves_bit = name.size() == 2 || (name.size() > 2 && (static_cast<unsigned char>(name[2]) & 1U) == 0);
    if (leaves_bit) writer_.string(name);
    return leaves_bit;
  }

  void type(const SelectedType& selected) {
    const Type type = source_.type(selected.id);
    // canonical_order() compared the same references, in the same order.
    std::vector<std::uint32_t> references;
    for_each_kept_reference(source_, selected, [&](std::uint32_t id) { references.push_back(new_id(id)); });
    const auto count = static_cast<std::uint32_t>(selected.elements.size());
    const std::string_view name = written_name(source_, selected);
    switch (type.kind) {
      case Kind::int_:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, type.size_or_type);
        writer_.word(source_.info_word(type));
        break;
      case Kind::ptr:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
      case Kind::type_tag:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, references[0]);
        break;
      case Kind::array:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, 0);
        writer_.word(references[0]);
        writer_.word(references[1]);
        writer_.word(source_.array(type).nelems);
        break;
      case Kind::struct_:
      case Kind::union_:
        composite(type, name, selected, references);
        break;
      case Kind::enum_:
      case Kind::enum64:
        writer_.begin_type(name, type.kind, count, type.kind_flag, type.size_or_type);
        for (const std::uint32_t i : selected.elements) {
          const btf::Enumerator enumerator = source_.enumerator(type, i);
          writer_.enumerator(type.kind, source_.string(enumerator.name_off), enumerator.value);
        }
        out_.enumerators += count;
        break;
      case Kind::func:  // vlen is the linkage
        writer_.begin_type(name, type.kind, type.vlen, type.kind_flag, references[0]);
        break;
      case Kind::func_proto:
        writer_.begin_type(name, type.kind, type.vlen, type.kind_flag, references[0]);
        for (std::uint32_t i = 0; i < type.vlen; ++i) {
          writer_.param(source_.string(source_.param(type, i).name_off), references[i + 1]);
        }
        break;
      case Kind::var:
      case Kind::decl_tag:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, references[0]);
        writer_.word(source_.info_word(type));
        break;
      case Kind::fwd:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, 0);
        break;
      case Kind::float_:
      case Kind::datasec:
        writer_.begin_type(name, type.kind, 0, type.kind_flag, type.size_or_type);
        break;
      case Kind::void_:  // never selected
        break;
    }
  }

  /// kind_flag means that the offsets of members hold bitfield sizes. It is set only if a kept member is a bitfield.
  void composite(const Type& type, std::string_view name, const SelectedType& selected,
                 const std::vector<std::uint32_t>& references) {
    std::vector<btf::Member> members;
    for (const std::uint32_t i : selected.elements) members.push_back(source_.member(type, i));
    const bool bitfields = std::any_of(members.begin(), members.end(),
                                       [](const btf::Member& member) { return member.bitfield_size != 0; });
    writer_.begin_type(name, type.kind, static_cast<std::uint32_t>(members.size()), bitfields, type.size_or_type);
    for (std::size_t i = 0; i < members.size(); ++i) {
      writer_.member(source_.string(members[i].name_off), references[i],
                     members[i].bit_offset | members[i].bitfield_size << 24U);
    }
    out_.members += static_cast<std::uint32_t>(members.size());
  }

  /// Returns the id in the output; 0 (void) for a type that is not selected.
  [[nodiscard]] std::uint32_t new_id(std::uint32_t id) const {
    const auto found = new_ids_.find(id);
    return found == new_ids_.end() ? 0 : found->second;
  }

  const btf::View& source_;
  const Selection& selection_;
  const CanonicalOrder& order_;
  btf::Writer writer_;
  std::unordered_map<std::uint32_t, std::uint32_t> new_ids_;
  Encoded out_;
};

}  // namespace

Encoded encode(const btf::View& source, const Selection& selection, const CanonicalOrder& order) {
  return Encoder(source, selection, order).run();
}

}  // namespace minbtf::minimize
