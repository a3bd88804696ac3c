#include "archive/batch.hpp"

#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

NamedKernels names_of(const Input& input, const std::vector<SourceRecord>& records, const ProcessRequest& request) {
  if (!input.is_one_kernel()) return name_kernels(records, request.selection, request.task, request.limits.members);
  NamedKernels named;
  named.kernels.push_back(
      {.path = input.path(), .record = 0, .member = "", .result = records.front().outcome.kernels.front().result});
  return named;
}

}  // namespace

std::vector<std::string> Batch::all_paths() const {
  std::vector<std::string> paths;
  for (const NamedKernel& kernel : kernels) {
    const std::string& source = records[kernel.record].path;
    paths.push_back(kernel.path);
    paths.push_back(joined_path(source, kernel.member));
    paths.push_back(source);
  }
  return paths;
}

Batch run_batch(Input& input, const ProcessRequest& request) {
  ProcessedInput processed = input.process(request);
  NamedKernels named = names_of(input, processed.records, request);
  Batch batch = {.records = std::move(processed.records),
                 .kernels = std::move(named.kernels),
                 .repeated = std::move(named.repeated),
                 .faults = std::move(processed.faults),
                 .ignored = processed.ignored,
                 .unselected = processed.unselected};
  for (const SourceRecord& record : batch.records) {
    batch.ignored += record.outcome.ignored;
    batch.unselected += record.outcome.unselected;
    for (const Problem& problem : record.outcome.problems) batch.faults.push_back({record.path, problem});
  }
  batch.faults.insert(batch.faults.end(), named.faults.begin(), named.faults.end());
  return batch;
}

}  // namespace minbtf::archive
