// SPDX-License-Identifier: BSD-2-Clause
#include <nlohmann/json.hpp>

#include "commands/embed/embed_report.hpp"

namespace minbtf::cli {

void add_embedding(const EmbedReport& report, Json& document) {
  document["file"] = {{"path", report.file}, {"bytes", report.bytes}};
  document["output"] = report.output;
  document["form"] = report.target.empty() ? "assembler" : "object";
  if (!report.target.empty()) document["target"] = report.target;
  document["symbols"] = {{"start", report.symbols.start}, {"end", report.symbols.end}, {"size", report.symbols.size}};
}

}  // namespace minbtf::cli
