// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/verify_kernel.hpp"

#include <catch2/catch.hpp>

#include "commands/verify/verify_text.hpp"
#include "support/core_case.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// An object with this number of relocations of s.a, and a kernel with s.a.
Built asking(std::size_t times) {
  Case row;
  row.local = [](BtfForge& f) { return f.structure("s", 4, {{"a", f.integer("int", 4, 1), 0}}); };
  row.target = [](BtfForge& f) { f.structure("s", 4, {{"a", f.integer("int", 4, 1), 0}}); };
  row.asks.assign(times, {.kind = RelocationKind::field_exists, .access = "0:0"});
  return build(row);
}

struct Verified {
  TempDir directory;
  Plan plan;
  cli::DifferenceStore differences;
  cli::VerifyMemory memory;

  explicit Verified(const Bytes& object, std::size_t kept = 1000)
      : plan({BpfObject::parse(object, "object")}), differences(kept) {}

  cli::VerifiedKernel operator()(const KernelBtf& full, const Bytes& reduced) {
    const std::string path = directory.write("reduced.btf", reduced);
    return cli::verify_kernel({.plans = plan, .differences = differences}, full,
                              {.source = "", .member = "", .name = "full"}, cli::ReducedTree::of_file(path, {}), path,
                              memory);
  }
};

/// More enumerators than libbpf 1.1 can count.
Bytes too_new(BtfForge forge) {
  std::vector<ForgedEnumerator> values;
  for (int i = 0; i < 0x10001; ++i) values.push_back({"A", i});
  forge.enumeration("wide", 4, values);
  return forge.bytes();
}

BtfForge kernel() {
  BtfForge forge;
  forge.structure("s", 4, {{"a", forge.integer("int", 4, 1), 0}});
  return forge;
}

}  // namespace

TEST_CASE("verify_kernel: a result has the number of relocations and the size of both files") {
  const Built built = asking(3);
  Verified verify(built.object);
  const cli::VerifiedKernel same = verify(built.target, built.target);
  CHECK(same.is_same());
  CHECK(same.kernel == "full");
  CHECK(same.full_bytes == built.target.size());
  CHECK(same.reduced_bytes == built.target.size());
  CHECK(same.comparison->relocations == 3);
  CHECK(cli::kernel_line(same) == "full: the same; 3 relocations compared; " + std::to_string(built.target.size()) +
                                      " and " + std::to_string(built.target.size()) + " bytes");
}

TEST_CASE("verify_kernel: the size of the full BTF is that of the whole BTF, for a stand-in too") {
  const Built built = asking(3);
  Verified verify(built.object);
  const cli::VerifiedKernel found = verify({built.target, 5'000'000, 123456}, built.target);
  CHECK(found.is_same());
  CHECK(found.full_bytes == 5'000'000);
  CHECK(found.comparison->relocations == 3);
  CHECK(found.comparison->asked == verify(built.target, built.target).comparison->asked);
}

TEST_CASE("verify_kernel: all differences are counted, and only the first are kept") {
  const Built built = asking(1234);
  const auto remembered = [&](std::size_t kept) {
    Verified verify(built.object, kept);
    const cli::VerifiedKernel wrong = verify(built.target, BtfForge().bytes());
    CHECK_FALSE(wrong.is_same());
    CHECK(wrong.differences == 1234);
    CHECK(wrong.comparison->differences.empty());
    CHECK(wrong.first_differences->size() == kept);
    CHECK(cli::figures_of({.full = "", .reduced = "", .kernels = {wrong, wrong}}).differences == 2468);
    // Equal differences of another kernel share the memory.
    CHECK(verify(built.target, BtfForge().bytes()).first_differences == wrong.first_differences);
    return cli::difference_lines(verify.plan, wrong, kept == 1000);
  };
  const auto few = remembered(2);
  REQUIRE(few.size() == 3);
  CHECK(few[2] == "full: and 1232 more differences; -v lists them");
  const auto many = remembered(1000);
  REQUIRE(many.size() == 1001);
  CHECK(many.back() == "full: and 234 more differences");
  CHECK(remembered(0).size() == 1);
}

