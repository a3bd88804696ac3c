// SPDX-License-Identifier: BSD-2-Clause
#include "cli/reply.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/console.hpp"
#include "cli/json.hpp"
#include "cli/standard_streams.hpp"
#include "io/interrupt.hpp"

namespace minbtf::cli {

namespace {

const char* word(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::io:
      return "io";
    case ErrorKind::wrong_file:
      return "wrong_file";
    case ErrorKind::damaged:
      return "damaged";
    case ErrorKind::unsupported:
      return "unsupported";
    case ErrorKind::internal:
      return "internal";
  }
  return "internal";
}

}  // namespace

void Reply::warn(const std::string& message) {
  if (!quiet) print_message("warning", message);
  warnings.push_back(message);
}

void Reply::warn_of_many(const std::vector<std::string>& messages, bool all) {
  constexpr std::size_t most = 20;
  const std::size_t shown = all ? messages.size() : std::min(messages.size(), most);
  for (std::size_t i = 0; i < shown; ++i) warn(messages[i]);
  if (shown < messages.size()) warn("and " + std::to_string(messages.size() - shown) + " more; -v lists them");
}

void Reply::on_interrupt(const std::string& truth) const {
  if (!quiet) set_interrupt_line(truth);
  if (json) io::set_interrupt_stdout(interrupted_json(truth));
}

ErrorFacts facts_of(const Error& error) {
  // what() ends at a zero byte, which a path in a file can have.
  std::string message;
  for (const std::string& part : {shown_path(error.file()), error.where()}) {
    if (!part.empty()) message += part + ": ";
  }
  return {
      .kind = word(error.kind()), .message = message + error.reason(), .file = error.file(), .where = error.where()};
}

ErrorFacts facts_of(const std::string& input, const archive::SourceFault& fault) {
  const archive::Problem& problem = fault.problem;
  const std::string file = fault.path.empty() ? input : (std::filesystem::path(input) / fault.path).string();
  const char* separator = problem.member.empty() || problem.where.empty() ? "" : ": ";
  return facts_of(Error(problem.kind, file, problem.member + separator + problem.where, problem.reason));
}

}  // namespace minbtf::cli
