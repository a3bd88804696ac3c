// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <string>
#include <utility>

#include "support/forge/random_graph.hpp"
#include "support/forge/random_graph_words.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;

using namespace random_graphs;

class Changer {
 public:
  Changer(Dice& dice, TypeGraph graph) : dice_(dice), graph_(std::move(graph)) {}

  TypeGraph change() {
    const GraphType last = graph_.back();
    for (std::uint32_t n = dice_.roll(11); n > 0; --n) one();
    graph_.push_back(last);
    return std::move(graph_);
  }

 private:
  std::uint32_t add(GraphType type) {
    graph_.push_back(std::move(type));
    return static_cast<std::uint32_t>(graph_.size());
  }
  std::uint32_t any() { return dice_.roll(static_cast<std::uint32_t>(graph_.size()) + 1); }

  void one() {
    std::uint32_t at = dice_.index(graph_);
    if (dice_.one_in(8) && !graph_[at].name.empty()) at = add(GraphType(graph_[at])) - 1;
    const Kind kind = graph_[at].kind;
    if (!graph_[at].name.empty() && dice_.one_in(8)) {
      flavor(graph_[at]);
    } else if (btf::is_composite(kind)) {
      composite(at);
    } else if (btf::is_any_enum(kind)) {
      enumeration(graph_[at]);
    } else {
      other(graph_[at]);
    }
  }

  void flavor(GraphType& type) {
    const std::size_t end = type.name.find("___");
    if (end != std::string::npos) {
      type.name.resize(end);
    } else {
      type.name += "___new";
    }
  }

  void composite(std::uint32_t at) {
    GraphType& type = graph_[at];
    if (type.members.empty() || dice_.one_in(8)) {
      insert(type);
      return;
    }
    const std::uint32_t index = dice_.index(type.members);
    ForgedMember& member = type.members[index];
    switch (dice_.roll(12)) {
      case 0:
        type.members.erase(type.members.begin() + index);
        break;
      case 1:
        std::swap(member, type.members[dice_.index(type.members)]);
        break;
      case 2:
        for (ForgedMember& each : type.members) each.bit_offset += 8 * (1 + dice_.roll(2));
        break;
      case 3:
        type.kind = type.kind == Kind::struct_ ? Kind::union_ : Kind::struct_;
        break;
      case 4:
        type.bytes = dice_.one_in(2) ? type.bytes + 4 : dice_.roll(64);
        break;
      case 5:
        bitfield(member);
        break;
      case 6:
        if (dice_.one_in(3)) type = {.kind = Kind::fwd, .name = type.name, .flag = type.kind == Kind::union_};
        break;
      case 7:
      case 8:
        embed(at, index);
        if (dice_.one_in(2)) embed(at, index);
        break;
      case 9:
        flatten(at, index);
        break;
      case 10:
        unqualify(member);
        break;
      default:
        qualify(at, index);
        break;
    }
  }

  void insert(GraphType& type) {
    const std::uint32_t index = dice_.roll(static_cast<std::uint32_t>(type.members.size()) + 1);
    const std::uint32_t bits = 8 * (1 + dice_.roll(4));
    std::uint32_t at = 0;
    if (index < type.members.size()) at = type.members[index].bit_offset;
    for (std::size_t i = index; i < type.members.size(); ++i) type.members[i].bit_offset += bits;
    type.members.insert(type.members.begin() + index, {dice_.pick(member_names), any(), at});
  }

  void bitfield(ForgedMember& member) {
    const Kind kind = member.type == 0 ? Kind::void_ : graph_[member.type - 1].kind;
    if (member.bitfield_size != 0) {
      member.bitfield_size = dice_.one_in(3) ? 0 : 1 + dice_.roll(12);
    } else if (kind == Kind::int_ || btf::is_any_enum(kind)) {
      member.bitfield_size = 1 + dice_.roll(9);
    }
  }

