// SPDX-License-Identifier: BSD-2-Clause
#include "cli/output_time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "cli/command_line.hpp"

namespace minbtf::cli {

std::int64_t output_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return 0;
  const std::string_view word(text);
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), time);
  if (error != std::errc() || end != word.data() + word.size() || time < 0) {
    throw UsageError(fmt::format("SOURCE_DATE_EPOCH: '{}' is not a number of seconds", word));
  }
  return time;
}

}  // namespace minbtf::cli
