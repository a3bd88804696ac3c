// SPDX-License-Identifier: BSD-2-Clause
// The output path of a kernel is certain only after its source has been read: a single `vmlinux` in a tar is named like
// the tar, links in a tar add further paths for a kernel, and of two members with one name the last counts. Reading the
// sources takes most of the time. Therefore each kernel is compared at once with every file that its output path may
// name, and the right comparison is chosen afterwards. A source is read a second time only if links in a tar lead to a
// kernel under a path that was not foreseen.
#include "commands/verify/verify_tree.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "archive/tree_path.hpp"
#include "io/parallel.hpp"

namespace minbtf::cli {

namespace {

using archive::KernelPlace;
using archive::SourceRecord;

/// Comparisons of one kernel, by file of the reduced tree.
using Verified = std::map<std::string, VerifiedKernel>;
/// Identity of a kernel before its output path is certain: source, tar in the source, member.
using Key = std::tuple<std::string, std::string, std::string>;
/// Output paths by kernel.
using Wanted = std::map<Key, std::vector<std::string>>;

/// The result for one kernel of FULL: one comparison for each file that its output path may name.
struct VerifiedPaths {
  Key key;
  Verified by_file;
  std::uint64_t full_bytes = 0;
};

/// Compares kernels with files of the reduced tree. Several kernels may have the same output path: each is compared
/// with the file at that path.
class Verifier final : public archive::TaskWithResult<VerifiedPaths> {
 public:
  /// `wanted` has the output paths of the kernels to compare. Null: all kernels, each with every possible output path.
  Verifier(const VerifyContext& context, const ReducedTree& reduced, const Wanted* wanted)
      : context_(context), reduced_(reduced), wanted_(wanted) {}

  [[nodiscard]] bool depends_on_place() const noexcept override { return true; }
  /// Returns the types of all objects with --oracle=libbpf: the loader loads objects of the other byte order too.
  [[nodiscard]] std::optional<WantedTypes> wanted_types(ByteOrder order) const override {
    return context_.loader != nullptr ? context_.plans.wanted_types_of_all() : context_.plans.wanted_types(order);
  }
  [[nodiscard]] std::string place_class(std::string_view path) const override {
    return context_.plans.place_class(path);
  }

 private:
  [[nodiscard]] VerifiedPaths process(const KernelPlace& place, const KernelBtf& kernel) const override {
    static_cast<void>(context_.plans.plan_for(place));  // an error also if the reduced file is missing
    const auto memory = memories_.lend();
    Verified found;
    for (const std::string& path : paths(place)) {
      for (const std::string& file : reduced_.candidates(path)) {
        if (found.contains(file)) continue;
        found.emplace(file, verify_kernel(context_, kernel, place, reduced_, file, *memory));
      }
    }
    // A kernel without a reduced file has to be valid too: parse() throws Error if it is not.
    if (found.empty()) static_cast<void>(Btf::parse({kernel.bytes.begin(), kernel.bytes.end()}, place.name));
    return {.key = key(place), .by_file = std::move(found), .full_bytes = kernel.source_bytes};
  }

  [[nodiscard]] bool are_equal(const VerifiedPaths&, const VerifiedPaths&) const override { return true; }

  [[nodiscard]] static Key key(const KernelPlace& place) { return {place.source, place.inner_tar, place.member}; }

  [[nodiscard]] std::vector<std::string> paths(const KernelPlace& place) const {
    if (wanted_ != nullptr) {
      const auto found = wanted_->find(key(place));
      return found == wanted_->end() ? std::vector<std::string>() : found->second;
    }
    if (place.source.empty() && place.member.empty()) return {place.name};  // INPUT is this kernel
    if (place.is_directory) {
      const std::string directory(place.member.empty() ? "" : archive::directory_of(place.source));
      const std::string& file = place.member.empty() ? place.source : place.member;
      return {archive::joined_path(directory, archive::output_path_of_directory(file))};
    }
    if (place.member.empty()) return {archive::output_path(place.source)};
    std::vector<std::string> members = {place.member};
    if (!place.inner_tar.empty()) members.push_back(place.inner_tar);
    std::vector<std::string> paths;
    for (const std::string& member : members) {
      paths.push_back(archive::joined_path(archive::directory_of(place.source), archive::output_path(member)));
      const bool is_named_by_source = archive::is_named_by_tar(member) && !place.source.empty();
      if (is_named_by_source) paths.push_back(archive::output_path(place.source));
    }
    return paths;
  }

