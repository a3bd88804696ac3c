// SPDX-License-Identifier: BSD-2-Clause
#include "elf/module_info.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "elf/elf_file.hpp"

namespace minbtf::elf {

ModuleInfo module_info(std::span<const std::uint8_t> modinfo) {
  ModuleInfo info;
  std::string_view rest(reinterpret_cast<const char*>(modinfo.data()), modinfo.size());
  const auto take = [](std::string_view text, std::string_view key, std::string& to) {
    if (to.empty() && text.starts_with(key)) to = text.substr(key.size(), longest_name);
  };
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    take(rest.substr(0, end), "name=", info.name);
    take(rest.substr(0, end), "vermagic=", info.vermagic);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::replace(info.name.begin(), info.name.end(), '-', '_');
  return info;
}

}  // namespace minbtf::elf
