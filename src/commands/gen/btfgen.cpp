// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/btfgen.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <sstream>
#include <string_view>
#include <system_error>
#include <vector>

#include "archive/input/architecture.hpp"
#include "cli/command_line.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/gen/gen.hpp"
#include "commands/gen/gen_options.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

/// Returns the name of BTFHub's directories for the architecture that -a names, by any of its words. Throws UsageError.
/// BTFHub has two architectures.
std::string_view btfhub_directory(const ParsedLine& line) {
  const auto is_there = [](std::string_view name) { return name == "x86_64" || name == "arm64"; };
  const auto word = line.word("arch");
  if (!word) throw UsageError(fmt::format("-a is missing: x86_64 or arm64{}", line.see_help()));
  const archive::Architecture* const architecture = archive::find_architecture(*word);
  if (architecture != nullptr) {
    if (is_there(architecture->name)) return architecture->name;
    throw UsageError(
        fmt::format("-a: '{}' is neither x86_64 nor arm64, the architectures of BTFHub{}", *word, line.see_help()));
  }
  const std::string near = nearest_architecture(*word);
  const bool is_near = !near.empty() && is_there(archive::find_architecture(near)->name);
  throw UsageError(fmt::format("-a: '{}' is neither a word for x86_64 nor for arm64{}{}", *word,
                               is_near ? fmt::format("; did you mean '{}'?", near) : "", line.see_help()));
}

GenOptions btfgen_options(const ParsedLine& line) {
  GenOptions options;
  if (!line.words().empty()) {
    throw UsageError(fmt::format("btfgen takes options only; give objects with -o{}", line.see_help()));
  }
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  line.refuse_both("quiet", "verbose");
  const std::string_view arch = btfhub_directory(line);
  options.objects = InputWords(line).files(line.all("object"));
  if (options.objects.empty()) throw UsageError(fmt::format("-o is missing: a BPF object{}", line.see_help()));

  const std::filesystem::path base = line.word("directory").value_or(".");
  options.input = (base / "archive").lexically_normal().string();
  options.output = (base / "custom-archive").lexically_normal().string();
  options.tree.jobs = jobs_of(line);
  options.tree.cache = line.word("cache").value_or("");
  // As the script: it takes all files below directories with the architecture anywhere in their name, and does not
  // follow links to directories.
  options.tree.selection.include = {fmt::format("**/*{}*/**/*", arch)};
  options.tree.names_filters = false;
  options.tree.follow_directory_links = false;
  options.tree.equal = archive::EqualOutputs::copy;
  options.tree.removes_stale = true;
  return options;
}

}  // namespace

const CommandLine& btfgen_command_line() {
  static const CommandLine line(
      "btfgen", {{"Options",
                  {help_option(),
                   {"arch,a", one_of("ARCH", {"x86_64", "arm64"}),
                    "reduce the kernels of this architecture: x86_64 (or amd64, x64, x86)\n"
                    "or arm64 (or aarch64)"},
                   {"object,o", file("OBJECT"), "reduce for this BPF object; - is standard input; repeatable", true},
                   jobs_option(),
                   {"directory,C", directory("DIR"), "directory of the checkout (default: the current directory)"},
                   {"cache", directory("CACHE"), "keep results in the directory CACHE, and use those that are there"},
                   {"verbose,v", "", "print a line for each kernel"},
                   {"quiet,q", "", "print errors only"},
                   json_option()}}});
  return line;
}

std::string btfgen_help() {
  std::ostringstream text;
  text << "Usage: min-btf btfgen -a ARCH -o OBJECT [-o OBJECT...] [OPTION...]\n"
          "\n"
          "Does what BTFHub's tools/btfgen.sh does in a checkout of BTFHub: reduces the kernels in\n"
          "archive/ for the OBJECTs, and writes files of the same names to custom-archive/. Removes the\n"
          "reduced BTF of earlier runs from the directories in custom-archive/.\n"
          "\n"
       << btfgen_command_line().options_help()
       << "\n"
          "Exit status: 0 done; 1 an input failed (the others were done; btfgen.sh exits with 0 then), or\n"
          "the output could not be written; 2 wrong usage; 130 interrupted.\n"
          "\n"
          "Example:\n"
          "  min-btf btfgen -C ../btfhub -a x86_64 -o dist/tracee.bpf.o\n";
  return text.str();
}

void btfgen(const ParsedLine& line, Reply& reply) {
  const GenOptions options = btfgen_options(line);
  std::error_code error;
  if (!std::filesystem::is_directory(options.input, error)) {
    throw Error(ErrorKind::io, options.input, "",
                "no such directory; -C names the checkout of BTFHub, which has to contain archive/");
  }
  run_gen(options, reply);
}

}  // namespace minbtf::cli
