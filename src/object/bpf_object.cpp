// SPDX-License-Identifier: BSD-2-Clause
// Reads a BPF object as libbpf does: programs are FUNC symbols, and a record belongs to the program whose symbol covers
// its instruction (libbpf.c, bpf_object__add_programs() and find_prog_by_sec_insn()).
#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/short_text.hpp"
#include "elf/elf_file.hpp"
#include "minbtf/bpf_object.hpp"
#include "minbtf/error.hpp"
#include "object/btf_ext.hpp"
#include "object/calls.hpp"
#include "object/object_data.hpp"
#include "object/read_only_data.hpp"

namespace minbtf {

namespace object {

namespace {

/// Opcode BPF_LD | BPF_IMM | BPF_DW, an instruction of 16 bytes.

class ObjectReader {
 public:
  ObjectReader(std::span<const std::uint8_t> bytes, const std::string& name, ObjectData& out)
      : name_(name), out_(out), elf_(elf::ElfFile::from_memory(bytes, name)), file_size_(bytes.size()) {}

  void run() {
    if (!elf_.is_bpf_object())
      throw Error(ErrorKind::wrong_file, name_, "", "not a BPF object (ELF of another machine or type)");
    out_.order = elf_.byte_order();
    code_ = elf_.code();
    add_programs();
    out_.calls = find_calls(elf_, code_, out_);
    const auto btf = elf_.section(".BTF");
    if (!btf) return nothing("no .BTF section");
    out_.btf = parse_btf({btf->data.begin(), btf->data.end()});
    const auto ext = elf_.section(".BTF.ext");
    if (!ext) return nothing("no .BTF.ext section");
    const std::vector<CoreRecord> records = parse_core_records(ext->data, name_);
    if (records.empty()) return nothing("no CO-RE relocations");
    for (const elf::CodeSection& section : code_) code_by_name_.try_emplace(section.name, &section);
    out_.records.reserve(records.size());
    for (const CoreRecord& record : records) out_.records.push_back(place(record));
    keep_code();
    out_.read_only = find_read_only_data(elf_, out_);
  }

 private:
  void nothing(const char* why) { out_.note = why; }

  /// Parses the .BTF section. The place in an Error begins with ".BTF", because the file is the object.
  [[nodiscard]] btf::View parse_btf(std::vector<std::uint8_t> section) const {
    try {
      return btf::View::parse(std::move(section), name_);
    } catch (const Error& error) {
      throw Error(error.kind(), name_, error.where().empty() ? ".BTF" : ".BTF: " + error.where(), error.reason());
    }
  }

  /// Adds the programs by section and offset. The order of the symbols in the file does not matter.
  void add_programs() {
    std::vector<elf::FunctionSymbol> functions = elf_.functions();
    std::stable_sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) {
      return std::tie(a.section, a.offset) < std::tie(b.section, b.offset);
    });
    std::uint64_t code_left = most_code_per_byte * file_size_;
    std::uint64_t names_left = most_names_per_byte * file_size_;
    auto code = code_.begin();
    for (const elf::FunctionSymbol& function : functions) {
      code = std::find_if(code, code_.end(), [&](const auto& section) { return section.index >= function.section; });
      if (code == code_.end()) break;
      if (code->index != function.section) continue;
      if (function.offset > code->data.size() || function.size > code->data.size() - function.offset) {
        throw Error(ErrorKind::damaged, name_, base::place(code->name, function.offset),
                    "program '" + std::string(function.name) + "' crosses the section's end");
      }
      spend(function.size, code_left, "programs overlap: together they have too many instructions");
      spend(function.name.size() + code->name.size(), names_left, "the names of programs overlap");
      out_.extents.push_back({.section = function.section,
                              .offset = function.offset,
                              .size = function.size,
                              .is_static = function.is_local});
      out_.programs.push_back({.name = std::string(function.name), .section = std::string(code->name)});
    }
  }

  /// Subtracts `bytes` from a limit. Throws Error (damaged) if less is left.
  void spend(std::uint64_t bytes, std::uint64_t& left, const char* too_much) const {
    if (bytes > left) throw Error(ErrorKind::damaged, name_, "ELF", too_much);
    left -= bytes;
  }

