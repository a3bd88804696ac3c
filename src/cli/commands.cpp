#include "cli/commands.hpp"

#include <algorithm>
#include <array>

#include "cli/btfgen.hpp"
#include "cli/btfgen_options.hpp"
#include "cli/check.hpp"
#include "cli/check_options.hpp"
#include "cli/dump.hpp"
#include "cli/dump_options.hpp"
#include "cli/gen.hpp"
#include "cli/gen_options.hpp"
#include "cli/inspect.hpp"
#include "cli/inspect_options.hpp"
#include "cli/verify.hpp"
#include "cli/verify_options.hpp"

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

}  // namespace minbtf::cli
