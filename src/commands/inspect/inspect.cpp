// SPDX-License-Identifier: BSD-2-Clause
#include "commands/inspect/inspect.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "archive/input/object_list.hpp"
#include "base/short_text.hpp"
#include "cli/console.hpp"
#include "cli/object_options.hpp"
#include "cli/objects.hpp"
#include "cli/reply.hpp"
#include "cli/standard_streams.hpp"
#include "commands/inspect/inspect_json.hpp"
#include "commands/inspect/inspect_text.hpp"
#include "io/read/buffer.hpp"
#include "minbtf/inspection.hpp"
#include "minbtf/plan.hpp"
#include "object/object_file.hpp"

namespace minbtf::cli {

const CommandLine& inspect_command_line() {
  static const CommandLine line("inspect",
                                {{"Options",
                                  {help_option(),
                                   {"verbose,v", "", "print every instruction of a question, not only the first"},
                                   json_option(),
                                   include_object_option(),
                                   exclude_object_option()}}},
                                {{file("OBJECT"), true}});
  return line;
}

std::string inspect_help() {
  return "Usage: min-btf inspect [OPTION...] OBJECT...\n"
         "\n"
         "Prints what the OBJECTs need from a kernel:\n"
         "- the questions of their CO-RE relocations, by type, each with its first program, instruction\n"
         "  and source line. Equal relocations share one question.\n"
         "- the parts that need the running kernel's own BTF, which a reduced BTF cannot replace:\n"
         "  programs that attach by BTF, kernel functions and variables, ids of kernel types.\n"
         "\n"
         "  OBJECT  a BPF ELF object, or a directory: all BPF objects (*.o) in it and below it\n"
         "  -       standard input as one OBJECT; a file named - is given as ./-\n"
         "\n" +
         inspect_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 an OBJECT could not be read (the others were done); 2 wrong usage;\n"
         "130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf inspect opensnoop.bpf.o\n"
         "  min-btf inspect --json dist/ | jq -r '.objects[] | select(.kernel_btf != []) | .path'\n";
}

namespace {

struct InspectOptions {
  bool verbose = false;
  std::vector<std::string> objects;
  archive::ObjectSelection object_selection{};
};

struct Inspected {
  std::vector<Inspection> objects;
  std::size_t questions = 0;  ///< distinct questions of all objects together
  std::size_t skipped = 0;
  std::size_t unselected = 0;
};

Inspected inspect_all(const archive::ObjectList& list, Reply& reply) {
  Inspected inspected;
  inspected.skipped = list.skipped;
  inspected.unselected = list.unselected;
  std::vector<BpfObject> parsed;
  io::Buffer memory;
  for (const auto& path : list.paths) {
    try {
      const std::span<const std::uint8_t> bytes = object::read_object(path, memory, embedded_objects_hint);
      inspected.objects.push_back(minbtf::inspect(bytes, path.string()));
      parsed.push_back(*inspected.objects.back().object);
    } catch (const Error& error) {
      reply.errors.push_back(facts_of(error));
      print_message("error", reply.errors.back().message);
    }
  }
  inspected.questions = Plan(std::move(parsed)).question_count();
  return inspected;
}

void add_text(const Inspected& inspected, bool every_place, Reply& reply) {
  for (const Inspection& object : inspected.objects) {
    for (const std::string& line : inspect_lines(object, every_place)) reply.text += printable(line) + "\n";
    if (inspected.objects.size() > 1) reply.text += "\n";
  }
  if (inspected.objects.size() > 1) {
    reply.text += printable(inspect_total(inspected.objects, inspected.questions)) + "\n";
  }
}

InspectOptions inspect_options(const ParsedLine& line) {
  InspectOptions options;
  options.verbose = line.has("verbose");
  options.object_selection = object_selection_of(line);
  line.check_files(line.words(), 1, "at least one OBJECT");
  options.objects = InputWords(line).files(line.words());
  return options;
}

}  // namespace

void inspect(const ParsedLine& line, Reply& reply) {
  const InspectOptions options = inspect_options(line);
  const archive::ObjectList list = find_selected_objects(options.objects, options.object_selection, reply);
  const auto inspected = std::make_shared<const Inspected>(inspect_all(list, reply));
  if (!reply.errors.empty()) {
    reply.exit_status = exit_failed;
    reply.error = ErrorFacts{.kind = "objects", .message = base::counted(reply.errors.size(), "object") + " failed"};
  }
  add_text(*inspected, options.verbose, reply);
  reply.body = [inspected](Json& document) {
    add_inspections(document, inspected->objects, inspected->questions, inspected->skipped, inspected->unselected);
  };
}

}  // namespace minbtf::cli
