// SPDX-License-Identifier: BSD-2-Clause
#include "oracle/btf_damage.hpp"

#include <algorithm>
#include <random>

#include "btf/view.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;

/// A member, enumerator or parameter.
struct Element {
  std::string name;
  std::uint32_t type = 0;
  std::uint32_t bit_offset = 0;
  std::uint32_t bitfield_size = 0;
  std::uint64_t value = 0;
};

struct Record {
  std::string name;
  Kind kind = Kind::void_;
  bool kind_flag = false;
  std::uint32_t third = 0;
  std::vector<std::uint32_t> info = {};  ///< data of INT and ARRAY
  std::vector<Element> elements = {};
};

class Damager {
 public:
  Damager(const std::vector<std::uint8_t>& bytes, std::uint64_t seed) : random_(seed) {
    const auto view = btf::View::parse(bytes, "to damage");
    for (std::uint32_t id = 1; id < view.id_end(); ++id) types_.push_back(read(view, id));
  }

  DamagedBtf run() {
    std::string what;
    for (std::uint32_t i = 1 + roll(3); i > 0 && !types_.empty(); --i) {
      std::string one;
      for (int attempt = 0; attempt < 20 && one.empty(); ++attempt) one = change();
      what += (what.empty() ? "" : ", ") + one;
    }
    BtfForge forge;
    for (const Record& each : types_) write(each, forge);
    forge.integer("int", 4, 1);  // libbpf 1.1 may read the word after the last type
    return {.bytes = forge.bytes(), .what = what};
  }

