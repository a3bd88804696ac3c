// SPDX-License-Identifier: BSD-2-Clause
// BTF that does not fit the model of a pack is kept verbatim. Types that the pack leaves out have no effect.
#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "pack/kernel_types.hpp"
#include "pack/pack_writer.hpp"
#include "support/core_case.hpp"
#include "support/error_text.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/pack_case.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;
using Kind = RelocationKind;
using Forge = std::function<void(BtfForge&, std::uint32_t int_)>;

/// Returns a kernel with `struct s { int x; }` and what `forge` adds.
Bytes kernel_with(const Forge& forge, ByteOrder order = ByteOrder::little) {
  BtfForge f(order);
  const std::uint32_t int_ = f.integer("int", 4, 1);
  f.integer("long", 8, 1);
  f.structure("s", 8, {{"x", int_, 32}});
  forge(f, int_);
  return f.bytes();
}

/// A plan about `struct s` and `struct loop`.
Plan small_plan() {
  const auto local = [](BtfForge& f) {
    const std::uint32_t int_ = f.integer("int", 4, 1);
    f.structure("loop", 8, {{"x", int_, 0}});
    return f.structure("s", 8, {{"x", int_, 0}});
  };
  const Built built = build({.name = "plan",
                             .local = local,
                             .target = [](BtfForge&) {},
                             .asks = {{.kind = Kind::field_byte_offset, .access = "0:0"},
                                      {.kind = Kind::type_matches},
                                      {.kind = Kind::field_exists, .access = "0:0", .type = 2}},
                             .expected = ""});
  return Plan({BpfObject::parse(built.object, "object")});
}

struct Row {
  std::string reason;
  Forge forge;
};

const std::vector<Row> rows = {
    {"a type contains itself",
     [](BtfForge& f, std::uint32_t int_) {
       f.structure("loop", 8, {{"x", int_, 0}, {"y", f.next_id(), 32}});
     }},
    {"a type contains itself",
     [](BtfForge& f, std::uint32_t int_) {
       // Through an array, a typedef and a union without a name.
       const std::uint32_t loop = f.next_id();
       f.structure("loop", 8, {{"x", int_, 0}, {"y", loop + 1, 32}});
       f.union_("", 8, {{"z", loop + 2, 0}});
       f.array(loop + 3, int_, 2);
       f.typedef_("loop_t", loop);
     }},
    {"pointers in a loop without a name",
     [](BtfForge& f, std::uint32_t) {
       f.ptr(f.next_id());
       f.structure("loop", 8, {{"x", f.next_id() - 1, 0}});
     }},
    {"pointers in a loop without a name",
     [](BtfForge& f, std::uint32_t int_) {
       const std::uint32_t proto = f.func_proto(int_, {{"self", f.next_id() + 1}});
       f.structure("loop", 8, {{"x", f.ptr(proto), 0}});
     }},
    {"too many types in a row",
     [](BtfForge& f, std::uint32_t int_) {
       std::uint32_t last = int_;
       for (int i = 0; i < pack::max_depth + 1; ++i) last = f.structure("", 4, {{"", last, 0}});
       f.structure("loop", 4, {{"x", last, 0}});
     }},
    {"too many pointers in a row",
     [](BtfForge& f, std::uint32_t int_) {
       std::uint32_t last = int_;
       for (int i = 0; i < pack::max_depth + 1; ++i) last = f.ptr(last);
       f.structure("loop", 8, {{"x", last, 0}});
     }},
    {"too many types in a row",
     [](BtfForge& f, std::uint32_t int_) {
       // Each typedef is short, if the one before is known.
       std::uint32_t last = int_;
       for (int i = 0; i < pack::max_depth + 1; ++i) last = f.typedef_("t" + std::to_string(1000 - i), last);
       f.structure("loop", 4, {{"x", last, 0}});
     }},
    {"too many pointers in a row",
     [](BtfForge& f, std::uint32_t int_) {
       // Each entry has few pointers in a row, if those of the entry before are known.
       std::uint32_t last = int_;
       for (int i = 0; i < pack::max_depth + 1; ++i) {
         last = f.ptr(last);
         if (i % 10 == 0) f.typedef_("t" + std::to_string(1000 - i), last);
       }
       f.structure("loop", 8, {{"x", last, 0}});
     }},
    {"a type refers to a func",
     [](BtfForge& f, std::uint32_t int_) {
       const std::uint32_t func = f.func("loop", f.func_proto(int_, {}));
       f.structure("loop", 8, {{"x", f.ptr(func), 0}});
     }},
    {"a type refers to a var",
     [](BtfForge& f, std::uint32_t int_) {
       f.structure("loop", 8, {{"x", f.var("loop", int_, 1), 0}});
     }},
    {"a type refers to a datasec",
     [](BtfForge& f, std::uint32_t int_) {
       const std::uint32_t section = f.datasec("loop", 8, {{f.var("v", int_, 1), 0, 4}});
       f.structure("loop", 8, {{"x", section, 0}});
     }},
    {"a type refers to a decl_tag",
     [](BtfForge& f, std::uint32_t int_) {
       const std::uint32_t tag = f.decl_tag("loop", f.typedef_("t", int_), static_cast<std::uint32_t>(-1));
       f.structure("loop", 8, {{"x", f.const_(tag), 0}});
     }},
    {"a type of an unknown kind",
     [](BtfForge& f, std::uint32_t int_) {
       f.structure("loop", 8, {{"x", f.type("news", 33, 1, false, int_, {7}), 0}});
       f.header().layout.emplace(34);
       f.header().layout->at(33) = {.info_sz = 0, .elem_sz = 4, .flags = 0};
     }},
    {"a type with too many references",
     [](BtfForge& f, std::uint32_t int_) {
       // 33 times 32,768 members: each of them is a position.
       const auto many = [](std::uint32_t count, std::uint32_t type) {
         return std::vector<ForgedMember>(count, {"", type, 0});
       };
       const std::uint32_t inner = f.union_("", 4, many(1U << 15U, int_));
       f.union_("other", 4, many(33, inner));
       f.structure("loop", 8, {{"x", int_, 0}});
     }},
};

}  // namespace

