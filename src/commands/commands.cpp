#include "commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/command_line.hpp"
#include "commands/check/check.hpp"
#include "commands/dump/dump.hpp"
#include "commands/gen/btfgen.hpp"
#include "commands/gen/gen.hpp"
#include "commands/gen/gen_options.hpp"
#include "commands/inspect/inspect.hpp"
#include "commands/verify/verify.hpp"
#include "libbpf/readback.hpp"

namespace minbtf::cli {

namespace {

constexpr std::array all = {
    Command{"gen", "INPUT OUTPUT OBJECT...", "write what the objects need of a kernel's BTF,\nor of a whole archive's",
            gen_command_line, gen, gen_help},
    Command{"verify", "FULL REDUCED OBJECT...", "is a reduced BTF as good as the whole?", verify_command_line, verify,
            verify_help},
    Command{"check", "INPUT OBJECT...", "which programs relocate on which kernels, and why not", check_command_line,
            check, check_help},
    Command{"inspect", "OBJECT...", "what the objects ask of a kernel", inspect_command_line, inspect, inspect_help},
    Command{"dump", "FILE [TYPE]", "print BTF, or one type of it, in C or JSON", dump_command_line, dump, dump_help},
    Command{"btfgen", "-a ARCH -o OBJECT...", "the same as tools/btfgen.sh in a checkout of BTFHub",
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

/// What a command is given, and what for: each in its column, whose first is `width` wide.
std::string overview_entry(const std::string& synopsis, std::string_view purpose, std::size_t width) {
  std::string text = fmt::format("  {:<{}}  ", synopsis, width);
  const std::size_t column = text.size();
  for (const char c : purpose) {
    text += c;
    if (c == '\n') text.append(column, ' ');
  }
  return text + "\n";
}

std::string overview() {
  std::string text =
      "Usage: min-btf COMMAND [ARGUMENT...]\n"
      "\n"
      "Shrinks kernel BTF to what a set of BPF objects needs, so that CO-RE programs run on kernels\n"
      "that have no /sys/kernel/btf/vmlinux.\n"
      "\n"
      "Commands:\n";
  const auto synopsis = [](const Command& command) { return fmt::format("{} {}", command.name, command.synopsis); };
  std::size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, synopsis(command).size());
  for (const Command& command : commands()) text += overview_entry(synopsis(command), command.purpose, width);
  text += overview_entry("help [COMMAND]", "explain a command", width);
  text += overview_entry("version", "print the version, and that of libbpf", width);
  return text +
         "\n"
         "Options:\n"
         "  -h, --help      print this help\n"
         "  -V, --version   the same as 'min-btf version'\n"
         "\n"
         "Examples:\n"
         "  min-btf gen /sys/kernel/btf/vmlinux min.btf opensnoop.bpf.o\n"
         "  min-btf gen btfhub-archive/ btfs/ opensnoop.bpf.o\n"
         "  min-btf check btfhub-archive/ opensnoop.bpf.o\n";
}

}  // namespace

void help(const std::vector<std::string>& arguments, Reply& reply) {
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument != "--json") words.push_back(argument);
  }
  const auto is_in_overview = [](std::string_view word) {
    return word == "help" || word == "--help" || word == "-h" || word == "version";
  };
  if (words.empty() || is_in_overview(words[0])) {
    reply.text = overview();
  } else if (const Command* command = find_command(words.front())) {
    reply.text = command->help();
  } else {
    throw UsageError(fmt::format("no help for '{}'{} (see 'min-btf help')", words.front(),
                                 did_you_mean(words.front(), command_names())));
  }
}

void version(const std::vector<std::string>& arguments, Reply& reply) {
  for (const std::string& argument : arguments) {
    if (argument == "help" || argument == "--help" || argument == "-h") return help({}, reply);
    if (argument != "--json") {
      throw UsageError(fmt::format("version takes no arguments, but has '{}' (see 'min-btf help')", argument));
    }
  }
  reply.text = fmt::format("min-btf {} (libbpf {})\n", MINBTF_VERSION, libbpf::libbpf_version());
}

}  // namespace minbtf::cli
