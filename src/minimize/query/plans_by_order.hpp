// Which objects take part in what is done for a kernel, by its byte order.
//
// An object of the other byte order than the kernel is loaded there by nobody: libbpf refuses it (libbpf.c,
// bpf_object__check_endianness(), since 1.6 when it loads), and so does cilium/ebpf. bpf2go writes each object in both
// orders. So of objects in both orders, a kernel takes those of its own. Where none is of its order, all take part: the
// same source may be compiled for it later.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "minbtf/bpf_object.hpp"
#include "minbtf/btf.hpp"
#include "minimize/query/query_plan.hpp"

namespace minbtf::minimize {

class PlansByOrder {
 public:
  explicit PlansByOrder(std::vector<BpfObject> objects);

  /// Of all objects, whatever the kernel.
  [[nodiscard]] const std::shared_ptr<const QueryPlan>& all() const noexcept { return all_; }
  /// Of the objects that take part; it has the others without records, under their indices.
  [[nodiscard]] const std::shared_ptr<const QueryPlan>& for_kernel(ByteOrder order) const noexcept {
    return order == ByteOrder::little ? little_ : big_;
  }

 private:
  std::shared_ptr<const QueryPlan> all_;
  // The same as `all_`, unless there are objects in both orders.
  std::shared_ptr<const QueryPlan> little_;
  std::shared_ptr<const QueryPlan> big_;
};

}  // namespace minbtf::minimize
