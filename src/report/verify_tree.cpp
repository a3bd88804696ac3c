// Which file stands for a kernel is known when its source has been read: a lone `vmlinux` in a tar is called as the
// tar is, and links in a tar make one kernel several. Reading sources is what takes the time, so each kernel is
// compared as soon as it is there, with the files that can be meant; what was meant is looked up afterwards. Only where
// links of one kernel lead to different reduced files a source is read once more.
#include "report/verify_tree.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "archive/pool.hpp"
#include "archive/tree_outputs.hpp"
#include "archive/tree_path.hpp"
#include "report/reduced_tree.hpp"

namespace minbtf::report {

namespace {

using archive::KernelPlace;
using archive::KernelResult;
using archive::SourceRecord;

/// By output path.
using Verified = std::map<std::string, VerifiedKernel>;
/// Output paths, by source and member.
using Wanted = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

/// Each run has a content of its own, by which what it found out is looked up; all are empty, so that several kernels
/// may have one output path.
class Verifier final : public archive::KernelTask {
 public:
  /// `wanted` may be null: then those paths are taken that can be meant.
  Verifier(const Judges& judges, const ReducedTree& reduced, const archive::UnpackLimits& limits, const Wanted* wanted)
      : judges_(judges), reduced_(reduced), limits_(limits), wanted_(wanted) {}

  [[nodiscard]] KernelResult run(const KernelPlace& place, std::span<const std::uint8_t> btf) const override {
    const auto memory = memories_.lend();
    Verified found;
    for (const std::string& path : paths(place)) {
      if (reduced_.find(path) == nullptr) continue;
      found.emplace(path, verify_kernel(judges_, btf, place.name, reduced_.location(path), limits_, *memory));
    }
    // The kernel itself has to be sound, too, where there is nothing to hold against it.
    if (found.empty()) static_cast<void>(Btf::parse({btf.begin(), btf.end()}, place.name));
    KernelResult result;
    result.figures.source_bytes = btf.size();
    result.content = std::make_shared<const std::vector<std::uint8_t>>();
    const std::lock_guard lock(mutex_);
    found_.emplace(result.content.get(), Found{.member = place.member, .by_path = std::move(found)});
    return result;
  }

  [[nodiscard]] bool adopt(KernelResult&) const override { return false; }
  [[nodiscard]] bool depends_on_place() const noexcept override { return true; }

  struct Found {
    std::string member;  ///< the kernel's own path in its tar
    Verified by_path;
  };
  /// To be called when all is done.
  [[nodiscard]] const Found& of(const KernelResult& result) const { return found_.at(result.content.get()); }

 private:
  [[nodiscard]] std::vector<std::string> paths(const KernelPlace& place) const {
    if (wanted_ != nullptr) {
      const auto found = wanted_->find({place.source, place.member});
      return found == wanted_->end() ? std::vector<std::string>() : found->second;
    }
    if (place.member.empty()) return {archive::output_path(place.source)};
    const auto directory = archive::directory_of(place.source);
    std::vector<std::string> both = {archive::joined_path(directory, archive::output_path(place.member))};
    if (!archive::is_named_by_tar(place.member) || place.source.empty()) return both;
    const std::string by_tar = archive::output_path(place.source);
    if (by_tar != both.front()) both.push_back(by_tar);
    return both;
  }

  const Judges& judges_;
  const ReducedTree& reduced_;
  const archive::UnpackLimits& limits_;
  const Wanted* wanted_;
  mutable archive::Pool<VerifyMemory> memories_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<const void*, Found> found_;
};

class TreeRun {
 public:
  TreeRun(const Judges& judges, const TreePair& trees, const VerifyTreeOptions& options)
      : judges_(judges),
        trees_(trees),
        options_(options),
        selection_(options.selection),
        reduced_(trees.reduced, options.limits) {}

  VerifiedTree run() {
    find_sources();
    const Verifier first(judges_, reduced_, options_.limits, nullptr);
    records_ = process(files_, first);
    const archive::TreeOutputs outputs = archive::collect_outputs(
        records_, selection_, {.finds_equal = false, .links = false, .max_outputs = options_.limits.members});
    out_.faults.insert(out_.faults.end(), outputs.faults.begin(), outputs.faults.end());
    for (const archive::Output& output : outputs.outputs) expected_.insert(output.path);
    // All kernels are known, and which files stand for them.

    Wanted unseen;
    for (std::size_t i = 0; i < outputs.outputs.size(); ++i) {
      take(outputs.outputs[i].path, outputs.sources[i], first, unseen);
    }
    if (!unseen.empty()) look_again(unseen);
    take_repeated(outputs, first);
    std::ranges::stable_sort(out_.kernels, {}, &VerifiedKernel::kernel);
    for (const SourceRecord& record : records_) {
      for (const archive::Problem& problem : record.outcome.problems) out_.faults.push_back({record.path, problem});
      out_.ignored += record.outcome.ignored;
      out_.unselected += record.outcome.unselected;
    }
    std::ranges::stable_sort(out_.faults, {}, &archive::SourceFault::path);
    find_extra();
    out_.warnings = reduced_.warnings();
    return std::move(out_);
  }

