// SPDX-License-Identifier: BSD-2-Clause
// Records of a .BTF.ext section: CO-RE relocations and line info.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"

namespace minbtf::object {

/// `struct bpf_core_relo`.
struct CoreRecord {
  std::uint32_t section_name_off = 0;  ///< in the strings of the object's BTF
  std::uint32_t insn_off = 0;          ///< bytes from the start of the section
  std::uint32_t type_id = 0;
  std::uint32_t access_str_off = 0;
  std::uint32_t kind = 0;
};

/// `struct bpf_line_info`.
struct LineRecord {
  std::uint32_t section_name_off = 0;  ///< in the strings of the object's BTF
  std::uint32_t file_name_off = 0;     ///< in the strings of the object's BTF
  std::uint32_t insn_off = 0;          ///< bytes from the start of the section
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Returns the CO-RE records in file order, and no record if the header is from before CO-RE. The magic number gives
/// the byte order. Throws Error (damaged, unsupported) that names `file`.
[[nodiscard]] std::vector<CoreRecord> parse_core_records(std::span<const std::uint8_t> section,
                                                         const std::string& file);

/// Returns the line info in file order, which may be empty. Byte order and errors as above.
[[nodiscard]] std::vector<LineRecord> parse_line_records(std::span<const std::uint8_t> section,
                                                         const std::string& file);

/// Returns the name of the section that records refer to. Throws Error (damaged) if the name is missing, empty, or
/// longer than elf::longest_name. `noun` is the name of the records in the message.
[[nodiscard]] std::string_view section_name(const btf::View& btf, std::uint32_t name_off, const char* noun,
                                            const std::string& file);

/// A line of source code.
struct SourceLine {
  std::string_view file;  ///< as the compiler wrote it, often with its directory; at most elf::longest_name bytes of it
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Maps instructions to lines of the source. It serves messages only: damaged line info does not affect relocations.
class LineInfo {
 public:
  /// Creates line info without lines.
  LineInfo() = default;
  /// `section` is the .BTF.ext section of the object whose BTF is `btf`. `btf` must outlive the result. Throws Error
  /// (damaged, unsupported) that names `file`.
  LineInfo(std::span<const std::uint8_t> section, const btf::View& btf, const std::string& file);

  /// Returns the line of the instruction at `insn_off` bytes of a section: that of the last record at or before the
  /// instruction. Returns nothing if no such record is in the program, which begins at `program_off`, or if the record
  /// has line 0.
  [[nodiscard]] std::optional<SourceLine> find(std::string_view section, std::uint64_t program_off,
                                               std::uint64_t insn_off) const;

 private:
  const btf::View* btf_ = nullptr;
  std::map<std::string_view, std::vector<LineRecord>> sections_;  ///< records by insn_off
};

}  // namespace minbtf::object
