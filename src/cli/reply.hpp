// What a command has to say. Commands fill it, run() prints it: one place decides what goes to stdout.
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

/// Documents keep the order in which they were filled.
using Json = nlohmann::ordered_json;

/// What the exit status of the tool means; io::interrupted_status is the fifth.
inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;     ///< an input failed, or a result could not be written
inline constexpr int exit_usage = 2;      ///< the command line makes no sense
inline constexpr int exit_condition = 3;  ///< done, and a --fail-on condition holds, or `verify` found a difference

struct ErrorFacts {
  /// "usage", "io", "wrong_file", "damaged", "unsupported", "internal", "memory"; "kernels" or "objects" if
  /// `errors` has them
  std::string kind;
  std::string message;
  std::string file{};
  std::string where{};
};

struct Reply {
  bool json = false;             ///< one JSON document goes to stdout, whatever happens
  bool quiet = false;            ///< warnings are kept for the JSON document, but not printed
  bool stdout_is_taken = false;  ///< OUTPUT is stdout: what is said about it goes to stderr

  int exit_status = 0;
  std::string text;  ///< the answer in words, lines with their newlines
  std::vector<std::string> warnings;
  std::optional<ErrorFacts> error;
  std::vector<ErrorFacts> errors;  ///< of kernels among many, one each; the others were done
  /// Adds what the command has to say to the JSON document. May be empty; called once, at the end.
  std::function<void(Json& document)> body;
  /// Writes an answer too long to be held, in place of `text`; with `json` the elements of the document's last member,
  /// the array `types`. May be empty; called once, at the end, and not if there is an error. Throws Error.
  std::function<void(const io::Write& write)> pieces;

  /// Remembers the warning and prints it at once, so that it stands before an error that follows from it.
  void warn(const std::string& message);
  /// Warns of each; of many only of some, and how many more there are, unless `all` are wanted.
  void warn_of_many(const std::vector<std::string>& messages, bool all);
  /// From now on a run that is interrupted says so, with what is then true of its output: on stderr, unless `quiet`,
  /// and in the JSON document.
  void on_interrupt(const std::string& truth) const;
};

[[nodiscard]] ErrorFacts facts_of(const Error& error);
/// Of a kernel among those in `input`.
[[nodiscard]] ErrorFacts facts_of(const std::string& input, const archive::SourceFault& fault);

}  // namespace minbtf::cli