TEST_CASE("model_limits: a kernel that does not fit is kept verbatim, and its results are those of its bytes") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  std::vector<Bytes> all = {kernel_with([](BtfForge&, std::uint32_t) {}, order)};
  for (const Row& row : rows) all.push_back(kernel_with(row.forge, order));
  const PackedKernels kernels(all);
  CHECK(kernels.verbatim_count() == rows.size());
  CHECK(kernels.facts(0).form == pack::PackedKernel::Form::whole);
  const Plan plan = small_plan();
  std::size_t sections = 0;
  for (const pack::Section& section : kernels.pack().file().sections()) {
    if (section.type == pack::SectionType::verbatim) ++sections;
  }
  CHECK(sections == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    INFO("row " << i << ": " << rows[i].reason);
    const std::string& reason = kernels.verbatim_reason(i + 1);
    CHECK((reason == rows[i].reason || reason.starts_with("libbpf refuses it: ")));
    CHECK(kernels.facts(i + 1).form == pack::PackedKernel::Form::verbatim);
    io::Buffer memory;
    CHECK(std::ranges::equal(kernels.pack().kernel_btf(kernels.number(i + 1), {}, all[i + 1].size(), memory),
                             all[i + 1]));
    CHECK(wrong_with_stand_in(plan, kernels, i + 1) == "");
    CHECK(error_text([&] {
            (void)kernels.pack().kernel_btf(kernels.number(i + 1), {}, all[i + 1].size() - 1, memory);
          }).starts_with("unsupported: pack: verbatim: "));
  }
}

