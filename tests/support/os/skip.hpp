// SPDX-License-Identifier: BSD-2-Clause
// Tests that cannot run on this machine. Catch2 2.13 has no such outcome; ctest has one: exit status 4
// (SKIP_RETURN_CODE).
#pragma once

#include <string>

namespace minbtf::test {

inline constexpr int skipped_status = 4;

/// Prints the reason to standard output. The process ends with skipped_status if no test fails. The caller must return.
void skip_test(const std::string& why);

[[nodiscard]] bool some_test_was_skipped() noexcept;

}  // namespace minbtf::test
