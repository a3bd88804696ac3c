// SPDX-License-Identifier: BSD-2-Clause
// The reply of a command. Commands fill it, and run() prints it: one place decides what goes to standard output.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "archive/input/source_outcome.hpp"
#include "io/text_buffer.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

/// A JSON document whose members stay in the order in which they were added.
using Json = nlohmann::ordered_json;

// Exit statuses of the tool. The fifth is io::interrupted_status.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;     ///< an input failed, or a result could not be written
inline constexpr int exit_usage = 2;      ///< the command line makes no sense
inline constexpr int exit_condition = 3;  ///< done, and a --fail-on condition holds, or `verify` found a difference

struct ErrorFacts {
  /// "usage", "io", "wrong_file", "damaged", "unsupported", "internal" or "memory"; "kernels", "objects" or "files" if
  /// several of these failed, each with its own entry in Reply::errors
  std::string kind;
  std::string message;
  std::string file{};   ///< as Error::file()
  std::string where{};  ///< as Error::where()
};

struct Reply {
  bool json = false;             ///< standard output gets one JSON document, also if the run fails
  bool quiet = false;            ///< warnings are kept for the JSON document, but not printed
  bool stdout_is_taken = false;  ///< OUTPUT is standard output: `text` goes to standard error

  int exit_status = 0;
  std::string text;  ///< the result as text: lines, each with its newline
  std::vector<std::string> warnings;
  std::optional<ErrorFacts> error;
  std::vector<ErrorFacts> errors;  ///< one for each kernel or object that failed; the others were done
  /// Adds the command's result to the JSON document. May be empty. Called once, at the end.
  std::function<void(Json& document)> body;
  /// Writes a result that is too long for `text`; with `json`, the elements of the array `types`, the last member of
  /// the document. May be empty. Called once, at the end, and only if there is no error. Throws Error.
  std::function<void(const io::Write& write)> pieces;

  /// Adds the warning, and prints it at once, so that it comes before an error that follows from it.
  void warn(const std::string& message);
  /// Warns with each message. Unless `all`, only the first 20 are printed, and the number of the others.
  void warn_of_many(const std::vector<std::string>& messages, bool all);
  /// Sets `truth`, the state of the output that an interrupted run reports from now on: on standard error, unless
  /// `quiet`, and in the JSON document.
  void on_interrupt(const std::string& truth) const;
};

/// Returns the facts of an error. In the message the file is named as by shown_path().
[[nodiscard]] ErrorFacts facts_of(const Error& error);
/// Returns the facts of the error of one source in `input`.
[[nodiscard]] ErrorFacts facts_of(const std::string& input, const archive::SourceFault& fault);

}  // namespace minbtf::cli
