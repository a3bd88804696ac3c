// SPDX-License-Identifier: BSD-2-Clause
#include "support/forge/module_samples.hpp"

#include "elf/elf_writer.hpp"
#include "support/forge/forged_samples.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// Adds types that only modules have, and a struct `s` of the module's own. `integer` is the id of an INT.
void add_types(BtfForge& f, std::uint32_t integer) {
  const std::uint32_t s = f.structure("s", 48, {{"b", integer, 0}, {"a", integer, 32}, {"list", integer, 64}});
  const std::uint32_t alias = f.typedef_("own_t", f.const_(s));
  const std::uint32_t list = f.array(alias, integer, 2);
  f.structure("m", 128, {{"first", integer, 0}, {"s", s, 64}, {"next", f.ptr(f.next_id() + 1), 512}, {"l", list, 576}});
  f.structure("n", 8, {{"up", integer, 0, 3}, {"e", f.enumeration("own", 4, {{"A", 1}, {"C", 5}}), 32}});
}

/// A module that has one type of each kind.
BtfForge large_module(const BtfForge& base) {
  BtfForge f = BtfForge::split(base);
  add_types(f, 1);
  f.enumeration("e", 4, {{"A", 7}, {"B", 8}}, true);
  f.enumeration64("e64", 8, {{"BIG", 1}});
  const std::uint32_t proto = f.func_proto(1, {{"m", f.ptr(1)}, {"", 0}});
  f.func("run", proto, 1);
  f.datasec(".data..percpu", 4, {{f.var("count", 1, 1), 0, 4}});
  f.fwd("later", true);
  f.decl_tag("declared", f.typedef_("t", f.volatile_(f.restrict_(f.ptr(1)))), 0xffffffffU);
  f.float_("double", 8);
  f.type_tag("user", 1);
  f.union_("bits", 8, {{"low", 1, 0}});
  f.integer("long unsigned int", 8);
  return f;
}

/// A module made for no particular kernel, and its distilled base.
ForgedModule distilled(ByteOrder order) {
  BtfForge base(order);
  base.integer("int", 4, 1);
  base.structure("s", 40, {});
  BtfForge module = BtfForge::split(base);
  module.structure("m", 56, {{"first", 1, 0}, {"s", 2, 64}, {"next", module.ptr(2), 384}});
  module.structure("n", 8, {{"up", 1, 0}});
  return {.btf = module.bytes(), .distilled_base = base.bytes(), .order = order};
}

}  // namespace

BtfForge sample_base(std::size_t index, ByteOrder order) {
  if (index == 0) return EveryKind(order).forge;
  BtfForge base(order);
  const std::uint32_t integer = base.integer("int", 4, 1);
  base.structure("s", 40, {{"a", integer, 0}, {"b", integer, 32}});
  return base;
}

Bytes sample_module_object(std::size_t index, ByteOrder order) {
  BtfForge local(order);
  const std::uint32_t integer = local.integer("int", 4, 1);
  const std::uint32_t s = local.structure("s", 8, {{"a", integer, 0}, {"b", integer, 32}});
  const std::uint32_t m = local.structure("m", 24, {{"s", s, 0}, {"next", local.ptr(s), 64}, {"first", integer, 128}});
  const std::uint32_t n = local.structure("n", 8, {{"up", integer, 0}});
  const std::uint32_t e = local.enumeration("e", 4, {{"A", 0}, {"B", 1}});
  const std::uint32_t own = local.enumeration("own", 4, {{"C", 0}});
  const std::uint32_t t = local.typedef_("t", s);
  const std::vector<std::vector<ForgedAsk>> asks = {
      {{s, "0:0"}, {m, "0:0:0"}}, {{m, "0:1"}, {n, "0:0"}}, {{e, "0"}, {own, "0"}, {m, "0:2"}}, {{t, "0:1"}, {m, "0"}}};
  return forge_object(local, ask_in_every_way(local, asks[index % asks.size()]), {.order = order});
}

Bytes ForgedModule::bytes() const {
  static const Bytes this_module(64);
  std::vector<elf::NewSection> sections;
  const Bytes info(modinfo.begin(), modinfo.end());
  if (!info.empty()) sections.push_back({.name = ".modinfo", .contents = info});
  sections.push_back({.name = ".gnu.linkonce.this_module", .contents = this_module});
  // The words of BTF lie at multiples of 4, as a mutator of words needs.
  if (!btf.empty()) sections.push_back({.name = ".BTF", .alignment = 4, .contents = btf});
  if (!distilled_base.empty()) sections.push_back({.name = ".BTF.base", .alignment = 4, .contents = distilled_base});
  return elf::write_elf({.number = 62, .order = order}, elf::FileType::relocatable, sections, {}, "ko");
}

std::vector<std::pair<std::string, Bytes>> sample_modules(std::size_t base, ByteOrder order) {
  const BtfForge vmlinux = sample_base(base, order);
  BtfForge small = BtfForge::split(vmlinux);
  add_types(small, 1);
  const ForgedModule in_tree = {
      .btf = small.bytes(), .modinfo = std::string("name=m\0vermagic=6.1.0 SMP \0", 27), .order = order};
  return {{"small", small.bytes()},
          {"large", large_module(vmlinux).bytes()},
          {"no_types", BtfForge::split(vmlinux).bytes()},
          {"small.ko", in_tree.bytes()},
          {"distilled.ko", distilled(order).bytes()}};
}

}  // namespace minbtf::test
