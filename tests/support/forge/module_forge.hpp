// SPDX-License-Identifier: BSD-2-Clause
// Files of kernel modules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_writer.hpp"

namespace minbtf::test {

/// A module file (.ko) with these sections. A section without contents is left out.
struct Ko {
  std::vector<std::uint8_t> btf;
  std::vector<std::uint8_t> base = {};
  std::string modinfo = std::string(std::string_view("name=nf-conntrack\0vermagic=6.1.0-50-amd64 SMP \0", 47));
  bool is_module = true;

  [[nodiscard]] std::vector<std::uint8_t> bytes() const {
    const std::vector<std::uint8_t> this_module(64);
    const std::vector<std::uint8_t> info(modinfo.begin(), modinfo.end());
    std::vector<elf::NewSection> sections;
    if (!modinfo.empty()) sections.push_back({.name = ".modinfo", .contents = info});
    if (is_module) sections.push_back({.name = ".gnu.linkonce.this_module", .contents = this_module});
    if (!btf.empty()) sections.push_back({.name = ".BTF", .contents = btf});
    if (!base.empty()) sections.push_back({.name = ".BTF.base", .contents = base});
    return elf::write_elf({.number = 62}, elf::FileType::relocatable, sections, {}, "ko");
  }
};

/// Returns the section `.modinfo` of a module.
inline std::string modinfo_of(const std::string& name, const std::string& release) {
  std::string text = "name=" + name;
  text += '\0';
  text += "vermagic=" + release + " SMP preempt ";
  text += '\0';
  return text;
}

}  // namespace minbtf::test