  /// Moves some members, starting at `first`, into an anonymous struct or union.
  void embed(std::uint32_t at, std::uint32_t first) {
    std::vector<ForgedMember>& members = graph_[at].members;
    const std::uint32_t count = 1 + dice_.roll(static_cast<std::uint32_t>(members.size()) - first);
    const auto begin = members.begin() + first;
    const std::uint32_t base = begin->bit_offset;
    GraphType inner = {.kind = dice_.one_in(2) ? Kind::struct_ : Kind::union_, .bytes = 16};
    inner.members.assign(begin, begin + count);
    for (ForgedMember& each : inner.members) each.bit_offset -= std::min(each.bit_offset, base);
    members.erase(begin + 1, begin + count);
    const std::uint32_t id = add(std::move(inner));
    graph_[at].members[first] = {"", id, base};
  }

  /// Replaces an anonymous member by the members of its type.
  void flatten(std::uint32_t at, std::uint32_t index) {
    std::vector<ForgedMember>& members = graph_[at].members;
    const ForgedMember member = members[index];
    if (!member.name.empty() || member.type == 0) return;
    std::vector<ForgedMember> inner = graph_[member.type - 1].members;
    for (ForgedMember& each : inner) each.bit_offset += member.bit_offset;
    members.erase(members.begin() + index);
    members.insert(members.begin() + index, inner.begin(), inner.end());
  }

  /// Leaves out a typedef or qualifier.
  void unqualify(ForgedMember& member) {
    if (member.type == 0 || !btf::is_modifier_or_typedef(graph_[member.type - 1].kind)) return;
    member.type = graph_[member.type - 1].type;
  }

  /// Qualifies the type of a member, or puts a typedef or a tag in front of it. Bitfields may have such types too.
  void qualify(std::uint32_t at, std::uint32_t index) {
    GraphType made = {.kind = dice_.pick(modifiers), .type = graph_[at].members[index].type};
    if (made.kind == Kind::type_tag) made.name = "tag";
    if (dice_.one_in(4)) made = {.kind = Kind::typedef_, .name = dice_.pick(type_names), .type = made.type};
    if (made.kind == Kind::typedef_ && made.name.empty()) made.name = "t";
    const std::uint32_t id = add(std::move(made));
    graph_[at].members[index].type = id;
  }

  void enumeration(GraphType& type) {
    if (type.values.empty() || dice_.one_in(4)) {
      const bool was_wide = type.kind == Kind::enum64;
      type.kind = was_wide ? Kind::enum_ : Kind::enum64;
      type.bytes = was_wide ? 4 : 8;
      return;
    }
    const std::uint32_t index = dice_.index(type.values);
    switch (dice_.roll(4)) {
      case 0:
        type.values.erase(type.values.begin() + index);
        break;
      case 1:
        type.values[index].value += 1;
        break;
      case 2:
        type.values[index].name = dice_.pick(enumerator_names);
        break;
      default:
        type.values.insert(type.values.begin() + index, {dice_.pick(enumerator_names), dice_.pick(enumerator_values)});
        break;
    }
  }

  void other(GraphType& type) {
    switch (type.kind) {
      case Kind::int_:
        if (dice_.one_in(2)) type.bytes = dice_.pick(sizes);
        if (dice_.one_in(2)) type.encoding = dice_.pick(encodings);
        if (dice_.one_in(4)) type.name = dice_.pick(int_names);
        if (dice_.one_in(10)) type.bits = 1 + dice_.roll(8);
        break;
      case Kind::ptr:
        type.type = dice_.one_in(2) ? 0 : any();
        break;
      case Kind::array:
        type.nelems = dice_.pick(lengths);
        break;
      case Kind::fwd:
        type.flag = !type.flag;
        break;
      case Kind::func_proto:
        if (type.params.empty() || dice_.one_in(2)) {
          type.params.push_back({"p", any()});
        } else {
          type.params.pop_back();
        }
        break;
      default:
        break;
    }
  }

  Dice& dice_;
  TypeGraph graph_;
};

}  // namespace

TypeGraph changed_graph(Dice& dice, TypeGraph graph) { return Changer(dice, std::move(graph)).change(); }

}  // namespace minbtf::test
