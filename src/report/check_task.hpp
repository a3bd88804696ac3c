// One kernel: which relocations of a plan it does not resolve.
#pragma once

#include <cstdint>
#include <span>

#include "archive/kernel_task.hpp"
#include "archive/pool.hpp"
#include "minbtf/plan.hpp"
#include "report/check_outcome.hpp"

namespace minbtf::report {

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
  mutable archive::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::report
