// SPDX-License-Identifier: BSD-2-Clause
#include "object/read_only_data.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/short_text.hpp"
#include "btf/bytes.hpp"

namespace minbtf::object {

namespace {

constexpr std::uint64_t relocated_bytes = 8;          ///< the widest relocation of BPF, R_BPF_64_ABS64
constexpr std::uint64_t most_name_bytes = 1U << 20U;  ///< of all variables; many names can end in one long string

class ReadOnlyDataFinder {
 public:
  ReadOnlyDataFinder(const elf::ElfFile& elf, const ObjectData& data)
      : elf_(elf), data_(data), sections_(elf.read_only_data()) {}

  ReadOnlyData run() {
    if (sections_.empty()) return {};
    for (const elf::CodeRelocation& relocation : elf_.code_relocations()) {
      const auto [known, is_new] = relocations_.try_emplace({relocation.section, relocation.offset}, relocation);
      // Two relocations for one place: which of them libbpf applies last is not defined.
      if (!is_new) known->second.target_section = 0;
    }
    for (std::size_t program = 0; program < data_.programs.size(); ++program) scan(program);
    if (!out_.sections.empty()) {
      add_variables();
      add_relocated();
    }
    return std::move(out_);
  }

 private:
  void scan(std::size_t program) {
    const ProgramExtent& extent = data_.extents[program];
    const auto code = std::ranges::lower_bound(data_.code, extent.section, {}, &Code::section);
    if (code == data_.code.end() || code->section != extent.section) return;
    for (std::uint64_t at = 0; extent.size - at >= 2 * instruction_size; at += instruction_size) {
      if (code->bytes[extent.offset + at] != op_ld_imm64) continue;
      const auto relocation = relocations_.find({extent.section, extent.offset + at});
      if (relocation == relocations_.end()) continue;
      const auto section = section_of(relocation->second.target_section);
      if (!section || relocation->second.target_offset > out_.sections[*section].bytes.size()) continue;
      const Instruction insn = decode(code->bytes, extent.offset + at, data_.order);
      out_.addresses.push_back({.program = program,
                                .insn = static_cast<std::uint32_t>(at / instruction_size),
                                .section = *section,
                                .offset = static_cast<std::int64_t>(relocation->second.target_offset) + insn.imm});
    }
  }

  /// Returns the index in ReadOnlyData::sections of the section `index` of the file, and keeps its bytes at the first
  /// call. Returns nothing if that section is not read-only data.
  std::optional<std::uint32_t> section_of(std::uint32_t index) {
    const auto [known, is_new] = kept_.try_emplace(index, std::nullopt);
    if (!is_new) return known->second;
    const auto section = std::ranges::lower_bound(sections_, index, {}, &elf::ReadOnlySection::index);
    if (section == sections_.end() || section->index != index) return std::nullopt;
    known->second = static_cast<std::uint32_t>(out_.sections.size());
    out_.sections.push_back(
        {.name = std::string(section->name), .bytes = {section->data.begin(), section->data.end()}, .relocated = {}});
    return known->second;
  }

  void add_variables() {
    std::uint64_t left = most_name_bytes;
    for (const elf::DataSymbol& symbol : elf_.data_symbols()) {
      const auto section = kept_.find(symbol.section);
      if (section == kept_.end() || !section->second || symbol.name.size() > left) continue;
      left -= symbol.name.size();
      out_.variables.push_back({.section = *section->second,
                                .offset = symbol.offset,
                                .size = symbol.size,
                                .name = std::string(symbol.name)});
    }
    std::ranges::sort(out_.variables, [](const ReadOnlyVariable& a, const ReadOnlyVariable& b) {
      return std::tie(a.section, a.offset, a.name) < std::tie(b.section, b.offset, b.name);
    });
    if (data_.btf) add_types(*data_.btf);
  }

