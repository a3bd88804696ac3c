// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/random_case.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "btf/bytes.hpp"
#include "btf/view.hpp"
#include "core/question.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/object_forge.hpp"
#include "support/forge/random_graph.hpp"
#include "support/forge/random_graph_words.hpp"

namespace minbtf::test {

namespace {

using btf::Kind;

/// Follows the types of the object at random and returns the path as an access string.
std::string random_access(Dice& dice, const btf::View& view, std::uint32_t id) {
  std::string access = dice.one_in(12) ? "1" : "0";
  for (int level = 0; level < 5; ++level) {
    btf::Type type = view.type(id);
    while (btf::is_modifier_or_typedef(type.kind)) {
      id = type.size_or_type;
      type = view.type(id);
    }
    std::uint32_t index = 0;
    if (btf::is_composite(type.kind) && type.vlen > 0) {
      index = dice.roll(type.vlen);
      id = view.member(type, index).type;
    } else if (type.kind == Kind::array) {
      index = dice.roll(view.array(type).nelems + 2);
      id = view.array(type).type;
    } else {
      return access;
    }
    if (level > 0 && dice.one_in(6)) return access;
    access += ":" + std::to_string(dice.one_in(40) ? 9 : index);
  }
  return access;
}

constexpr std::uint32_t kinds_end = 14;  // one more than the number of kinds: 13 is no valid kind

struct Ask {
  std::uint32_t root;
  RelocationKind kind;
  std::string access;
};

class Objects {
 public:
  Objects(Dice& dice, const BtfForge& local, ByteOrder kernel_order)
      : dice_(dice), local_(local), kernel_order_(kernel_order), view_(btf::View::parse(local.bytes(), "local")) {
    for (std::uint32_t id = 1; id < view_.id_end(); ++id) {
      const auto name = view_.string(view_.type(id).name_off);
      const bool is_root =
          !name.empty() && std::ranges::find(random_graphs::type_names, name) != random_graphs::type_names.end();
      if (!is_root) continue;
      roots_.push_back(id);
      // A type with members or enumerators has more to access: it is chosen more often.
      if (view_.type(id).vlen > 0) roots_.insert(roots_.end(), 3, id);
    }
  }

  std::vector<ForgedProgram> programs() {
    if (roots_.empty()) return {};
    // Programs use few roots again and again, so that relocations narrow the candidates of one local type.
    const std::vector<std::uint32_t> favourites = {dice_.pick(roots_), dice_.pick(roots_)};
    std::vector<std::vector<Ask>> asks(3);
    for (auto& of_program : asks) {
      for (std::uint32_t n = 1 + dice_.roll(only_usable_ ? 8 : 4); n > 0; --n)
        of_program.push_back(ask(dice_.pick(favourites)));
    }
    // Records refer to access strings by their offset.
    BtfForge with_accesses = local_;
    for (const auto& of_program : asks) {
      for (const Ask& each : of_program) with_accesses.string(each.access);
    }
    const btf::View view = btf::View::parse(with_accesses.bytes(), "local");
    std::vector<ForgedProgram> all;
    for (const auto& of_program : asks) {
      ForgedProgram program = {.name = "prog" + std::to_string(all.size()),
                               .section = dice_.one_in(2) ? "tp/x" : "tp/y",
                               .insns = {},
                               .records = {}};
      for (const Ask& each : of_program) add(program, each, view, with_accesses.string(each.access));
      program.insns.push_back(exit_insn());
      all.push_back(program);
    }
    return all;
  }

 private:
  Ask ask(std::uint32_t root) {
    auto kind = static_cast<RelocationKind>(dice_.one_in(4) ? dice_.roll(kinds_end) : random_kind(root));
    // libbpf computes this shift for its own machine. The value has no meaning for candidates of another byte order.
    const bool depends_on_machine = kernel_order_ != btf::host_order && kind == RelocationKind::field_lshift_u64;
    if (depends_on_machine) kind = RelocationKind::field_rshift_u64;
    std::string access = core::is_type_based(kind) ? "0" : random_access(dice_, view_, root);
    if (core::is_enumval_based(kind)) access = std::to_string(dice_.roll(4));
    return {.root = root, .kind = kind, .access = std::move(access)};
  }

  void add(ForgedProgram& program, const Ask& ask, const btf::View& view, std::uint32_t access_offset) {
    const auto number = static_cast<std::uint32_t>(ask.kind);
    const core::Asked asked = core::read_record(view, number, ask.root, access_offset);
    if (only_usable_ && (asked.invalid != Failure::none || asked.original.failure != Failure::none)) return;
    program.records.push_back({.insn = static_cast<std::uint32_t>(program.insns.size()),
                               .type_id = ask.root,
                               .access = ask.access,
                               .kind = number});
    const std::uint64_t value = asked.original.value + (dice_.one_in(50) ? 1 : 0);
    if (ask.kind == RelocationKind::field_byte_offset && value < 30000 && dice_.one_in(2)) {
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
    if (btf::is_any_enum(kind)) return 10 + dice_.roll(2);
    if (btf::is_composite(kind)) return dice_.roll(6);
    return dice_.pick(std::vector<std::uint32_t>{0, 2, 7, 8, 9, 12});
  }

  Dice& dice_;
  /// Most objects are such as a compiler writes: no relocation fails for the object's own types. A failure would leave
  /// the reduced types as they are.
  const bool only_usable_ = !dice_.one_in(4);
  const BtfForge& local_;
  ByteOrder kernel_order_;
  btf::View view_;
  std::vector<std::uint32_t> roots_;
};

}  // namespace

RandomCase random_case(std::uint64_t seed, Loops loops) {
  Dice dice(seed);
  const auto allowed = [&](TypeGraph graph) {
    return loops == Loops::any ? std::move(graph) : without_loops(std::move(graph));
  };
  const TypeGraph asked = allowed(random_graph(dice));
  BtfForge local;
  put_down(asked, local);
  BtfForge kernel(dice.one_in(8) ? ByteOrder::big : ByteOrder::little);
  // The kernel has the object's types with changes, unrelated types, or several of these at once.
  if (!dice.one_in(4)) put_down(allowed(changed_graph(dice, asked)), kernel);
  if (kernel.next_id() == 1 || dice.one_in(5)) put_down(allowed(random_graph(dice)), kernel);
  if (dice.one_in(5)) put_down(allowed(changed_graph(dice, asked)), kernel);
  return {.object = forge_object(local, Objects(dice, local, kernel.order()).programs()), .kernel = kernel.bytes()};
}

std::vector<std::uint8_t> other_kernel(std::uint64_t seed, std::uint64_t number) {
  Dice of_object(seed);
  const TypeGraph asked = random_graph(of_object);
  Dice changes(seed * 1000 + number);
  BtfForge kernel;
  put_down(changed_graph(changes, asked), kernel);
  return kernel.bytes();
}

}  // namespace minbtf::test
