#include "cli/help.hpp"

#include <fmt/format.h>

#include "archive/parse_back.hpp"
#include "cli/btfgen_options.hpp"
#include "cli/gen_options.hpp"
#include "cli/suggest.hpp"
#include "cli/usage_error.hpp"

namespace minbtf::cli {

namespace {

constexpr auto overview =
    "Usage: min-btf COMMAND [ARGUMENT...]\n"
    "\n"
    "Shrinks kernel BTF to what a set of BPF objects needs, so that CO-RE programs run on kernels\n"
    "that have no /sys/kernel/btf/vmlinux.\n"
    "\n"
    "Commands:\n"
    "  gen INPUT OUTPUT OBJECT...   write what the objects need of a kernel's BTF, or of a whole\n"
    "                               archive's\n"
    "  btfgen -a ARCH -o OBJECT...  the same as tools/btfgen.sh in a checkout of BTFHub\n"
    "  help [COMMAND]               explain a command\n"
    "\n"
    "Options:\n"
    "  -h, --help      print this help\n"
    "  -V, --version   print the version, and that of libbpf\n"
    "\n"
    "Examples:\n"
    "  min-btf gen /sys/kernel/btf/vmlinux min.btf opensnoop.bpf.o\n"
    "  min-btf gen btfhub-archive/ btfs/ opensnoop.bpf.o\n";

}  // namespace

void help(const std::vector<std::string>& arguments, Reply& reply) {
  std::vector<std::string> commands;
  for (const std::string& argument : arguments) {
    if (argument != "--json") commands.push_back(argument);
  }
  if (commands.empty()) {
    reply.text = overview;
  } else if (commands.front() == "gen") {
    reply.text = gen_help();
  } else if (commands.front() == "btfgen") {
    reply.text = btfgen_help();
  } else {
    throw UsageError(fmt::format("no help for '{}'{} (see 'min-btf help')", commands.front(),
                                 did_you_mean(commands.front(), {"gen", "btfgen"})));
  }
}

void version(Reply& reply) {
  reply.text = fmt::format("min-btf {} (libbpf {})\n", MINBTF_VERSION, archive::libbpf_version());
}

}  // namespace minbtf::cli
