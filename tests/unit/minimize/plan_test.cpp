// SPDX-License-Identifier: BSD-2-Clause
#include "minbtf/plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>

#include "btf/view.hpp"
#include "minbtf/error.hpp"
#include "support/error_text.hpp"
#include "support/fixtures.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/forge/object_forge.hpp"
#include "support/forge/random_case.hpp"
#include "support/libbpf/oracle_inputs.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

Plan plan_of(const std::vector<Bytes>& objects) {
  std::vector<BpfObject> parsed;
  for (const Bytes& bytes : objects) {
    parsed.push_back(BpfObject::parse(bytes, "object " + std::to_string(parsed.size())));
  }
  return Plan(std::move(parsed));
}

std::string text(const Resolutions& resolutions) {
  std::string all;
  for (const Resolution& each : resolutions) {
    all += " " + std::to_string(static_cast<int>(each.status)) + "," + std::to_string(static_cast<int>(each.failure)) +
           "," + std::to_string(each.value) + "," + std::to_string(each.load_size) + "," +
           std::to_string(each.candidates) + "," + std::to_string(each.matching) + "," +
           std::to_string(each.target_type);
  }
  return all;
}

/// Returns the first part that differs, or an empty string.
std::string difference(const Reduction& one, const Reduction& other) {
  if (one.bytes != other.bytes) return "bytes";
  if (one.types != other.types) return "types";
  if (one.members != other.members) return "members";
  if (one.enumerators != other.enumerators) return "enumerators";
  if (one.source_types != other.source_types) return "source_types";
  return text(one.resolutions) == text(other.resolutions) ? "" : "resolutions";
}

/// Reduces a copy of raw BTF, and overwrites the copy before the result is used.
Reduction minimize(const Plan& plan, const Bytes& kernel, Workspace& workspace) {
  const auto copy = std::make_unique<Bytes>(kernel);
  Reduction reduction = plan.minimize(*copy, "kernel", workspace);
  std::fill(copy->begin(), copy->end(), std::uint8_t{0xff});
  return reduction;
}

/// Returns an object with `questions` questions about members of `struct s`.
Bytes curious_object(std::uint32_t questions) {
  BtfForge local;
  std::vector<ForgedMember> members;
  const std::uint32_t int_ = local.integer("int", 4, 1);
  for (std::uint32_t i = 0; i < questions; ++i) members.push_back({"m" + std::to_string(i), int_, i * 32});
  const std::uint32_t root = local.structure("s", questions * 4, members);
  ForgedProgram program = {.name = "p", .section = "tp", .insns = {}, .records = {}};
  for (std::uint32_t i = 0; i < questions; ++i) {
    program.records.push_back({.insn = i, .type_id = root, .access = "0:" + std::to_string(i), .kind = 2});
    program.insns.push_back(mov_imm(1));
  }
  return forge_object(local, {program});
}

/// Returns a kernel with `candidates` types `struct s` without members.
Bytes repetitive_kernel(std::size_t candidates) {
  BtfForge forge;
  for (std::size_t i = 0; i < candidates; ++i) forge.structure("s", 4, {});
  return forge.bytes();
}

/// Small and large kernels, in both byte orders, some with duplicate types.
std::vector<Bytes> kernels() {
  BtfForge large;
  for (int i = 0; i < 3000; ++i) large.structure("other" + std::to_string(i), 4, {{"x", 0, 0}});
  const std::uint32_t int_ = large.integer("int", 4, 1);
  for (int i = 0; i < 3; ++i) large.structure("s", 40, {{"a", int_, 32}});
  large.integer("long int", 8, 1);
  return {sample_kernel(),  large.bytes(),      other_sample_kernel(),
          kernel_btf("el"), BtfForge().bytes(), sample_kernel(ByteOrder::big),
          large.bytes(),    kernel_btf("eb"),   other_sample_kernel(ByteOrder::big)};
}

}  // namespace

