// SPDX-License-Identifier: BSD-2-Clause
#include "support/core_case.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "core/question.hpp"
#include "object/object_data.hpp"
#include "support/forge/object_forge.hpp"
#include "support/libbpf/libbpf_resolver.hpp"

namespace minbtf::test {

namespace {

std::string type_words(const Btf& kernel, std::uint64_t id) {
  if (id == 0) return "no type";
  const auto type = btf::view_of(kernel).type(static_cast<std::uint32_t>(id));
  std::string out =
      "type " + std::string(btf::shape(type.kind).name) + " " + std::string(btf::view_of(kernel).string(type.name_off));
  if (btf::shape(type.kind).third == btf::Third::size) out += " size " + std::to_string(type.size_or_type);
  return out;
}

std::vector<std::string> texts(const Plan& plan, const Btf& kernel, const std::vector<bool>& programs) {
  std::vector<std::string> out;
  for (const Resolution& resolution : plan.resolve(kernel, 0, programs)) {
    out.push_back(text(kernel, plan.objects()[0], resolution));
  }
  return out;
}

void compare_with_libbpf(const BpfObject& object, const ResolverObject& resolver, const Btf& kernel,
                         const std::vector<Resolution>& ours, ResolverTarget& target,
                         const std::vector<bool>& programs) {
  const std::vector<Verdict> theirs = resolver.resolve(target, programs, Rules::newest);
  REQUIRE(theirs.size() == ours.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO("libbpf: " << theirs[i].text() << "\nours: " << text(kernel, object, ours[i]));
    CHECK(theirs[i].failed() == (ours[i].status == Status::failed));
    CHECK(theirs[i].poison == (ours[i].status == Status::poisoned));
    if (ours[i].status != Status::resolved) continue;
    if (theirs[i].kind != static_cast<std::uint32_t>(RelocationKind::type_id_target)) {
      CHECK(theirs[i].new_val == ours[i].value);
    }
    CHECK(theirs[i].load_size == ours[i].load_size);
  }
}

std::vector<std::vector<bool>> subsets(std::size_t programs) {
  std::vector<std::vector<bool>> out = {std::vector<bool>(programs, true)};
  for (std::size_t i = 0; i < programs; ++i) {
    std::vector<bool> one(programs, false);
    one[i] = true;
    out.push_back(one);
  }
  return out;
}

}  // namespace

std::string text(const Btf& kernel, const BpfObject& object, const Resolution& resolution) {
  if (resolution.status == Status::failed) return "failed: " + std::string(to_string(resolution.failure));
  if (resolution.status == Status::poisoned) return "poison";
  const auto kind = static_cast<RelocationKind>(object::data_of(object).records[resolution.relocation].kind);
  if (kind == RelocationKind::type_id_target) return type_words(kernel, resolution.value);
  std::string out = std::to_string(static_cast<std::int64_t>(resolution.value));
  if (resolution.load_size != 0) out += " load " + std::to_string(resolution.load_size);
  return out;
}

Built build(const Case& row) {
  BtfForge local(row.object_order);
  const std::uint32_t root = row.local(local);
  const auto view = btf::View::parse(local.bytes(), "local");
  std::map<std::string, ForgedProgram> by_name;
  std::vector<std::string> order;
  for (const Ask& ask : row.asks) {
    const std::uint32_t type = ask.type != 0 ? ask.type : root;
    // Put the value of the local type into the instruction, as a compiler does.
    BtfForge with_access = local;
    const std::uint32_t access = with_access.string(ask.access);
    const auto view_with_access = btf::View::parse(with_access.bytes(), "local");
    const auto asked = core::read_record(view_with_access, static_cast<std::uint32_t>(ask.kind), type, access);
    if (by_name.find(ask.program) == by_name.end()) order.push_back(ask.program);
    ForgedProgram& program = by_name[ask.program];
    program.name = ask.program;
    program.section = "tp/test";
    if (row.branches && program.insns.empty()) program.insns.push_back(branch_insn());
    const auto insn = static_cast<std::uint32_t>(program.insns.size());
    program.records.push_back(
        {.insn = insn, .type_id = type, .access = ask.access, .kind = static_cast<std::uint32_t>(ask.kind)});
    if (ask.load != 0) {
      program.insns.push_back(ldx(ask.load, static_cast<std::int16_t>(asked.original.value)));
    } else {
      for (const ForgedInsn& half : ld_imm64(asked.original.value)) program.insns.push_back(half);
    }
  }
  std::vector<ForgedProgram> programs;
  for (const std::string& name : order) {
    by_name[name].insns.push_back(exit_insn());
    programs.push_back(by_name[name]);
  }
  BtfForge target(row.target_order);
  row.target(target);
  ForgedObjectOptions options;
  options.order = row.object_order;
  return {.object = forge_object(local, programs, options), .target = target.bytes()};
}

Reduction check_equivalence(const std::vector<std::uint8_t>& object_bytes, const std::vector<std::uint8_t>& target,
                            Oracle oracle) {
  listen_to_libbpf();
  std::vector<BpfObject> objects = {BpfObject::parse(object_bytes, "object")};
  const BpfObject object = objects[0];
  const Plan plan(std::move(objects));
  const Btf full = Btf::parse(target, "full");
  Reduction reduction = plan.minimize(full);
  const Btf reduced = Btf::parse(reduction.bytes, "reduced");
  CHECK(plan.minimize(reduced).bytes == reduction.bytes);
  for (const auto& programs : subsets(object.programs().size())) {
    CHECK(texts(plan, full, programs) == texts(plan, reduced, programs));
    if (oracle == Oracle::no) continue;
    const ResolverObject resolver(object_bytes, object);
    ResolverTarget on_full(target, "full");
    ResolverTarget on_reduced(reduction.bytes, "reduced");
    compare_with_libbpf(object, resolver, full, plan.resolve(full, 0, programs), on_full, programs);
    const auto before = resolver.resolve(on_full, programs, Rules::linked);
    const auto after = resolver.resolve(on_reduced, programs, Rules::linked);
    REQUIRE(before.size() == after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      INFO("full: " << before[i].text() << "\nreduced: " << after[i].text());
      CHECK(before[i] == after[i]);
    }
  }
  return reduction;
}

void check(const Case& row) {
  INFO("case: " << row.name);
  const Built built = build(row);
  const Plan plan({BpfObject::parse(built.object, "object")});
  const Btf full = Btf::parse(built.target, "full");
  std::string found;
  // Resolutions are ordered by program. The row lists them in that order.
  for (const std::string& one : texts(plan, full, {})) found += (found.empty() ? "" : "; ") + one;
  CHECK(found == row.expected);
  check_equivalence(built.object, built.target, row.oracle);
}

}  // namespace minbtf::test
