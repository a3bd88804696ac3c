#include "minimize/query/plans_by_order.hpp"

#include <algorithm>
#include <utility>

namespace minbtf::minimize {

namespace {

std::shared_ptr<const QueryPlan> plan_of(const std::vector<BpfObject>& objects, const std::vector<bool>& take_part) {
  return std::make_shared<const QueryPlan>(make_query_plan(objects, take_part));
}

}  // namespace

PlansByOrder::PlansByOrder(std::vector<BpfObject> objects) {
  std::vector<bool> is_little;
  for (const BpfObject& object : objects) is_little.push_back(object.byte_order() == ByteOrder::little);
  all_ = plan_of(objects, std::vector<bool>(objects.size(), true));
  const auto little = std::ranges::count(is_little, true);
  if (little == 0 || little == std::ssize(is_little)) {
    little_ = big_ = all_;
    return;
  }
  little_ = plan_of(objects, is_little);
  is_little.flip();
  big_ = plan_of(objects, is_little);
}

}  // namespace minbtf::minimize
