// SPDX-License-Identifier: BSD-2-Clause
#include "commands/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <new>

#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/json.hpp"
#include "cli/reply.hpp"
#include "commands/bpftool_words.hpp"
#include "commands/commands.hpp"
#include "io/interrupt.hpp"

namespace minbtf::cli {

namespace {

/// Returns true if --json is among arguments that may not be a valid command line.
bool ask_for_json(const std::vector<std::string>& arguments) {
  const auto end = std::ranges::find(arguments, "--");
  return std::find(arguments.begin(), end, "--json") != end;
}

void run_command(const Command& command, const std::vector<std::string>& arguments, Reply& reply) {
  reply.json = ask_for_json(arguments);
  const ParsedLine line = command.command_line().parse(arguments);
  reply.json = line.has("json");
  reply.quiet = line.has("quiet");
  if (reply.json) io::set_interrupt_stdout(interrupted_json(""));
  if (!reply.quiet) set_interrupt_line("");
  io::handle_interrupts();
  if (line.asks_for_help()) {
    reply.text = command.help();
  } else {
    command.run(line, reply);
  }
}

void dispatch(const std::vector<std::string>& arguments, Reply& reply) {
  if (arguments.empty()) throw UsageError("a command is missing (see 'min-btf help')");
  const std::string& command = arguments.front();
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  if (const Command* known = find_command(command)) return run_command(*known, rest, reply);
  reply.json = ask_for_json(arguments);
  if (command == "help" || command == "-h" || command == "--help") return help(rest, reply);
  if (command == "version" || command == "-V" || command == "--version") return version(rest, reply);
  refuse_bpftool_option(command);
  refuse_bpftool_command(command);
  const bool is_option = command.starts_with('-');
  std::vector<std::string> words = {"--help", "--version"};
  if (!is_option) {
    words = command_names();
    words.insert(words.end(), {"help", "version", "--help", "--version"});
  }
  throw UsageError(fmt::format("unknown {} '{}'{} (see 'min-btf help')", is_option ? "option" : "command", command,
                               did_you_mean(command, words)));
}

void execute(const std::vector<std::string>& arguments, Reply& reply) {
  try {
    dispatch(arguments, reply);
    return;
  } catch (const UsageError& error) {
    reply.exit_status = exit_usage;
    reply.error = ErrorFacts{.kind = "usage", .message = error.what()};
  } catch (const Error& error) {
    reply.exit_status = exit_failed;
    reply.error = facts_of(error);
  } catch (const std::bad_alloc&) {
    reply.exit_status = exit_failed;
    reply.error = ErrorFacts{.kind = "memory", .message = "out of memory"};
  } catch (const std::exception& error) {
    reply.exit_status = exit_failed;
    reply.error = ErrorFacts{.kind = "internal", .message = error.what()};
  }
  print_message("error", reply.error->message);
}

void deliver_in_pieces(const Reply& reply) {
  // An interruption must not add its own document to the one that has begun.
  io::set_interrupt_stdout("");
  const auto frame = reply.json ? json_around(reply, "types") : JsonFrame{};
  print_to_stdout(frame.before);
  reply.pieces(print_to_stdout);
  print_to_stdout(frame.after);
}

int deliver(const Reply& reply) {
  try {
    // All work is done. A closed pipe (`| head`) ends the run silently: the reader has enough of the result.
    if (reply.json || !reply.stdout_is_taken) std::signal(SIGPIPE, SIG_DFL);
    if (reply.pieces && !reply.error) {
      deliver_in_pieces(reply);
    } else if (reply.json) {
      const std::string document = to_json(reply);
      io::ignore_interrupts();
      print_to_stdout(document);
    } else if (reply.stdout_is_taken) {
      print_to_stderr(reply.text);
    } else {
      print_to_stdout(reply.text);
    }
  } catch (const Error& error) {
    print_message("error", error.what());
    return exit_failed;
  }
  return reply.exit_status;
}

}  // namespace

int run(const std::vector<std::string>& arguments) noexcept {
  try {
    Reply reply;
    execute(arguments, reply);
    return deliver(reply);
  } catch (const std::exception& error) {
    print_message("error", error.what());
    return exit_failed;
  }
}

}  // namespace minbtf::cli