TEST_CASE("model_limits: add_types() reports each reason") {
  for (const Row& row : rows) {
    const Bytes kernel = kernel_with(row.forge);
    pack::TypeTables tables;
    std::string reason;
    try {
      (void)pack::add_types(btf::View::parse(kernel, "kernel"), tables, pack::PackContents::everything);
    } catch (const pack::DoesNotFit& error) {
      reason = error.what();
    }
    CHECK(reason == row.reason);
  }
}

TEST_CASE("model_limits: the deepest types that the model allows are not kept verbatim") {
  const PackedKernels kernels({kernel_with([](BtfForge& f, std::uint32_t int_) {
    std::uint32_t last = int_;
    for (int i = 2; i < pack::max_depth; ++i) last = f.structure("", 4, {{"x", last, 0}});
    f.structure("deep", 4, {{"x", last, 0}});
    last = int_;
    for (int i = 2; i < pack::max_depth; ++i) last = f.ptr(last);
    f.structure("far", 8, {{"x", last, 0}});
    f.union_("wide", 4, std::vector<ForgedMember>(65535, {"x", int_, 0}));
  })});
  CHECK(kernels.verbatim_reason(0) == "");
  CHECK(wrong_with_stand_in(small_plan(), kernels, 0) == "");
  for (const char* name : {"deep", "far", "wide"}) {
    const auto local = [&](BtfForge& f) { return f.structure(name, 4, {{"x", f.integer("int", 4, 1), 0}}); };
    const Built built = build({.name = "plan",
                               .local = local,
                               .target = [](BtfForge&) {},
                               .asks = {{.kind = Kind::field_byte_offset, .access = "0:0"}, {.kind = Kind::type_size}},
                               .expected = ""});
    CHECK(wrong_with_stand_in(Plan({BpfObject::parse(built.object, "object")}), kernels, 0) == "");
  }
}

TEST_CASE("model_limits: limits that grow with a kernel are those of the whole kernel") {
  // 131,072 outcomes, and two for each byte. 800 types times 250 questions are 200,000 outcomes.
  constexpr std::uint32_t types = 800;
  constexpr std::uint32_t questions = 250;
  const auto kernel = [](std::uint32_t bytes) {
    return kernel_with([&](BtfForge& f, std::uint32_t int_) {
      for (std::uint32_t i = 0; i < types; ++i) f.structure("many", 4, {{"x", int_, 0}});
      while (bytes > f.bytes().size()) {
        f.enumeration("", 4, std::vector<ForgedEnumerator>(1000, {"x", 1}));
      }
    });
  };
  BtfForge local;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  std::vector<ForgedMember> members;
  ForgedProgram program = {.name = "p", .section = "tp", .insns = {}, .records = {}};
  for (std::uint32_t i = 0; i < questions; ++i) {
    members.push_back({"m" + std::to_string(i), int_, 32 * i});
    program.records.push_back({.insn = i, .type_id = int_ + 1, .access = "0:" + std::to_string(i), .kind = 2});
    program.insns.push_back(mov_imm(1));
  }
  local.structure("many", 4 * questions, members);
  program.insns.push_back(exit_insn());
  const Plan plan({BpfObject::parse(forge_object(local, {program}), "object")});

  const PackedKernels kernels({kernel(0), kernel(40000)});
  CHECK(kernels.verbatim_count() == 0);
  const auto limited = [&](const KernelBtf& btf) {
    Workspace workspace;
    return error_text([&] { (void)plan.minimize(btf, "kernel", workspace); });
  };
  CHECK(limited(kernels.whole(0)).starts_with("unsupported: "));
  CHECK(limited(kernels.whole(1)) == "no error");
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  // A stand-in without the kernel's size has a lower limit.
  CHECK(limited(kernels.stand_in(1, plan.wanted_types(ByteOrder::little))).starts_with("unsupported: "));
}

