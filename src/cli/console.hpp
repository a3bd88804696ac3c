// SPDX-License-Identifier: BSD-2-Clause
// Messages on standard error, and results on standard output.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::cli {

/// Returns `text` with control characters (C0, C1 and changes of the text's direction) and bytes that are not UTF-8
/// escaped as `\x1b`. Names in messages come from untrusted input: they must not control a terminal, nor break a line.
[[nodiscard]] std::string printable(std::string_view text);

/// Prints `min-btf: LEVEL: MESSAGE` on standard error. Ignores a failure to write.
void print_message(std::string_view level, std::string_view message);

/// Sets the line that an interrupted run prints on standard error: "min-btf: interrupted", followed by "; " and
/// `truth`, the state of the output, unless `truth` is empty.
void set_interrupt_line(std::string_view truth);

/// Writes `text` to standard error as it is, with its newlines. Ignores a failure to write.
void print_to_stderr(std::string_view text);

/// Writes `text` to standard output as it is. Throws Error (io) if standard output is closed or full.
void print_to_stdout(std::string_view text);

}  // namespace minbtf::cli
