#include "cli/help.hpp"

#include <fmt/format.h>

#include "archive/parse_back.hpp"
#include "cli/commands.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

namespace {

/// Where the purposes begin in the overview.
constexpr std::size_t purpose_column = 31;

std::string overview() {
  std::string text =
      "Usage: min-btf COMMAND [ARGUMENT...]\n"
      "\n"
      "Shrinks kernel BTF to what a set of BPF objects needs, so that CO-RE programs run on kernels\n"
      "that have no /sys/kernel/btf/vmlinux.\n"
      "\n"
      "Commands:\n";
  for (const Command& command : commands()) {
    text += fmt::format("  {:<{}} {}\n", fmt::format("{} {}", command.name, command.synopsis), purpose_column - 3,
                        command.purpose);
  }
  text += fmt::format("  {:<{}} {}\n", "help [COMMAND]", purpose_column - 3, "explain a command");
  return text +
         "\n"
         "Options:\n"
         "  -h, --help      print this help\n"
         "  -V, --version   print the version, and that of libbpf\n"
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
  if (words.empty()) {
    reply.text = overview();
  } else if (const Command* command = find_command(words.front())) {
    reply.text = command->help();
  } else {
    throw UsageError(fmt::format("no help for '{}'{} (see 'min-btf help')", words.front(),
                                 did_you_mean(words.front(), command_names())));
  }
}

void version(Reply& reply) {
  reply.text = fmt::format("min-btf {} (libbpf {})\n", MINBTF_VERSION, archive::libbpf_version());
}

}  // namespace minbtf::cli
