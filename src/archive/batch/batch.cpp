// SPDX-License-Identifier: BSD-2-Clause
#include "archive/batch/batch.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "archive/batch/tar_links.hpp"
#include "archive/input/source_reader.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

/// Returns true if the system would refuse an output path of this length. Publishing such a path would make the whole
/// run fail, so that it is a fault of one kernel instead.
bool is_too_long(std::string_view path) {
  constexpr std::size_t max_name = 255;
  constexpr std::size_t max_path = 3500;  // less than PATH_MAX: OUTPUT is put before the path
  if (path.size() > max_path) return true;
  for (; !path.empty(); path = directory_of(path)) {
    if (file_name_of(path).size() > max_name) return true;
  }
  return false;
}

class Collector {
 public:
  Collector(const std::vector<SourceRecord>& records, const PathSelection& selection, const KernelTask& task,
            std::size_t max_kernels)
      : records_(records), selection_(selection), task_(task), max_kernels_(max_kernels) {}

  NamedKernels run() {
    for (std::size_t i = 0; i < records_.size(); ++i) add_source(i);
    // A stable sort keeps the order of the records. If several sources have one output path, the first record is used.
    std::ranges::stable_sort(candidates_, {}, &NamedKernel::path);
    drop_conflicts();
    return std::move(result_);
  }

 private:
  void add_source(std::size_t index) {
    const SourceRecord& record = records_[index];
    const std::vector<FoundKernel>& kernels = record.outcome.kernels;
    if (kernels.size() == 1 && is_named_by_source(record)) {
      const std::string path =
          kernels.front().is_directory ? output_path_of_directory(record.path) : output_path(record.path);
      add(path, index, kernels.front().member, kernels.front().result);
      return;
    }
    const std::string directory(directory_of(record.path));
    std::map<std::string, FoundKernel> results;  // by member; the last of equal members is used, as tar does
    for (const FoundKernel& kernel : kernels) results[kernel.member] = kernel;
    LinkedKernels linked = follow_links(record.outcome, max_kernels_);
    for (LinkedKernel& link : linked.kernels) {
      // Members of the tar were selected while the tar was read; only paths through links are not selected yet.
      if (!is_kernel_name(record.path) && !selection_.takes(joined_path(directory, link.path))) continue;
      const std::string& target = kernels[link.kernel].member;
      if (task_.place_class(joined_path(directory, link.path)) !=
          task_.place_class(selection_path(record.path, target))) {
        result_.faults.push_back(
            {.path = record.path,
             .problem = {.kind = ErrorKind::wrong_file,
                         .member = link.path,
                         .where = "",
                         .reason = "a link to " + target + ", whose architecture has other objects"}});
        continue;
      }
      results.try_emplace(link.path, FoundKernel{.member = link.path, .result = kernels[link.kernel].result});
    }
    for (Problem& problem : linked.problems) {
      const bool is_selected = problem.member.empty() || is_kernel_name(record.path) ||
                               selection_.takes(joined_path(directory, problem.member));
      if (is_selected) result_.faults.push_back({.path = record.path, .problem = std::move(problem)});
    }
    for (const auto& [member, kernel] : results) {
      const std::string path = kernel.is_directory ? output_path_of_directory(member) : output_path(member);
      add(joined_path(directory, path), index, member, kernel.result);
    }
  }

  /// Returns true if the output is named like the source: the source is no tar, or its only kernel has a name without
  /// information, such as `vmlinux`.
  static bool is_named_by_source(const SourceRecord& record) {
    if (record.path.empty() || !record.outcome.links.empty()) return false;
    const std::string& member = record.outcome.kernels.front().member;
    return member.empty() || is_named_by_tar(member);
  }

  void add(std::string path, std::size_t index, const std::string& member, const KernelResultPtr& result) {
    NamedKernel kernel = {.path = std::move(path), .record = index, .member = member, .result = result};
    if (is_too_long(kernel.path)) {
      fault(kernel, "the output path is too long");
      return;
    }
    candidates_.push_back(std::move(kernel));
  }

  [[nodiscard]] std::string source_name(const NamedKernel& kernel) const {
    return joined_path(records_[kernel.record].path, kernel.member);
  }

  void fault(const NamedKernel& kernel, const std::string& reason) {
    result_.faults.push_back(
        {.path = records_[kernel.record].path,
         .problem = {.kind = ErrorKind::wrong_file, .member = kernel.member, .where = "", .reason = reason}});
  }

  void drop_conflicts() {
    std::unordered_map<std::string, std::string> directories;  // each directory with one output in it
    for (const NamedKernel& candidate : candidates_) {
      for (std::string_view part = directory_of(candidate.path); !part.empty(); part = directory_of(part)) {
        if (!directories.try_emplace(std::string(part), candidate.path).second) break;
      }
    }
    for (NamedKernel& candidate : candidates_) {
      const NamedKernel* const last = result_.kernels.empty() ? nullptr : &result_.kernels.back();
      const bool is_again = last != nullptr && last->path == candidate.path;
      if (is_again && task_.is_same(*last->result, *candidate.result)) {
        result_.repeated.push_back(std::move(candidate));
      } else if (is_again) {
        fault(candidate, "the output path " + candidate.path + " is already used for " + source_name(*last) +
                             ", which has a different result");
      } else if (const auto directory = directories.find(candidate.path); directory != directories.end()) {
        fault(candidate,
              "the output path " + candidate.path + " is also a directory, of the output " + directory->second);
      } else {
        result_.kernels.push_back(std::move(candidate));
      }
    }
  }

  const std::vector<SourceRecord>& records_;
  const PathSelection& selection_;
  const KernelTask& task_;
  std::size_t max_kernels_;
  std::vector<NamedKernel> candidates_;
  NamedKernels result_;
};

}  // namespace

NamedKernels name_kernels(const std::vector<SourceRecord>& records, const PathSelection& selection,
                          const KernelTask& task, std::size_t max_kernels) {
  return Collector(records, selection, task, max_kernels).run();
}

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
  for (const SourceFault& fault : faults) {
    paths.push_back(fault.path);
    if (fault.problem.member.empty()) continue;
    paths.push_back(joined_path(fault.path, fault.problem.member));
    paths.push_back(selection_path(fault.path, fault.problem.member));
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
                 .modules = processed.modules,
                 .modules_read = std::move(processed.modules_read),
                 .warnings = std::move(processed.warnings),
                 .unselected = processed.unselected,
                 .missed_i386 = processed.missed_i386};
  for (const SourceRecord& record : batch.records) {
    batch.ignored += record.outcome.ignored;
    batch.modules += record.outcome.modules;
    batch.unselected += record.outcome.unselected;
    batch.missed_i386 += record.outcome.missed_i386;
    for (const Problem& problem : record.outcome.problems) batch.faults.push_back({record.path, problem});
  }
  batch.faults.insert(batch.faults.end(), named.faults.begin(), named.faults.end());
  return batch;
}

}  // namespace minbtf::archive
