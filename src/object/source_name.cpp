// SPDX-License-Identifier: BSD-2-Clause
#include "object/source_name.hpp"

#include <map>
#include <string_view>
#include <vector>

#include "btf/view.hpp"
#include "elf/elf_file.hpp"
#include "minbtf/error.hpp"
#include "object/btf_ext.hpp"

namespace minbtf::object {

namespace {

std::string main_file(const btf::View& btf, const std::vector<LineRecord>& records) {
  std::map<std::uint32_t, std::size_t> lines_of;  // by the offset of the file's name
  std::string_view best;
  std::size_t most = 0;
  for (const LineRecord& record : records) ++lines_of[record.file_name_off];
  for (const LineRecord& record : records) {
    const std::size_t lines = lines_of[record.file_name_off];
    if (lines <= most || !btf.has_string(record.file_name_off)) continue;
    const std::string_view file = btf.string_start(record.file_name_off, elf::longest_name);
    if (file.empty() || file.ends_with(".h")) continue;
    best = file;
    most = lines;
  }
  return std::string(best);
}

}  // namespace

std::string source_name(std::span<const std::uint8_t> bytes, const std::string& name) {
  try {
    const elf::ElfFile file = elf::ElfFile::from_memory(bytes, name);
    const auto btf = file.section(".BTF");
    const auto ext = file.section(".BTF.ext");
    if (!btf || !ext) return {};
    const btf::View view = btf::View::parse({btf->data.begin(), btf->data.end()}, name);
    return main_file(view, parse_line_records(ext->data, name));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace minbtf::object