  const VerifyContext& context_;
  const ReducedTree& reduced_;
  const Wanted* wanted_;
  mutable io::Pool<VerifyMemory> memories_;
};

class TreeRun {
 public:
  TreeRun(const VerifyContext& context, archive::Input& full, ReducedTree reduced, const VerifyTreeOptions& options)
      : context_(context),
        full_(full),
        options_(options),
        selection_(options.selection),
        reduced_(std::move(reduced)) {}

  VerifiedTree run() {
    const Verifier first(context_, reduced_, nullptr);
    archive::ProcessRequest request = request_for(first);
    request.begin = [this](std::uint64_t bytes) {
      bytes_ = bytes;
      if (options_.begin) options_.begin(bytes);
    };
    request.progress = [this](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
      kernels_ = kernels;
      if (options_.progress) options_.progress(bytes, kernels, path);
    };
    const archive::Batch batch = archive::run_batch(full_, request);
    out_.faults = batch.faults;
    out_.warnings = batch.warnings;
    out_.ignored = batch.ignored;
    out_.modules = batch.modules;
    out_.unselected = batch.unselected;
    out_.missed_i386 = batch.missed_i386;
    for (const archive::NamedKernel& kernel : batch.kernels) expected_.insert(kernel.path);
    reduced_.settle({expected_.begin(), expected_.end()});

    Wanted unseen;
    for (const archive::NamedKernel& kernel : batch.kernels) {
      if (reduced_.find(kernel.path) == nullptr) {
        take_missing(kernel);
      } else {
        take(kernel, unseen);
      }
    }
    for (const archive::NamedKernel& again : batch.repeated) {
      if (reduced_.find(again.path) != nullptr) take(again, unseen);
    }
    if (!unseen.empty()) look_again(unseen, batch.records);
    std::ranges::stable_sort(out_.kernels, {}, &VerifiedKernel::kernel);
    find_extra();
    find_warnings();
    return std::move(out_);
  }

 private:
  [[nodiscard]] archive::ProcessRequest request_for(const Verifier& verifier) const {
    return {.task = verifier, .selection = selection_, .limits = options_.limits, .jobs = options_.jobs};
  }

  void take_missing(const archive::NamedKernel& kernel) {
    const std::string& path = kernel.path;
    std::optional<Error> obstacle = reduced_.obstacle(path);
    if (obstacle) barred_.insert(obstacle->file());
    out_.kernels.push_back({.kernel = path,
                            .reduced = reduced_.location(path).string(),
                            .missing = !obstacle,
                            .full_bytes = archive::value_of<VerifiedPaths>(*kernel.result).full_bytes,
                            .error = std::move(obstacle)});
  }

  void take(const archive::NamedKernel& kernel, Wanted& unseen) {
    const auto& verified = archive::value_of<VerifiedPaths>(*kernel.result);
    const auto found = verified.by_file.find(*reduced_.find(kernel.path));
    if (found == verified.by_file.end()) {
      unseen[verified.key].push_back(kernel.path);
    } else {
      add(kernel.path, found->second);
    }
  }

  void add(const std::string& path, VerifiedKernel verified) {
    verified.kernel = path;
    out_.kernels.push_back(std::move(verified));
  }

