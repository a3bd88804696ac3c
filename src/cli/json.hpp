// The JSON document of `--json`: what all commands have in it.
#pragma once

#include <string>

#include "cli/reply.hpp"
#include "minbtf/explanation.hpp"

namespace minbtf::cli {

/// One document and a newline. Bytes that are no UTF-8, as paths may have them, become U+FFFD.
[[nodiscard]] std::string to_json(const Reply& reply);

/// The same in two parts, with an array between them as the last member: its elements are yet to be written.
struct JsonFrame {
  std::string before;
  std::string after;
};
[[nodiscard]] JsonFrame json_around(const Reply& reply, const std::string& array);

/// The document of a run that is interrupted, made beforehand; with what is then true of its output, if anything is.
[[nodiscard]] std::string interrupted_json(const std::string& truth);

/// {"reason": "no_such_member", "subject": ..., "detail": ...}
[[nodiscard]] Json to_json(const Explanation& why);

}  // namespace minbtf::cli
