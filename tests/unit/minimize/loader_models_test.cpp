// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/compare/loader_models.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "minbtf/plan.hpp"
#include "support/forge/btf_forge.hpp"
#include "support/forge/object_forge.hpp"

namespace minbtf::test {

namespace {

using Integers = std::vector<std::pair<std::string, std::uint32_t>>;

/// Returns a line for each modelled loader: its name, the pointer sizes that it derives from the full and from the
/// reduced BTF, then "whole" if its load size of an array is that of the array, and "foreign".
std::vector<std::string> found(const Integers& full, const Integers& reduced) {
  const auto view = [](const Integers& integers) {
    BtfForge forge;
    for (const auto& [name, bytes] : integers) forge.integer(name, bytes);
    return btf::View::parse(forge.bytes(), "btf");
  };
  std::vector<std::string> lines;
  for (const minimize::LoaderModel& each : minimize::loader_models(view(full), view(reduced))) {
    lines.push_back(each.name + " " + std::to_string(each.pointers.full) + "/" + std::to_string(each.pointers.reduced) +
                    (each.arrays == core::ArrayLoad::whole ? " whole" : "") + (each.is_foreign ? " foreign" : ""));
  }
  return lines;
}

}  // namespace

TEST_CASE("loader_models: each loader that can resolve differently is modelled once") {
  using Lines = std::vector<std::string>;
  CHECK(found({{"long int", 8}}, {{"long int", 8}}) == Lines{" 8/8", "libbpf before 1.6 8/8 whole"});
  CHECK(found({{"long int", 4}}, {{"long int", 4}}) == Lines{" 4/4", "libbpf before 1.6 4/4 whole"});
  CHECK(found({{"long int", 8}}, {}) == Lines{" 8/8", "libbpf before 1.6 8/8 whole", "a 32-bit loader 8/4 foreign",
                                              "libbpf before 1.0, 32-bit 8/4 whole foreign"});
  CHECK(found({{"long int", 4}}, {}) ==
        Lines{" 4/8", "a 32-bit loader 4/4", "libbpf before 1.6 4/8 whole", "libbpf before 1.0, 32-bit 4/4 whole"});
  // libbpf before 1.0 knows two spellings only.
  CHECK(found({{"long unsigned int", 8}}, {{"long", 8}}) ==
        Lines{" 8/8", "libbpf before 1.6 8/8 whole", "libbpf before 1.0, 32-bit 8/4 whole foreign"});
  CHECK(found({}, {}) ==
        Lines{" 8/8", "a 32-bit loader 4/4", "libbpf before 1.6 8/8 whole", "libbpf before 1.0, 32-bit 4/4 whole"});
}

TEST_CASE("loader_models: only a 32-bit loader on a 64-bit kernel is foreign, and is listed last") {
  // The kernel's own BTF determines whether the kernel has 64 bits.
  CHECK(found({{"long", 8}}, {{"int", 4}}).back() == "libbpf before 1.0, 32-bit 4/4 whole foreign");
  for (const std::string& line : found({{"long int", 4}}, {})) CHECK(line.find("foreign") == std::string::npos);
  for (const std::string& line : found({{"int", 4}}, {{"long int", 8}})) {
    CHECK(line.find("foreign") == std::string::npos);
  }
}

namespace {

/// Returns the number of typedefs in the reduced BTF of a kernel with two typedefs `t`: of a pointer, and of 8 bytes.
/// The object asks for the size of `t`. `with_long`: the kernel's BTF tells that pointers have 8 bytes.
std::size_t kept_typedefs(bool with_long) {
  BtfForge local;
  const std::uint32_t t = local.typedef_("t", local.ptr(0));
  const ForgedProgram program = {.name = "prog",
                                 .section = "tp/x",
                                 .insns = {mov_imm(8), exit_insn()},
                                 .records = {{.insn = 0,
                                              .type_id = t,
                                              .access = "0",
                                              .kind = static_cast<std::uint32_t>(RelocationKind::field_byte_size)}}};
  BtfForge kernel;
  if (with_long) kernel.integer("long int", 8, 1);
  kernel.typedef_("t", kernel.ptr(0));
  kernel.typedef_("t", kernel.integer("long long int", 8, 1));
  const Plan plan({BpfObject::parse(forge_object(local, {program}), "object")});
  const Btf reduced = Btf::parse(plan.minimize(Btf::parse(kernel.bytes(), "kernel")).bytes, "reduced");
  const btf::View& view = btf::view_of(reduced);
  std::size_t count = 0;
  for (std::uint32_t id = 1; id < view.id_end(); ++id) {
    if (view.type(id).kind == btf::Kind::typedef_) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE(
    "reduce: candidates that only a 32-bit loader tells apart stay where the BTF does not tell its pointer size") {
  CHECK(kept_typedefs(false) == 2);
  CHECK(kept_typedefs(true) == 1);
}

}  // namespace minbtf::test
