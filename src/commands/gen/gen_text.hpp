// What `gen` did, in lines for people.
#pragma once

#include <cstddef>
#include <string>

#include "commands/gen/gen_report.hpp"

namespace minbtf::cli {

/// Of one kernel "vmlinux: 4351479 -> 3120 bytes, 65 types, 120 members; 240 relocations: ...", of many "archive ->
/// btfs: 16 kernels, 84.1 MB -> 63.9 kB; 4 of 16 outputs are links; ...", in one line.
[[nodiscard]] std::string summary_line(const GenReport& report);

/// What symbolic links among the outputs mean for whoever ships them, in two lines.
[[nodiscard]] std::string links_note(const GenReport& report);

/// The same for a Go file that embeds them.
[[nodiscard]] std::string embedding_warning(const GenReport& report, const std::string& go_file);

/// "OBJECT: PROGRAM insn N: KIND SUBJECT: OUTCOME"
[[nodiscard]] std::string resolution_line(const ResolutionFacts& facts);

/// The same of a relocation that fails; of many kernels with "(on 3 of 16 kernels, first PATH)".
[[nodiscard]] std::string failure_line(const FailureFacts& failure, const GenReport& report);

/// "PATH: 4351479 -> 430 bytes, ...; equal to PATH" of one output of a tree.
[[nodiscard]] std::string kernel_line(const archive::Batch& batch, const archive::TreeOutputs& outputs,
                                      std::size_t index);

}  // namespace minbtf::cli
