// SPDX-License-Identifier: BSD-2-Clause
// CheckOutcomeStore: equal outcomes of kernels, and equal parts of different outcomes, are in memory once.
#include "commands/check/check_task.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <thread>

#include "minbtf/error.hpp"

namespace minbtf::cli {

namespace {

std::vector<UnresolvedRelocation> some_troubles() {
  const Explanation missing = {Reason::no_such_member, "s.a", "in struct t"};
  return {{.object = 0, .relocation = 3, .status = Status::poisoned, .guard = Guard::exists, .why = missing},
          {.object = 0,
           .relocation = 300,
           .program = 7,
           .status = Status::poisoned,
           .guard = Guard::unreachable,
           .why = missing},
          {.object = 2, .relocation = 0, .status = Status::poisoned, .why = missing},
          {.object = 3,
           .relocation = 70'000,
           .status = Status::failed,
           .failure = Failure::endless_type,
           .why = {Reason::other, std::string("\0\xff", 2), ""}}};
}

constexpr std::size_t objects = 4;

std::vector<UnresolvedRelocation> all_of(const CheckOutcome& outcome) {
  std::vector<UnresolvedRelocation> all;
  for (const ObjectUnresolved& part : *outcome) all.insert(all.end(), part->begin(), part->end());
  return all;
}

}  // namespace

TEST_CASE("check_outcome: an added outcome is split by object and otherwise unchanged") {
  CheckOutcomeStore store(objects);
  const CheckOutcome outcome = store.add(some_troubles());
  REQUIRE(outcome->size() == objects);
  CHECK(all_of(outcome) == some_troubles());
  CHECK((*outcome)[0]->size() == 2);
  CHECK((*outcome)[1]->empty());
  CHECK(all_of(store.add({})).empty());
}

TEST_CASE("check_outcome: equal outcomes are one pointer, and so are equal parts of different outcomes") {
  CheckOutcomeStore store(objects);
  const CheckOutcome outcome = store.add(some_troubles());
  CHECK(store.add(some_troubles()) == outcome);
  std::vector<UnresolvedRelocation> less = some_troubles();
  less.pop_back();
  const CheckOutcome other = store.add(less);
  CHECK(other != outcome);
  CHECK((*other)[0] == (*outcome)[0]);
  CHECK((*other)[3] == (*outcome)[1]);  // empty parts of different objects are one, too
  CHECK((*other)[3] != (*outcome)[3]);
}

TEST_CASE("check_outcome: an outcome that differs in any field is another outcome") {
  CheckOutcomeStore store(objects + 1);
  const CheckOutcome outcome = store.add(some_troubles());
  const auto differs = [&](const std::function<void(UnresolvedRelocation&)>& change) {
    std::vector<UnresolvedRelocation> unresolved = some_troubles();
    change(unresolved[3]);
    return store.add(unresolved) != outcome;
  };
  CHECK_FALSE(differs([](UnresolvedRelocation&) {}));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.object = 4; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.relocation = 1; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.program = 1; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.status = Status::poisoned; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.failure = Failure::bad_type; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.guard = Guard::exists; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.why.reason = Reason::ambiguous; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.why.subject = "x"; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.why.detail = "x"; }));
  CHECK(differs([](UnresolvedRelocation& failing) { failing.conditions.push_back({.variable = "x"}); }));
}

TEST_CASE("check_outcome: relocations of an object that the plan does not have are refused") {
  CheckOutcomeStore store(objects);
  CHECK_THROWS_AS(store.add({{.object = objects}}), Error);
  CHECK_THROWS_AS(store.add({{.object = 1}, {.object = 0}}), Error);
}

TEST_CASE("check_outcome: threads that add equal outcomes get the same pointer") {
  CheckOutcomeStore store(objects);
  std::vector<CheckOutcome> outcomes(8);
  std::vector<std::thread> threads;
  for (CheckOutcome& outcome : outcomes) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) outcome = store.add(some_troubles());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const CheckOutcome& outcome : outcomes) CHECK(outcome == outcomes.front());
}

}  // namespace minbtf::cli
