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

/// Counts those that were made, are there, and how often two had one at the same time.
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

TEST_CASE("pool: what was given back is lent again, as it was left") {
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

TEST_CASE("pool: two never have the same, and no more are made than are needed at once") {
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
      // While some are lent.
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

TEST_CASE("pool: leases may be given back in another order than they were lent") {
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

TEST_CASE("pool: one that cannot be made is not lent, and the others are") {
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

TEST_CASE("pool: many threads never share an object, and none is lost") {
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
    // None was lost: all uses are on those that are there now.
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
