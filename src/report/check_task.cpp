#include "report/check_task.hpp"

#include <algorithm>
#include <vector>

#include "report/check_outcome.hpp"

namespace minbtf::report {

archive::KernelResult CheckTask::run(const archive::KernelPlace& place, std::span<const std::uint8_t> btf) const {
  const auto workspace = workspaces_.lend();
  archive::KernelResult result;
  result.figures.source_bytes = btf.size();
  result.content = store_.add(encode_troubles(plan_.check(btf, place.name, *workspace)));
  return result;
}

bool CheckTask::adopt(archive::KernelResult& result) const {
  const auto troubles = decode_troubles(*result.content);
  const std::vector<BpfObject>& objects = plan_.objects();
  const bool fits = troubles && std::ranges::all_of(*troubles, [&](const Trouble& trouble) {
                      return trouble.object < objects.size() &&
                             trouble.relocation < objects[trouble.object].relocation_count() &&
                             trouble.program < objects[trouble.object].programs().size();
                    });
  if (fits) result.content = store_.add(result.content);
  return fits;
}

}  // namespace minbtf::report
