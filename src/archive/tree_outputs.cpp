#include "archive/tree_outputs.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "archive/tar_links.hpp"
#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

struct Place {
  std::string member;
  const KernelResult* result = nullptr;
};

/// What the system takes: a longer one would fail for all.
bool is_too_long(std::string_view path) {
  constexpr std::size_t max_name = 255;
  constexpr std::size_t max_path = 3500;  // OUTPUT comes before it
  if (path.size() > max_path) return true;
  for (; !path.empty(); path = directory_of(path)) {
    if (file_name_of(path).size() > max_name) return true;
  }
  return false;
}

class Collector {
 public:
  Collector(const std::vector<SourceRecord>& records, const PathSelection& selection, const OutputOptions& options)
      : records_(records), selection_(selection), options_(options) {}

  TreeOutputs run() {
    for (std::size_t i = 0; i < records_.size(); ++i) add_source(i);
    sort();
    drop_conflicts();
    result_.same_as.resize(result_.outputs.size());
    if (options_.finds_equal) find_equal();
    return std::move(result_);
  }

 private:
  struct Candidate {
    std::string path;
    OutputSource source;
  };

  void add_source(std::size_t index) {
    const SourceRecord& record = records_[index];
    const std::vector<FoundKernel>& kernels = record.outcome.kernels;
    if (kernels.size() == 1 && is_named_by_source(record)) {
      add(output_path(record.path), index, {.member = kernels.front().member, .result = &kernels.front().result});
      return;
    }
    const std::string directory(directory_of(record.path));
    std::map<std::string, Place> places;  // by member: of a tar that holds one twice, the last counts
    for (const FoundKernel& kernel : kernels) places[kernel.member] = {kernel.member, &kernel.result};
    LinkedKernels linked = follow_links(record.outcome, options_.max_outputs);
    for (LinkedKernel& link : linked.kernels) {
      // What is in the tar itself was selected when it was read.
      if (!is_kernel_name(record.path) && !selection_.takes(joined_path(directory, link.path))) continue;
      places.try_emplace(link.path, Place{link.path, &kernels[link.kernel].result});
    }
    for (Problem& problem : linked.problems) {
      const bool is_selected = problem.member.empty() || is_kernel_name(record.path) ||
                               selection_.takes(joined_path(directory, problem.member));
      if (is_selected) result_.faults.push_back({.path = record.path, .problem = std::move(problem)});
    }
    for (const auto& [member, place] : places) add(joined_path(directory, output_path(member)), index, place);
  }

  /// A source that is no tar; or a tar with one file whose name says nothing, such as `vmlinux`.
  static bool is_named_by_source(const SourceRecord& record) {
    if (record.path.empty() || !record.outcome.links.empty()) return false;
    const std::string& member = record.outcome.kernels.front().member;
    return member.empty() || is_named_by_tar(member);
  }

  void add(std::string path, std::size_t index, Place place) {
    if (is_too_long(path)) {
      fault({.path = path, .source = {.record = index, .member = place.member, .result = place.result}},
            "the name of its output is too long");
      return;
    }
    candidates_.push_back({.path = std::move(path),
                           .source = {.record = index, .member = std::move(place.member), .result = place.result}});
  }

  void sort() {
    // Stable: of several sources with one output path, the first by its own path counts.
    std::ranges::stable_sort(candidates_, {}, &Candidate::path);
  }

  [[nodiscard]] std::string source_name(const OutputSource& source) const {
    return joined_path(records_[source.record].path, source.member);
  }

  void fault(const Candidate& candidate, const std::string& reason) {
    result_.faults.push_back(
        {.path = records_[candidate.source.record].path,
         .problem = {.kind = ErrorKind::wrong_file, .member = candidate.source.member, .where = "", .reason = reason}});
  }

  void drop_conflicts() {
    std::unordered_map<std::string, std::string> directories;  // and an output in each
    for (const Candidate& candidate : candidates_) {
      for (std::string_view part = directory_of(candidate.path); !part.empty(); part = directory_of(part)) {
        if (!directories.try_emplace(std::string(part), candidate.path).second) break;
      }
    }
    for (Candidate& candidate : candidates_) {
      const bool is_again = !result_.outputs.empty() && result_.outputs.back().path == candidate.path;
      if (is_again && *result_.outputs.back().content == *candidate.source.result->content) {
        result_.repeated.push_back({.path = std::move(candidate.path), .source = std::move(candidate.source)});
      } else if (is_again) {
        fault(candidate, "it stands for " + candidate.path + ", as " + source_name(result_.sources.back()) +
                             " does, and they are not the same");
      } else if (const auto directory = directories.find(candidate.path); directory != directories.end()) {
        fault(candidate, "its output " + candidate.path + " is a directory of the output " + directory->second);
      } else {
        result_.outputs.push_back({.path = std::move(candidate.path), .content = candidate.source.result->content});
        result_.sources.push_back(std::move(candidate.source));
      }
    }
  }

  void find_equal() {
    std::unordered_map<const void*, std::size_t> first;
    for (std::size_t i = 0; i < result_.outputs.size(); ++i) {
      const auto [entry, is_first] = first.try_emplace(result_.outputs[i].content.get(), i);
      if (is_first) continue;
      result_.same_as[i] = entry->second;
      if (options_.links) result_.outputs[i].link_to = entry->second;
    }
  }

  const std::vector<SourceRecord>& records_;
  const PathSelection& selection_;
  const OutputOptions& options_;
  std::vector<Candidate> candidates_;
  TreeOutputs result_;
};

}  // namespace

TreeOutputs collect_outputs(const std::vector<SourceRecord>& records, const PathSelection& selection,
                            const OutputOptions& options) {
  return Collector(records, selection, options).run();
}

}  // namespace minbtf::archive
