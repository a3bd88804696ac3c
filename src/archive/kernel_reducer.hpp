// One kernel of many: from its BTF to what a run keeps of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "archive/content_store.hpp"
#include "archive/pool.hpp"
#include "archive/source_outcome.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// Any number of threads may use one reducer: it keeps working memory for as many. Plan and store have to live as long.
class KernelReducer {
 public:
  KernelReducer(const Plan& plan, ContentStore& store) : plan_(plan), store_(store) {}

  /// Validates, reduces, has libbpf read the result, and stores it. `name` stands for the kernel in messages.
  /// Throws Error.
  [[nodiscard]] KernelResult reduce(std::span<const std::uint8_t> btf, const std::string& name) const;

  [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
  [[nodiscard]] ContentStore& store() const noexcept { return store_; }

 private:
  const Plan& plan_;
  ContentStore& store_;
  mutable Pool<Workspace> workspaces_;
};

}  // namespace minbtf::archive
