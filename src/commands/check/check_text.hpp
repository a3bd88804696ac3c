// SPDX-License-Identifier: BSD-2-Clause
// The text of `check`: by object, with kernels of equal outcome together.
#pragma once

#include <string>
#include <vector>

#include "commands/check/check_json.hpp"
#include "commands/check/check_result.hpp"

namespace minbtf::cli {

struct CheckTextOptions {
  /// Also prints reasons of guarded instructions and every instruction, and does not cut lists.
  bool verbose = false;
};

/// Returns lines without newlines. The last line is the summary. The other lines have at most 100 bytes, unless a name
/// is longer. Names are not escaped: they are the bytes of the files.
[[nodiscard]] std::vector<std::string> check_text(const CheckResult& result, const CheckTextOptions& options);

/// Returns the notes that come before the last line of check_text(), about objects that need the kernel's own BTF and
/// kernels with two files. Lines have at most 100 bytes, unless a name is longer.
[[nodiscard]] std::vector<std::string> check_notes(const CheckFacts& facts);

}  // namespace minbtf::cli