  /// Adds the types of the variables. A DATASEC lists the variables of the section that has its name.
  void add_types(const btf::View& btf) {
    std::map<std::pair<std::string_view, std::string_view>, ReadOnlyVariable*> by_name;
    for (ReadOnlyVariable& variable : out_.variables) {
      by_name.try_emplace({out_.sections[variable.section].name, variable.name}, &variable);
    }
    for (std::uint32_t id = 1; id < btf.id_end(); ++id) {
      const btf::Type type = btf.type(id);
      if (type.kind != btf::Kind::datasec || !btf.string_start(type.name_off, 8).starts_with(".rodata")) continue;
      for (std::uint32_t i = 0; i < type.vlen; ++i) {
        const btf::Type variable = btf.type(btf.variable(type, i).type);
        if (variable.kind != btf::Kind::var) continue;
        const auto found = by_name.find({name_in(btf, type), name_in(btf, variable)});
        if (found != by_name.end()) found->second->type_id = variable.size_or_type;
      }
    }
  }

  static std::string_view name_in(const btf::View& btf, const btf::Type& type) {
    return btf.string_start(type.name_off, elf::longest_name + 1);
  }

  void add_relocated() {
    std::vector<std::uint32_t> sections;
    for (const auto& [index, section] : kept_) {
      if (section) sections.push_back(index);
    }
    for (const elf::RelocatedPlace& place : elf_.data_relocations(sections)) {
      out_.sections[*kept_.at(place.section)].relocated.push_back(place.offset);
    }
    for (ReadOnlySection& section : out_.sections) std::ranges::sort(section.relocated);
  }

  const elf::ElfFile& elf_;
  const ObjectData& data_;
  std::vector<elf::ReadOnlySection> sections_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, elf::CodeRelocation> relocations_;
  std::map<std::uint32_t, std::optional<std::uint32_t>> kept_;  ///< ReadOnlyData::sections, by index in the file
  ReadOnlyData out_;
};

/// Appends to a name the path from a type to some of its bytes: ".limits[3]". add() returns false if no integer or enum
/// is exactly there.
class Path {
 public:
  Path(const btf::View& btf, NamedNumber& out) : btf_(btf), out_(out) {}

  bool add(std::uint32_t id, std::uint64_t offset, std::uint32_t bytes) {
    for (int step = 0; step < most_steps; ++step) {
      const btf::Type type = btf_.type(id);
      switch (type.kind) {
        case btf::Kind::typedef_:
        case btf::Kind::volatile_:
        case btf::Kind::const_:
        case btf::Kind::restrict_:
        case btf::Kind::type_tag:
          id = type.size_or_type;
          break;
        case btf::Kind::struct_:
        case btf::Kind::union_: {
          const auto member = member_at(type, offset);
          if (!member) return false;
          const std::string_view name = btf_.text(member->name_off);
          if (!name.empty()) base::add_text(out_.name, "." + std::string(name));
          offset -= member->bit_offset / 8;
          id = member->type;
          break;
        }
        case btf::Kind::array: {
          const btf::Array array = btf_.array(type);
          const auto size = size_of(array.type);
          if (!size || offset / *size >= array.nelems) return false;
          base::add_text(out_.name, "[" + std::to_string(offset / *size) + "]");
          offset %= *size;
          id = array.type;
          break;
        }
        case btf::Kind::int_:
          out_.is_signed = (btf_.info_word(type) >> 24U & 1U) != 0;
          return offset == 0 && type.size_or_type == bytes;
        case btf::Kind::enum_:
        case btf::Kind::enum64:
          out_.is_signed = type.kind_flag;
          return offset == 0 && type.size_or_type == bytes;
        default:
          return false;
      }
    }
    return false;
  }

