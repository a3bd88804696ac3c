// SPDX-License-Identifier: BSD-2-Clause
// What `embed` reports.
#pragma once

#include <cstdint>
#include <string>

#include "cli/reply.hpp"
#include "commands/embed/embedding.hpp"

namespace minbtf::cli {

struct EmbedReport {
  std::string file;
  std::uint64_t bytes = 0;  ///< of the file
  std::string output;
  std::string target;  ///< empty for assembler source
  EmbeddedSymbols symbols;
};

/// Adds the fields of docs/embed.md.
void add_embedding(const EmbedReport& report, Json& document);

}  // namespace minbtf::cli
