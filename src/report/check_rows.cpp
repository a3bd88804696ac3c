#include "report/check_rows.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace minbtf::report {

namespace {

/// Places without their instructions.
std::map<std::size_t, std::set<std::size_t>> programs_of(const CheckRow& row) {
  std::map<std::size_t, std::set<std::size_t>> programs;
  for (const auto& [function, place] : row.places) programs.emplace(function, place.programs);
  return programs;
}

void make_ascending(std::vector<std::uint32_t>& numbers) {
  std::ranges::sort(numbers);
  const auto rest = std::ranges::unique(numbers);
  numbers.erase(rest.begin(), rest.end());
}

}  // namespace

std::vector<CheckRow> rows_of(const CheckResult& result, const ObjectOutcome& outcome) {
  using Key = std::tuple<Standing, Guard, Reason, std::string, std::string>;
  std::map<Key, std::size_t> known;
  std::vector<CheckRow> rows;
  for (const Trouble& trouble : outcome.troubles()) {
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
    CheckedPlace& place = rows[entry->second].places[result.function_of(trouble)];
    place.instructions.push_back(result.insn_of(trouble));
    place.programs.insert(trouble.program);
  }
  for (CheckRow& row : rows) {
    for (auto& [function, place] : row.places) make_ascending(place.instructions);
  }
  std::ranges::stable_sort(rows, std::ranges::greater{}, &CheckRow::standing);
  return rows;
}

std::vector<CheckRow> merged(std::vector<CheckRow> rows) {
  using Key = std::tuple<Standing, Guard, Reason, std::string, std::map<std::size_t, std::set<std::size_t>>>;
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
    for (auto& [function, place] : row.places) {
      std::vector<std::uint32_t>& all = first.places[function].instructions;
      all.insert(all.end(), place.instructions.begin(), place.instructions.end());
      make_ascending(all);
    }
  }
  return out;
}

}  // namespace minbtf::report