 private:
  /// Returns the last member that begins at or before `offset`. Returns nothing if that is a bitfield, or if the type
  /// has too many members.
  [[nodiscard]] std::optional<btf::Member> member_at(const btf::Type& type, std::uint64_t offset) const {
    std::optional<btf::Member> found;
    if (type.vlen > most_members) return found;
    for (std::uint32_t i = 0; i < type.vlen; ++i) {
      const btf::Member member = btf_.member(type, i);
      if (member.bit_offset / 8 <= offset && (!found || member.bit_offset >= found->bit_offset)) found = member;
    }
    if (!found || found->bitfield_size != 0 || found->bit_offset % 8 != 0) return std::nullopt;
    return found;
  }

  [[nodiscard]] std::optional<std::uint64_t> size_of(std::uint32_t id) const {
    std::uint64_t count = 1;
    for (int step = 0; step < most_steps; ++step) {
      const btf::Type type = btf_.type(id);
      switch (type.kind) {
        case btf::Kind::array:
          count *= btf_.array(type).nelems;
          if (count == 0 || count > largest) return std::nullopt;
          id = btf_.array(type).type;
          break;
        case btf::Kind::typedef_:
        case btf::Kind::volatile_:
        case btf::Kind::const_:
        case btf::Kind::restrict_:
        case btf::Kind::type_tag:
          id = type.size_or_type;
          break;
        case btf::Kind::struct_:
        case btf::Kind::union_:
        case btf::Kind::int_:
        case btf::Kind::enum_:
        case btf::Kind::enum64:
          if (type.size_or_type == 0) return std::nullopt;
          return count * type.size_or_type;
        default:
          return std::nullopt;
      }
    }
    return std::nullopt;
  }

  static constexpr int most_steps = 32;
  static constexpr std::uint32_t most_members = 4096;  ///< that are searched for a name; real types have some dozens
  static constexpr std::uint64_t largest = std::uint64_t{1} << 31U;

  const btf::View& btf_;
  NamedNumber& out_;
};

}  // namespace

ReadOnlyData find_read_only_data(const elf::ElfFile& elf, const ObjectData& data) {
  return ReadOnlyDataFinder(elf, data).run();
}

std::optional<std::uint64_t> read_number(const ObjectData& data, const ReadOnlyPlace& place) {
  const ReadOnlySection& section = data.read_only.sections[place.section];
  const btf::ByteView bytes(section.bytes.data(), section.bytes.size(), data.order);
  if (!bytes.contains(place.offset, place.bytes)) return std::nullopt;
  const auto behind = std::ranges::lower_bound(section.relocated, place.offset + place.bytes);
  if (behind != section.relocated.begin() && *std::prev(behind) + relocated_bytes > place.offset) return std::nullopt;
  switch (place.bytes) {
    case 1:
      return bytes.u8(place.offset);
    case 2:
      return bytes.u16(place.offset);
    case 4:
      return bytes.u32(place.offset);
    case 8:
      return bytes.u64(place.offset);
    default:
      return std::nullopt;
  }
}

NamedNumber name_of(const ObjectData& data, const ReadOnlyPlace& place) {
  const auto& variables = data.read_only.variables;
  const std::string& section = data.read_only.sections[place.section].name;
  const auto after = std::ranges::upper_bound(variables, std::pair(place.section, place.offset), {},
                                              [](const auto& each) { return std::pair(each.section, each.offset); });
  if (after == variables.begin()) return {.name = base::place(section, place.offset)};
  const ReadOnlyVariable& variable = *std::prev(after);
  const std::uint64_t offset = place.offset - variable.offset;
  if (variable.section != place.section || offset >= variable.size || place.bytes > variable.size - offset) {
    return {.name = base::place(section, place.offset)};
  }
  const std::string name = base::short_text(variable.name);
  NamedNumber found = {.name = name};
  if (variable.type_id != 0 && Path(*data.btf, found).add(variable.type_id, offset, place.bytes)) return found;
  if (place.bytes == variable.size) return {.name = name};
  return {.name = base::place(name, offset)};
}

}  // namespace minbtf::object
