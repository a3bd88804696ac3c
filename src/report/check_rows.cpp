#include "report/check_rows.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace minbtf::report {

namespace {

std::vector<std::size_t> programs_of(const CheckRow& row) {
  std::vector<std::size_t> programs;
  for (const auto& [program, instructions] : row.places) programs.push_back(program);
  return programs;
}

}  // namespace

std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome) {
  using Key = std::tuple<Standing, Guard, Reason, std::string, std::string>;
  std::map<Key, std::size_t> known;
  std::vector<CheckRow> rows;
  for (const Trouble& trouble : outcome.troubles) {
    const auto& [reason, subject, detail] = trouble.why;
    const auto [entry, is_new] =
        known.try_emplace(Key(standing_of(trouble), trouble.guard, reason, subject, detail), rows.size());
    if (is_new) {
      rows.push_back({.standing = standing_of(trouble),
                      .guard = trouble.guard,
                      .reason = reason,
                      .detail = detail,
                      .subjects = {subject},
                      .places = {}});
    }
    rows[entry->second].places[result.program_of(trouble)].push_back(result.insn_of(trouble));
  }
  for (CheckRow& row : rows) {
    for (auto& [program, instructions] : row.places) std::ranges::sort(instructions);
  }
  std::ranges::stable_sort(rows, std::ranges::greater{}, &CheckRow::standing);
  return rows;
}

std::vector<CheckRow> merged(std::vector<CheckRow> rows) {
  using Key = std::tuple<Standing, Guard, Reason, std::string, std::vector<std::size_t>>;
  std::map<Key, std::size_t> known;
  std::vector<CheckRow> out;
  for (CheckRow& row : rows) {
    const auto [entry, is_new] =
        known.try_emplace(Key(row.standing, row.guard, row.reason, row.detail, programs_of(row)), out.size());
    if (is_new) {
      out.push_back(std::move(row));
      continue;
    }
    CheckRow& first = out[entry->second];
    std::ranges::move(row.subjects, std::back_inserter(first.subjects));
    for (auto& [program, instructions] : row.places) {
      std::vector<std::uint32_t>& all = first.places[program];
      all.insert(all.end(), instructions.begin(), instructions.end());
      std::ranges::sort(all);
    }
  }
  return out;
}

}  // namespace minbtf::report
