// SPDX-License-Identifier: BSD-2-Clause
// The conditions of --fail-on. A run that is done, and meets one of them, exits with status 3.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

enum class Condition { ambiguous, fails, poisoned, unguarded, no_relocations, kernel_btf };

/// Returns the word for the condition in --fail-on.
[[nodiscard]] std::string to_string(Condition condition);

/// Returns the words for `conditions`, the conditions that --fail-on of a command has.
[[nodiscard]] std::vector<std::string> condition_words(std::span<const Condition> conditions);

/// Prints one error that lists the conditions that are met, if there are any. The run then exits with status 3, unless
/// it failed. An element is the word for a condition, and may name where it is met: "poisoned (1 object)".
void report_met_conditions(const std::vector<std::string>& conditions, Reply& reply);

/// Returns the conditions that --fail-on lists, each once, in the order of the command line. Throws UsageError for a
/// word that is not in `allowed`, the conditions of the command.
[[nodiscard]] std::vector<Condition> parse_conditions(const ParsedLine& line, std::span<const Condition> allowed);

}  // namespace minbtf::cli
