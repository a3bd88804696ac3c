// What `verify` found out, in lines for people.
#pragma once

#include <string>
#include <vector>

#include "commands/verify/verify_kernel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// "KERNEL: OBJECT: PROGRAM (SECTION) insn N: KIND task_struct.pid: 2336, in REDUCED 2344"
[[nodiscard]] std::string difference_line(const Plan& plan, const std::string& kernel, const Difference& difference);

/// Everything about one kernel that is not as it should be; the differences that are kept, and how many more there are.
[[nodiscard]] std::vector<std::string> difference_lines(const Plan& plan, const VerifiedKernel& kernel, bool verbose);

/// "KERNEL: the same; 1690 relocations, 4210 questions put to candidates; 4351479 and 3120 bytes"
[[nodiscard]] std::string kernel_line(const VerifiedKernel& kernel);

/// "note: ..." about what differs and does not count; empty if nothing does.
[[nodiscard]] std::string note_line(const VerifyReport& report);

/// "FULL and REDUCED: 16 kernels, 52 objects; ...; no difference" in one line.
[[nodiscard]] std::string summary_line(const VerifyReport& report, std::size_t objects);

}  // namespace minbtf::cli
