// The task of `check` for one kernel: finds the relocations of a plan that the kernel does not resolve.
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

/// UnresolvedRelocation::relocation for an object that cannot be loaded because of its byte order. The object has one
/// such entry for each of its programs.
inline constexpr std::size_t no_relocation = static_cast<std::size_t>(-1);

/// Unresolved relocations of one object, in the order of Plan::check(). Never null.
using ObjectUnresolved = std::shared_ptr<const std::vector<UnresolvedRelocation>>;

/// Outcome of one kernel: one ObjectUnresolved for each object of the plan. Never null.
using CheckOutcome = std::shared_ptr<const std::vector<ObjectUnresolved>>;

/// Stores equal outcomes once: thousands of kernels have a few hundred distinct outcomes, and one object has fewer
/// still. Equal outcomes of one store are the same pointer, and so are equal parts of different outcomes. Thread-safe.
class CheckOutcomeStore {
 public:
  explicit CheckOutcomeStore(std::size_t objects) : objects_(objects) {}

  /// Returns the outcome of one kernel. `unresolved` is ordered by object, as Plan::check() returns it. Throws Error
  /// (internal) if its objects are not in ascending order, or if the plan does not have one of them.
  [[nodiscard]] CheckOutcome add(std::vector<UnresolvedRelocation> unresolved);

 private:
  struct ByUnresolved {
    [[nodiscard]] bool operator()(const ObjectUnresolved& one, const ObjectUnresolved& other) const;
  };
  struct ByParts {
    [[nodiscard]] bool operator()(const CheckOutcome& one, const CheckOutcome& other) const { return *one < *other; }
  };

  std::size_t objects_;
  std::mutex mutex_;
  std::set<ObjectUnresolved, ByUnresolved> parts_;
  std::set<CheckOutcome, ByParts> outcomes_;
};

/// Checks a plan against one kernel. `plan` and `store` have to outlive the task.
class CheckTask final : public archive::TaskWithResult<CheckOutcome> {
 public:
  CheckTask(const Plan& plan, CheckOutcomeStore& store) : plan_(plan), store_(store) {}

 private:
  [[nodiscard]] CheckOutcome process(const archive::KernelPlace& place,
                                     std::span<const std::uint8_t> btf) const override;
  /// Compares the pointers: the store made equal outcomes one.
  [[nodiscard]] bool are_equal(const CheckOutcome& one, const CheckOutcome& other) const override {
    return one == other;
  }

  const Plan& plan_;
  CheckOutcomeStore& store_;
  mutable io::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::cli