TEST_CASE(
    "model_limits: VAR, FUNC, DATASEC and DECL_TAG are left out if only types are packed, wherever they are, and shift "
    "no result") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const auto kernel = [&](bool has_others) {
    BtfForge f(order);
    const auto others = [&](std::uint32_t type, const std::string& name) {
      if (!has_others) return;
      f.datasec(".data", 4, {{f.var(name, type, 1), 0, 4}});
      f.func("f", f.func_proto(type, {{"parameter", type}}));
    };
    const std::uint32_t int_ = f.integer("int", 4, 1);
    others(int_, "s");
    f.integer("long", 8, 1);
    const std::uint32_t s = f.structure("s", 8, {{"x", int_, 32}});
    if (has_others) f.decl_tag("s", s, 0);
    others(s, "loop");
    f.structure("s", 8, {{"x", int_, 0}});
    return f.bytes();
  };
  const PackedKernels kernels({kernel(false), kernel(true)}, pack::PackContents::types_only);
  CHECK(kernels.verbatim_count() == 0);
  const Plan plan = small_plan();
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  CHECK(kernels.exported(0) == kernels.exported(1));
  CHECK(kernels.facts(1).types == kernels.facts(0).types + 9);
}

TEST_CASE("model_limits: questions about VAR, FUNC, DATASEC and DECL_TAG are reported, and not for the names alone") {
  const EveryKind all;
  const auto wanted = [&](std::uint32_t type) {
    const Built built = build({.name = "plan",
                               .local =
                                   [&](BtfForge& f) {
                                     f = all.forge;
                                     return type;
                                   },
                               .target = [](BtfForge&) {},
                               .asks = {{.kind = Kind::type_size}},
                               .expected = ""});
    return Plan({BpfObject::parse(built.object, "object")}).wanted_types(ByteOrder::little).extras.size();
  };
  for (const std::uint32_t type : {all.var, all.func, all.datasec, all.decl_tag}) CHECK(wanted(type) == 1);
  for (const std::uint32_t type : {all.struct_, all.typedef_, all.enum_, all.int_}) CHECK(wanted(type) == 0);
}

TEST_CASE("model_limits: types without a name to which nothing refers are left out if only types are packed") {
  const auto kernel = [](bool has_free) {
    return kernel_with([&](BtfForge& f, std::uint32_t int_) {
      if (!has_free) return;
      f.enumeration("", 4, {{"FREE", 1}});
      f.enumeration64("", 8, {{"FREE64", 1}});
      const std::uint32_t inner = f.structure("", 4, {{"x", int_, 0}});
      f.union_("", 4, {{"x", int_, 0}, {"", inner, 0}});
      f.ptr(int_);
      f.func_proto(0, {{"p", f.const_(int_)}});
      f.array(int_, int_, 3);
    });
  };
  const PackedKernels kernels({kernel(false), kernel(true)}, pack::PackContents::types_only);
  CHECK(kernels.verbatim_count() == 0);
  const Plan plan = small_plan();
  for (std::size_t i = 0; i < kernels.size(); ++i) CHECK(wrong_with_stand_in(plan, kernels, i) == "");
  CHECK(kernels.exported(0) == kernels.exported(1));
  CHECK(kernels.facts(1).types > kernels.facts(0).types);
  const auto bytes = kernels.exported(1);
  CHECK(std::string(bytes.begin(), bytes.end()).find("FREE") == std::string::npos);
}

TEST_CASE("model_limits: types without a name that are referred to are kept") {
  const PackedKernels kernels({kernel_with([](BtfForge& f, std::uint32_t int_) {
    const std::uint32_t colour = f.enumeration("", 4, {{"RED", 1}});
    const std::uint32_t inner = f.structure("", 4, {{"hidden", int_, 0}});
    f.structure("loop", 16, {{"x", int_, 0}, {"colour", colour, 32}, {"", inner, 64}, {"p", f.ptr(inner), 96}});
  })});
  CHECK(kernels.verbatim_count() == 0);
  CHECK(wrong_with_stand_in(small_plan(), kernels, 0) == "");
  const auto bytes = kernels.exported(0);
  const std::string text(bytes.begin(), bytes.end());
  CHECK(text.find("RED") != std::string::npos);
  CHECK(text.find("hidden") != std::string::npos);
}

}  // namespace minbtf::test