TEST_CASE("plan: raw BTF and parsed BTF have the same reduction") {
  const Plan plan = plan_of({sample_object(), sample_object({.order = ByteOrder::big})});
  for (const Bytes& kernel : kernels()) {
    Workspace workspace;
    const Reduction expected = plan.minimize(Btf::parse(kernel, "kernel"));
    CHECK(difference(minimize(plan, kernel, workspace), expected) == "");
    CHECK(expected.resolutions.size() == plan.objects()[0].relocation_count());
  }
}

TEST_CASE("plan: a reduction counts its types, members and enumerators, and the source's types") {
  const Plan plan = plan_of({sample_object()});
  for (const Bytes& kernel : kernels()) {
    const Btf source = Btf::parse(kernel, "kernel");
    const Reduction reduction = plan.minimize(source);
    CHECK(reduction.source_types == source.type_count());
    const Btf reduced = Btf::parse(reduction.bytes, "reduced");
    CHECK(reduction.types == reduced.type_count());
    std::uint32_t members = 0;
    std::uint32_t enumerators = 0;
    for (std::uint32_t id = 1; id <= reduced.type_count(); ++id) {
      const btf::Type type = btf::view_of(reduced).type(id);
      if (btf::is_composite(type.kind)) members += type.vlen;
      if (btf::is_any_enum(type.kind)) enumerators += type.vlen;
    }
    CHECK(reduction.members == members);
    CHECK(reduction.enumerators == enumerators);
  }
}

TEST_CASE("plan: one workspace gives the same results for kernels of different sizes") {
  const Plan plan = plan_of({sample_object()});
  const Plan other = plan_of({sample_object(), random_case(1).object});
  Workspace workspace;
  const auto all = kernels();
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      INFO("round " << round << ", kernel " << i);
      // Several plans can use one workspace.
      const Plan& mine = (i + static_cast<std::size_t>(round)) % 2 == 0 ? plan : other;
      CHECK(difference(minimize(mine, all[i], workspace), mine.minimize(Btf::parse(all[i], "kernel"))) == "");
    }
  }
}

TEST_CASE("plan: one workspace gives the same results for random kernels") {
  Workspace workspace;
  for (std::uint64_t seed = 2'000'000; seed < 2'000'500; ++seed) {
    const RandomCase random = random_case(seed);
    const Plan plan = plan_of({random.object});
    INFO("seed " << seed);
    CHECK(difference(minimize(plan, random.kernel, workspace), plan.minimize(Btf::parse(random.kernel, "kernel"))) ==
          "");
  }
}

TEST_CASE("plan: a workspace stays usable after a refused kernel") {
  const Plan plan = plan_of({sample_object()});
  const Bytes good = other_sample_kernel();
  const Reduction expected = plan.minimize(Btf::parse(good, "kernel"));
  BtfForge bad_type;
  for (int i = 0; i < 500; ++i) bad_type.integer("int", 4);
  bad_type.ptr(1000);
  BtfForge bad_name;
  bad_name.set_type_word(bad_name.structure("s", 4, {}), 0, 1000);
  Bytes cut = good;
  cut.resize(cut.size() - 1);
  const std::vector<Bytes> refused = {bad_type.bytes(), bad_name.bytes(), cut, {}, {0x9f, 0xeb}, sample_object()};
  Workspace workspace;
  for (int round = 0; round < 2; ++round) {
    for (const Bytes& kernel : refused) {
      const std::string error = error_text([&] { (void)plan.minimize(kernel, "kernel", workspace); });
      CHECK(error != "no error");
      CHECK(error == error_text([&] { (void)Btf::parse(kernel, "kernel"); }));
      CHECK(difference(minimize(plan, good, workspace), expected) == "");
    }
  }
  // Several refused kernels in a row.
  for (const Bytes& kernel : refused) {
    CHECK_THROWS_AS(plan.minimize(kernel, "kernel", workspace), Error);
  }
  CHECK(difference(minimize(plan, good, workspace), expected) == "");
}

