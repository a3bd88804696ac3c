// SPDX-License-Identifier: BSD-2-Clause
// Data of a BPF object: its BTF, its programs, and its CO-RE records with the instructions that they patch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "minbtf/bpf_object.hpp"

namespace minbtf::object {

/// `struct bpf_insn`, in host order.
struct Instruction {
  std::uint8_t code = 0;
  std::uint8_t dst_reg = 0;
  std::uint8_t src_reg = 0;
  std::int16_t off = 0;
  std::int32_t imm = 0;
};

inline constexpr std::size_t instruction_size = 8;
/// BPF_LD | BPF_IMM | BPF_DW of the kernel's linux/bpf.h: the code of an instruction of 16 bytes.
inline constexpr std::uint8_t op_ld_imm64 = 0x18;
inline constexpr std::size_t no_program = static_cast<std::size_t>(-1);

/// `struct bpf_core_relo` of .BTF.ext, with the program and the instruction that it refers to.
struct Record {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint32_t section = 0;         ///< index into ObjectData::sections
  std::uint32_t insn_off = 0;        ///< bytes from the start of the section
  std::uint32_t insn = 0;            ///< instruction number within the program, or within the section if no program
  std::uint32_t type_id = 0;         ///< as in the file: not checked against the object's BTF
  std::uint32_t access_str_off = 0;
  std::uint32_t kind = 0;
  /// The instruction and, for a 16-byte instruction, its second half. Empty if no complete instruction is at this
  /// place.
  std::optional<Instruction> instruction = {};
  std::optional<Instruction> second_half = {};
};

/// Place of a program's code.
struct ProgramExtent {
  std::uint32_t section = 0;  ///< index in the ELF file
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint64_t size = 0;     ///< bytes
  bool is_static = false;     ///< the verifier checks it where it is called; it checks other functions separately
};

/// A reference of a program to a subprogram: a call, or an address that is passed to a helper.
struct Call {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint32_t insn = 0;            ///< instruction number within the program
  std::size_t callee = no_program;   ///< index into ObjectData::programs
};

/// A code section that has records, as in the file.
struct Code {
  std::uint32_t section = 0;  ///< index in the ELF file
  std::vector<std::uint8_t> bytes;
};

/// A section from which libbpf makes a map that does not change once programs are loaded.
struct ReadOnlySection {
  std::string name;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint64_t> relocated;  ///< where a linker or loader writes: bytes from the start, ascending
};

/// A variable in read-only data.
struct ReadOnlyVariable {
  std::uint32_t section = 0;  ///< index into ReadOnlyData::sections
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint64_t size = 0;     ///< bytes
  std::string name;
  std::uint32_t type_id = 0;  ///< in the object's BTF; 0: unknown
};

/// An instruction that takes an address of read-only data.
struct ReadOnlyAddress {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint32_t insn = 0;            ///< number of the 16-byte instruction within the program
  std::uint32_t section = 0;         ///< index into ReadOnlyData::sections
  std::int64_t offset = 0;           ///< bytes from the start of the section
};

/// Read-only data to which programs with records refer.
struct ReadOnlyData {
  std::vector<ReadOnlySection> sections;
  std::vector<ReadOnlyVariable> variables;  ///< by section and offset
  std::vector<ReadOnlyAddress> addresses;   ///< by program and instruction
};

/// Data of a BPF object.
struct ObjectData {
  std::optional<btf::View> btf;            ///< empty only if the object has no records
  std::vector<std::string_view> sections;  ///< names of the sections of records; in the strings of `btf`
  std::vector<Code> code;                  ///< those of `sections` that have code, by section
  ByteOrder order = ByteOrder::little;
  std::vector<Program> programs;
  std::vector<ProgramExtent> extents;  ///< one for each program
  std::vector<Call> calls;             ///< by program and instruction
  std::vector<Record> records;
  ReadOnlyData read_only;
  std::string note;

  /// Returns the index of the program that has the instruction at `offset` bytes of an ELF section, or no_program. Only
  /// the last program that begins at or before the offset counts (libbpf.c, find_prog_by_sec_insn()).
  [[nodiscard]] std::size_t program_at(std::uint32_t section, std::uint64_t offset) const noexcept;
  /// Returns true if the program is loaded only with programs that call it: a function of `.text` in an object that has
  /// other functions (libbpf.c, prog_is_subprog(), before 1.0).
  [[nodiscard]] bool is_subprogram(std::size_t program) const noexcept;
};

/// Opens a BpfObject to the library's own files.
struct Access {
  [[nodiscard]] static const ObjectData& data_of(const BpfObject& object) noexcept { return *object.data_; }
};

/// Returns the data behind `object`. Valid as long as `object` or a copy of it.
[[nodiscard]] inline const ObjectData& data_of(const BpfObject& object) noexcept { return Access::data_of(object); }

/// Returns the instruction at `data[at]`. 8 bytes must be readable there.
[[nodiscard]] Instruction decode(std::span<const std::uint8_t> data, std::size_t at, ByteOrder order);

/// Returns all instructions of a program in a section that has records, and none for other programs. A 16-byte
/// instruction takes two places.
[[nodiscard]] std::vector<Instruction> instructions(const ObjectData& data, std::size_t program);

}  // namespace minbtf::object
