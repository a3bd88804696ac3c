#include "cli/inspect_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/command_line.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

namespace {

const CommandLine& command_line() {
  static const CommandLine line(
      "inspect", {{"Options",
                   {{"help,h", "", "print this help"},
                    {"verbose,v", "", "print every instruction that asks a question, not only the first"},
                    {"json", "", "print one JSON document to stdout, whatever happens; it has every instruction"}}}});
  return line;
}

}  // namespace

InspectOptions parse_inspect_options(const std::vector<std::string>& arguments) {
  const ParsedLine line = command_line().parse(arguments);
  InspectOptions options;
  options.help = line.has("help");
  options.verbose = line.has("verbose");
  options.objects = line.words();
  if (options.objects.size() == 1 && options.objects.front() == "help") options.help = true;
  if (options.help) return options;
  if (options.objects.empty()) throw UsageError("inspect needs at least one OBJECT" + command_line().see_help());
  if (std::ranges::find(options.objects, "") != options.objects.end()) {
    throw UsageError("a file name is empty" + command_line().see_help());
  }
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
         command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 an OBJECT could not be read (others were still done); 2 wrong usage;\n"
         "130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf inspect opensnoop.bpf.o\n"
         "  min-btf inspect --json dist/ | jq -r '.objects[] | select(.kernel_btf != []) | .path'\n";
}

}  // namespace minbtf::cli
