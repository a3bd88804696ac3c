// SPDX-License-Identifier: BSD-2-Clause
#include "pack/record_section.hpp"

#include <algorithm>
#include <limits>

#include "pack/type_source.hpp"

namespace minbtf::pack {

namespace {

using btf::Kind;

// A cut type that is not a record has kind 0, which no record has. Bit 7 of the byte is set for a leaf.
constexpr std::uint8_t key_byte = 0;
constexpr std::uint8_t leaf_byte = 0x80;
constexpr std::uint8_t extra_key_byte = 0x7f;  ///< of an extra cut type

/// References to records up to this distance are written as distances.
constexpr std::uint32_t near = 64;

/// State of a section, the same while it is written and read.
struct State {
  std::uint32_t name = 0;         ///< of the last record with a name
  std::uint32_t key = 0;          ///< of the last cut type that is a key
  std::uint32_t extra_key = 0;    ///< the same for keys of extras
  std::uint32_t fresh_field = 0;  ///< the largest field name so far, in this and in earlier sections
  std::uint32_t fresh_cut = 0;    ///< the largest cut type so far that is a pointee of a node
  /// By field name: the type that the last member or parameter of this name had. 0: none.
  std::vector<std::uint32_t> type_of = {};
};

bool is_pointer_node(Words record, RecordForm form) { return form == RecordForm::node && kind_of(record) == Kind::ptr; }

class RecordEncoder {
 public:
  explicit RecordEncoder(RecordForm form) : form_(form), out_(record_streams) {}

  std::vector<std::uint8_t> run(const RecordOf& record, std::uint32_t first, std::uint32_t end, RecordStart& before) {
    state_.fresh_cut = before.pointee;
    state_.fresh_field = before.field;
    if (first != end) {
      out_.number(stream_start, state_.fresh_cut);
      out_.number(stream_start, state_.fresh_field);
    }
    for (std::uint32_t id = first; id < end; ++id) add(id, record(id));
    before = {.pointee = state_.fresh_cut, .field = state_.fresh_field};
    return out_.section();
  }

 private:
  [[nodiscard]] bool is_pointer_node(Words record) const { return pack::is_pointer_node(record, form_); }

  void add(std::uint32_t id, Words record) {
    if (btf::info_kind(record[1]) == 0) {
      out_.byte(stream_kinds, record[1] == cut_leaf ? leaf_byte : record[1] == cut_key ? key_byte : extra_key_byte);
      add_cut(record);
      return;
    }
    const Kind kind = kind_of(record);
    const btf::KindShape& own = btf::shape(kind);
    const std::uint32_t vlen = btf::info_vlen(record[1]);
    out_.byte(stream_kinds, static_cast<std::uint8_t>(static_cast<std::uint8_t>(kind) |
                                                      (btf::info_kind_flag(record[1]) ? 0x80U : 0U)));
    add_name(record[0]);
    out_.number(stream_vlens, vlen);
    if (is_pointer_node(record)) {
      add_pointee(record[2]);
    } else if (own.third == btf::Third::type) {
      add_reference(id, record[2]);
    } else {
      out_.number(stream_sizes, record[2]);
    }
    if (kind == Kind::array) {
      add_reference(id, record[3]);
      add_reference(id, record[4]);
      out_.number(stream_words, record[5]);
    } else if (own.info_size != 0) {
      out_.number(stream_words, record[3]);
    }
    if (kind == Kind::datasec) return add_variables(id, record, vlen);
    std::uint32_t before = 0;
    const std::size_t step = own.elem_size / 4;
    for (std::uint32_t i = 0; step != 0 && i < vlen; ++i) {
      const Words element = record.subspan(header_words + own.info_size / 4 + i * step, step);
      add_field(element[0]);
      if (btf::is_any_enum(kind)) {
        out_.signed_number(stream_values, static_cast<std::int32_t>(element[1] - before));
        before = element[1];
        if (step == 3) out_.number(stream_values, element[2]);
        continue;
      }
      add_element_type(id, element[0], element[1]);
      if (step != 3) continue;
      out_.signed_number(stream_offsets, static_cast<std::int32_t>(element[2] - before));
      before = element[2];
    }
  }

