// The troubles of one object on one kernel, equal reasons together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "report/check_result.hpp"

namespace minbtf::report {

/// One reason.
struct CheckRow {
  Standing standing = Standing::poisoned;
  Guard guard = Guard::none;
  Reason reason = Reason::none;
  std::string detail;
  std::vector<std::string> subjects;  ///< in the order of the records
  /// Programs, by index, and numbers of the instructions there, ascending.
  std::map<std::size_t, std::vector<std::uint32_t>> places;
};

/// One row for each reason of an outcome; the worst first, then in the order of the records.
[[nodiscard]] std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome);

/// Puts together rows that differ in nothing but subjects and instructions.
[[nodiscard]] std::vector<CheckRow> merged(std::vector<CheckRow> rows);

}  // namespace minbtf::report
