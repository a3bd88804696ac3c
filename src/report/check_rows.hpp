// The troubles of one object on one kernel, equal reasons together.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "report/check_result.hpp"

namespace minbtf::report {

/// Instructions of one program or subprogram.
struct CheckedPlace {
  std::vector<std::uint32_t> instructions;  ///< numbers there, ascending
  std::set<std::size_t> programs;           ///< that are concerned, by index: itself, or those that call it

  bool operator==(const CheckedPlace&) const = default;
};

/// One reason.
struct CheckRow {
  Standing standing = Standing::poisoned;
  Guard guard = Guard::none;
  Reason reason = Reason::none;
  std::string detail;
  std::vector<std::string> subjects;           ///< in the order of the records
  std::map<std::size_t, CheckedPlace> places;  ///< by the index of what the instructions are in
};

/// One row for each reason of an outcome; the worst first, then in the order of the records.
[[nodiscard]] std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome);

/// Puts together rows that differ in nothing but subjects and instructions.
[[nodiscard]] std::vector<CheckRow> merged(std::vector<CheckRow> rows);

}  // namespace minbtf::report