  /// Most variables of a section follow each other, and so do the cut types for them.
  void add_variables(std::uint32_t id, Words record, std::uint32_t vlen) {
    std::uint32_t before = 0;
    std::uint32_t end = 0;
    for (std::uint32_t i = 0; i < vlen; ++i) {
      const Words element = record.subspan(header_words + std::size_t{i} * 3, 3);
      out_.number(stream_types, element[0] == before + 1 ? 0 : reference_code(id, element[0]));
      out_.signed_number(stream_offsets, static_cast<std::int32_t>(element[1] - end));
      out_.number(stream_values, element[2]);
      before = element[0];
      end = element[1] + element[2];
    }
  }

  void add_cut(Words record) {
    if (record[1] == cut_leaf) {
      out_.number(stream_targets, record[0]);
      return;
    }
    std::uint32_t& last = record[1] == cut_key ? state_.key : state_.extra_key;
    out_.signed_number(stream_targets, static_cast<std::int64_t>(record[0]) - last);
    last = record[0];
  }

  void add_name(std::uint32_t name) {
    if (name == 0) {
      out_.number(stream_names, 0);
      return;
    }
    out_.number(stream_names, zigzag(static_cast<std::int64_t>(name) - state_.name) + 1);
    state_.name = name;
  }

  void add_pointee(std::uint32_t cut) {
    out_.number(stream_targets, cut == state_.fresh_cut + 1 ? 0 : std::uint64_t{cut} + 1);
    state_.fresh_cut = std::max(state_.fresh_cut, cut);
  }

  /// Even: distance * 2. Odd: number * 2 + 1.
  static std::uint64_t reference_code(std::uint32_t id, std::uint32_t to) {
    const std::uint32_t distance = id - to;
    return to != 0 && distance < near ? std::uint64_t{distance} * 2 : std::uint64_t{to} * 2 + 1;
  }
  void add_reference(std::uint32_t id, std::uint32_t to) { out_.number(stream_targets, reference_code(id, to)); }

  void add_field(std::uint32_t field) {
    out_.number(stream_fields, field == state_.fresh_field + 1 ? 0 : std::uint64_t{field} + 1);
    state_.fresh_field = std::max(state_.fresh_field, field);
  }

  /// 0: the type that the last member or parameter of this name had.
  void add_element_type(std::uint32_t id, std::uint32_t field, std::uint32_t to) {
    if (state_.type_of.size() <= field) state_.type_of.resize(std::size_t{field} + 1);
    std::uint32_t& last = state_.type_of[field];
    out_.number(stream_types, to != 0 && last == to ? 0 : reference_code(id, to));
    last = to;
  }

  RecordForm form_;
  StreamWriter out_;
  State state_;
};

class Decoder {
 public:
  Decoder(std::span<const std::uint8_t> section, RecordForm form, const RecordBounds& bounds, const std::string& file)
      : in_(section, record_streams, file,
            form == RecordForm::node  ? "nodes"
            : form == RecordForm::cut ? "cut types"
                                      : "extra cut types"),
        form_(form),
        bounds_(bounds) {
    state_.type_of.resize(bounds.fields);
  }

  RecordBlock run(std::uint32_t first, std::uint32_t count) {
    if (in_.left(stream_kinds) != count) in_.damaged("another number of records than the section table has");
    if (count != 0) {
      state_.fresh_cut = in_.number32(stream_start);
      state_.fresh_field = in_.number32(stream_start);
    }
    RecordBlock block{.first = first, .memory = {}, .ends = {}, .keys = {}};
    // No record has more than six words besides its elements, and no element has more than three. Each element has at
    // least one byte in the stream of fields; an element of a DATASEC has it in the stream of types.
    const std::size_t of_sections = form_ == RecordForm::extra_cut ? in_.left(stream_types) : 0;
    const std::size_t most = 6 * std::size_t{count} + 3 * (in_.left(stream_fields) + of_sections);
    block.memory.make_room(4 * most, 0);
    block.ends.reserve(count);
    std::uint32_t* const begin = reinterpret_cast<std::uint32_t*>(block.memory.data());
    at_ = begin;
    for (std::uint32_t i = 0; i < count; ++i) {
      add(first + i);
      block.ends.push_back(static_cast<std::uint32_t>(at_ - begin));
    }
    in_.finish();
    return block;
  }

