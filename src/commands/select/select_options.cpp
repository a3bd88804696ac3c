// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/select_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "archive/input/architecture.hpp"
#include "archive/ship/kernel_path.hpp"
#include "cli/standard_streams.hpp"

namespace minbtf::cli {

namespace {

/// Returns what `uname -m` prints on the known architectures.
std::vector<std::string> machine_names() {
  std::vector<std::string> names;
  for (const archive::Architecture& architecture : archive::architectures()) {
    std::string name(archive::names_of(architecture).machine);
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

const CommandLine& select_command_line() {
  // clang-format off
  static const CommandLine line("select", {
      {"Options", {
          help_option(),
          {"os-release", file("F"),
           "read ID, VERSION_ID and ID_LIKE from F, such as the host's file in a\n"
           "container (default: /etc/os-release, then /usr/lib/os-release)"},
          {"machine", one_of("M", machine_names()),
           "what 'uname -m' prints: x86_64, aarch64, ... (default: that of this\n"
           "machine)"},
          {"release", "R", "what 'uname -r' prints (default: that of this machine)"},
          {"build", "B", "what 'uname -v' prints (default: that of this machine)"},
          {"nearest", "",
           "if REDUCED does not have the release: take the BTF of the next lower and\n"
           "the next higher release if it is one BTF"},
          {"strict", "",
           "refuse release-only: all kernels of the release have one BTF, and ID or\n"
           "VERSION_ID of os-release is another or unknown"},
          {"output,o", file("F"), "write the BTF to F; - is standard output"},
          {"quiet,q", "", "print neither the answer nor warnings"},
          json_option()}}},
      {{file("REDUCED")}});
  // clang-format on
  return line;
}

std::string select_help() {
  return "Usage: min-btf select [OPTION...] REDUCED\n"
         "\n"
         "Prints which BTF in REDUCED a program on this machine gets, and why: the lookup is that of\n"
         "minbtf/bundle.h. The options describe another machine. The os-release file and the build of this\n"
         "machine are used only for its own kernel: not if --machine or --release names another.\n"
         "\n"
         "  REDUCED  reduced BTF of many kernels: a bundle, compressed or not; a directory or an archive with\n"
         "           the paths ID/VERSION/ARCHITECTURE/RELEASE.btf; or a pack. A pack has only the types of\n"
         "           kernels: -o then writes a BTF without functions and variables.\n"
         "  -        standard input as REDUCED: a bundle, an archive or a pack\n"
         "\n" +
         select_command_line().options_help() +
         "\n"
         "Exit status: 0 found; 1 REDUCED could not be read, or F could not be written; 2 wrong usage;\n"
         "3 not found (F is not written); 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf select btfs.bundle\n"
         "  min-btf select --release 5.4.0-42-generic --os-release host/os-release -o min.btf btfs/\n"
         "  min-btf select --machine aarch64 --release 6.1.0-50-arm64 --nearest --json btfs.tar.xz\n";
}

SelectOptions select_options(const ParsedLine& line) {
  SelectOptions options;
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  options.nearest = line.has("nearest");
  options.strict = line.has("strict");
  options.os_release = line.word("os-release");
  options.machine = line.word("machine");
  options.release = line.word("release");
  options.build = line.word("build");
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 1, "a REDUCED");
  if (words.size() > 1) {
    throw UsageError(fmt::format("select takes one REDUCED, but has '{}'{}", words[1], line.see_help()));
  }
  InputWords inputs(line);
  options.reduced = inputs.file(words.front());
  if (options.os_release) options.os_release = inputs.file(*options.os_release);
  if (const auto output = line.word("output")) options.output = output_word(*output);
  return options;
}

}  // namespace minbtf::cli
