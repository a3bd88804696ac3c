#include "support/random_case.hpp"

#include <random>
#include <string>

#include "btf/view.hpp"
#include "core/question.hpp"
#include "support/btf_forge.hpp"
#include "support/object_forge.hpp"

namespace minbtf::test {

namespace {

using wire::Kind;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  /// Below `n`.
  std::uint32_t roll(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }
  bool one_in(std::uint32_t n) { return roll(n) == 0; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[roll(static_cast<std::uint32_t>(from.size()))];
  }

 private:
  std::mt19937_64 random_;
};

const std::vector<std::string> type_names = {"s", "s", "t", "s___1", "t___x", "u", "", ""};
const std::vector<std::string> member_names = {"a", "a", "b", "c", "", "a___1"};
const std::vector<std::string> enumerator_names = {"A", "B", "C", "A___x", "D"};
const std::vector<std::uint32_t> sizes = {1, 2, 4, 8};
const std::vector<std::uint32_t> lengths = {0, 0, 1, 2, 4};

/// A graph of some twenty types. Qualifiers, typedefs and arrays refer to earlier types only, everything else to any.
class Graph {
 public:
  Graph(Dice& dice, BtfForge& forge) : dice_(dice), f_(forge) {}

  void make() {
    count_ = 6 + dice_.roll(18);
    if (dice_.one_in(2))
      f_.integer(dice_.one_in(2) ? "long int" : "unsigned long", dice_.one_in(2) ? 4 : 8, dice_.roll(2));
    while (f_.next_id() <= count_) one();
    // libbpf 1.1 reads a word behind types that have none.
    f_.integer("int", 4, 1);
  }

 private:
  std::uint32_t any() { return dice_.one_in(10) ? 0 : 1 + dice_.roll(count_); }
  std::uint32_t earlier() { return dice_.one_in(8) ? 0 : dice_.roll(f_.next_id()); }

  void one() {
    const std::string name = dice_.pick(type_names);
    switch (dice_.roll(14)) {
      case 0:
        f_.integer(dice_.one_in(3) ? name : "int", dice_.pick(sizes),
                   dice_.pick(std::vector<std::uint32_t>{0, 1, 2, 3, 4}), 0, dice_.one_in(12) ? 1 : 0);
        integers_.push_back(f_.next_id() - 1);
        break;
      case 1:
      case 2:
        f_.ptr(any());
        break;
      case 3:
        f_.array(earlier(), 1, dice_.pick(lengths));
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
        f_.fwd(name, dice_.one_in(2));
        break;
      case 10:
        f_.typedef_(name.empty() ? "t" : name, earlier());
        break;
      case 11:
        modifier();
        break;
      case 12:
        prototype();
        break;
      default:
        f_.float_("float", dice_.pick(sizes));
        break;
    }
  }

  void composite(const std::string& name) {
    std::vector<ForgedMember> members;
    const std::uint32_t vlen = dice_.roll(5);
    std::uint32_t at = dice_.one_in(3) ? dice_.roll(4) * 8 : 0;
    for (std::uint32_t i = 0; i < vlen; ++i) {
      ForgedMember member = {.name = dice_.pick(member_names), .type = any(), .bit_offset = at};
      if (!integers_.empty() && dice_.one_in(6)) {
        member.type = dice_.pick(integers_);
        member.bitfield_size = 1 + dice_.roll(9);
        member.bit_offset += dice_.roll(7);
      }
      members.push_back(member);
      at += 8 * (1 + dice_.roll(4));
    }
    const std::uint32_t bytes = dice_.one_in(3) ? 16 : at / 8;
    if (dice_.one_in(4)) {
      f_.union_(name, bytes, members);
    } else {
      f_.structure(name, bytes, members);
    }
  }

  void enumeration(const std::string& name) {
    std::vector<ForgedEnumerator> values;
    for (std::uint32_t i = dice_.roll(4); i > 0; --i) {
      values.push_back({dice_.pick(enumerator_names), static_cast<std::int64_t>(dice_.roll(5)) - 1});
    }
    if (dice_.one_in(3)) {
      f_.enumeration64(name, 8, values, dice_.one_in(2));
    } else {
      f_.enumeration(name, dice_.one_in(5) ? 8 : 4, values, dice_.one_in(2));
      // An enum without enumerators is followed by whatever comes next.
      integers_.push_back(f_.next_id() - 1);
    }
  }

  void modifier() {
    const std::uint32_t type = earlier();
    switch (dice_.roll(4)) {
      case 0:
        f_.const_(type);
        break;
      case 1:
        f_.volatile_(type);
        break;
      case 2:
        f_.restrict_(type);
        break;
      default:
        f_.type_tag("tag", type);
        break;
    }
  }

  void prototype() {
    std::vector<ForgedParam> params;
    for (std::uint32_t i = dice_.roll(3); i > 0; --i) params.push_back({"p", any()});
    f_.func_proto(any(), params);
  }

