#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "archive/parse_back.hpp"
#include "cli/commands.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

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
  const bool is_about_help = !words.empty() && (words[0] == "help" || words[0] == "--help" || words[0] == "-h");
  if (words.empty() || is_about_help) {
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
