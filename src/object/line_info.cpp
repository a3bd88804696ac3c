#include "object/line_info.hpp"

#include <algorithm>
#include <iterator>

#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::object {

LineInfo::LineInfo(std::span<const std::uint8_t> section, const btf::View& btf, const std::string& file) : btf_(&btf) {
  std::map<std::uint32_t, std::vector<LineRecord>> by_name_off;
  for (const LineRecord& record : parse_line_records(section, file)) {
    if (!btf.has_string(record.file_name_off) || btf.is_empty_string(record.file_name_off)) {
      throw Error(ErrorKind::damaged, file, ".BTF.ext", "line info for a file without a name");
    }
    by_name_off[record.section_name_off].push_back(record);
  }
  for (auto& [name_off, records] : by_name_off) {
    std::vector<LineRecord>& known = sections_[section_name(btf, name_off, "line info", file)];
    known.insert(known.end(), records.begin(), records.end());
  }
  for (auto& [name, records] : sections_) std::ranges::stable_sort(records, {}, &LineRecord::insn_off);
}

std::optional<SourceLine> LineInfo::find(std::string_view section, std::uint64_t program_off,
                                         std::uint64_t insn_off) const {
  const auto found = sections_.find(section);
  if (found == sections_.end()) return std::nullopt;
  const std::vector<LineRecord>& records = found->second;
  const auto after = std::ranges::upper_bound(records, insn_off, {}, &LineRecord::insn_off);
  if (after == records.begin()) return std::nullopt;
  const LineRecord& record = *std::prev(after);
  if (record.insn_off < program_off || record.line == 0) return std::nullopt;
  return SourceLine{.file = btf_->string_start(record.file_name_off, elf::longest_name),
                    .line = record.line,
                    .column = record.column};
}

}  // namespace minbtf::object
