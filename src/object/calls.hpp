// Which programs call which subprograms of the same object.
//
// Facts: libbpf's src/libbpf.c, bpf_object__reloc_code().
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "elf/elf_file.hpp"
#include "object/object_data.hpp"

namespace minbtf::object {

/// By program and instruction. What leads to no subprogram is left out: libbpf refuses the object. Throws Error
/// (damaged) for relocations that cannot be read.
[[nodiscard]] std::vector<Call> find_calls(const elf::ElfFile& elf, std::span<const elf::CodeSection> code,
                                           const ObjectData& data);

/// A program with all that libbpf loads with it.
struct LoadUnit {
  std::size_t program = no_program;
  /// No program calls it, so that none is loaded with it. libbpf relocates it, and no verifier sees it.
  bool is_orphan = false;
  std::vector<std::size_t> members;  ///< the program and the subprograms that it calls, and that they call, ascending
};

/// What subprograms may bring to all programs of an object together: see load_units().
inline constexpr std::size_t most_members = std::size_t{1} << 20U;

/// One for each program, and for subprograms that none of them calls: those stand for themselves, with what they call.
/// In an object that has nothing but subprograms they are no orphans. By program.
///
/// Takes time and memory in proportion to programs, and to what subprograms bring to each: themselves, their records
/// and their calls. Where that is more than `most` in all, the result is empty.
[[nodiscard]] std::vector<LoadUnit> load_units(const ObjectData& data, std::size_t most = most_members);

/// LoadUnit::program of all load units; takes time in proportion to programs and calls.
[[nodiscard]] std::vector<std::size_t> loaded_programs(const ObjectData& data);

}  // namespace minbtf::object
