// SPDX-License-Identifier: BSD-2-Clause
// The time of everything that a command writes, so that two runs write the same bytes.
#pragma once

#include <cstdint>

namespace minbtf::cli {

/// Returns the modification time of outputs, in seconds since 1970: the environment variable SOURCE_DATE_EPOCH
/// (reproducible-builds.org/specs/source-date-epoch), or 0 if it is missing or empty. Throws UsageError if it is not a
/// number of seconds, or negative.
[[nodiscard]] std::int64_t output_time();

}  // namespace minbtf::cli
