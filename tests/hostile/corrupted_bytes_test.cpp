// SPDX-License-Identifier: BSD-2-Clause
// Small inputs with each byte changed. An input is refused, or it is reduced to BTF that libbpf accepts and that keeps
// every resolution.
#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

#include "btf/view.hpp"
#include "support/forge/forged_samples.hpp"
#include "support/libbpf/libbpf_btf.hpp"
#include "support/libbpf/same_decisions.hpp"
#include "support/os/address_sanitizer.hpp"
#include "support/os/guarded.hpp"

namespace minbtf::test {

namespace {

using Bytes = std::vector<std::uint8_t>;

/// The values that replace the byte at `at`. AddressSanitizer makes the tests ten times as slow: with it, each byte
/// gets two of the five values.
Bytes values_for(std::size_t at, std::uint8_t before) {
  const Bytes all = {0x00, 0xff, static_cast<std::uint8_t>(before + 1), static_cast<std::uint8_t>(before ^ 0x80U),
                     static_cast<std::uint8_t>(before ^ 0x04U)};
  if (!with_address_sanitizer) return all;
  return {all[at % all.size()], all[(at + 2) % all.size()]};
}

Bytes every_value(std::size_t /*at*/, std::uint8_t /*before*/) {
  Bytes all(256);
  std::iota(all.begin(), all.end(), std::uint8_t{0});
  return all;
}

/// Calls test(bytes) for each change of a single byte to one of values(position, old byte). `test` returns what is
/// wrong with the result, or an empty string. Returns the first failure of wrong_with(), or an empty string.
template <typename Test>
std::string first_failure(Bytes bytes, Test&& test, Bytes (*values)(std::size_t, std::uint8_t) = values_for) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const std::uint8_t before = bytes[at];
    for (const std::uint8_t value : values(at, before)) {
      if (value == before) continue;
      bytes[at] = value;
      const std::string what = "byte " + std::to_string(at) + " = " + std::to_string(value);
      std::string wrong = wrong_with(what, bytes.size(), [&] { return test(bytes); });
      if (!wrong.empty()) return wrong;
    }
    bytes[at] = before;
  }
  return "";
}

/// Reduces the kernel. Returns what is wrong with the result, or an empty string. An Error is correct, except an
/// internal one. libbpf 1.3 and newer may refuse the result if they refuse the kernel: they check references between
/// types that libbpf 1.1 and min-btf do not check.
std::string reduce(const Plan& plan, const Bytes& kernel) {
  std::string wrong;
  const std::string error = error_text([&] { wrong = wrong_with_reduction(plan, Btf::parse(kernel, "kernel")); });
  if (wrong == refused_by_libbpf && !LibbpfBtf(kernel).accepted()) return "";
  return error.starts_with("internal: ") ? error : wrong;
}

/// An object that is small enough to be parsed ten thousand times.
Bytes small_object(ByteOrder order) {
  const EveryKind all(order);
  return forge_object(all.forge, ask_in_every_way(all.forge, {{all.struct_, "0:2:1"}}), {.order = order});
}

/// A kernel of a few hundred bytes and an object with one relocation. They are small enough to test all 256 values of
/// each byte.
struct Tiny {
  BtfForge local;
  std::uint32_t s = 0;
  Bytes kernel;
  Bytes object;

  Tiny() {
    const std::uint32_t int_ = local.integer("int", 4, 1);
    s = local.structure("s", 8, {{"a", int_, 0}, {"b", local.ptr(int_), 32}});
    object = forge_object(local, {{.name = "p",
                                   .section = "tp",
                                   .insns = {ldx(4, 0), exit_insn()},
                                   .records = {{.insn = 0, .type_id = s, .access = "0:0", .kind = 0}}}});
    BtfForge target;
    const std::uint32_t target_int = target.integer("int", 4, 1);
    const std::uint32_t inner = target.union_("", 8, {{"a", target_int, 0, 0}, {"x", target_int, 3, 5}});
    target.structure("s", 16, {{"e", target.enumeration("e", 4, {{"A", 1}}), 0}, {"", inner, 64}});
    kernel = target.bytes();
  }
};

std::size_t resolved(const Plan& plan, const Bytes& kernel) {
  const auto resolutions = plan.minimize(Btf::parse(kernel, "kernel")).resolutions;
  return static_cast<std::size_t>(std::count_if(
      resolutions.begin(), resolutions.end(), [](const Resolution& each) { return each.status == Status::resolved; }));
}

}  // namespace