 private:
  void put(std::uint32_t word) { *at_++ = word; }

  void add(std::uint32_t id) {
    const std::uint8_t byte = in_.byte(stream_kinds);
    if (form_ != RecordForm::node && (byte == key_byte || byte == leaf_byte)) return add_cut(byte == leaf_byte);
    if (form_ == RecordForm::extra_cut && byte == extra_key_byte) return add_extra_key();
    const auto kind = static_cast<Kind>(byte & 0x7fU);
    if (kind == Kind::void_ || !btf::is_known(kind) || (form_ != RecordForm::extra_cut && is_listed_extra(kind))) {
      in_.damaged("a record of a kind that is not allowed");
    }
    const btf::KindShape& own = btf::shape(kind);
    put(read_name());
    const std::uint32_t vlen = in_.number32(stream_vlens);
    const RecordStream of_elements = kind == Kind::datasec ? stream_types : stream_fields;
    if (vlen > 0xffffffU || (own.elem_size != 0 && vlen > in_.left(of_elements))) {
      in_.damaged("a record with too many elements");
    }
    put(btf::make_info(byte & 0x7fU, vlen, (byte & 0x80U) != 0));
    if (form_ == RecordForm::node && kind == Kind::ptr) {
      put(read_pointee());
    } else if (own.third == btf::Third::type) {
      put(read_reference(id));
    } else {
      put(in_.number32(stream_sizes));
    }
    if (kind == Kind::array) {
      put(read_reference(id));
      put(read_reference(id));
      put(in_.number32(stream_words));
    } else if (own.info_size != 0) {
      put(in_.number32(stream_words));
    }
    if (btf::is_composite(kind)) {
      add_members(id, vlen);
    } else if (btf::is_any_enum(kind)) {
      add_enumerators(kind, vlen);
    } else if (kind == Kind::func_proto) {
      for (std::uint32_t i = 0; i < vlen; ++i) add_field_and_type(id);
    } else if (kind == Kind::datasec) {
      add_variables(id, vlen);
    }
  }

  void add_variables(std::uint32_t id, std::uint32_t vlen) {
    std::uint32_t before = 0;
    std::uint32_t end = 0;
    for (std::uint32_t i = 0; i < vlen; ++i) {
      const std::uint64_t code = in_.number(stream_types);
      before = code == 0 ? below(std::uint64_t{before} + 1, id, "a record") : from_code(id, code);
      put(before);
      const std::uint32_t offset = end + read_difference(stream_offsets);
      put(offset);
      const std::uint32_t size = in_.number32(stream_values);
      put(size);
      end = offset + size;
    }
  }

  void add_field_and_type(std::uint32_t id) {
    const std::uint32_t field = read_field();
    put(field);
    put(read_element_type(id, field));
  }

  void add_members(std::uint32_t id, std::uint32_t vlen) {
    std::uint32_t offset = 0;
    for (std::uint32_t i = 0; i < vlen; ++i) {
      add_field_and_type(id);
      offset += read_difference(stream_offsets);
      put(offset);
    }
  }

  void add_enumerators(Kind kind, std::uint32_t vlen) {
    std::uint32_t value = 0;
    for (std::uint32_t i = 0; i < vlen; ++i) {
      put(read_field());
      value += read_difference(stream_values);
      put(value);
      if (kind == Kind::enum64) put(in_.number32(stream_values));
    }
  }

