// SPDX-License-Identifier: BSD-2-Clause
#include "commands/bpftool_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/command_line.hpp"

namespace minbtf::cli {

namespace {

struct BpftoolWord {
  const char* word;
  const char* instead;
};

constexpr std::array options = {
    BpftoolWord{"-j", "write --json after the command: min-btf gen --json ..."},
    BpftoolWord{"--json", "write it after the command: min-btf gen --json ..."},
    BpftoolWord{"-p", "write --json after the command (its output is always pretty): min-btf gen --json ..."},
    BpftoolWord{"--pretty", "write --json after the command (its output is always pretty): min-btf gen --json ..."},
    BpftoolWord{"-d", "write -v after the command: min-btf gen -v ..."},
    BpftoolWord{"--debug", "write -v after the command: min-btf gen -v ..."},
    BpftoolWord{"-B", "leave it out: INPUT is the BTF of a kernel, not of a module"},
    BpftoolWord{"--base-btf", "leave it out: INPUT is the BTF of a kernel, not of a module"},
};

/// bpftool's commands that act on the running kernel.
constexpr std::array commands_of_the_kernel = {"batch", "cgroup", "feature", "iter",       "link", "map",
                                               "net",   "perf",   "prog",    "struct_ops", "token"};

}  // namespace

void refuse_bpftool_option(const std::string& word) {
  // The value may be attached: `--base-btf=FILE` or `-BFILE`.
  const std::string name = word.starts_with("-B") ? "-B" : word.substr(0, word.find('='));
  const auto* const found = std::ranges::find(options, name, [](const BpftoolWord& o) { return std::string(o.word); });
  if (found != options.end()) {
    throw UsageError(fmt::format("bpftool's {} is not taken here; {}", found->word, found->instead));
  }
}

void refuse_bpftool_command(const std::string& word) {
  if (word == "min_core_btf") {
    throw UsageError("'min_core_btf' follows 'gen': min-btf gen min_core_btf INPUT OUTPUT OBJECT...");
  }
  if (word == "btf") {
    throw UsageError(
        "'btf' is a command of bpftool; to print the BTF of a file run 'min-btf dump FILE'; its other subcommands are "
        "in 'bpftool btf'");
  }
  if (std::ranges::find(commands_of_the_kernel, word) != commands_of_the_kernel.end()) {
    throw UsageError(fmt::format("'{}' is a command of bpftool: run 'bpftool {}' (see 'min-btf help')", word, word));
  }
}

}  // namespace minbtf::cli
