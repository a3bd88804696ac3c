// SPDX-License-Identifier: BSD-2-Clause
#include "commands/dump/dump_json.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "btf/kinds.hpp"
#include "libbpf/c_checks.hpp"

namespace minbtf::cli {

namespace {

using btf::Kind;
using btf::Type;

/// Returns the number of bytes of the UTF-8 sequence at the start of `text`; 0 if `text` does not start with a valid
/// sequence (RFC 3629: the shortest form, no surrogates, U+10FFFF at most).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  std::size_t length = 0;
  unsigned least_second = 0x80;
  unsigned most_second = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) least_second = 0xa0;
    if (first == 0xed) most_second = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) least_second = 0x90;
    if (first == 0xf4) most_second = 0x8f;
  } else {
    return first < 0x80 ? 1 : 0;
  }
  if (byte(1) < least_second || byte(1) > most_second) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return length;
}

/// Appends `text` as it stands between the quotes of a JSON string.
void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr auto digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4U];
      out += digits[static_cast<unsigned char>(c) & 0xfU];
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

const char* kind_word(Kind kind) {
  static constexpr std::array<const char*, btf::kind_count> words = {
      "VOID",  "INT",      "PTR",  "ARRAY",      "STRUCT", "UNION",   "ENUM",  "FWD",      "TYPEDEF",  "VOLATILE",
      "CONST", "RESTRICT", "FUNC", "FUNC_PROTO", "VAR",    "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64"};
  return btf::is_known(kind) ? words[static_cast<std::size_t>(kind)] : "UNKNOWN";
}

/// Returns bpftool's word for an INT's encoding (BTF_INT_SIGNED, BTF_INT_CHAR, BTF_INT_BOOL).
const char* encoding_word(std::uint32_t encoding) {
  switch (encoding) {
    case 0:
      return "(none)";
    case 1:
      return "SIGNED";
    case 2:
      return "CHAR";
    case 4:
      return "BOOL";
    default:
      return "UNKN";
  }
}

/// Returns bpftool's word for a linkage. FUNC and VAR have the same values: BTF_FUNC_STATIC, _GLOBAL, _EXTERN and
/// BTF_VAR_STATIC, _GLOBAL_ALLOCATED, _GLOBAL_EXTERN.
const char* linkage_word(std::uint32_t linkage) {
  static constexpr std::array words = {"static", "global", "extern"};
  return linkage < words.size() ? words[linkage] : "(unknown)";
}

/// Writes the JSON object of one type.
class TypeLine {
 public:
  TypeLine(const btf::View& btf, std::string& out) : btf_(btf), out_(out) {}

  void write(std::uint32_t id, Detail detail) {
    const Type type = btf_.type(id);
    out_ += "{\"id\":";
    append_number(out_, id);
    word("kind", kind_word(type.kind));
    out_ += ",\"name\":";
    name(type.name_off);
    fields(type, detail);
    out_ += '}';
  }

 private:
  void key(const char* name) {
    out_ += ",\"";
    out_ += name;
    out_ += "\":";
  }
  template <typename Number>
  void number(const char* name, Number value) {
    key(name);
    append_number(out_, value);
  }
  void word(const char* name, const char* value) {
    key(name);
    out_ += '"';
    out_ += value;
    out_ += '"';
  }
  void flag(const char* name, bool value) {
    key(name);
    out_ += value ? "true" : "false";
  }
  void name(std::uint32_t name_off) {
    out_ += '"';
    append_escaped(out_, btf_.is_empty_string(name_off) ? "(anon)" : btf_.string(name_off));
    out_ += '"';
  }

  /// Writes an array of `count` objects. `element` writes the fields of the object with the given index.
  template <typename Element>
  void list(const char* name, std::uint32_t count, Element element) {
    key(name);
    out_ += '[';
    for (std::uint32_t i = 0; i < count; ++i) {
      out_ += i == 0 ? "{" : ",{";
      element(i);
      out_ += '}';
    }
    out_ += ']';
  }
  void element_name(std::uint32_t name_off) {
    out_ += "\"name\":";
    name(name_off);
  }

