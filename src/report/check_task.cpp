#include "report/check_task.hpp"

namespace minbtf::report {

CheckOutcome CheckTask::process(const archive::KernelPlace& place, std::span<const std::uint8_t> btf) const {
  const auto workspace = workspaces_.lend();
  return store_.add(plan_.check(btf, place.name, *workspace));
}

}  // namespace minbtf::report
