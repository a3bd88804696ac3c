// One kernel of many: from its BTF to what a run keeps of it.
#pragma once

#include <cstdint>
#include <span>

#include "archive/content_store.hpp"
#include "archive/kernel_task.hpp"
#include "archive/pool.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// Any number of threads may use one reducer: it keeps working memory for as many. Plan and store have to live as long.
class KernelReducer final : public KernelTask {
 public:
  /// If it `verifies`, each result is compared with its kernel (require_same_decisions()), and none is taken over from
  /// an earlier run.
  KernelReducer(const Plan& plan, ContentStore& store, bool verifies = false)
      : plan_(plan), store_(store), verifies_(verifies) {}

  /// Validates, reduces, has libbpf read the result, and stores it.
  [[nodiscard]] KernelResult run(const KernelPlace& place, std::span<const std::uint8_t> btf) const override;
  /// A cache can be written by anybody: what a result says about relocations has to be about those of this plan.
  [[nodiscard]] bool adopt(KernelResult& result) const override;

 private:
  const Plan& plan_;
  ContentStore& store_;
  bool verifies_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace minbtf::archive
