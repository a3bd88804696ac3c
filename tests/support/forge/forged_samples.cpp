// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/forged_samples.hpp"

#include "core/question.hpp"

namespace minbtf::test {

EveryKind::EveryKind(ByteOrder order) : forge(order) {
  int_ = forge.integer("int", 4, 1);
  long_ = forge.integer("long unsigned int", 8);
  ptr = forge.ptr(forge.next_id() + 1);
  struct_ = forge.structure("s", 40,
                            {{"a", int_, 0},
                             {"next", ptr, 64},
                             {"list", forge.next_id() + 1, 128},
                             {"", forge.next_id() + 2, 192},
                             {"e", forge.next_id() + 3, 256}});
  array = forge.array(int_, long_, 2);
  union_ = forge.union_("", 8, {{"x", int_, 0}, {"y", long_, 0}});
  enum_ = forge.enumeration("e", 4, {{"A", -1}, {"B", 2}}, true);
  fwd = forge.fwd("later", true);
  typedef_ = forge.typedef_("t", struct_);
  volatile_ = forge.volatile_(int_);
  const_ = forge.const_(volatile_);
  restrict_ = forge.restrict_(ptr);
  func_proto = forge.func_proto(int_, {{"x", const_}, {"y", restrict_}, {"", 0}});
  func = forge.func("function", func_proto, 1);
  var = forge.var("variable", int_, 1);
  datasec = forge.datasec(".data", 4, {{var, 0, 4}});
  float_ = forge.float_("float", 4);
  decl_tag = forge.decl_tag("declared", struct_, 1);
  type_tag = forge.type_tag("user", int_);
  enum64 = forge.enumeration64("e64", 8, {{"BIG", std::int64_t{1} << 40}, {"LEAST", INT64_MIN}});
  bitfields = forge.structure("bits", 4, {{"low", int_, 0, 3}, {"high", type_tag, 3, 29}});
}

namespace {

/// Returns a program that holds the value in a load if it is an offset that fits, otherwise in a 16-byte immediate.
std::vector<ForgedInsn> holding(RelocationKind kind, std::uint64_t value, bool load) {
  if (load && kind == RelocationKind::field_byte_offset && value <= INT16_MAX) {
    return {mov_imm(1), ldx(4, static_cast<std::int16_t>(value)), exit_insn()};
  }
  const auto wide = ld_imm64(value);
  return {mov_imm(1), wide[0], wide[1], exit_insn()};
}

}  // namespace

std::vector<ForgedProgram> ask_in_every_way(BtfForge local, const std::vector<ForgedAsk>& asks) {
  for (const ForgedAsk& ask : asks) local.string(ask.access);
  const btf::View view = btf::View::parse(local.bytes(), "local");
  std::vector<ForgedProgram> programs;
  for (const ForgedAsk& ask : asks) {
    for (std::uint32_t number = 0; number <= static_cast<std::uint32_t>(RelocationKind::type_matches); ++number) {
      const auto kind = static_cast<RelocationKind>(number);
      const auto asked = core::read_record(view, number, ask.type, local.string(ask.access));
      const bool even = programs.size() % 2 == 0;
      programs.push_back({.name = "p" + std::to_string(programs.size()),
                          .section = even ? "tp/even" : "tp/odd",
                          .insns = holding(kind, asked.original.value, even),
                          .records = {{.insn = 1, .type_id = ask.type, .access = ask.access, .kind = number}}});
    }
  }
  return programs;
}

std::vector<std::uint8_t> sample_object(const ForgedObjectOptions& options) {
  const EveryKind all(options.order);
  return forge_object(all.forge,
                      ask_in_every_way(all.forge, {{all.struct_, "0"},
                                                   {all.struct_, "0:0"},
                                                   {all.struct_, "0:1"},
                                                   {all.struct_, "0:2:1"},
                                                   {all.struct_, "0:3:1"},
                                                   {all.struct_, "0:4"},
                                                   {all.typedef_, "0:2"},
                                                   {all.bitfields, "0:1"},
                                                   {all.enum_, "0"},
                                                   {all.enum64, "1"},
                                                   {all.int_, "0"}}),
                      options);
}

std::vector<std::uint8_t> sample_kernel(ByteOrder order) { return EveryKind(order).forge.bytes(); }

std::vector<std::uint8_t> other_sample_kernel(ByteOrder order) {
  BtfForge forge(order);
  const std::uint32_t int_ = forge.integer("int", 4, 1);
  const std::uint32_t long_ = forge.integer("long unsigned int", 8);
  const std::uint32_t list = forge.array(forge.typedef_("int32", int_), long_, 3);
  const std::uint32_t inner = forge.structure("", 16, {{"y", long_, 0}, {"a", int_, 64}});
  const std::uint32_t outer = forge.union_("", 16, {{"", inner, 0}, {"x", int_, 0}});
  const std::uint32_t s = forge.structure("s", 64, {{"pad", long_, 0}, {"list", list, 64}, {"", outer, 192}});
  forge.structure("s___old", 8, {{"a", int_, 32}});
  forge.typedef_("t", forge.const_(s));
  forge.enumeration("e", 4, {{"B", 3}, {"A___new", 4}});
  forge.enumeration("e64", 4, {{"LEAST", -7}});
  forge.structure("bits", 8, {{"high", long_, 5, 33}, {"low", int_, 0, 5}});
  return forge.bytes();
}

}  // namespace minbtf::test
