// SPDX-License-Identifier: BSD-2-Clause
#include "minimize/query/plans_by_order.hpp"

#include <utility>

namespace minbtf::minimize {

namespace {

std::shared_ptr<const QueryPlan> plan_of(const std::vector<BpfObject>& objects, const std::vector<bool>& take_part,
                                         const ReductionOptions& options) {
  QueryPlan plan = make_query_plan(objects, take_part);
  plan.keeps = options.keeps;
  plan.layout = options.layout;
  return std::make_shared<const QueryPlan>(std::move(plan));
}

}  // namespace

PlansByOrder::PlansByOrder(std::vector<BpfObject> objects, std::vector<bool> used, const ReductionOptions& options) {
  if (used.empty()) used.assign(objects.size(), true);
  std::vector<bool> little(objects.size());
  std::vector<bool> big(objects.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    (objects[i].byte_order() == ByteOrder::little ? little : big)[i] = used[i];
  }
  all_ = plan_of(objects, used, options);
  if (little == used || big == used) {
    little_ = big_ = all_;
    return;
  }
  little_ = plan_of(objects, little, options);
  big_ = plan_of(objects, big, options);
}

}  // namespace minbtf::minimize
