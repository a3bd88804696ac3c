// SPDX-License-Identifier: BSD-2-Clause
#include "commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/command_line.hpp"
#include "cli/commit.hpp"
#include "cli/json.hpp"
#include "commands/check/check.hpp"
#include "commands/dump/dump.hpp"
#include "commands/embed/embed.hpp"
#include "commands/gen/btfgen.hpp"
#include "commands/gen/gen.hpp"
#include "commands/gen/gen_options.hpp"
#include "commands/inspect/inspect.hpp"
#include "commands/objects/objects.hpp"
#include "commands/pack/pack.hpp"
#include "commands/select/select.hpp"
#include "commands/select/select_options.hpp"
#include "commands/ship/ship.hpp"
#include "commands/unpack/unpack.hpp"
#include "commands/verify/verify.hpp"
#include "libbpf/readback.hpp"
#include "minbtf/version.hpp"

namespace minbtf::cli {

namespace {

constexpr std::array all = {
    Command{"gen", "INPUT OUTPUT OBJECT...",
            "reduce the BTF of a kernel, or of an archive of\nkernels, to what the objects need", gen_command_line, gen,
            gen_help},
    Command{"verify", "FULL REDUCED OBJECT...",
            "check that libbpf resolves every relocation with the\nreduced BTF as with the full BTF",
            verify_command_line, verify, verify_help},
    Command{"check", "INPUT OBJECT...", "print which programs relocate on which kernels, and\nwhy others do not",
            check_command_line, check, check_help},
    Command{"inspect", "OBJECT...", "print what the objects need from a kernel", inspect_command_line, inspect,
            inspect_help},
    Command{"dump", "FILE [TYPE]", "print BTF, or one type of it, in C or JSON", dump_command_line, dump, dump_help},
    Command{"pack", "PACK INPUT...", "write many kernels to one small file, which the other\ncommands read as INPUT",
            pack_command_line, pack, pack_help},
    Command{"unpack", "PACK OUTPUT", "write the kernels of a pack to a directory, as whole BTF\nagain",
            unpack_command_line, unpack, unpack_help},
    Command{"ship", "NAME REDUCED OUTPUT", "make what a product embeds or installs from reduced BTF", ship_command_line,
            ship, ship_help},
    Command{"select", "REDUCED [-o FILE]", "print which reduced BTF a program on this machine, or on\nanother, gets",
            select_command_line, select, select_help},
    Command{"embed", "FILE OUTPUT",
            "write an object or assembler source with the bytes of FILE,\nfor programs that link them in",
            embed_command_line, embed, embed_help},
    Command{"objects", "FILE... [-o DIR]", "list BPF objects in archives and programs, or take them\nout",
            objects_command_line, objects, objects_help},
    Command{"btfgen", "-a ARCH -o OBJECT...", "do what tools/btfgen.sh does in a checkout of BTFHub",
            btfgen_command_line, btfgen, btfgen_help},
};

}  // namespace

std::span<const Command> commands() noexcept { return all; }

const Command* find_command(std::string_view name) noexcept {
  const auto found = std::ranges::find_if(all, [&](const Command& command) { return command.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> command_names() {
  std::vector<std::string> names;
  for (const Command& command : all) names.emplace_back(command.name);
  return names;
}

namespace {

/// Returns the lines of one command: its synopsis in a column of `width`, and its purpose in a second column.
std::string overview_entry(const std::string& synopsis, std::string_view purpose, std::size_t width) {
  std::string text = fmt::format("  {:<{}}  ", synopsis, width);
  const std::size_t column = text.size();
  for (const char c : purpose) {
    text += c;
    if (c == '\n') text.append(column, ' ');
  }
  return text + "\n";
}

/// Returns "-h, --help      print this help", with the description in a column of `width`.
std::string tool_option_entry(const OptionSpec& option, std::size_t width) {
  return fmt::format("  {:<{}}{}\n", fmt::format("-{}, --{}", option.letter(), option.long_name()), width, option.help);
}

}  // namespace

const std::vector<OptionSpec>& tool_options() {
  static const std::vector<OptionSpec> options = {help_option(), {"version,V", "", "the same as 'min-btf version'"}};
  return options;
}

std::vector<std::string> help_topics() {
  std::vector<std::string> topics = command_names();
  topics.emplace_back("version");
  return topics;
}

std::string overview() {
  std::string text =
      "Usage: min-btf COMMAND [ARGUMENT...]\n"
      "\n"
      "Shrinks kernel BTF to what a set of BPF objects needs. The reduced BTF is shipped with CO-RE\n"
      "programs to kernels that have no /sys/kernel/btf/vmlinux.\n"
      "\n"
      "Commands:\n";
  const auto synopsis = [](const Command& command) { return fmt::format("{} {}", command.name, command.synopsis); };
  std::size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, synopsis(command).size());
  for (const Command& command : commands()) text += overview_entry(synopsis(command), command.purpose, width);
  text += overview_entry(help_synopsis, help_purpose, width);
  text += overview_entry(version_synopsis, version_purpose, width);
  text += "\nOptions:\n";
  for (const OptionSpec& option : tool_options()) text += tool_option_entry(option, 16);
  return text +
         "\n"
         "Examples:\n"
         "  min-btf gen /sys/kernel/btf/vmlinux min.btf opensnoop.bpf.o\n"
         "  min-btf gen btfhub-archive/ btfs/ opensnoop.bpf.o\n"
         "  min-btf check btfhub-archive/ opensnoop.bpf.o\n";
}

namespace {

std::string version_help() {
  return "Usage: min-btf version [--json]\n"
         "       min-btf --version\n"
         "\n"
         "Prints the version of min-btf, the commit if it was built in a git working tree (\"-dirty\": with\n"
         "local changes), and the version of the libbpf that it is linked with.\n"
         "\n"
         "Exit status: 0 done; 2 wrong usage.\n";
}

}  // namespace

void help(const std::vector<std::string>& arguments, Reply& reply) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument != "--json") words.push_back(argument);
  }
  const auto is_help = [](std::string_view word) { return word == "help" || word == "--help" || word == "-h"; };
  if (words.size() > 1) {
    throw UsageError(fmt::format("help takes one COMMAND, but has '{}' (see 'min-btf help')", words[1]));
  }
  if (words.empty() || is_help(words[0])) {
    reply.text = overview();
  } else if (words[0] == "version") {
    reply.text = version_help();
  } else if (const Command* command = find_command(words.front())) {
    reply.text = command->help();
  } else {
    throw UsageError(fmt::format("no help for '{}'{} (see 'min-btf help')", words.front(),
                                 did_you_mean(words.front(), help_topics())));
  }
}

void version(const std::vector<std::string>& arguments, Reply& reply) {
  for (const std::string& argument : arguments) {
    if (argument == "help" || argument == "--help" || argument == "-h") return help({"version"}, reply);
    if (argument != "--json") {
      throw UsageError(fmt::format("version takes no arguments, but has '{}' (see 'min-btf help version')", argument));
    }
  }
  const std::string built_from = *commit() == '\0' ? "" : fmt::format("commit {}, ", commit());
  reply.text = fmt::format("min-btf {} ({}libbpf {})\n", minbtf::version(), built_from, libbpf::libbpf_version());
  reply.body = [text = reply.text](Json& document) { add_version(document, text); };
}

}  // namespace minbtf::cli
