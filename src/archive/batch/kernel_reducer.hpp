// SPDX-License-Identifier: BSD-2-Clause
// The task of gen: reduces the BTF of one kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "archive/batch/plans.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/input/kernel_task.hpp"
#include "io/parallel.hpp"
#include "minbtf/plan.hpp"

namespace minbtf::archive {

/// Returns the difference in one line, with the relocation and the results on both BTFs.
[[nodiscard]] std::string difference_text(const Plan& plan, const Difference& difference);

/// Verifies a result before it is published: every relocation must resolve with `reduced` as it does with `kernel`, and
/// what is kept by name must be the same.
/// Parses `reduced`, raw BTF, again and compares it with `kernel` (Plan::compare()). `name` is the kernel's name in
/// messages. Throws Error (internal) with the first difference, and what Plan::compare() and Btf::parse()
/// throw.
void require_same_decisions(const Plan& plan, const KernelBtf& kernel, const std::string& name,
                            std::span<const std::uint8_t> reduced, Workspace& workspace);

struct ReducerOptions {
  /// Each result is compared with its kernel (require_same_decisions()). Results of earlier runs are not used.
  bool verifies = false;
  bool explains = false;  ///< results have ReducedKernel::explained. Results of earlier runs are not used
};

/// Any number of threads may use one reducer: it has one Workspace for each thread that works. The plan that `plans`
/// was made from and the store must outlive it.
class KernelReducer final : public TaskWithResult<ReducedKernel> {
 public:
  KernelReducer(Plans plans, ContentStore& store, const ReducerOptions& options = {})
      : plans_(std::move(plans)), store_(store), options_(options) {}

  /// Returns the types of minimize(), and with ReducerOptions::explains also those of check().
  [[nodiscard]] std::optional<WantedTypes> wanted_types(ByteOrder order) const override {
    return options_.explains ? plans_.wanted_types_of_check(order) : plans_.wanted_types(order);
  }
  [[nodiscard]] std::string place_class(std::string_view path) const override { return plans_.place_class(path); }
  /// Returns a cached result with its content in this run's store. Returns null if the options need a new result, or if
  /// the result names a relocation that this plan does not have: a cache is untrusted input.
  [[nodiscard]] KernelResultPtr adopt(const KernelResultPtr& result) const override;
  /// Returns the result with other figures of the source.
  [[nodiscard]] KernelResultPtr for_equal_kernel(const KernelResultPtr& result, std::uint64_t source_bytes,
                                                 std::uint32_t source_types) const override;

 private:
  /// Validates and reduces the BTF, parses the result with libbpf, and adds the result to the store.
  [[nodiscard]] ReducedKernel process(const KernelPlace& place, const KernelBtf& kernel) const override;
  /// Returns true if the contents are equal. The figures may differ: they also depend on the source.
  [[nodiscard]] bool are_equal(const ReducedKernel& one, const ReducedKernel& other) const override {
    return *one.content == *other.content;
  }

  Plans plans_;
  ContentStore& store_;
  ReducerOptions options_;
  mutable io::Pool<Workspace> workspaces_;
};

}  // namespace minbtf::archive
