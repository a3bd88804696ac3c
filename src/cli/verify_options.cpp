#include "cli/verify_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "cli/command_line.hpp"
#include "cli/tree_options.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

namespace {

const CommandLine& command_line() {
  // clang-format off
  static const CommandLine line("verify", {
      {"Options", {
          {"help,h", "", "print this help"},
          {"verbose,v", "", "print a line for each kernel, and all differences"},
          {"quiet,q", "", "print nothing but errors: the exit status is the answer"},
          {"json", "", "print one JSON document to stdout, whatever happens"},
          {"oracle", "libbpf", "let libbpf's loader relocate with both as well, and compare what it says; programs\n"
           "are loaded and never attached (needs root, and a kernel with BPF)"}}},
      {"Options if FULL and REDUCED are trees", {
          {"jobs,j", "N", "kernels done at a time (default: the usable CPUs)"},
          {"include", "GLOB", "only kernels whose path in FULL fits, such as 'ubuntu/**'; may be repeated", true},
          {"exclude", "GLOB", "no kernels whose path fits; may be repeated", true},
          {"arch", "LIST", "only kernels in a directory called so: x86_64 (or amd64), arm64 (or aarch64), ...", true},
          {"max-kernel-size", "SIZE", "bytes of one kernel, unpacked (default: 256M)"},
          {"max-members", "N", "entries of a tar, or of a tree (default: 1000000)"},
          {"max-path", "N", "bytes of a path in a tree or a tar (default: 1024)"}}}});
  // clang-format on
  return line;
}

void take_files(const std::vector<std::string>& words, VerifyOptions& options) {
  const std::string see_help = command_line().see_help();
  if (words.size() < 3) {
    throw UsageError(fmt::format("verify needs FULL, REDUCED and at least one OBJECT, but has {}{}",
                                 words.empty() ? "none of them" : fmt::format("only '{}'", fmt::join(words, "' '")),
                                 see_help));
  }
  if (std::ranges::find(words, "") != words.end()) throw UsageError(fmt::format("a file name is empty{}", see_help));
  options.full = words[0];
  options.reduced = words[1];
  options.objects.assign(words.begin() + 2, words.end());
}

}  // namespace

VerifyOptions parse_verify_options(const std::vector<std::string>& arguments) {
  const ParsedLine line = command_line().parse(arguments);
  VerifyOptions options;
  options.help = line.has("help");
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  if (options.quiet && options.verbose) {
    throw UsageError(fmt::format("--quiet and --verbose contradict each other{}", command_line().see_help()));
  }
  if (const auto oracle = line.word("oracle")) {
    if (*oracle != "libbpf") {
      throw UsageError(fmt::format("--oracle: '{}' is not libbpf{}", *oracle, command_line().see_help()));
    }
    options.loader = true;
  }
  options.jobs = jobs_of(line);
  options.selection = selection_of(line);
  options.limits = limits_of(line);
  for (const char* option : {"include", "exclude", "arch"}) {
    if (options.tree_word.empty() && line.has(option)) options.tree_word = std::string("--") + option;
  }
  if (!options.help) take_files(line.words(), options);
  return options;
}

std::string verify_help() {
  std::ostringstream text;
  text << "Usage: min-btf verify [OPTION...] FULL REDUCED OBJECT...\n"
          "\n"
          "Says whether libbpf relocates the programs of the OBJECTs with REDUCED as it does with FULL:\n"
          "every relocation, for every subset of the programs. One line for each that it decides\n"
          "otherwise. REDUCED may come from any tool.\n"
          "\n"
          "  FULL     a kernel: raw BTF, or an ELF file with a .BTF section (vmlinux), also packed. Or\n"
          "           many kernels: a directory of such files, or a tar of them.\n"
          "  REDUCED  what is to be used instead. Of many kernels: a directory with the paths that\n"
          "           'min-btf gen FULL REDUCED' writes to; files in it may be packed.\n"
          "  OBJECT   a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
          "\n"
       << command_line().options_help()
       << "\n"
          "Exit status: 0 nothing is decided otherwise; 1 a file could not be read (others were still\n"
          "compared); 2 wrong usage; 3 something is decided otherwise, or missing; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf verify 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n"
          "  min-btf verify --arch=x86_64 btfhub-archive/ btfs/ dist/tool.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
