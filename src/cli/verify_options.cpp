#include "cli/verify_options.hpp"

#include <fmt/format.h>

#include <sstream>

#include "cli/usage_error.hpp"

namespace minbtf::cli {

const CommandLine& verify_command_line() {
  // clang-format off
  static const CommandLine line("verify", {
      {"Options", {
          {"help,h", "", "print this help"},
          {"verbose,v", "", "print a line for each kernel, and all differences"},
          {"quiet,q", "", "print nothing but errors: the exit status is the answer"},
          {"json", "", "print one JSON document to stdout, whatever happens"},
          {"oracle", "libbpf",
           "let libbpf's loader relocate with both as well, and compare what it says;\n"
           "programs are loaded and never attached (needs root, and a kernel with BPF)"}}},
      tree_option_group("Options if FULL and REDUCED are trees")});
  // clang-format on
  return line;
}

VerifyOptions verify_options(const ParsedLine& line) {
  VerifyOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  line.refuse_both("quiet", "verbose");
  if (const auto oracle = line.word("oracle")) {
    if (*oracle != "libbpf") {
      throw UsageError(fmt::format("--oracle: '{}' is not libbpf{}", *oracle, line.see_help()));
    }
    options.loader = true;
  }
  options.tree = tree_options_of(line);
  options.tree_word = tree_word_of(line);
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 3, "FULL, REDUCED and at least one OBJECT");
  options.full = words[0];
  options.reduced = words[1];
  options.objects.assign(words.begin() + 2, words.end());
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
       << verify_command_line().options_help()
       << "\n"
          "Exit status: 0 nothing is decided otherwise; 1 a file could not be read (others were still\n"
          "compared), or nothing was compared; 2 wrong usage; 3 something is decided otherwise, or\n"
          "missing; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf verify 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n"
          "  min-btf verify --arch=x86_64 btfhub-archive/ btfs/ dist/tool.bpf.o\n";
  return text.str();
}

}  // namespace minbtf::cli