TEST_CASE("verify_kernel: different lists of differences are separate, and equal lists share their memory") {
  const Built built = asking(3);
  Verified verify(built.object);
  BtfForge other;
  other.structure("s", 4, {{"b", other.integer("int", 4, 1), 0}});
  const auto none = verify(built.target, BtfForge().bytes()).first_differences;
  const auto otherwise = verify(built.target, other.bytes()).first_differences;
  REQUIRE(none->size() == 3);
  REQUIRE(otherwise->size() == 3);
  CHECK(none->front().reduced.text != otherwise->front().reduced.text);
  CHECK(verify(built.target, BtfForge().bytes()).first_differences == none);
}

TEST_CASE(
    "verify_kernel: a reduced file that libbpf cannot read is not the same, except if libbpf cannot read the kernel "
    "either") {
  const Built built = asking(1);
  Verified verify(built.object);
  const cli::VerifiedKernel refused = verify(built.target, too_new(kernel()));
  CHECK_FALSE(refused.is_same());
  CHECK(refused.differences == 0);
  const auto lines = cli::difference_lines(verify.plan, refused, false);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Catch::StartsWith("full: libbpf does not read REDUCED: " + refused.reduced + ": "));
  CHECK_THAT(cli::kernel_line(refused), Catch::StartsWith("full: refused by libbpf; "));
  const cli::VerifyReport report = {.full = "full", .reduced = "reduced", .kernels = {refused}};
  CHECK(cli::figures_of(report).different == 1);
  CHECK_THAT(cli::summary_line(report, 1), Catch::EndsWith("; 1 not read by libbpf, no difference otherwise"));
  // libbpf cannot read the kernel's BTF either.
  CHECK(verify(too_new(kernel()), too_new(kernel())).is_same());
}

TEST_CASE("verify_kernel: an error in the reduced file is part of the result, and an error in the kernel is thrown") {
  const Built built = asking(1);
  Verified verify(built.object);
  const cli::VerifiedKernel bad = verify(built.target, {1, 2, 3});
  REQUIRE(bad.error);
  CHECK(bad.error->file() == bad.reduced);
  CHECK_FALSE(bad.comparison);
  CHECK_FALSE(bad.is_same());
  CHECK(cli::kernel_line(bad) == "full: not compared");
  CHECK_THROWS_AS(verify(Bytes{1, 2, 3}, built.target), Error);
}

TEST_CASE("verify_kernel: differences that libbpf's loader finds are reported") {
  const Built built = asking(1);
  Verified verify(built.object);
  cli::VerifiedKernel same = verify(built.target, built.target);
  same.loader = libbpf::LoaderComparison{.objects = 1, .loads = 2, .relocations = 1, .differences = {}, .stops = {}};
  CHECK(same.is_same());
  CHECK_THAT(cli::kernel_line(same), Catch::EndsWith("; libbpf's loader: 1 relocation of 1 object, 0 differences"));
  same.loader->differences.assign(
      2, {.object = 0, .program = "prog", .record = 7, .full = "patched", .reduced = "nothing"});
  same.loader_differences = 3;
  CHECK_FALSE(same.is_same());
  const auto lines = cli::difference_lines(verify.plan, same, false);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "full: object: prog relocation #7: libbpf's loader reports 'patched', with REDUCED 'nothing'");
  CHECK(lines[2] == "full: and 1 more difference of libbpf's loader; -v lists them");
  same.loader->stops.push_back({.object = 0, .reason = "why"});
  CHECK_FALSE(same.loader_gave_no_result());
  const auto summary = [&] { return cli::summary_line({.full = "full", .reduced = "reduced", .kernels = {same}}, 1); };
  const std::string compared = "full and reduced: 1 kernel, 1 object; 1 relocation compared; ";
  CHECK(summary() == compared +
                         "libbpf's loader disagrees, no difference otherwise; "
                         "libbpf's loader: 1 relocation, 3 differences, 1 load not relocated");
  // The loader relocated no object.
  same.loader = libbpf::LoaderComparison{
      .objects = 0, .loads = 1, .relocations = 0, .differences = {}, .stops = {{.object = 0, .reason = "why"}}};
  same.loader_differences = 0;
  CHECK(same.loader_gave_no_result());
  CHECK(summary() == compared +
                         "1 not relocated by libbpf's loader, no difference otherwise; "
                         "libbpf's loader: 0 relocations, 0 differences, 1 load not relocated");
}

}  // namespace minbtf::test
