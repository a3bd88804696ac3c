// SPDX-License-Identifier: BSD-2-Clause
// The machine for which `select` searches: this one, or the one that the options describe.
#pragma once

#include <string>

#include "cli/reply.hpp"
#include "commands/select/select_options.hpp"
#include "minbtf/bundle.h"

namespace minbtf::cli {

struct TargetSystem {
  minbtf_system system{};
  std::string os_release;  ///< path of the file that was read; empty if none was read
  std::string note;        ///< why no os-release file was read; empty if one was read
};

/// Returns the values of the options. Without an option, machine and release are those of this machine. Build and
/// os-release are those of this machine only if machine and release are, and for os-release also the build. Warns of a
/// value in os-release that counts as absent because it is too long. Throws UsageError for a value of an option that is
/// too long, and Error if the file of --os-release cannot be read or is too large.
[[nodiscard]] TargetSystem target_system(const SelectOptions& options, Reply& reply);

}  // namespace minbtf::cli
