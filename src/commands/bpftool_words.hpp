// SPDX-License-Identifier: BSD-2-Clause
// Options and commands of bpftool that min-btf does not have, and what to write instead.
#pragma once

#include <string>

namespace minbtf::cli {

/// Throws UsageError for an option that bpftool takes before its command.
void refuse_bpftool_option(const std::string& word);

/// Throws UsageError for a command of bpftool that min-btf does not have.
void refuse_bpftool_command(const std::string& word);

}  // namespace minbtf::cli
