// SPDX-License-Identifier: BSD-2-Clause
#include "io/parallel.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using minbtf::io::Pool;

namespace {

struct Thing {
  int value = 0;
};

/// Counts the objects made, the objects alive, and how often two threads used one object at the same time.
struct Counted {
  Counted() {
    if (fail) throw std::runtime_error("none is left");
    ++made;
    ++alive;
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }

  void use() {
    if (in_use.exchange(true)) ++shared;
    ++uses;
    std::this_thread::yield();
    in_use = false;
  }

  std::atomic<bool> in_use = false;
  int uses = 0;

  static inline std::atomic<int> made = 0;
  static inline std::atomic<int> alive = 0;
  static inline std::atomic<int> shared = 0;
  static inline bool fail = false;
};

/// A lease that can be ended at any time.
template <typename T>
std::unique_ptr<typename Pool<T>::Lease> lease_of(Pool<T>& pool) {
  return std::unique_ptr<typename Pool<T>::Lease>(new typename Pool<T>::Lease(pool.lend()));
}

}  // namespace

TEST_CASE("pool: a returned object is lent again in the state in which it was left") {
  Pool<Thing> pool;
  const Thing* first = nullptr;
  {
    const auto lease = pool.lend();
    first = &*lease;
    CHECK((*lease).value == 0);
    (*lease).value = 5;
  }
  for (int i = 0; i < 3; ++i) {
    const auto lease = pool.lend();
    CHECK(&*lease == first);
    CHECK((*lease).value == 5 + i);
    ++(*lease).value;
  }
}

TEST_CASE("pool: leases never share an object, and an object is made only if none is idle") {
  Counted::made = 0;
  {
    Pool<Counted> pool;
    CHECK(Counted::made == 0);
    std::set<const Counted*> known;
    for (int round = 0; round < 3; ++round) {
      const auto a = pool.lend();
      const auto b = pool.lend();
      const auto c = pool.lend();
      CHECK(std::set<const Counted*>{&*a, &*b, &*c}.size() == 3);
      if (round == 0) known = {&*a, &*b, &*c};
      CHECK(known == std::set<const Counted*>{&*a, &*b, &*c});
      CHECK(Counted::made == 3);
      // A fourth lease while three are active.
      const Counted* fourth = nullptr;
      for (int i = 0; i < 2 && round == 2; ++i) {
        const auto d = pool.lend();
        CHECK(!known.contains(&*d));
        CHECK((fourth == nullptr || fourth == &*d));
        fourth = &*d;
      }
    }
    CHECK(Counted::made == 4);
    CHECK(Counted::alive == 4);
  }
  CHECK(Counted::alive == 0);
}

TEST_CASE("pool: leases may end in any order") {
  Pool<Thing> pool;
  std::set<const Thing*> known;
  {
    auto first = lease_of(pool);
    auto second = lease_of(pool);
    known = {&**first, &**second};
    first.reset();
    auto third = lease_of(pool);
    CHECK(known.contains(&**third));
    CHECK(&**third != &**second);
    second.reset();
  }
  const auto a = pool.lend();
  const auto b = pool.lend();
  CHECK(std::set<const Thing*>{&*a, &*b} == known);
}

TEST_CASE("pool: a failed construction does not affect other objects") {
  Pool<Counted> pool;
  const Counted* known = nullptr;
  {
    const auto lease = pool.lend();
    known = &*lease;
    Counted::fail = true;
    CHECK_THROWS_AS((void)pool.lend(), std::runtime_error);
    Counted::fail = false;
  }
  const auto lease = pool.lend();
  CHECK(&*lease == known);
  const auto other = pool.lend();
  CHECK(&*other != known);
}

TEST_CASE("pool: many threads never share an object, and no object is lost") {
  Counted::made = 0;
  Counted::shared = 0;
  constexpr int threads = 8;
  constexpr int rounds = 2000;
  {
    Pool<Counted> pool;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
      running.emplace_back([&] {
        for (int n = 0; n < rounds; ++n) {
          const auto lease = pool.lend();
          (*lease).use();
          if (n % 16 != 0) continue;
          const auto another = pool.lend();
          (*another).use();
        }
      });
    }
    for (std::thread& each : running) each.join();
    CHECK(Counted::shared == 0);
    CHECK(Counted::made <= 2 * threads);
    // No object was lost: the objects that exist now have all the uses.
    const int made = Counted::made;
    std::vector<std::unique_ptr<Pool<Counted>::Lease>> all;
    int uses = 0;
    for (int i = 0; i < made; ++i) {
      all.push_back(lease_of(pool));
      uses += (**all.back()).uses;
    }
    CHECK(Counted::made == made);
    CHECK(uses == threads * (rounds + rounds / 16));
  }
  CHECK(Counted::alive == 0);
}
