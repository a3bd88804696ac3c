// SPDX-License-Identifier: BSD-2-Clause
// BTF of pahole before 1.24: an ENUM of 8 bytes with truncated values.
#include "minimize/diagnose/cut_value.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "minbtf/plan.hpp"
#include "support/core_case.hpp"

namespace minbtf::test {

namespace {

constexpr std::int64_t top_bit = std::numeric_limits<std::int64_t>::min();

/// Returns the unresolved relocations of an object with `enum e { A = own }` and one relocation of `kind` for A, on a
/// kernel with `enum e { A = there }` of `bytes` bytes. The kernel's type is an ENUM if `is_cut`, otherwise an ENUM64.
std::vector<UnresolvedRelocation> checked(std::int64_t own, std::uint32_t bytes, std::int64_t there, bool is_cut,
                                          RelocationKind kind = RelocationKind::enumval_value) {
  const Built built = build({.name = "cut",
                             .local =
                                 [&](BtfForge& f) {
                                   return f.enumeration64("e", 8, {{"A", own}});
                                 },
                             .target =
                                 [&](BtfForge& f) {
                                   if (is_cut) {
                                     f.enumeration("e", bytes, {{"A", there}});
                                   } else {
                                     f.enumeration64("e", bytes, {{"A", there}});
                                   }
                                 },
                             .asks = {{.kind = kind, .access = "0"}},
                             .expected = ""});
  return Plan({BpfObject::parse(built.object, "object")}).check(Btf::parse(built.target, "kernel"));
}

}  // namespace

TEST_CASE("cut_value: a value of an 8-byte ENUM is reported if the object's own value has more than 32 bits") {
  const auto found = checked(top_bit | 2, 8, 2, true);
  CHECK(found == std::vector<UnresolvedRelocation>{
                     {.status = Status::resolved,
                      .why = {Reason::cut_value, "enum64 e::A", "0x2 there, 0x8000000000000002 in the object"}}});
  CHECK(to_string(found.at(0).why) == "enum64 e::A: value cut to 32 bits: 0x2 there, 0x8000000000000002 in the object");
}

TEST_CASE("cut_value: values from 0x80000000 on are truncated, because the low 32 bits are sign-extended") {
  CHECK(checked(0x7fffffff, 8, 0x7fffffff, true).empty());
  CHECK(checked(-1, 8, -1, true).empty());
  CHECK(checked(0xffffffff, 8, -1, true).at(0).why.detail == "0xffffffffffffffff there, 0xffffffff in the object");
  CHECK(checked(0x80000000, 8, std::numeric_limits<std::int32_t>::min(), true).size() == 1);
}

TEST_CASE("cut_value: an ENUM64, an ENUM of 4 bytes and an existence check are not reported") {
  CHECK(checked(top_bit | 2, 8, top_bit | 2, false).empty());
  CHECK(checked(top_bit | 2, 8, 2, false).empty());
  CHECK(checked(top_bit | 2, 4, 2, true).empty());
  CHECK(checked(top_bit | 2, 8, 2, true, RelocationKind::enumval_exists).empty());
}

}  // namespace minbtf::test
