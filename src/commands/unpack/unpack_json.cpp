// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "commands/unpack/unpack_report.hpp"

namespace minbtf::cli {

void add_unpack(const UnpackReport& report, Json& document) {
  document["input"] = report.input;
  document["output"] = report.output;
  document["compress"] = report.compress;
  if (!report.has_kernels) return;
  document["kernels"] = {{"done", report.files.size()},     {"failed", report.failed},
                         {"types_only", report.incomplete}, {"repeated", report.repeated},
                         {"unselected", report.unselected}, {"bytes", report.bytes}};
  if (!report.is_written) return;
  document["unchanged"] = report.unchanged;
  Json& files = document["outputs"] = Json::array();
  for (const UnpackedFile& each : report.files) {
    files.push_back(
        {{"path", each.path}, {"bytes", each.bytes}, {"types", each.types}, {"types_only", !each.is_complete}});
  }
}

}  // namespace minbtf::cli
