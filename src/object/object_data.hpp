// What is taken from a BPF object: its BTF, its programs, its CO-RE records with the instructions they patch.
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
inline constexpr std::size_t no_program = static_cast<std::size_t>(-1);

/// `struct bpf_core_relo` of .BTF.ext, with what its place means.
struct Record {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint32_t section = 0;         ///< index into ObjectData::sections
  std::uint32_t insn_off = 0;        ///< bytes from the start of the section
  std::uint32_t insn = 0;            ///< instruction number within the program, or the section if there is no program
  std::uint32_t type_id = 0;         ///< as recorded: not checked against the object's BTF
  std::uint32_t access_str_off = 0;
  std::uint32_t kind = 0;
  /// The instruction and, for a 16-byte load, its second half. Empty if the place holds no whole instruction.
  std::optional<Instruction> instruction = {};
  std::optional<Instruction> second_half = {};
};

/// Where a program's code is.
struct ProgramExtent {
  std::uint32_t section = 0;  ///< number in the ELF file
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint64_t size = 0;     ///< bytes
  bool is_static = false;     ///< the verifier goes into it where it is called; into others on their own account
};

/// Where a program refers to a subprogram: it calls it, or hands it over to be called.
struct Call {
  std::size_t program = no_program;  ///< index into ObjectData::programs, as the other
  std::uint32_t insn = 0;            ///< instruction number within the program
  std::size_t callee = no_program;
};

/// Code that records are about, as it stands in the file.
struct Code {
  std::uint32_t section = 0;  ///< number in the ELF file
  std::vector<std::uint8_t> bytes;
};

/// What libbpf makes a map of that nobody can change once programs are loaded.
struct ReadOnlySection {
  std::string name;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint64_t> relocated;  ///< where a linker or loader writes, ascending: bytes from the start
};

/// A variable there.
struct ReadOnlyVariable {
  std::uint32_t section = 0;  ///< index into ReadOnlyData::sections
  std::uint64_t offset = 0;   ///< bytes from the start of the section
  std::uint64_t size = 0;     ///< bytes
  std::string name;
  std::uint32_t type_id = 0;  ///< in the object's BTF; 0 if that does not say
};

/// Where a program takes an address of read-only data.
struct ReadOnlyAddress {
  std::size_t program = no_program;  ///< index into ObjectData::programs
  std::uint32_t insn = 0;            ///< instruction number within the program: a 16-byte load
  std::uint32_t section = 0;         ///< index into ReadOnlyData::sections
  std::int64_t offset = 0;           ///< bytes from the start of the section
};

/// As far as programs with records refer to it.
struct ReadOnlyData {
  std::vector<ReadOnlySection> sections;
  std::vector<ReadOnlyVariable> variables;  ///< by section and offset
  std::vector<ReadOnlyAddress> addresses;   ///< by program and instruction
};

struct ObjectData {
  std::optional<btf::View> btf;            ///< absent only if there are no records
  std::vector<std::string_view> sections;  ///< those that records are about; in the strings of `btf`
  std::vector<Code> code;                  ///< of those, as far as they are there, by section
  ByteOrder order = ByteOrder::little;
  std::vector<Program> programs;
  std::vector<ProgramExtent> extents;  ///< of programs, one each
  std::vector<Call> calls;             ///< by program and instruction
  std::vector<Record> records;
  ReadOnlyData read_only;
  std::string note;

  /// The index of the program that has the instruction at `offset` bytes of an ELF section, or no_program: of those
  /// that begin there or before, the last (libbpf.c, find_prog_by_sec_insn()).
  [[nodiscard]] std::size_t program_at(std::uint32_t section, std::uint64_t offset) const noexcept;
  /// Is it loaded only with programs that call it? Those of `.text` are, if there are others (libbpf.c,
  /// prog_is_subprog(), before 1.0).
  [[nodiscard]] bool is_subprogram(std::size_t program) const noexcept;
};

/// Opens a BpfObject to the library's own files.
struct Access {
  [[nodiscard]] static const ObjectData& data_of(const BpfObject& object) noexcept { return *object.data_; }
};

/// Returns the data behind `object`. Valid as long as `object` or a copy of it.
[[nodiscard]] inline const ObjectData& data_of(const BpfObject& object) noexcept { return Access::data_of(object); }

/// The instruction at `data[at]`, of which there have to be 8 bytes.
[[nodiscard]] Instruction decode(std::span<const std::uint8_t> data, std::size_t at, ByteOrder order);

/// All instructions of a program that has records; none of another. A 16-byte instruction takes two places.
[[nodiscard]] std::vector<Instruction> instructions(const ObjectData& data, std::size_t program);

}  // namespace minbtf::object
