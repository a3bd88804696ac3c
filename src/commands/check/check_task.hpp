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

/// UnresolvedRelocation::relocation of an object that cannot be loaded at all; there is one for each of its programs.
inline constexpr std::size_t no_relocation = static_cast<std::size_t>(-1);

/// Of one object, in the order of Plan::check(). Never null.
using ObjectUnresolved = std::shared_ptr<const std::vector<UnresolvedRelocation>>;

/// One for each object of the plan. Never null.
using CheckOutcome = std::shared_ptr<const std::vector<ObjectUnresolved>>;

/// Thousands of kernels have a few hundred outcomes, and an object has fewer still. Equal outcomes that a store returns
/// are one pointer, and so are the equal parts of different ones. Any number of threads may use one store.
class CheckOutcomeStore {
 public:
  explicit CheckOutcomeStore(std::size_t objects) : objects_(objects) {}

  /// `unresolved` are what Plan::check() returns for one kernel. Throws Error (internal) if they name an object that
  /// there is not.
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
