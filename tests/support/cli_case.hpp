// SPDX-License-Identifier: BSD-2-Clause
// Shared parts of the tests of the command line.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "support/fixtures.hpp"
#include "support/os/run_command.hpp"
#include "support/os/temp_dir.hpp"

namespace minbtf::test {

using Bytes = std::vector<std::uint8_t>;
/// Words of a command line, or lines of its output.
using Words = std::vector<std::string>;

/// A directory that contains the test kernel, and shorthands for command lines.
struct Workplace {
  TempDir directory;
  std::string kernel = directory.write("kernel.btf", kernel_btf());
  std::string output = directory.file("out.btf");
  std::string basic = bpf_object("basic");
  std::string ambiguous = bpf_object("ambiguous");
  std::string no_core = bpf_object("no_core");

  [[nodiscard]] std::string published() const { return contents_of(output); }
};

/// Returns the result of the library for the same input. The command line must publish exactly these bytes.
[[nodiscard]] std::string reduced(const std::vector<std::string>& objects,
                                  const std::vector<std::uint8_t>& kernel = kernel_btf());

[[nodiscard]] std::size_t count_of(const std::string& text, const std::string& part);

[[nodiscard]] std::string as_text(const Bytes& bytes);

/// Returns the lines of the text without their line ends.
[[nodiscard]] std::vector<std::string> lines_in(const std::string& text);

/// Returns `words`, and then `more`.
[[nodiscard]] Words joined(Words words, const Words& more);

/// Checks for exit status 1, one line on standard error that contains `message`, and empty standard output. `message`
/// may contain the end of the line.
void check_one_error_line(const CommandResult& result, const std::string& message);

/// Checks for exit status 1, an error with `message` on standard error, and empty standard output. There may be further
/// errors and warnings.
void check_failure(const CommandResult& result, const std::string& message);

/// Checks for exit status 2, one line on standard error that contains `message`, and empty standard output.
void check_usage_error(const std::vector<std::string>& arguments, const std::string& message);

/// Parses the document on standard output. Checks that its common fields (tool, version, exit, status, error) agree
/// with the exit status.
[[nodiscard]] nlohmann::json document_of(const CommandResult& result);

}  // namespace minbtf::test