 private:
  void find_sources() {
    if (trees_.full_is_tar) {
      std::error_code error;
      const std::uintmax_t bytes = std::filesystem::file_size(trees_.full, error);
      if (error) throw Error(ErrorKind::io, trees_.full.string(), "", "a tar of many kernels has to be a regular file");
      files_.push_back({.path = "", .location = trees_.full.string(), .bytes = bytes});
    } else {
      archive::SourceTree tree = archive::find_sources(trees_.full, selection_,
                                                       {.max_entries = options_.limits.members,
                                                        .max_path_bytes = options_.limits.path_bytes,
                                                        .left_out = trees_.reduced});
      files_ = std::move(tree.files);
      out_.faults = std::move(tree.faults);
      out_.ignored = tree.ignored;
      out_.unselected = tree.unselected;
    }
    std::uint64_t total = 0;
    for (const archive::SourceFile& file : files_) total += file.bytes;
    if (options_.begin) options_.begin(total);
  }

  [[nodiscard]] std::vector<SourceRecord> process(const std::vector<archive::SourceFile>& files,
                                                  const Verifier& verifier) const {
    const archive::ProcessRequest request{.input = trees_.full,
                                          .task = verifier,
                                          .selection = selection_,
                                          .limits = options_.limits,
                                          .jobs = options_.jobs,
                                          .hashes = false,
                                          .plan = {},
                                          .progress = options_.progress};
    if (trees_.full_is_tar) return {archive::process_tar(files.front(), request)};
    return archive::process_sources(files, request);
  }

  void take(const std::string& path, const archive::OutputSource& source, const Verifier& verifier, Wanted& unseen) {
    if (reduced_.find(path) == nullptr) {
      out_.kernels.push_back({.kernel = path,
                              .reduced = reduced_.location(path).string(),
                              .missing = true,
                              .full_bytes = source.result->figures.source_bytes});
      return;
    }
    const Verifier::Found& verified = verifier.of(*source.result);
    const auto found = verified.by_path.find(path);
    if (found == verified.by_path.end()) {
      unseen[{records_[source.record].path, verified.member}].push_back(path);
    } else {
      add(path, found->second);
    }
  }

  void add(const std::string& path, VerifiedKernel verified) {
    verified.kernel = path;
    out_.kernels.push_back(std::move(verified));
  }

  /// What links in tars lead to. `unseen` has the kernels that they lead to, and the paths by links.
  void look_again(const Wanted& unseen) {
    std::vector<archive::SourceFile> files;
    for (const archive::SourceFile& file : files_) {
      const auto first = unseen.lower_bound({file.path, ""});
      if (first != unseen.end() && first->first.first == file.path) files.push_back(file);
    }
    const Verifier again(judges_, reduced_, options_.limits, &unseen);
    for (const SourceRecord& record : process(files, again)) {
      for (const archive::FoundKernel& kernel : record.outcome.kernels) {
        for (const auto& [path, verified] : again.of(kernel.result).by_path) add(path, verified);
      }
      // A source that could be read before, and now cannot.
      for (const archive::Problem& problem : record.outcome.problems) out_.faults.push_back({record.path, problem});
    }
  }

  /// Kernels for which another one's file stands, too.
  void take_repeated(const archive::TreeOutputs& outputs, const Verifier& verifier) {
    std::set<const KernelResult*> taken;
    for (const archive::OutputSource& source : outputs.sources) taken.insert(source.result);
    for (const SourceRecord& record : records_) {
      for (const archive::FoundKernel& kernel : record.outcome.kernels) {
        if (taken.contains(&kernel.result)) continue;
        for (const auto& [path, verified] : verifier.of(kernel.result).by_path) {
          if (expected_.contains(path)) add(path, verified);
        }
      }
    }
  }

  void find_extra() {
    for (const archive::SourceFault& fault : out_.faults) {
      // Whatever stood for it: nobody knows what is in it.
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

  const Judges& judges_;
  const TreePair& trees_;
  const VerifyTreeOptions& options_;
  archive::PathSelection selection_;
  ReducedTree reduced_;
  std::vector<archive::SourceFile> files_;
  std::vector<SourceRecord> records_;
  std::set<std::string> expected_;  ///< output paths of all kernels
  VerifiedTree out_;
};

}  // namespace

VerifiedTree verify_tree(const Judges& judges, const TreePair& trees, const VerifyTreeOptions& options) {
  return TreeRun(judges, trees, options).run();
}

}  // namespace minbtf::report
