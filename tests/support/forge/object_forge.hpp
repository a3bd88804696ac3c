// SPDX-License-Identifier: BSD-2-Clause
// BPF objects for tests: an ELF64 relocatable file with code, function symbols, .BTF and .BTF.ext.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/forge/btf_forge.hpp"

namespace minbtf::test {

/// `struct bpf_insn`.
struct ForgedInsn {
  std::uint8_t code = 0;
  std::uint8_t dst = 0;
  std::uint8_t src = 0;
  std::int16_t off = 0;
  std::int32_t imm = 0;
};

/// r0 = value (BPF_ALU64 | BPF_MOV | BPF_K)
[[nodiscard]] ForgedInsn mov_imm(std::int32_t value);
/// r0 = *(u8, u16, u32 or u64 *)(r1 + off) (BPF_LDX | BPF_MEM)
[[nodiscard]] ForgedInsn ldx(std::uint32_t size_bytes, std::int16_t off);
/// r0 = value (BPF_LD | BPF_IMM | BPF_DW), in two instruction slots
[[nodiscard]] std::array<ForgedInsn, 2> ld_imm64(std::uint64_t value);
[[nodiscard]] ForgedInsn exit_insn();
/// if (r1 == 0) goto the next instruction: no verifier can determine which way the branch goes
[[nodiscard]] ForgedInsn branch_insn();

/// `struct bpf_core_relo`.
struct ForgedRecord {
  std::uint32_t insn = 0;  ///< index of the instruction in the program
  std::uint32_t type_id = 0;
  std::string access;
  std::uint32_t kind = 0;
};

struct ForgedProgram {
  std::string name;
  std::string section;
  std::vector<ForgedInsn> insns;
  std::vector<ForgedRecord> records;
};

struct ForgedObjectOptions {
  ByteOrder order = ByteOrder::little;   ///< of the ELF file, code and .BTF.ext; .BTF has that of the forge
  std::uint32_t record_size = 16;        ///< bytes; bytes above 16 are filled with 0xff
  std::uint32_t ext_header_length = 32;  ///< bytes; 24: the header from before CO-RE; bytes above 32 are zeros
  bool without_btf = false;
  bool without_btf_ext = false;
  bool without_symbols = false;
  std::uint16_t machine = 247;  ///< EM_BPF
  std::uint16_t type = 1;       ///< ET_REL
  // Called with the contents of a section before they are put into the file.
  std::function<void(std::vector<std::uint8_t>&)> edit_btf = {};
  std::function<void(std::vector<std::uint8_t>&)> edit_btf_ext = {};
};

/// Returns the ELF file. Programs of one section follow each other in it. `local` is passed by value, because section
/// names and access strings are added to it.
[[nodiscard]] std::vector<std::uint8_t> forge_object(BtfForge local, const std::vector<ForgedProgram>& programs,
                                                     const ForgedObjectOptions& options = {});

}  // namespace minbtf::test