  void fields(const Type& type, Detail detail) {
    switch (type.kind) {
      case Kind::void_:
        return;
      case Kind::int_: {
        const std::uint32_t info = btf_.info_word(type);
        number("size", type.size_or_type);
        number("bits_offset", btf::int_offset(info));
        number("nr_bits", info & 0xffU);
        return word("encoding", encoding_word(btf::int_encoding(info)));
      }
      case Kind::ptr:
      case Kind::typedef_:
      case Kind::volatile_:
      case Kind::const_:
      case Kind::restrict_:
        return number("type_id", type.size_or_type);
      case Kind::type_tag:
        number("type_id", type.size_or_type);
        return flag("kind_flag", type.kind_flag);
      case Kind::array: {
        const btf::Array array = btf_.array(type);
        number("type_id", array.type);
        number("index_type_id", array.index_type);
        return number("nr_elems", array.nelems);
      }
      case Kind::struct_:
      case Kind::union_:
        number("size", type.size_or_type);
        number("vlen", type.vlen);
        if (detail == Detail::full) members(type);
        return;
      case Kind::enum_:
      case Kind::enum64:
        return values(type);
      case Kind::fwd:
        return word("fwd_kind", type.kind_flag ? "union" : "struct");
      case Kind::func:
        number("type_id", type.size_or_type);
        return word("linkage", linkage_word(type.vlen));
      case Kind::func_proto:
        number("ret_type_id", type.size_or_type);
        number("vlen", type.vlen);
        return list("params", type.vlen, [&](std::uint32_t i) {
          const btf::Param param = btf_.param(type, i);
          element_name(param.name_off);
          number("type_id", param.type);
        });
      case Kind::var:
        number("type_id", type.size_or_type);
        return word("linkage", linkage_word(btf_.info_word(type)));
      case Kind::datasec:
        number("size", type.size_or_type);
        number("vlen", type.vlen);
        return list("vars", type.vlen, [&](std::uint32_t i) {
          const btf::Variable variable = btf_.variable(type, i);
          out_ += "\"type_id\":";
          append_number(out_, variable.type);
          number("offset", variable.offset);
          number("size", variable.size);
        });
      case Kind::float_:
        return number("size", type.size_or_type);
      case Kind::decl_tag:
        number("type_id", type.size_or_type);
        number("component_idx", static_cast<std::int32_t>(btf_.info_word(type)));
        return flag("kind_flag", type.kind_flag);
    }
    // An unknown kind: the layout section of the file has its size, but not the meaning of its fields.
    number("kind_number", static_cast<unsigned>(type.kind));
    flag("kind_flag", type.kind_flag);
    number("vlen", type.vlen);
    number("size_or_type", type.size_or_type);
  }

  void members(const Type& type) {
    list("members", type.vlen, [&](std::uint32_t i) {
      const btf::Member member = btf_.member(type, i);
      element_name(member.name_off);
      number("type_id", member.type);
      number("bits_offset", member.bit_offset);
      if (member.bitfield_size != 0) number("bitfield_size", member.bitfield_size);
    });
  }

  void values(const Type& type) {
    word("encoding", type.kind_flag ? "SIGNED" : "UNSIGNED");
    number("size", type.size_or_type);
    number("vlen", type.vlen);
    list("values", type.vlen, [&](std::uint32_t i) {
      const btf::Enumerator enumerator = btf_.enumerator(type, i);
      element_name(enumerator.name_off);
      if (type.kind_flag) {
        number("val", static_cast<std::int64_t>(enumerator.value));
      } else if (type.kind == Kind::enum64) {
        number("val", enumerator.value);
      } else {
        number("val", static_cast<std::uint32_t>(enumerator.value));
      }
    });
  }

  const btf::View& btf_;
  std::string& out_;
};

}  // namespace

std::vector<Detail> details_for(const btf::View& btf, const std::vector<std::uint32_t>& ids) {
  std::vector<Detail> details(btf.id_end(), Detail::none);
  std::vector<bool> met(std::size_t{2} * btf.id_end());  // index: twice the id, plus one if reached through a pointer
  std::vector<libbpf::TypeVisit> left;
  const auto meet = [&](libbpf::TypeVisit step) {
    const std::size_t at = (std::size_t{2} * step.id) + (step.through_ptr ? 1 : 0);
    if (step.id == 0 || met[at]) return;
    met[at] = true;
    left.push_back(step);
  };
  for (const std::uint32_t id : ids) meet({.id = id});
  while (!left.empty()) {
    const libbpf::TypeVisit step = left.back();
    left.pop_back();
    const Type type = btf.type(step.id);
    if (!libbpf::is_only_named(type, step.through_ptr)) {
      details[step.id] = Detail::full;
    } else if (details[step.id] == Detail::none) {
      details[step.id] = Detail::head;
    }
    libbpf::for_each_need(btf, type, step.through_ptr, meet);
    if (type.kind == Kind::array) meet({.id = btf.array(type).index_type});
  }
  return details;
}

std::vector<Detail> all_details(const btf::View& btf) {
  std::vector<Detail> details(btf.id_end(), Detail::full);
  details[0] = Detail::none;
  return details;
}

void describe(const btf::View& btf, const std::vector<std::uint32_t>& ids, Json& document) {
  document["file"] = btf.name();
  document["byte_order"] = btf.byte_order() == ByteOrder::little ? "little" : "big";
  if (btf.pointer_size().bytes != 0) document["pointer_size"] = btf.pointer_size().bytes;
  document["type_count"] = btf.id_end() - 1;
  if (!ids.empty()) document["selected"] = ids;
}

void write_json(const btf::View& btf, const std::vector<Detail>& details, const io::Write& write) {
  io::TextBuffer buffer(write);
  TypeLine line(btf, buffer.text());
  bool is_first = true;
  for (std::uint32_t id = 0; id < btf.id_end(); ++id) {
    if (details[id] == Detail::none) continue;
    if (!is_first) buffer.text() += ",\n";
    is_first = false;
    line.write(id, details[id]);
    buffer.hand_on_if_large();
  }
  buffer.hand_on();
}

}  // namespace minbtf::cli
