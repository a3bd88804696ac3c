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

struct CoreRecord {
  std::uint32_t section_name_off = 0;  ///< into the strings of the object's BTF
  std::uint32_t insn_off = 0;          ///< bytes from the start of the section
  std::uint32_t type_id = 0;
  std::uint32_t access_str_off = 0;
  std::uint32_t kind = 0;
};

/// `struct bpf_line_info`.
struct LineRecord {
  std::uint32_t section_name_off = 0;  ///< into the strings of the object's BTF, as the next one
  std::uint32_t file_name_off = 0;
  std::uint32_t insn_off = 0;  ///< bytes from the start of the section
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Records in file order; none if the header is too old to speak of CO-RE. Bytes come in the order that the magic
/// number shows. Throws Error (damaged, unsupported) naming `file`.
[[nodiscard]] std::vector<CoreRecord> parse_core_records(std::span<const std::uint8_t> section,
                                                         const std::string& file);

/// The same for line info; none if there is none.
[[nodiscard]] std::vector<LineRecord> parse_line_records(std::span<const std::uint8_t> section,
                                                         const std::string& file);

/// The name of the section that records are about. Throws Error (damaged) if there is none, or if it is longer than
/// names in an ELF file may be; `noun` is what the records are called.
[[nodiscard]] std::string_view section_name(const btf::View& btf, std::uint32_t name_off, const char* noun,
                                            const std::string& file);

struct SourceLine {
  std::string_view file;  ///< as the compiler wrote it, often with its directory; the beginning of one that is too long
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Which line of the source an instruction comes from. It is there for people: what is wrong with it does no harm to
/// relocating.
class LineInfo {
 public:
  /// Knows no line.
  LineInfo() = default;
  /// `section` is the .BTF.ext of the object whose BTF `btf` is; `btf` has to outlive the result. Throws Error
  /// (damaged, unsupported) naming `file`.
  LineInfo(std::span<const std::uint8_t> section, const btf::View& btf, const std::string& file);

  /// The line of the instruction at `insn_off` bytes of a section: what the last record at it or before it says, unless
  /// that is before `program_off`, where the program begins. Nothing if there is none, or if it names no line.
  [[nodiscard]] std::optional<SourceLine> find(std::string_view section, std::uint64_t program_off,
                                               std::uint64_t insn_off) const;

 private:
  const btf::View* btf_ = nullptr;
  std::map<std::string_view, std::vector<LineRecord>> sections_;  ///< records by insn_off
};

}  // namespace minbtf::object
