// One kernel of many: from its BTF to what a run keeps of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/input/kernel_task.hpp"
#include "io/parallel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// The last look at a result before it is published: does libbpf decide on it as on the kernel's own BTF? Parses
/// `reduced` anew and compares it with `kernel`, raw BTF that is called `name`. Throws Error (internal) that names the
/// first difference, and what Plan::compare() and Btf::parse() throw.
void require_same_decisions(const Plan& plan, std::span<const std::uint8_t> kernel, const std::string& name,
                            std::span<const std::uint8_t> reduced, Workspace& workspace);

struct ReducerOptions {
  /// Each result is compared with its kernel (require_same_decisions()), and none is taken over from an earlier run.
  bool verifies = false;
  bool explains = false;  ///< results have ReducedKernel::explained
};

/// Any number of threads may use one reducer: it keeps working memory for as many. Plan and store have to live as long.
class KernelReducer final : public TaskWithResult<ReducedKernel> {
 public:
  KernelReducer(const Plan& plan, ContentStore& store, const ReducerOptions& options = {})
      : plan_(plan), store_(store), options_(options) {}

  /// A cache can be written by anybody: what a result says about relocations has to be about those of this plan.
  [[nodiscard]] KernelResultPtr adopt(const KernelResultPtr& result) const override;

 private:
  /// Validates, reduces, has libbpf read the result, and stores it.
  [[nodiscard]] ReducedKernel process(const KernelPlace& place, std::span<const std::uint8_t> btf) const override;
  /// Equal contents: figures follow from them and from the source, and may differ.
  [[nodiscard]] bool are_equal(const ReducedKernel& one, const ReducedKernel& other) const override {
    return *one.content == *other.content;
  }

  const Plan& plan_;
  ContentStore& store_;
  ReducerOptions options_;
  mutable io::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::archive