 private:
  std::uint32_t roll(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  static Record read(const btf::View& view, std::uint32_t id) {
    const btf::Type type = view.type(id);
    Record out = {.name = std::string(view.string(type.name_off)),
                  .kind = type.kind,
                  .kind_flag = type.kind_flag,
                  .third = type.size_or_type};
    if (type.kind == Kind::int_) out.info = {view.info_word(type)};
    if (type.kind == Kind::array) {
      const btf::Array array = view.array(type);
      out.info = {array.type, array.index_type, array.nelems};
    }
    const bool has_elements =
        btf::is_composite(type.kind) || btf::is_any_enum(type.kind) || type.kind == Kind::func_proto;
    for (std::uint32_t i = 0; has_elements && i < type.vlen; ++i) out.elements.push_back(element(view, type, i));
    return out;
  }

  static Element element(const btf::View& view, const btf::Type& type, std::uint32_t i) {
    if (btf::is_composite(type.kind)) {
      const btf::Member member = view.member(type, i);
      return {.name = std::string(view.string(member.name_off)),
              .type = member.type,
              .bit_offset = member.bit_offset,
              .bitfield_size = member.bitfield_size};
    }
    if (btf::is_any_enum(type.kind)) {
      const btf::Enumerator enumerator = view.enumerator(type, i);
      return {.name = std::string(view.string(enumerator.name_off)), .value = enumerator.value};
    }
    const btf::Param param = view.param(type, i);
    return {.name = std::string(view.string(param.name_off)), .type = param.type};
  }

  static void write(const Record& type, BtfForge& out) {
    std::vector<std::uint32_t> words = type.info;
    for (const Element& each : type.elements) {
      words.push_back(out.string(each.name));
      if (btf::is_composite(type.kind)) {
        words.insert(words.end(), {each.type, each.bit_offset | each.bitfield_size << 24U});
      } else if (btf::is_any_enum(type.kind)) {
        words.push_back(static_cast<std::uint32_t>(each.value));
        if (type.kind == Kind::enum64) words.push_back(static_cast<std::uint32_t>(each.value >> 32U));
      } else {
        words.push_back(each.type);
      }
    }
    out.type(type.name, type.kind, static_cast<std::uint32_t>(type.elements.size()), type.kind_flag, type.third, words);
  }

  /// Makes one change and describes it; returns an empty text if there was nothing to change.
  std::string change() {
    const std::uint32_t at = roll(static_cast<std::uint32_t>(types_.size()));
    Record& type = types_[at];
    const std::string where = " of " + std::to_string(at + 1) + " " + type.name;
    switch (roll(14)) {
      case 0:
        return rename(type) ? "name" + where : "";
      case 1:
        return lose_element(type) ? "element" + where : "";
      case 2:
      case 3:
        return change_element(type) ? "something of an element" + where : "";
      case 4:
        if (type.kind != Kind::ptr) return "";
        type.third = 0;
        return "pointee" + where;
      case 5:
        return resize(type) ? "size" + where : "";
      case 6:
        return change_kind(type) ? "kind" + where : "";
      case 7:
        types_.push_back(Record(type));
        return "copy" + where;
      case 8:
        return exchange(at) ? "order" + where : "";
      case 9:
        if (type.kind != Kind::int_) return "";
        type.info[0] ^= 1U << (24U + roll(3));
        return "encoding" + where;
      case 10:
        return lose_longs() ? "all longs" : "";
      case 11:
      case 12:
        if (type.kind != Kind::array) return "";
        type.info[2] = roll(4);
        return "length" + where;
      default:
        if (type.kind != Kind::enum_ && type.kind != Kind::enum64 && type.kind != Kind::fwd) return "";
        type.kind_flag = !type.kind_flag;
        return "flag" + where;
    }
  }

  bool rename(Record& type) {
    const bool is_anonymous_kind = type.kind == Kind::ptr || type.kind == Kind::array || type.kind == Kind::func_proto;
    if (type.name.empty() || is_anonymous_kind) return false;
    const std::vector<std::string> names = {"s", "t", "s___2", "gone", "long", "unsigned long"};
    const std::string before = std::exchange(type.name, names[roll(type.kind == Kind::int_ ? 6 : 4)]);
    return type.name != before;
  }

  bool lose_longs() {
    bool some = false;
    for (Record& type : types_) {
      if (type.kind != Kind::int_ || type.name.find("long") == std::string::npos) continue;
      type.name = "gone";
      some = true;
    }
    return some;
  }

  bool lose_element(Record& type) {
    if (type.elements.empty()) return false;
    type.elements.erase(type.elements.begin() + roll(static_cast<std::uint32_t>(type.elements.size())));
    return true;
  }

  bool change_element(Record& type) {
    if (type.elements.empty()) return false;
    Element& element = type.elements[roll(static_cast<std::uint32_t>(type.elements.size()))];
    if (btf::is_any_enum(type.kind)) {
      if (roll(2) == 0) {
        element.value ^= 1;
      } else {
        element.name = "A___y";
      }
      return true;
    }
    if (!btf::is_composite(type.kind)) return false;
    switch (roll(5)) {
      case 0:
        element.bit_offset += 8 * (1 + roll(3));
        return true;
      case 1:
        element.name = element.name == "a" ? "b" : "a";
        return true;
      case 2:
        if (element.bitfield_size == 0) return false;
        element.bit_offset += 1;
        return true;
      case 3:
        if (element.bitfield_size == 0) return false;
        element.bitfield_size += 1;
        return true;
      default:
        // libbpf 1.1 crashes on a bitfield whose type has no size. An anonymous member could become part of a loop.
        if (element.bitfield_size != 0 || element.name.empty()) return false;
        element.type = roll(static_cast<std::uint32_t>(types_.size()) + 1);
        return true;
    }
  }

  bool resize(Record& type) {
    if (btf::shape(type.kind).third != btf::Third::size) return false;
    const std::uint32_t before = std::exchange(type.third, 1U << roll(4));
    return type.third != before;
  }

  static bool change_kind(Record& type) {
    switch (type.kind) {
      case Kind::struct_:
        type.kind = Kind::union_;
        return true;
      case Kind::union_:
        type.kind = Kind::struct_;
        return true;
      case Kind::enum_:
        type.kind = Kind::enum64;
        return true;
      case Kind::enum64:
        type.kind = Kind::enum_;
        return true;
      default:
        return false;
    }
  }

  /// Swaps a named struct, union or enum with another type of its kind. References to one become references to the
  /// other.
  bool exchange(std::uint32_t at) {
    if (types_[at].name.empty() || (!btf::is_composite(types_[at].kind) && !btf::is_any_enum(types_[at].kind))) {
      return false;
    }
    for (std::uint32_t other = 0; other < types_.size(); ++other) {
      if (other == at || types_[other].kind != types_[at].kind) continue;
      std::swap(types_[other], types_[at]);
      return true;
    }
    return false;
  }

  std::mt19937_64 random_;
  std::vector<Record> types_;
};

}  // namespace

DamagedBtf damage(const std::vector<std::uint8_t>& btf, std::uint64_t seed) { return Damager(btf, seed).run(); }

}  // namespace minbtf::test
