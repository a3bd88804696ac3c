// One kernel of many: which relocations of a plan it does not resolve.
#pragma once

#include <cstdint>
#include <span>

#include "archive/content_store.hpp"
#include "archive/kernel_task.hpp"
#include "archive/pool.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::report {

/// The content of a result is what encode_troubles() makes of it. Plan and store have to live as long.
class CheckTask final : public archive::KernelTask {
 public:
  CheckTask(const Plan& plan, archive::ContentStore& store) : plan_(plan), store_(store) {}

  [[nodiscard]] archive::KernelResult run(const archive::KernelPlace& place,
                                          std::span<const std::uint8_t> btf) const override;
  /// Nothing is taken over: no results are kept from run to run.
  [[nodiscard]] bool adopt(archive::KernelResult&) const override { return false; }

 private:
  const Plan& plan_;
  archive::ContentStore& store_;
  mutable archive::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::report
