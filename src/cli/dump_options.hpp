// What was said on the command line of `dump`.
#pragma once

#include <string>
#include <vector>

#include "archive/unpack.hpp"

namespace minbtf::cli {

struct DumpOptions {
  bool help = false;
  bool json = false;
  std::string file;
  std::vector<std::string> type;  ///< words of TYPE; none for all types
  archive::UnpackLimits limits;
};

/// Throws UsageError.
[[nodiscard]] DumpOptions parse_dump_options(const std::vector<std::string>& arguments);

[[nodiscard]] std::string dump_help();

}  // namespace minbtf::cli
