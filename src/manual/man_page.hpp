// SPDX-License-Identifier: BSD-2-Clause
// Manual pages, from the help texts and the options of the commands.
#pragma once

#include <cstdint>
#include <string>

#include "commands/commands.hpp"

namespace minbtf::manual {

/// What the pages state about the program.
struct Edition {
  std::string version;  ///< "0.2.0"
  std::string date;     ///< "2026-11-29"
};

/// Returns the edition of this build. Its date is that of SOURCE_DATE_EPOCH (seconds since 1970, in UTC), or else that
/// of the version. Throws std::invalid_argument if SOURCE_DATE_EPOCH is not a number of seconds before the year 10000.
[[nodiscard]] Edition edition();

/// Returns the page min-btf(1), with an overview of the commands.
[[nodiscard]] std::string main_page(const Edition& edition);

/// Returns the page min-btf-COMMAND(1). Throws std::invalid_argument if the help text cannot be divided.
[[nodiscard]] std::string command_page(const cli::Command& command, const Edition& edition);

/// Returns the page min-btf-version(1).
[[nodiscard]] std::string version_page(const Edition& edition);

}  // namespace minbtf::manual
