// One kernel: which relocations of a plan it does not resolve.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "archive/input/kernel_task.hpp"
#include "io/parallel.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

// What one kernel came to: the relocations that it does not resolve. Equal outcomes are in memory once.

/// Of one object, in the order of Plan::check(). Never null.
using ObjectTroubles = std::shared_ptr<const std::vector<Trouble>>;

/// One for each object of the plan. Never null.
using CheckOutcome = std::shared_ptr<const std::vector<ObjectTroubles>>;

/// Thousands of kernels have a few hundred outcomes, and an object has fewer still. Equal outcomes that a store returns
/// are one pointer, and so are the equal parts of different ones. Any number of threads may use one store.
class CheckOutcomeStore {
 public:
  explicit CheckOutcomeStore(std::size_t objects) : objects_(objects) {}

  /// `troubles` are what Plan::check() returns for one kernel. Throws Error (internal) if they name an object that
  /// there is not.
  [[nodiscard]] CheckOutcome add(std::vector<Trouble> troubles);

 private:
  struct ByTroubles {
    [[nodiscard]] bool operator()(const ObjectTroubles& one, const ObjectTroubles& other) const;
  };
  struct ByParts {
    [[nodiscard]] bool operator()(const CheckOutcome& one, const CheckOutcome& other) const { return *one < *other; }
  };

  std::size_t objects_;
  std::mutex mutex_;
  std::set<ObjectTroubles, ByTroubles> parts_;
  std::set<CheckOutcome, ByParts> outcomes_;
};

/// Plan and store have to live as long.
class CheckTask final : public archive::TaskWithResult<CheckOutcome> {
 public:
  CheckTask(const Plan& plan, CheckOutcomeStore& store) : plan_(plan), store_(store) {}

 private:
  [[nodiscard]] CheckOutcome process(const archive::KernelPlace& place,
                                     std::span<const std::uint8_t> btf) const override;
  /// The store made equal ones one.
  [[nodiscard]] bool are_equal(const CheckOutcome& one, const CheckOutcome& other) const override {
    return one == other;
  }

  const Plan& plan_;
  CheckOutcomeStore& store_;
  mutable io::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::cli
