#include "archive/tree_outputs.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "archive/tree_path.hpp"

namespace minbtf::archive {

namespace {

struct Place {
  std::string member;
  const KernelResult* result = nullptr;
  bool is_linked = false;  ///< seen through a link in the tar
};

/// Paths in one source, as they are once it is unpacked, and what is there.
using Places = std::map<std::string, Place>;

constexpr int max_link_rounds = 16;  // links to links to links

/// Adds what `link` makes visible: its target, or all that is in it. Returns whether there was something new.
bool follow(const FoundLink& link, Places& places, std::size_t limit) {
  // A link to a directory that it is in.
  if ((link.member + "/").starts_with(link.target + "/") || link.target.empty()) return false;
  std::vector<std::pair<std::string, Place>> found;
  const auto target = places.find(output_path(link.target));
  if (target != places.end()) {
    found.emplace_back(output_path(link.member),
                       Place{.member = link.member, .result = target->second.result, .is_linked = true});
  }
  const std::string prefix = link.target + "/";
  for (auto place = places.lower_bound(prefix); place != places.end() && place->first.starts_with(prefix); ++place) {
    const std::string path = link.member + "/" + place->first.substr(prefix.size());
    found.emplace_back(path, Place{.member = path, .result = place->second.result, .is_linked = true});
  }
  bool is_new = false;
  for (auto& [path, place] : found) {
    if (places.size() < limit && places.try_emplace(path, place).second) is_new = true;
  }
  return is_new;
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
    Places places;
    const std::string_view directory = directory_of(record.path);
    for (const FoundKernel& kernel : kernels) {
      const auto [entry, is_new] = places.try_emplace(output_path(kernel.member));
      Place& place = entry->second;
      // Of a tar that holds one path twice, the last counts, as when it is unpacked. Two names for one output are
      // another matter.
      if (is_new || place.member == kernel.member) {
        place = {.member = kernel.member, .result = &kernel.result};
      } else if (*place.result->content == *kernel.result.content) {
        ++result_.repeated;
      } else {
        const std::string output = joined_path(directory, entry->first);
        fault(
            {.path = output, .source = {.record = index, .member = kernel.member, .result = &kernel.result}},
            "its output " + output + " is that of " + joined_path(record.path, place.member) + ", with other contents");
      }
    }
    follow_links(record.outcome.links, places);
    for (const auto& [path, place] : places) {
      // What is in the tar itself was selected when it was read.
      const bool is_selected = !place.is_linked || is_kernel_name(record.path);
      if (!is_selected && !selection_.takes(joined_path(directory, path))) continue;
      add(joined_path(directory, path), index, place);
    }
  }

  /// A source that is no tar; or a tar with one file whose name says nothing, such as `vmlinux`.
  static bool is_named_by_source(const SourceRecord& record) {
    if (record.path.empty() || !record.outcome.links.empty()) return false;
    const std::string& member = record.outcome.kernels.front().member;
    return member.empty() || is_named_by_tar(member);
  }

  void follow_links(const std::vector<FoundLink>& links, Places& places) const {
    bool is_new = !links.empty();
    for (int round = 0; is_new && round < max_link_rounds; ++round) {
      is_new = false;
      for (const FoundLink& link : links) is_new = follow(link, places, options_.max_outputs) || is_new;
    }
  }

  void add(std::string path, std::size_t index, Place place) {
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
        ++result_.repeated;
      } else if (is_again) {
        fault(candidate, "its output " + candidate.path + " is that of " + source_name(result_.sources.back()) +
                             ", with other contents");
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
