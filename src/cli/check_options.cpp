#include "cli/check_options.hpp"

#include <array>
#include <sstream>

#include "cli/tree_options.hpp"

namespace minbtf::cli {

namespace {

constexpr std::array conditions = {Condition::fails, Condition::unguarded, Condition::poisoned, Condition::ambiguous,
                                   Condition::no_relocations};

}  // namespace

const CommandLine& check_command_line() {
  // clang-format off
  static const CommandLine line("check", {
      {"Options", {
          {"help,h", "", "print this help"},
          {"verbose,v", "", "print what is guarded as well, each instruction, and all of long lists"},
          {"quiet,q", "", "print nothing but errors"},
          {"json", "", "print one JSON document to stdout, whatever happens"},
          {"fail-on", "LIST",
           "exit with status 3 if one of these holds on some kernel\n"
           "(separated by commas):\n"
           "  fails: a relocation fails\n"
           "  unguarded: an instruction is poisoned, and not guarded\n"
           "  poisoned: an instruction is poisoned, guarded or not\n"
           "  ambiguous: a relocation fails because types of one name disagree\n"
           "  no-relocations: an object has no relocation", true}}},
      tree_option_group("Options if INPUT is a directory or an archive of kernels")});
  // clang-format on
  return line;
}

CheckOptions check_options(const ParsedLine& line) {
  CheckOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  line.refuse_both("quiet", "verbose");
  options.fail_on = parse_conditions(line.all("fail-on"), conditions, line.see_help());
  options.tree = tree_options_of(line);
  options.tree_word = tree_word_of(line);
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 2, "INPUT and at least one OBJECT");
  options.input = words.front();
  options.objects.assign(words.begin() + 1, words.end());
  return options;
}

std::string check_help() {
  std::ostringstream text;
  text << "Usage: min-btf check [OPTION...] INPUT OBJECT...\n"
          "\n"
          "Tells for each kernel in INPUT which programs of the OBJECTs libbpf relocates there, and why not:\n"
          "\n"
          "  relocates   each relocation finds what it asks for\n"
          "  poisoned    some do not: libbpf puts an invalid instruction in their place, which does no harm\n"
          "              where it cannot be reached. It is guarded if the program asks whether the same\n"
          "              access exists, and is told no, or if it cannot be reached on that kernel.\n"
          "  fails       libbpf gives up loading the object\n"
          "\n"
          "Relocating is not loading: the kernel's verifier decides the rest.\n"
          "\n"
          "  INPUT   a kernel, or many in a directory or tar, as for 'gen'\n"
          "  OBJECT  a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
          "\n"
       << check_command_line().options_help()
       << "\n"
          "Exit status: 0 done; 1 an input failed (others were still done); 2 wrong usage; 3 done, and a\n"
          "--fail-on condition holds; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf check /sys/kernel/btf/vmlinux opensnoop.bpf.o\n"
          "  min-btf check --arch=x86_64 --fail-on=fails,unguarded btfhub-archive/ dist/\n";
  return text.str();
}

}  // namespace minbtf::cli
