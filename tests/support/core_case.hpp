// SPDX-License-Identifier: BSD-2-Clause
// A row of the matcher's tables: local declaration, target declaration, relocations, expected outcomes.
//
// Every row is also reduced, and every question is evaluated again on the reduced BTF. Unless the row excludes it
// (Oracle::no), the linked libbpf's own resolver resolves the relocations on both.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "minbtf/plan.hpp"
#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

struct Ask {
  RelocationKind kind = RelocationKind::field_byte_offset;
  std::string access = "0";
  std::uint32_t load = 0;  ///< bytes of the patched load; 0: the instruction is a 64-bit immediate
  std::uint32_t type = 0;  ///< local type id; 0: the id that `local` returned
  std::string program = "prog";
};

/// Selects whether the linked libbpf resolves the row too.
enum class Oracle : std::uint8_t {
  yes,
  /// libbpf 1.1 does not read big-endian objects, computes shifts for its own byte order, has another rule, or would
  /// not return.
  no,
};

struct Case {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;  ///< returns the id of the root type
  std::function<void(BtfForge&)> target;
  std::vector<Ask> asks;
  /// One outcome for each ask, separated by "; ": "5", "5 load 4", "poison", "failed: WHY".
  std::string expected;
  Oracle oracle = Oracle::yes;
  ByteOrder object_order = ByteOrder::little;
  ByteOrder target_order = ByteOrder::little;
  bool branches = false;  ///< programs begin with branch_insn()
};

struct Built {
  std::vector<std::uint8_t> object;  ///< ELF
  std::vector<std::uint8_t> target;  ///< raw BTF
};

/// Makes the object and the kernel of a row.
[[nodiscard]] Built build(const Case& row);

/// Returns the outcome as text: "5 load 4", "poison", ...; for type_id_target "type STRUCT foo size 8".
[[nodiscard]] std::string text(const Btf& kernel, const BpfObject& object, const Resolution& resolution);

/// Checks a row in all these ways. Each disagreement fails the running test.
void check(const Case& row);

/// Reduces `target` for `object`. Checks that Plan::resolve() and (if `oracle`) libbpf resolve every relocation on both
/// BTFs alike, for all programs together and for each program alone, and that a second reduction changes nothing.
/// Returns the reduction.
Reduction check_equivalence(const std::vector<std::uint8_t>& object, const std::vector<std::uint8_t>& target,
                            Oracle oracle);

}  // namespace minbtf::test
