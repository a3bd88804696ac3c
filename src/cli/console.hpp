// Lines for people on stderr, and answers on stdout.
#pragma once

#include <string>
#include <string_view>

namespace minbtf::cli {

/// Control characters, C1 among them, and bytes that are no UTF-8 written as `\x1b`: names in messages come from files
/// that nobody vouches for, and a line has to stay one line.
[[nodiscard]] std::string printable(std::string_view text);

/// `min-btf: LEVEL: MESSAGE` on stderr. There is nobody to tell if that fails.
void print_message(std::string_view level, std::string_view message);

/// What an interrupted run prints to stderr: "min-btf: interrupted", and `truth` behind it if there is any.
void set_interrupt_line(std::string_view truth);

/// Writes `text`, whose newlines are meant, to stderr.
void print_to_stderr(std::string_view text);

/// Throws Error (io) if stdout is closed or full.
void print_to_stdout(std::string_view text);

}  // namespace minbtf::cli
