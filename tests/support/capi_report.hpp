// SPDX-License-Identifier: BSD-2-Clause
// What tests/capi/report.c prints, by the C++ API.
#pragma once

#include <string>
#include <vector>

namespace minbtf::test {

struct ReportInput {
  std::string kernel;                ///< path
  std::string other;                 ///< path of the BTF that is compared with the kernel; "-": the reduced BTF
  std::vector<std::string> keeps{};  ///< as for Keep::parse()
  bool keep_layout = false;
  std::vector<std::string> objects;  ///< paths
};

/// Returns the text. Throws as the C++ API does.
[[nodiscard]] std::string report_of_cpp_api(const ReportInput& input);

/// Returns the command line of the C program, which writes the reduced BTF to `output`.
[[nodiscard]] std::vector<std::string> report_command(const std::string& program, const std::string& output,
                                                      const ReportInput& input);

}  // namespace minbtf::test
