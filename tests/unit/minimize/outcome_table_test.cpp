// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/outcome_table.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "support/os/cpu_limit.hpp"

namespace minbtf::test {

using core::Answer;
using core::CandidateClass;
using core::LoadClass;
using core::Outcome;
using minimize::CandidateOutcomes;

namespace {

/// `rows` has a row for each question and a column for each candidate.
CandidateOutcomes answers_of(std::size_t candidates, const std::vector<std::vector<Outcome>>& rows) {
  CandidateOutcomes answers;
  answers.candidates.resize(candidates);
  std::iota(answers.candidates.begin(), answers.candidates.end(), 100U);
  for (const auto& row : rows) answers.outcomes.insert(answers.outcomes.end(), row.begin(), row.end());
  return answers;
}

std::string text(const std::vector<CandidateClass>& classes) {
  std::string all;
  for (const CandidateClass& each : classes) {
    all += (all.empty() ? "" : ", ") + std::to_string(each.first) + " x" + std::to_string(each.size);
  }
  return all;
}

std::string classes_of(std::size_t candidates, const std::vector<std::vector<Outcome>>& rows) {
  return text(minimize::candidate_classes(answers_of(candidates, rows), rows.size()));
}

/// Returns the same classes, found by comparing each candidate with the first one of every class before it.
std::vector<CandidateClass> plain_classes(std::size_t candidates, const std::vector<std::vector<Outcome>>& rows) {
  std::vector<CandidateClass> classes;
  for (std::uint32_t i = 0; i < candidates; ++i) {
    const auto known = std::ranges::find_if(classes, [&](const CandidateClass& each) {
      return std::ranges::all_of(rows, [&](const auto& row) { return row[each.first] == row[i]; });
    });
    if (known != classes.end()) {
      ++known->size;
    } else {
      classes.push_back({.first = i, .size = 1});
    }
  }
  return classes;
}

const Outcome no = {};

Outcome at(std::uint32_t bit_offset, std::uint64_t value) {
  return {.state = Answer::State::yes, .bit_offset = bit_offset, .value = {.value = value}};
}

/// Returns outcomes of which no two are equal. From the third on, each differs from the second in one field only.
std::vector<Outcome> different_outcomes() {
  const Outcome yes = at(64, 8);
  std::vector<Outcome> all = {no, yes};
  const auto change = [&](auto&& how) {
    all.push_back(yes);
    how(all.back());
  };
  change([](Outcome& each) { each.state = Answer::State::failed; });
  change([](Outcome& each) { each.failure = Failure::bad_type; });
  change([](Outcome& each) { each.bit_offset = 65; });
  change([](Outcome& each) { each.value.value = 9; });
  change([](Outcome& each) { each.value.value = std::uint64_t{1} << 63U; });
  change([](Outcome& each) { each.value.failure = Failure::too_deep; });
  change([](Outcome& each) { each.value.element_bytes = 4; });
  change([](Outcome& each) { each.value.total_bytes = 4; });
  change([](Outcome& each) { each.value.load_class = LoadClass::pointer; });
  change([](Outcome& each) { each.value.load_class = LoadClass::plain_integer; });
  change([](Outcome& each) { each.value.is_bitfield = true; });
  return all;
}

}  // namespace

TEST_CASE("outcome_table: no candidates give no class, and one candidate gives one class") {
  CHECK(classes_of(0, {}) == "");
  CHECK(classes_of(0, {{}, {}}) == "");
  CHECK(classes_of(1, {{no}}) == "0 x1");
  CHECK(classes_of(1, {{at(0, 1)}, {no}}) == "0 x1");
}

TEST_CASE("outcome_table: classes are in the order of their first candidates") {
  const Outcome a = at(0, 0);
  const Outcome b = at(32, 4);
  CHECK(classes_of(2, {{a, a}}) == "0 x2");
  CHECK(classes_of(2, {{a, b}}) == "0 x1, 1 x1");
  CHECK(classes_of(5, {{b, a, b, a, no}}) == "0 x2, 1 x2, 4 x1");
  // Any one of three questions is enough to separate candidates.
  CHECK(classes_of(3, {{a, a, b}, {a, a, a}, {no, no, no}}) == "0 x2, 2 x1");
  CHECK(classes_of(3, {{a, a, a}, {no, b, no}, {b, b, b}}) == "0 x2, 1 x1");
  CHECK(classes_of(3, {{a, a, a}, {b, b, b}, {no, a, a}}) == "0 x1, 1 x2");
  // The same outcomes, but for different questions.
  CHECK(classes_of(2, {{a, b}, {b, a}}) == "0 x1, 1 x1");
}

TEST_CASE("outcome_table: without questions all candidates are in one class") {
  CHECK(text(minimize::candidate_classes(answers_of(3, {}), 0)) == "0 x3");
}

TEST_CASE("outcome_table: candidates that differ in any part of an outcome are in different classes") {
  const auto all = different_outcomes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      INFO("outcomes " << i << " and " << j);
      CHECK(classes_of(2, {{all[i], all[j]}}) == (i == j ? "0 x2" : "0 x1, 1 x1"));
      CHECK(classes_of(3, {{no, no, no}, {all[i], all[j], all[i]}}) == (i == j ? "0 x3" : "0 x2, 1 x1"));
    }
  }
}

TEST_CASE("outcome_table: the classes are the same as when every pair of candidates is compared") {
  const auto all = different_outcomes();
  for (std::uint32_t seed = 1; seed <= 500; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::size_t candidates = random() % 60;
    const std::size_t kinds = 1 + random() % all.size();
    // Few questions, so that some candidates are equal.
    std::vector<std::vector<Outcome>> rows(1 + random() % 4);
    for (auto& row : rows) {
      for (std::size_t i = 0; i < candidates; ++i) row.push_back(all[random() % 3 == 0 ? random() % kinds : 0]);
    }
    const auto classes = minimize::candidate_classes(answers_of(candidates, rows), rows.size());
    CHECK(text(classes) == text(plain_classes(candidates, rows)));
  }
}

TEST_CASE("outcome_table: 100,000 candidates with small differences are separated within a time limit") {
  // Outcomes differ in load_class (three values) and is_bitfield: six outcomes for each of eight questions.
  constexpr std::size_t candidates = 100000;
  std::vector<std::vector<Outcome>> rows(8, std::vector<Outcome>(candidates, at(64, 8)));
  for (std::size_t i = 0; i < candidates; ++i) {
    std::size_t digits = i;
    for (auto& row : rows) {
      row[i].value.load_class = static_cast<LoadClass>(digits % 3);
      row[i].value.is_bitfield = digits / 3 % 2 == 1;
      digits /= 6;
    }
  }
  const CpuLimit limit(std::chrono::seconds(5), "telling candidates apart");
  const auto classes = minimize::candidate_classes(answers_of(candidates, rows), rows.size());
  REQUIRE(classes.size() == candidates);
  for (std::uint32_t i = 0; i < candidates; ++i) {
    if (classes[i].first != i || classes[i].size != 1) FAIL("class " << i);
  }
}

}  // namespace minbtf::test
