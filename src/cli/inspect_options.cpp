#include "cli/inspect_options.hpp"

namespace minbtf::cli {

const CommandLine& inspect_command_line() {
  static const CommandLine line(
      "inspect", {{"Options",
                   {{"help,h", "", "print this help"},
                    {"verbose,v", "", "print every instruction that asks a question, not only the first"},
                    {"json", "", "print one JSON document to stdout, whatever happens;\nit has every instruction"}}}});
  return line;
}

InspectOptions inspect_options(const ParsedLine& line) {
  InspectOptions options;
  options.verbose = line.has("verbose");
  options.objects = line.words();
  line.check_files(options.objects, 1, "at least one OBJECT");
  return options;
}

std::string inspect_help() {
  return "Usage: min-btf inspect [OPTION...] OBJECT...\n"
         "\n"
         "Prints what the OBJECTs ask of a kernel: the questions of their CO-RE relocations, by type,\n"
         "with the program, instruction and source line that asks them first; and what takes the BTF\n"
         "of the kernel that runs, whatever BTF is shipped: programs that attach by BTF, functions and\n"
         "variables of the kernel, ids of its types.\n"
         "\n"
         "  OBJECT  a BPF ELF object, or a directory: the BPF objects (*.o) in it and below it\n"
         "\n" +
         inspect_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 an OBJECT could not be read (others were still done); 2 wrong usage;\n"
         "130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf inspect opensnoop.bpf.o\n"
         "  min-btf inspect --json dist/ | jq -r '.objects[] | select(.kernel_btf != []) | .path'\n";
}

}  // namespace minbtf::cli