TEST_CASE("corrupted_bytes: an internal error or too much memory counts as a failure, a damaged file does not") {
  CHECK(wrong_with("x", 10, [] { return ""; }) == "");
  CHECK(wrong_with("x", 10, [] { return "wrong"; }) == "x: wrong");
  CHECK(wrong_with("x", 10, []() -> std::string { throw Error(ErrorKind::damaged, "file", "", "reason"); }) == "");
  CHECK(wrong_with("x", 10, []() -> std::string { throw Error(ErrorKind::internal, "file", "", "reason"); }) ==
        "x: internal: file: reason");
  if (!with_address_sanitizer) return;
  const std::string wrong = wrong_with("x", 10, [] {
    Bytes(4 << 20).back() = 1;
    return "";
  });
  CHECK(wrong.ends_with("bytes of memory"));
}

TEST_CASE("corrupted_bytes: a kernel with changed bytes is refused or reduced within the limits") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const bool other = GENERATE(false, true);
  const Plan plan({BpfObject::parse(sample_object(), "object")});
  const Bytes kernel = other ? other_sample_kernel(order) : sample_kernel(order);
  REQUIRE(reduce(plan, kernel) == "");
  // If no relocation resolved, changed bytes could not change a result.
  REQUIRE(resolved(plan, kernel) > 30);
  CHECK(first_failure(kernel, [&](const Bytes& bytes) { return reduce(plan, bytes); }) == "");
}

TEST_CASE("corrupted_bytes: an object with changed bytes is refused or used within the limits") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes kernel = GENERATE(false, true) ? other_sample_kernel(order) : sample_kernel(order);
  const auto parse_and_reduce = [&](const Bytes& bytes) -> std::string {
    std::vector<BpfObject> objects;
    const std::string error = error_text([&] { objects.push_back(BpfObject::parse(bytes, "object")); });
    if (error != "no error") return error.starts_with("internal: ") ? error : "";
    return reduce(Plan(std::move(objects)), kernel);
  };
  const Bytes object = small_object(order);
  REQUIRE(parse_and_reduce(object) == "");
  CHECK(first_failure(object, parse_and_reduce) == "");
}

TEST_CASE("corrupted_bytes: a tiny kernel is refused or reduced for every value of every byte") {
  const Tiny tiny;
  const Plan plan({BpfObject::parse(tiny.object, "object")});
  REQUIRE(resolved(plan, tiny.kernel) == 1);
  CHECK(first_failure(
            tiny.kernel, [&](const Bytes& bytes) { return reduce(plan, bytes); }, every_value) == "");
}

TEST_CASE("corrupted_bytes: a tiny kernel is refused, or what is kept by name stays, for every value of every byte") {
  const Tiny tiny;
  const Plan plan({BpfObject::parse(tiny.object, "object")},
                  {Keep::parse("struct:s"), Keep::parse("struct:s.x"), Keep::parse("union:a.b"), Keep::parse("enum:e"),
                   Keep::parse("int:int"), Keep::parse("typedef:s.e.A"), Keep::parse("union:s.a")});
  REQUIRE(plan.kept_in(Btf::parse(tiny.kernel, "kernel")).size() == 4);
  CHECK(first_failure(
            tiny.kernel, [&](const Bytes& bytes) { return reduce(plan, bytes); }, every_value) == "");
}

TEST_CASE("corrupted_bytes: a kernel with changed bytes is refused, or what is kept by name stays") {
  const auto order = GENERATE(ByteOrder::little, ByteOrder::big);
  const Bytes kernel = GENERATE(false, true) ? other_sample_kernel(order) : sample_kernel(order);
  const Btf btf = Btf::parse(kernel, "kernel");
  const btf::View& view = btf::view_of(btf);
  std::vector<Keep> keeps;
  for (const btf::NamedType& named : view.named_types()) {
    const std::string name(view.string(named.name_off));
    for (const KeepKind kind :
         {KeepKind::struct_, KeepKind::union_, KeepKind::enum_, KeepKind::typedef_, KeepKind::int_, KeepKind::float_}) {
      keeps.push_back({.kind = kind, .name = name});
    }
  }
  const Plan plan({BpfObject::parse(sample_object(), "object")}, keeps);
  REQUIRE(plan.kept_in(btf).size() > 5);
  REQUIRE(reduce(plan, kernel) == "");
  CHECK(first_failure(kernel, [&](const Bytes& bytes) { return reduce(plan, bytes); }) == "");
}

TEST_CASE("corrupted_bytes: a tiny object is refused or used for every value of every byte") {
  const Tiny tiny;
  const Btf kernel = Btf::parse(tiny.kernel, "kernel");
  const auto parse_and_reduce = [&](const Bytes& bytes) {
    return wrong_with_reduction(Plan({BpfObject::parse(bytes, "object")}), kernel);
  };
  REQUIRE(parse_and_reduce(tiny.object) == "");
  CHECK(first_failure(tiny.object, parse_and_reduce, every_value) == "");
}

}  // namespace minbtf::test