TEST_CASE("plan: a workspace stays usable after a kernel with too many outcomes") {
  // 30,000 candidates and 200 questions: more outcomes than are allowed.
  const Bytes many = repetitive_kernel(30000);
  const Plan plan = plan_of({curious_object(200)});
  REQUIRE(plan.question_count() == 200);
  Workspace workspace;
  const std::string error = error_text([&] { (void)plan.minimize(many, "kernel", workspace); });
  CHECK(error.starts_with("unsupported: kernel: types: 30000 types of the name 's'"));
  CHECK(error == error_text([&] { (void)plan.minimize(Btf::parse(many, "kernel")); }));
  const Bytes good = sample_kernel();
  CHECK(difference(minimize(plan, good, workspace), plan.minimize(Btf::parse(good, "kernel"))) == "");
}

TEST_CASE("plan: the limit on outcomes is that of the whole BTF, for a stand-in too") {
  // 1,024 candidates and 153 questions: 156,672 outcomes. A BTF of 12,800 bytes may have 131,072 + 2 * 12,800 =
  // 156,672.
  constexpr std::uint64_t least_bytes = 12800;
  const Bytes kernel = repetitive_kernel(1024);
  REQUIRE(kernel.size() < least_bytes);
  const Plan plan = plan_of({curious_object(153)});
  REQUIRE(plan.question_count() == 153);
  const Btf empty = Btf::parse(BtfForge().bytes(), "empty");
  Workspace workspace;
  const auto errors = [&](const KernelBtf& source) {
    const std::string error = error_text([&] { (void)plan.minimize(source, "kernel", workspace); });
    CHECK(error_text([&] { (void)plan.check(source, "kernel", workspace); }) == error);
    CHECK(error_text([&] { (void)plan.compare(source, "kernel", empty, workspace); }) == error);
    return error;
  };
  const std::string refusal =
      "unsupported: kernel: types: 1024 types of the name 's' are more than can be compared for 153 questions";
  CHECK(errors(kernel) == refusal);
  CHECK(errors({kernel, kernel.size(), 1024}) == refusal);
  CHECK(errors({kernel, least_bytes - 1, 1024}) == refusal);
  CHECK(errors({kernel, least_bytes, 1024}) == "no error");
  CHECK(errors({kernel, least_bytes + 1, 1024}) == "no error");
  CHECK(errors({kernel, ~std::uint64_t{0}, 1024}) == "no error");
  // A whole BTF of that size has the same limit.
  BtfForge padded;
  for (int i = 0; i < 1024; ++i) padded.structure("s", 4, {});
  padded.header().trailing = least_bytes - kernel.size();
  REQUIRE(padded.bytes().size() == least_bytes);
  CHECK(errors(padded.bytes()) == "no error");
  CHECK(plan.check(KernelBtf(kernel, least_bytes, 1024), "kernel", workspace) ==
        plan.check(Btf::parse(padded.bytes(), "kernel")));
}

TEST_CASE("plan: no BTF may have over 4,194,304 outcomes, whatever the size of its source") {
  const Plan plan = plan_of({curious_object(200)});
  Workspace workspace;
  const auto error = [&](std::size_t candidates, std::uint64_t source_bytes) {
    const Bytes kernel = repetitive_kernel(candidates);
    return error_text([&] { (void)plan.check(KernelBtf(kernel, source_bytes, 1), "kernel", workspace); });
  };
  for (const std::uint64_t bytes : {std::uint64_t{1} << 22U, std::uint64_t{1} << 63U, ~std::uint64_t{0}}) {
    CHECK(error(20971, bytes) == "no error");  // 4,194,200
    CHECK_THAT(error(20972, bytes), Catch::StartsWith("unsupported: kernel: types: 20972 types of the name 's'"));
  }
}

