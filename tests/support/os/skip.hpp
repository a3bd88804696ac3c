// Tests that cannot be run here. Catch2 2.13 has no such outcome; ctest has: exit status 4 (SKIP_RETURN_CODE).
#pragma once

#include <string>

namespace minbtf::test {

inline constexpr int skipped_status = 4;

/// Says why on stdout, and has the process end with skipped_status unless something fails. The caller returns at once.
void skip_test(const std::string& why);

[[nodiscard]] bool some_test_was_skipped() noexcept;

}  // namespace minbtf::test
