// SPDX-License-Identifier: BSD-2-Clause
// The report of `verify` as text.
#pragma once

#include <string>
#include <vector>

#include "commands/verify/verify_kernel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// Returns "KERNEL: OBJECT: PROGRAM (SECTION) insn N: KIND task_struct.pid: FULL 2336, REDUCED 2344".
[[nodiscard]] std::string difference_line(const Plan& plan, const std::string& kernel, const Difference& difference);

/// Returns the lines about what is wrong with one kernel: missing or refused, the kept differences, and the number of
/// further differences. `verbose` adds the notes.
[[nodiscard]] std::vector<std::string> difference_lines(const Plan& plan, const VerifiedKernel& kernel, bool verbose);

/// Returns "KERNEL: the same; 1690 relocations compared; 4351479 and 3120 bytes".
[[nodiscard]] std::string kernel_line(const VerifiedKernel& kernel);

/// Returns "note: ..." about the differences that do not count (Loaders::native); empty if there are none.
[[nodiscard]] std::string note_line(const VerifyReport& report);

/// Returns "FULL and REDUCED: 16 kernels, 52 objects; ...; no difference" in one line.
[[nodiscard]] std::string summary_line(const VerifyReport& report, std::size_t objects);

}  // namespace minbtf::cli
