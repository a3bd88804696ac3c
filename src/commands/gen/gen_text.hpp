// SPDX-License-Identifier: BSD-2-Clause
// The report of `gen` as text.
#pragma once

#include <cstddef>
#include <string>

#include "commands/gen/gen_report.hpp"

namespace minbtf::cli {

/// Returns the summary in one line. For one kernel: "vmlinux: 4351479 -> 3120 bytes, 65 types, 120 members; 240
/// relocations: ...", with "vmlinux -> DIRECTORY/vmlinux: " if OUTPUT is a directory. For many kernels: "archive ->
/// btfs: 16 kernels, 84.1 MB -> 63.9 kB; 4 of 16 outputs are links; ...".
[[nodiscard]] std::string summary_line(const GenReport& report);

/// Returns a note, in two lines: which tools leave out the outputs that are symbolic links.
[[nodiscard]] std::string links_note(const GenReport& report);

/// Returns the warning that the Go file embeds outputs, and that go:embed leaves out symbolic links.
[[nodiscard]] std::string embedding_warning(const GenReport& report, const std::string& go_file);

/// Returns the note that --prune removed nothing because the manifest `file` of the last run does not exist.
[[nodiscard]] std::string nothing_pruned_note(const std::string& file);

/// Returns "OBJECT: PROGRAM insn N: KIND SUBJECT: OUTCOME".
[[nodiscard]] std::string resolution_line(const ResolutionFacts& facts);

/// Returns resolution_line() for a relocation that fails; for many kernels with "(on 3 of 16 kernels, first PATH)".
[[nodiscard]] std::string failure_line(const FailureFacts& failure, const GenReport& report);

/// Returns "PATH: 4351479 -> 430 bytes, ...; equal to PATH" for one output of a tree.
[[nodiscard]] std::string kernel_line(const archive::Batch& batch, const archive::TreeOutputs& outputs,
                                      std::size_t index);

}  // namespace minbtf::cli