  /// Reads the sources of `unseen` again: kernels with output paths, by links in tars, that they were not compared for.
  void look_again(const Wanted& unseen, const std::vector<SourceRecord>& records) {
    std::set<std::string> sources;
    for (const auto& [key, paths] : unseen) sources.insert(std::get<0>(key));
    std::map<std::string, std::set<std::string>> known;  // by source: members whose problems are reported already
    for (const SourceRecord& record : records) {
      if (!sources.contains(record.path)) continue;
      for (const archive::Problem& each : record.outcome.problems) known[record.path].insert(each.member);
    }
    const Verifier again(context_, reduced_, &unseen);
    archive::ProcessRequest request = request_for(again);
    request.only = &sources;
    // The progress counts the bytes of the first reading only.
    request.progress = [this](std::uint64_t, std::size_t, const std::string& path) {
      if (options_.progress) options_.progress(bytes_, kernels_, path);
    };
    const archive::Batch batch = archive::run_batch(full_, request);
    std::map<Key, std::size_t> seen;
    const auto take_seen = [&](const archive::NamedKernel& kernel) {
      const auto& verified = archive::value_of<VerifiedPaths>(*kernel.result);
      const std::string* const file = reduced_.find(kernel.path);
      if (file == nullptr) return;
      const auto found = verified.by_file.find(*file);
      if (found == verified.by_file.end()) return;
      add(kernel.path, found->second);
      ++seen[verified.key];
    };
    std::ranges::for_each(batch.kernels, take_seen);
    std::ranges::for_each(batch.repeated, take_seen);
    // Sources that have changed since the first reading: new problems, and kernels that are gone.
    for (const SourceRecord& record : batch.records) {
      for (const archive::Problem& problem : record.outcome.problems) {
        if (known[record.path].insert(problem.member).second) out_.faults.push_back({record.path, problem});
      }
    }
    for (const auto& [key, paths] : unseen) {
      const auto& [source, tar, member] = key;
      if (seen[key] == paths.size() || !known[source].insert(member).second) continue;
      out_.faults.push_back({source, {ErrorKind::io, member, "", "changed while it was read"}});
    }
  }

  void find_extra() {
    for (const archive::SourceFault& fault : out_.faults) {
      // The file at the output path of an unreadable source belongs to that source, and is not extra.
      expected_.insert(archive::output_path(fault.path));
      const std::string directory(archive::directory_of(fault.path));
      if (!fault.problem.member.empty()) {
        expected_.insert(archive::joined_path(directory, archive::output_path(fault.problem.member)));
      }
    }
    for (const std::string& path : reduced_.kernels()) {
      if (!expected_.contains(path) && selection_.takes(path)) out_.extra.push_back(*reduced_.find(path));
    }
  }

  void find_warnings() {
    std::ranges::copy(reduced_.warnings(), std::back_inserter(out_.warnings));
    for (const archive::SourceFault& fault : reduced_.faults()) {
      const std::string file = reduced_.place_of(fault.path).string();
      const std::string path = reduced_.without_top(fault.path);
      // A fault that is in the way of a kernel is reported as the error of that kernel.
      if (barred_.contains(file) || (archive::is_kernel_name(path) && !selection_.takes(path))) continue;
      out_.warnings.push_back(file + ": " + fault.problem.reason);
    }
  }

  const VerifyContext& context_;
  archive::Input& full_;
  const VerifyTreeOptions& options_;
  archive::PathSelection selection_;
  ReducedTree reduced_;
  std::uint64_t bytes_ = 0;         ///< bytes of all sources
  std::size_t kernels_ = 0;         ///< kernels done so far, for the progress
  std::set<std::string> expected_;  ///< output paths of all kernels
  std::set<std::string> barred_;    ///< files and directories in REDUCED that are reported as errors of kernels
  VerifiedTree out_;
};

}  // namespace

VerifiedTree verify_tree(const VerifyContext& context, archive::Input& full, ReducedTree reduced,
                         const VerifyTreeOptions& options) {
  return TreeRun(context, full, std::move(reduced), options).run();
}

}  // namespace minbtf::cli
