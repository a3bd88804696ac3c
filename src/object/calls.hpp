// SPDX-License-Identifier: BSD-2-Clause
// Calls of subprograms within an object. Source: libbpf's src/libbpf.c, bpf_object__reloc_code().
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "elf/elf_file.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

/// Returns the calls by program and instruction. Leaves out calls that lead to no subprogram: libbpf refuses such an
/// object. Throws Error (damaged) for unreadable relocations.
[[nodiscard]] std::vector<Call> find_calls(const elf::ElfFile& elf, std::span<const elf::CodeSection> code,
                                           const ObjectData& data);

/// A program and all subprograms that libbpf loads with it.
struct LoadUnit {
  std::size_t program = no_program;
  /// A subprogram that no program calls. libbpf relocates it, but does not load it, and no verifier sees it.
  bool is_orphan = false;
  std::vector<std::size_t> members;  ///< the program and its direct and indirect callees, ascending
};

/// Limit for the work on the load units of an object, see load_units().
inline constexpr std::size_t most_members = std::size_t{1} << 20U;

/// Returns a load unit for each program and for each subprogram that no program calls, by program. In an object that
/// has only subprograms, no subprogram is an orphan.
///
/// Time and memory are proportional to the number of programs plus the cost of all callees in all units. The cost of a
/// callee is one for itself, for each of its records and for each of its calls. The result is empty if this cost
/// exceeds `most`.
///
/// Example: programs a and b both call subprogram c, which has 3 records and calls nothing. No program calls subprogram
/// d. The units are {a, c}, {b, c} and the orphan {d}; their cost is 4 + 4.
[[nodiscard]] std::vector<LoadUnit> load_units(const ObjectData& data, std::size_t most = most_members);

/// Returns LoadUnit::program of all load units. Takes time in proportion to programs and calls.
[[nodiscard]] std::vector<std::size_t> loaded_programs(const ObjectData& data);

}  // namespace minbtf::object
