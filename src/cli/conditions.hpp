// The words of --fail-on: what turns a run that was done into exit status 3.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/reply.hpp"

namespace minbtf::cli {

enum class Condition { ambiguous, fails, poisoned, unguarded, no_relocations, kernel_btf };

/// The word for it in --fail-on.
[[nodiscard]] std::string to_string(Condition condition);

/// Prints that these conditions hold, each a word with what it holds for. The run then exits with 3 unless it failed.
void report_met_conditions(const std::vector<std::string>& conditions, Reply& reply);

/// Of lists of words between commas, each condition once. `allowed` are those that the command knows. Throws
/// UsageError, which ends with `see_help`.
[[nodiscard]] std::vector<Condition> parse_conditions(const std::vector<std::string>& lists,
                                                      std::span<const Condition> allowed, const std::string& see_help);

}  // namespace minbtf::cli