  Dice& dice_;
  BtfForge& f_;
  std::uint32_t count_ = 0;
  std::vector<std::uint32_t> integers_;
};

/// Follows the types of the object at random and writes down the way.
std::string random_access(Dice& dice, const btf::View& view, std::uint32_t id) {
  std::string access = dice.one_in(12) ? "1" : "0";
  for (int level = 0; level < 5; ++level) {
    btf::Type type = view.type(id);
    while (wire::is_modifier_or_typedef(type.kind)) {
      id = type.size_or_type;
      type = view.type(id);
    }
    std::uint32_t index = 0;
    if (wire::is_composite(type.kind) && type.vlen > 0) {
      index = dice.roll(type.vlen);
      id = view.member(type, index).type;
    } else if (type.kind == Kind::array) {
      index = dice.roll(view.array(type).nelems + 2);
      id = view.array(type).type;
    } else {
      return access;
    }
    if (level > 0 && dice.one_in(4)) return access;
    access += ":" + std::to_string(dice.one_in(40) ? 9 : index);
  }
  return access;
}

constexpr std::uint32_t kinds_end = 14;  // one more than there are

class Objects {
 public:
  Objects(Dice& dice, const BtfForge& local)
      : dice_(dice), local_(local), view_(btf::View::parse(local.bytes(), "local")) {
    for (std::uint32_t id = 1; id < view_.id_end(); ++id) {
      const auto name = view_.string(view_.type(id).name_off);
      if (!name.empty() && name != "int" && name != "tag" && name != "float") roots_.push_back(id);
    }
  }

  std::vector<ForgedProgram> programs() {
    std::vector<ForgedProgram> all;
    if (roots_.empty()) return all;
    // A few roots are asked again and again, so that narrowing has something to do.
    const std::vector<std::uint32_t> favourites = {dice_.pick(roots_), dice_.pick(roots_)};
    for (std::uint32_t i = 0; i < 3; ++i) {
      ForgedProgram program = {
          .name = "prog" + std::to_string(i), .section = dice_.one_in(2) ? "tp/x" : "tp/y", .insns = {}, .records = {}};
      for (std::uint32_t n = 1 + dice_.roll(4); n > 0; --n) add(program, dice_.pick(favourites));
      program.insns.push_back(exit_insn());
      all.push_back(program);
    }
    return all;
  }

 private:
  void add(ForgedProgram& program, std::uint32_t root) {
    const auto kind = static_cast<RelocationKind>(dice_.one_in(3) ? dice_.roll(kinds_end) : random_kind(root));
    const bool is_type = core::is_type_based(kind);
    std::string access = is_type ? "0" : random_access(dice_, view_, root);
    if (core::is_enumval_based(kind)) access = std::to_string(dice_.roll(4));
    BtfForge with_access = local_;
    const auto offset = with_access.string(access);
    const auto view = btf::View::parse(with_access.bytes(), "local");
    const core::Asked asked = core::read_record(view, static_cast<std::uint32_t>(kind), root, offset);
    program.records.push_back({.insn = static_cast<std::uint32_t>(program.insns.size()),
                               .type_id = root,
                               .access = access,
                               .kind = static_cast<std::uint32_t>(kind)});
    const std::uint64_t value = asked.original.value + (dice_.one_in(50) ? 1 : 0);
    if (kind == RelocationKind::field_byte_offset && value < 30000 && dice_.one_in(2)) {
      const std::uint32_t bytes = asked.original.element_bytes;
      const bool loadable = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
      program.insns.push_back(ldx(loadable && !dice_.one_in(20) ? bytes : 4, static_cast<std::int16_t>(value)));
    } else if (value < 0x7fffffff && dice_.one_in(2)) {
      program.insns.push_back(mov_imm(static_cast<std::int32_t>(value)));
    } else {
      for (const ForgedInsn& half : ld_imm64(value)) program.insns.push_back(half);
    }
  }

  std::uint32_t random_kind(std::uint32_t root) {
    const Kind kind = view_.type(root).kind;
    if (wire::is_any_enum(kind)) return 10 + dice_.roll(2);
    if (wire::is_composite(kind)) return dice_.roll(6);
    return dice_.pick(std::vector<std::uint32_t>{0, 2, 7, 8, 9, 12});
  }

  Dice& dice_;
  const BtfForge& local_;
  btf::View view_;
  std::vector<std::uint32_t> roots_;
};

}  // namespace

RandomCase random_case(std::uint64_t seed) {
  Dice dice(seed);
  BtfForge local;
  Graph(dice, local).make();
  BtfForge kernel;
  Graph(dice, kernel).make();
  if (dice.one_in(3)) Graph(dice, kernel).make();
  return {.object = forge_object(local, Objects(dice, local).programs()), .kernel = kernel.bytes()};
}

}  // namespace minbtf::test
