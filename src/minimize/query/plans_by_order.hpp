// SPDX-License-Identifier: BSD-2-Clause
// Selects the objects that are used for a kernel, by the kernel's byte order.
//
// No loader loads an object on a kernel of the other byte order. libbpf refuses the object (libbpf.c,
// bpf_object__check_endianness(); since 1.6 when the object is loaded), and so does cilium/ebpf. bpf2go writes each
// object in both byte orders. If there are objects in both byte orders, those of the kernel's byte order are used for
// it. If no object has the kernel's byte order, all objects are used: the same source may be compiled for the kernel
// later.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/btf.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

/// What a reduced BTF has besides the answers.
struct ReductionOptions {
  std::shared_ptr<const KeepFinder> keeps = nullptr;  ///< null if nothing is kept by name
  Layout layout = Layout::normal;
};

/// The query plans for kernels of either byte order, of one list of objects.
class PlansByOrder {
 public:
  /// `used` has a flag for each object: objects whose flag is false are used for no kernel. If `used` is empty, all
  /// objects are used. All plans have the same options.
  explicit PlansByOrder(std::vector<BpfObject> objects, std::vector<bool> used = {},
                        const ReductionOptions& options = {});

  /// Returns the plan of all objects that are used, for kernels of either byte order.
  [[nodiscard]] const std::shared_ptr<const QueryPlan>& all() const noexcept { return all_; }
  /// Returns the plan for kernels of byte order `order`. Objects that are not used keep their indices in that plan and
  /// have no records there.
  [[nodiscard]] const std::shared_ptr<const QueryPlan>& for_kernel(ByteOrder order) const noexcept {
    return order == ByteOrder::little ? little_ : big_;
  }

 private:
  std::shared_ptr<const QueryPlan> all_;
  // Both are `all_` if all objects that are used have the same byte order.
  std::shared_ptr<const QueryPlan> little_;
  std::shared_ptr<const QueryPlan> big_;
};

}  // namespace minbtf::minimize
