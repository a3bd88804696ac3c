// What kernels come to, for people: by object, kernels of equal outcome together.
#pragma once

#include <string>
#include <vector>

#include "commands/check/check_json.hpp"
#include "commands/check/check_result.hpp"

namespace minbtf::cli {

struct CheckTextOptions {
  /// What else is there to know: reasons of what is guarded, every instruction, and nothing is left out of lists.
  bool verbose = false;
};

/// Lines without their newlines, up to 100 columns where that can be. Names in them are as the files have them.
[[nodiscard]] std::vector<std::string> check_text(const CheckResult& result, const CheckTextOptions& options);

/// Notes that stand before the last line of check_text(): lines of at most 100 bytes, as far as names allow it: of
/// objects that relocating does not help where a kernel has no BTF, and of kernels with two files.
[[nodiscard]] std::vector<std::string> check_notes(const CheckFacts& facts);

}  // namespace minbtf::cli
