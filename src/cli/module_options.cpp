// SPDX-License-Identifier: BSD-2-Clause
#include "cli/module_options.hpp"

#include <fmt/format.h>

#include <string>

#include "archive/input/module_file.hpp"

namespace minbtf::cli {

OptionGroup module_option_group() {
  return {"Options for kernel modules (docs/modules.md)",
          {{"base-btf,B", file("VMLINUX"), "the input is a module, or a directory of modules, of this kernel"},
           {"module", file("FILE"), "add this module to the one kernel of the input; repeatable", true},
           {"modules", "LIST",
            "of the modules beside a kernel, use\n"
            "  all: all of them (default)\n"
            "  none: none of them\n"
            "  NAME,...: these, such as btrfs,overlay; repeatable",
            true}}};
}

archive::ModuleOptions module_options_of(const ParsedLine& line, InputWords& inputs) {
  archive::ModuleOptions options;
  if (const auto base = line.word("base-btf")) options.base = inputs.file(*base);
  options.files = inputs.files(line.all("module"));
  const std::vector<std::string> words = split_lists(line.all("modules"));
  if (words.empty()) return options;
  for (const std::string& word : words) {
    if (word.empty()) throw UsageError(fmt::format("--modules: an empty name{}", line.see_help()));
    const bool is_alone = word == "all" || word == "none";
    if (is_alone && words.size() > 1) {
      throw UsageError(fmt::format("--modules: '{}' cannot be combined with other words{}", word, line.see_help()));
    }
  }
  options.choice.is_all = words.front() == "all";
  if (options.choice.is_all || words.front() == "none") return options;
  for (const std::string& word : words) options.choice.names.push_back(archive::module_name_of(word));
  return options;
}

}  // namespace minbtf::cli