  void add_cut(bool is_leaf) {
    if (is_leaf) {
      const std::uint32_t node = below(in_.number32(stream_targets), bounds_.nodes, "a node");
      if (node == 0) in_.damaged("a cut type without a node");
      put(node);
      put(cut_leaf);
      return;
    }
    state_.key =
        below(state_.key + static_cast<std::uint64_t>(in_.signed_number(stream_targets)), bounds_.keys, "a key");
    put(state_.key);
    put(cut_key);
  }

  void add_extra_key() {
    const auto step = static_cast<std::uint64_t>(in_.signed_number(stream_targets));
    state_.extra_key = below(state_.extra_key + step, bounds_.extra_keys, "a key");
    put(state_.extra_key);
    put(cut_extra_key);
  }

  /// Returns `number` if it is below `bound`.
  std::uint32_t below(std::uint64_t number, std::uint32_t bound, const char* noun) const {
    if (number >= bound) in_.damaged("the number of " + std::string(noun) + " that does not exist");
    return static_cast<std::uint32_t>(number);
  }

  std::uint32_t read_name() {
    const std::uint64_t code = in_.number(stream_names);
    if (code == 0) return 0;
    const std::uint64_t name = state_.name + static_cast<std::uint64_t>(from_zigzag(code - 1));
    state_.name = below(name, bounds_.names, "a name");
    return state_.name;
  }

  std::uint32_t read_pointee() { return read_fresh(stream_targets, state_.fresh_cut, bounds_.cuts, "a cut type"); }

  std::uint32_t from_code(std::uint32_t id, std::uint64_t code) const {
    if (code % 2 != 0) return below(code / 2, id, "a record");
    if (code == 0 || code / 2 >= id) in_.damaged("the number of a record that does not exist");
    return id - static_cast<std::uint32_t>(code / 2);
  }
  std::uint32_t read_reference(std::uint32_t id) { return from_code(id, in_.number(stream_targets)); }

  std::uint32_t read_field() { return read_fresh(stream_fields, state_.fresh_field, bounds_.fields, "a field name"); }

  /// Reads a number. Code 0 is the number behind the largest one so far, `largest`.
  std::uint32_t read_fresh(RecordStream stream, std::uint32_t& largest, std::uint32_t bound, const char* noun) {
    const std::uint64_t code = in_.number(stream);
    const std::uint32_t number = below(code == 0 ? std::uint64_t{largest} + 1 : code - 1, bound, noun);
    largest = std::max(largest, number);
    return number;
  }

  std::uint32_t read_element_type(std::uint32_t id, std::uint32_t field) {
    const std::uint64_t code = in_.number(stream_types);
    std::uint32_t& last = state_.type_of[field];
    if (code != 0) {
      last = from_code(id, code);
    } else if (last == 0) {
      in_.damaged("the type of a name that no element had before");
    }
    return last;
  }

  std::uint32_t read_difference(RecordStream stream) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(in_.signed_number(stream)));
  }

  StreamReader in_;
  RecordForm form_;
  RecordBounds bounds_;
  State state_;
  std::uint32_t* at_ = nullptr;  ///< where the next word is written
};

}  // namespace

void pass(Words record, RecordForm form, RecordStart& start) {
  if (btf::info_kind(record[1]) == 0) return;
  if (is_pointer_node(record, form)) start.pointee = std::max(start.pointee, record[2]);
  for_each_field_word(record, [&](std::size_t i) { start.field = std::max(start.field, record[i]); });
}

std::vector<std::uint8_t> encode_records(const RecordOf& record, RecordForm form, std::uint32_t first,
                                         std::uint32_t end, RecordStart& before) {
  return RecordEncoder(form).run(record, first, end, before);
}

RecordBlock decode_records(std::span<const std::uint8_t> section, RecordForm form, std::uint32_t first,
                           std::uint32_t count, const RecordBounds& bounds, const std::string& file) {
  return Decoder(section, form, bounds, file).run(first, count);
}

}  // namespace minbtf::pack