TEST_CASE("plan: a stand-in has the result of its bytes, and the number of types of the whole BTF") {
  const Plan plan = plan_of({sample_object()});
  Workspace workspace;
  for (const Bytes& kernel : kernels()) {
    Reduction expected = plan.minimize(kernel, "kernel", workspace);
    CHECK(expected.source_types == Btf::parse(kernel, "kernel").type_count());
    expected.source_types = 123456;
    const Reduction found = plan.minimize(KernelBtf(kernel, 5'000'000, 123456), "kernel", workspace);
    CHECK(difference(found, expected) == "");
  }
}

TEST_CASE("plan: a workspace can be moved") {
  const Plan plan = plan_of({sample_object()});
  const Reduction expected = plan.minimize(Btf::parse(sample_kernel(), "kernel"));
  Workspace first;
  CHECK(difference(minimize(plan, sample_kernel(), first), expected) == "");
  Workspace second = std::move(first);
  CHECK(difference(minimize(plan, sample_kernel(), second), expected) == "");
  first = std::move(second);
  CHECK(difference(minimize(plan, sample_kernel(), first), expected) == "");
}

TEST_CASE("plan: equal questions of several objects are counted once") {
  const Bytes object = sample_object();
  const std::size_t questions = plan_of({object}).question_count();
  CHECK(questions > 0);
  CHECK(plan_of({object, object, object}).question_count() == questions);
  CHECK(plan_of({object, sample_object({.order = ByteOrder::big})}).question_count() <= 2 * questions);
  CHECK(plan_of({}).question_count() == 0);
  CHECK(plan_of({}).objects().empty());
  // The result is the same too.
  const Btf kernel = Btf::parse(other_sample_kernel(), "kernel");
  CHECK(plan_of({object, object}).minimize(kernel).bytes == plan_of({object}).minimize(kernel).bytes);
}

TEST_CASE("plan: a relocation is described by program, section, instruction, kind and subject") {
  const EveryKind all;
  const ForgedProgram program = {.name = "prog",
                                 .section = "tp/x",
                                 .insns = {mov_imm(0), mov_imm(1), exit_insn()},
                                 .records = {{.insn = 1, .type_id = all.struct_, .access = "0:1", .kind = 2}}};
  const BpfObject object = BpfObject::parse(forge_object(all.forge, {program}), "object");
  const Plan plan({object, object.renamed("again")});
  for (const std::size_t i : {0U, 1U}) {
    const RelocationText text = plan.describe(i, 0);
    CHECK(text.program == "prog");
    CHECK(text.section == "tp/x");
    CHECK(text.insn == 1);
    CHECK(text.kind == RelocationKind::field_exists);
    CHECK(text.subject == "struct s::next");
  }
  // Without symbols there are no programs.
  const Plan nameless({BpfObject::parse(forge_object(all.forge, {program}, {.without_symbols = true}), "object")});
  CHECK(nameless.describe(0, 0).program == "");
  CHECK(nameless.describe(0, 0).section == "tp/x");
}

TEST_CASE("plan: one workspace gives the same results for real kernels") {
  const std::vector<KernelFile> files = selected_kernel_files();
  if (files.empty()) return missing("a kernel's BTF");
  std::vector<BpfObject> objects;
  for (const OracleObject& each : test_objects("el")) objects.push_back(each.parsed());
  REQUIRE(!objects.empty());
  const Plan plan(objects);
  Workspace workspace;
  for (int round = 0; round < 2; ++round) {
    for (const KernelFile& file : files) {
      INFO(file.name);
      const OracleKernel kernel = file.load();
      CHECK(difference(minimize(plan, kernel.bytes, workspace), plan.minimize(kernel.btf)) == "");
    }
    CHECK(difference(minimize(plan, sample_kernel(), workspace),
                     plan.minimize(Btf::parse(sample_kernel(), "kernel"))) == "");
  }
}

}  // namespace minbtf::test
