// SPDX-License-Identifier: BSD-2-Clause
// The task of `check` for one kernel: finds the relocations of a plan that the kernel does not resolve.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/batch/plans.hpp"
#include "archive/input/kernel_task.hpp"
#include "io/parallel.hpp"
#include "minbtf/explanation.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::cli {

/// UnresolvedRelocation::relocation for an object that cannot be loaded because of its byte order. The object has one
/// such entry for each of its programs.
inline constexpr std::size_t no_relocation = static_cast<std::size_t>(-1);

/// Unresolved relocations of one object, in the order of Plan::check(). Null if the object is not used for kernels of
/// the architecture (archive::Plans).
using ObjectUnresolved = std::shared_ptr<const std::vector<UnresolvedRelocation>>;

/// Outcome of one kernel: one ObjectUnresolved for each object of the plan. Never null.
using CheckOutcome = std::shared_ptr<const std::vector<ObjectUnresolved>>;

/// Types that only modules of a kernel have (Plan::module_roots()). Null for a kernel without modules.
using ModuleRoots = std::shared_ptr<const std::vector<ModuleRoot>>;

/// The result for one kernel.
struct KernelOutcome {
  CheckOutcome outcome;
  ModuleRoots module_roots{};

  bool operator==(const KernelOutcome&) const = default;
};

/// Stores equal outcomes once: thousands of kernels have a few hundred distinct outcomes, and one object has fewer
/// still. Equal outcomes of one store are the same pointer, and so are equal parts of different outcomes. Thread-safe.
class CheckOutcomeStore {
 public:
  explicit CheckOutcomeStore(std::size_t objects) : objects_(objects) {}

  /// Returns the outcome of one kernel. `unresolved` is ordered by object, as Plan::check() returns it. `used` has a
  /// flag for each object; if it is empty, all objects are used for the kernel. Throws Error (internal) if the objects
  /// are not in ascending order, or if the plan does not have one of them.
  [[nodiscard]] CheckOutcome add(std::vector<UnresolvedRelocation> unresolved, const std::vector<bool>& used = {});
  /// Returns the roots of one kernel with modules. Equal lists of one store are the same pointer.
  [[nodiscard]] ModuleRoots add_roots(std::vector<ModuleRoot> roots);

 private:
  struct ByUnresolved {
    [[nodiscard]] bool operator()(const ObjectUnresolved& one, const ObjectUnresolved& other) const;
  };
  struct ByParts {
    [[nodiscard]] bool operator()(const CheckOutcome& one, const CheckOutcome& other) const { return *one < *other; }
  };
  struct ByRoots {
    [[nodiscard]] bool operator()(const ModuleRoots& one, const ModuleRoots& other) const { return *one < *other; }
  };

  std::size_t objects_;
  std::mutex mutex_;
  std::set<ObjectUnresolved, ByUnresolved> parts_;
  std::set<CheckOutcome, ByParts> outcomes_;
  std::set<ModuleRoots, ByRoots> roots_;
};

/// Checks a plan against one kernel. The plan that `plans` was made from and `store` have to outlive the task.
class CheckTask final : public archive::TaskWithResult<KernelOutcome> {
 public:
  CheckTask(archive::Plans plans, CheckOutcomeStore& store) : plans_(std::move(plans)), store_(store) {}

  [[nodiscard]] std::optional<WantedTypes> wanted_types(ByteOrder order) const override {
    return plans_.wanted_types_of_check(order);
  }
  /// Returns `result`: an outcome has nothing of the source.
  [[nodiscard]] archive::KernelResultPtr for_equal_kernel(const archive::KernelResultPtr& result,
                                                          std::uint64_t /*source_bytes*/,
                                                          std::uint32_t /*source_types*/) const override {
    return result;
  }
  [[nodiscard]] std::string place_class(std::string_view path) const override { return plans_.place_class(path); }

 private:
  [[nodiscard]] KernelOutcome process(const archive::KernelPlace& place, const KernelBtf& kernel) const override;
  /// Compares the pointers: the store made equal outcomes one.
  [[nodiscard]] bool are_equal(const KernelOutcome& one, const KernelOutcome& other) const override {
    return one == other;
  }

  archive::Plans plans_;
  CheckOutcomeStore& store_;
  mutable io::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::cli
