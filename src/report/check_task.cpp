#include "report/check_task.hpp"

#include "report/check_outcome.hpp"

namespace minbtf::report {

archive::KernelResult CheckTask::run(const archive::KernelPlace& place, std::span<const std::uint8_t> btf) const {
  const auto workspace = workspaces_.lend();
  archive::KernelResult result;
  result.figures.source_bytes = btf.size();
  result.content = store_.add(encode_troubles(plan_.check(btf, place.name, *workspace)));
  return result;
}

}  // namespace minbtf::report
