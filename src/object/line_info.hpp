// Which line of the source an instruction comes from, by the line info of a .BTF.ext section. It is there for people:
// what is wrong with it does no harm to relocating.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "object/btf_ext.hpp"

namespace minbtf::object {

struct SourceLine {
  std::string_view file;  ///< as the compiler wrote it, often with its directory; the beginning of one that is too long
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

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
