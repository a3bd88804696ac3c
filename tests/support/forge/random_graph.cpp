// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/random_graph.hpp"

#include <string>
#include <utility>

#include "support/forge/random_graph_words.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;

using namespace random_graphs;

class Maker {
 public:
  explicit Maker(Dice& dice) : dice_(dice), count_(6 + dice.roll(18)) {}

  TypeGraph make() {
    if (dice_.one_in(2)) {
      const std::string name = dice_.one_in(2) ? "long int" : "unsigned long";
      add({.kind = Kind::int_, .name = name, .bytes = dice_.one_in(2) ? 4U : 8U, .encoding = dice_.roll(2)});
    }
    while (graph_.size() < count_) one();
    add({.kind = Kind::int_, .name = "int", .bytes = 4, .encoding = 1});
    return std::move(graph_);
  }

 private:
  void add(GraphType type) { graph_.push_back(std::move(type)); }
  [[nodiscard]] std::uint32_t last_id() const { return static_cast<std::uint32_t>(graph_.size()); }
  std::uint32_t any() { return dice_.one_in(10) ? 0 : 1 + dice_.roll(count_); }
  std::uint32_t earlier() { return dice_.one_in(8) ? 0 : dice_.roll(last_id() + 1); }

  void one() {
    const std::string name = dice_.pick(type_names);
    switch (dice_.roll(14)) {
      case 0:
        add({.kind = Kind::int_,
             .name = dice_.one_in(3) ? name : dice_.pick(int_names),
             .bytes = dice_.pick(sizes),
             .encoding = dice_.pick(encodings),
             .bits = dice_.one_in(10) ? 1 + dice_.roll(8) : 0,
             .offset = dice_.one_in(12) ? 1U : 0U});
        bits_.push_back(last_id());
        break;
      case 1:
      case 2:
        add({.kind = Kind::ptr, .type = !named_.empty() && dice_.one_in(3) ? dice_.pick(named_) : any()});
        break;
      case 3:
        add({.kind = Kind::array, .type = earlier(), .nelems = dice_.pick(lengths)});
        break;
      case 4:
      case 5:
      case 6:
      case 7:
        composite(name);
        break;
      case 8:
        enumeration(name);
        break;
      case 9:
        add({.kind = Kind::fwd, .name = name, .flag = dice_.one_in(2)});
        break;
      case 10:
        add({.kind = Kind::typedef_, .name = name.empty() ? "t" : name, .type = earlier()});
        break;
      case 11:
        modifier(earlier());
        break;
      case 12:
        prototype();
        break;
      default:
        add({.kind = Kind::float_, .name = "float", .bytes = dice_.pick(sizes)});
        break;
    }
  }

  void composite(const std::string& name) {
    if (dice_.one_in(10)) flexible();
    GraphType made = {.kind = dice_.one_in(4) ? Kind::union_ : Kind::struct_, .name = name};
    std::uint32_t at = dice_.one_in(3) ? dice_.roll(4) * 8 : 0;
    for (std::uint32_t n = dice_.roll(6); n > 0; --n) {
      ForgedMember member = {.name = dice_.pick(member_names), .type = any(), .bit_offset = at};
      if (member.name.empty() && !anonymous_.empty() && !dice_.one_in(4)) {
        member.type = dice_.pick(anonymous_);
      } else if (!bits_.empty() && dice_.one_in(6)) {
        member.type = dice_.pick(bits_);
        member.bitfield_size = 1 + dice_.roll(9);
        member.bit_offset += dice_.roll(7);
      } else if (dice_.one_in(8)) {
        member.type = chain(!bits_.empty() && dice_.one_in(2) ? dice_.pick(bits_) : earlier());
      }
      made.members.push_back(member);
      at += 8 * (1 + dice_.roll(4));
    }
    made.bytes = dice_.one_in(3) ? 16 : at / 8;
    if (dice_.one_in(10)) made.bytes += 8 * dice_.roll(100);
    const std::uint32_t id = last_id() + 1;
    const bool is_list = !name.empty() && dice_.one_in(4);
    if (is_list) made.members.push_back({.name = "next", .type = id + 1, .bit_offset = at});
    add(std::move(made));
    if (is_list) add({.kind = Kind::ptr, .type = id});
    (name.empty() ? anonymous_ : named_).push_back(id);
  }

  void enumeration(const std::string& name) {
    GraphType made = {.kind = Kind::enum_, .name = name, .bytes = dice_.one_in(5) ? 8U : 4U, .flag = dice_.one_in(2)};
    for (std::uint32_t n = dice_.roll(4); n > 0; --n) {
      made.values.push_back({dice_.pick(enumerator_names), dice_.pick(enumerator_values)});
    }
    if (dice_.one_in(3)) {
      made.kind = Kind::enum64;
      made.bytes = 8;
    }
    add(std::move(made));
    bits_.push_back(last_id());
  }

  /// Adds up to four typedefs and qualifiers, one in front of the other, and returns the id of the first.
  std::uint32_t chain(std::uint32_t of) {
    for (std::uint32_t n = 1 + dice_.roll(4); n > 0; --n) {
      if (dice_.one_in(2)) {
        add({.kind = Kind::typedef_, .name = dice_.one_in(8) ? dice_.pick(type_names) : "alias", .type = of});
        if (graph_.back().name.empty()) graph_.back().name = "t";
      } else {
        modifier(of);
      }
      of = last_id();
    }
    return of;
  }

  /// An anonymous struct that ends with an array without elements, as DECLARE_FLEX_ARRAY() of the kernel makes.
  void flexible() {
    const std::uint32_t element = earlier();
    add({.kind = Kind::array, .type = element});
    const std::uint32_t array = last_id();
    GraphType made = {.kind = dice_.one_in(5) ? Kind::union_ : Kind::struct_};
    const std::uint32_t before = dice_.roll(3);
    for (std::uint32_t i = 0; i < before; ++i) made.members.push_back({dice_.pick(member_names), earlier(), 8 * i});
    made.members.push_back({.name = dice_.pick(member_names), .type = array, .bit_offset = 8 * before});
    made.bytes = before;
    add(std::move(made));
    anonymous_.push_back(last_id());
  }

  void modifier(std::uint32_t type) {
    add({.kind = dice_.pick(modifiers), .name = "", .type = type});
    if (graph_.back().kind == Kind::type_tag) graph_.back().name = "tag";
    for (const std::uint32_t id : bits_) {
      if (id != type) continue;
      bits_.push_back(last_id());
      break;
    }
  }

  void prototype() {
    GraphType made = {.kind = Kind::func_proto, .type = any()};
    for (std::uint32_t n = dice_.roll(3); n > 0; --n) made.params.push_back({"p", any()});
    add(std::move(made));
  }

  Dice& dice_;
  std::uint32_t count_;
  TypeGraph graph_;
  std::vector<std::uint32_t> bits_;       ///< types that a bitfield may have
  std::vector<std::uint32_t> anonymous_;  ///< structs and unions without a name
  std::vector<std::uint32_t> named_;      ///< structs and unions with a name
};

}  // namespace

TypeGraph random_graph(Dice& dice) { return Maker(dice).make(); }

}  // namespace minbtf::test
