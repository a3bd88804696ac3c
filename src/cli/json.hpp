// SPDX-License-Identifier: BSD-2-Clause
// The JSON document of `--json`: the parts that all commands share.
#pragma once

#include <string>

#include "cli/reply.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::cli {

/// Returns the document of a reply, with a newline at its end. Bytes that are not UTF-8, which paths may contain,
/// become U+FFFD.
[[nodiscard]] std::string to_json(const Reply& reply);

/// The two parts of a document around the elements of an array, which is the last member and is written separately.
struct JsonFrame {
  std::string before;
  std::string after;
};
/// Returns the document of a reply without the elements of the member `array`.
[[nodiscard]] JsonFrame json_around(const Reply& reply, const std::string& array);

/// Returns the document of an interrupted run, which has to be ready before the interruption. `truth` is the state of
/// the output; may be empty.
[[nodiscard]] std::string interrupted_json(const std::string& truth);

/// Adds what `version` prints: `text`, `libbpf`, and `commit` if it is known.
void add_version(Json& document, const std::string& text);

/// Returns {"reason": "no_such_member", "subject": ..., "detail": ...}.
[[nodiscard]] Json to_json(const Explanation& why);

}  // namespace minbtf::cli