  /// Returns the index in ObjectData::sections of the section that a record refers to.
  std::uint32_t section_of(const CoreRecord& record) {
    const auto [known, is_new] = by_name_off_.try_emplace(record.section_name_off, 0);
    if (is_new) known->second = add_section(record.section_name_off);
    return known->second;
  }

  /// Adds a section. A missing section, or a section without code, has no programs; libbpf skips its records.
  std::uint32_t add_section(std::uint32_t name_off) {
    const std::string_view name = section_name(*out_.btf, name_off, "CO-RE records", name_);
    const auto code = code_by_name_.find(name);
    code_of_.push_back(code == code_by_name_.end() ? nullptr : code->second);
    out_.sections.push_back(name);
    return static_cast<std::uint32_t>(out_.sections.size() - 1);
  }

  /// Finds the program and the instruction of a record.
  Record place(const CoreRecord& record) {
    const std::uint32_t section = section_of(record);
    Record out = {.section = section,
                  .insn_off = record.insn_off,
                  .insn = record.insn_off / static_cast<std::uint32_t>(instruction_size),
                  .type_id = record.type_id,
                  .access_str_off = record.access_str_off,
                  .kind = record.kind};
    if (record.insn_off % instruction_size != 0) {
      throw Error(ErrorKind::damaged, name_, base::place(out_.sections[section], record.insn_off),
                  "a CO-RE record points between instructions");
    }
    const elf::CodeSection* const code = code_of_[section];
    if (code == nullptr) return out;
    std::uint64_t end = code->data.size();
    out.program = out_.program_at(code->index, record.insn_off);
    if (out.program != no_program) {
      const ProgramExtent& extent = out_.extents[out.program];
      out.insn = static_cast<std::uint32_t>((record.insn_off - extent.offset) / instruction_size);
      end = extent.offset + extent.size;
    }
    if (record.insn_off > end || end - record.insn_off < instruction_size) return out;
    out.instruction = decode(code->data, record.insn_off, elf_.byte_order());
    if (out.instruction->code == op_ld_imm64 && end - record.insn_off >= 2 * instruction_size) {
      out.second_half = decode(code->data, record.insn_off + instruction_size, elf_.byte_order());
    }
    return out;
  }

  /// Keeps the code of each section once, however many names the records use for it.
  void keep_code() {
    std::map<std::uint32_t, const elf::CodeSection*> needed;
    for (const elf::CodeSection* code : code_of_) {
      if (code != nullptr) needed.try_emplace(code->index, code);
    }
    for (const auto& [index, code] : needed) {
      out_.code.push_back({.section = index, .bytes = {code->data.begin(), code->data.end()}});
    }
  }

  // Limits for the code and the names of all programs together, per byte of the file. A symbol of 24 bytes can claim
  // any amount of code. Real programs overlap only where a program has a second name, and real names are together
  // smaller than the file.
  static constexpr std::uint64_t most_code_per_byte = 4;
  static constexpr std::uint64_t most_names_per_byte = 8;

  const std::string& name_;
  ObjectData& out_;
  elf::ElfFile elf_;
  std::uint64_t file_size_;
  std::vector<elf::CodeSection> code_;
  std::vector<const elf::CodeSection*> code_of_;  ///< by index in ObjectData::sections; null: no code
  std::map<std::string_view, const elf::CodeSection*> code_by_name_;
  std::map<std::uint32_t, std::uint32_t> by_name_off_;  ///< index in ObjectData::sections, by offset of the name
};

}  // namespace

}  // namespace object

BpfObject BpfObject::parse(std::span<const std::uint8_t> bytes, std::string name) {
  auto data = std::make_shared<object::ObjectData>();
  object::ObjectReader(bytes, name, *data).run();
  return {std::move(data), std::move(name)};
}

const std::vector<Program>& BpfObject::programs() const noexcept { return data_->programs; }
std::size_t BpfObject::relocation_count() const noexcept { return data_->records.size(); }
ByteOrder BpfObject::byte_order() const noexcept { return data_->order; }
const std::string& BpfObject::note() const noexcept { return data_->note; }

}  // namespace minbtf
