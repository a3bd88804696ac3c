// A row of the matcher's tables: local declaration, target declaration, what is asked, what comes of it.
//
// Every row is also reduced, asked again on what is left, and, where libbpf 1.1 can be asked, put to libbpf's own
// resolver on both.
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
  std::uint32_t load = 0;  ///< bytes of the load that is patched; 0: a 64-bit immediate
  std::uint32_t type = 0;  ///< local type id; 0: what `local` returned
  std::string program = "prog";
};

/// Whether libbpf 1.1 is asked as well.
enum class Oracle : std::uint8_t {
  yes,
  no,  ///< it reads no big-endian objects, shifts for its own byte order, decides otherwise, or would not come back
};

struct Case {
  std::string name;
  std::function<std::uint32_t(BtfForge&)> local;  ///< returns the id of the type that is asked about
  std::function<void(BtfForge&)> target;
  std::vector<Ask> asks;
  /// One for each ask, separated by "; ": "5", "5 load 4", "poison", "failed: WHY".
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

/// Forges the object and the kernel of a row.
[[nodiscard]] Built build(const Case& row);

/// "5 load 4", "poison", ...; type_id_target as "type STRUCT foo size 8".
[[nodiscard]] std::string text(const Btf& kernel, const BpfObject& object, const Resolution& resolution);

/// Runs a row in all ways. Fails the running test where they disagree.
void check(const Case& row);

/// Reduces `target` for `object`, and checks that we and libbpf (if `oracle`) decide on both alike, for all programs
/// and each alone, and that reducing twice changes nothing. Returns the reduction.
Reduction check_equivalence(const std::vector<std::uint8_t>& object, const std::vector<std::uint8_t>& target,
                            Oracle oracle);

}  // namespace minbtf::test
