#include "cli/gen_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "archive/cache.hpp"
#include "archive/content_store.hpp"
#include "archive/kernel_reducer.hpp"
#include "archive/manifest.hpp"
#include "archive/object_list.hpp"
#include "archive/output/output_tree.hpp"
#include "archive/tree_manifest.hpp"
#include "archive/tree_outputs.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/objects.hpp"
#include "cli/process_tree.hpp"
#include "cli/tree_checks.hpp"
#include "cli/tree_report.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

constexpr std::size_t max_listed = 20;

class TreeRun {
 public:
  TreeRun(const GenOptions& options, bool is_tar, Reply& reply)
      : options_(options),
        is_tar_(is_tar),
        reply_(reply),
        report_(reply.tree.emplace()),
        time_(output_time()),
        selection_(options.tree.selection),
        tree_(options.output) {
    report_.input = options.input;
    report_.output = options.output;
    report_.finds_equal = options.tree.dedupe == archive::Dedupe::content;
    report_.has_cache = !options.tree.cache.empty();
    reply.on_interrupt(report_.has_cache ? "nothing was written but the cache" : "nothing was written");
  }

  void run() {
    const archive::ObjectList list = archive::find_objects(options_.objects);
    report_.skipped_objects = list.skipped;
    check_places(options_, list.paths);
    read_previous_manifest();
    if (!options_.tree.cache.empty()) cache_.emplace(options_.tree.cache);
    // From here on nothing that is written can destroy an input.

    LoadedObjects objects = load_objects(list.paths, reply_);
    report_.objects = objects.facts;
    const Plan plan(std::move(objects.objects));
    archive::ContentStore store(options_.tree.dedupe == archive::Dedupe::content);
    const archive::KernelReducer reducer(plan, store, options_.verify);
    ProcessedTree tree = reduce(reducer, objects.hashes);
    const archive::NamedKernels named =
        archive::name_kernels(tree.records, selection_, reducer, options_.tree.limits.members);
    const archive::TreeOutputs outputs =
        archive::plan_outputs(named.kernels, options_.tree.dedupe, options_.tree.equal);
    tree.faults.insert(tree.faults.end(), named.faults.begin(), named.faults.end());
    // Every kernel is done, and nothing is published yet.

    report_.failed = tree.faults.size();
    report_.ignored = tree.ignored;
    report_.unselected = tree.unselected;
    report_.verified = options_.verify && !outputs.outputs.empty();
    tell_faults(options_.input, std::move(tree.faults), reply_);
    warn_of_idle_words(options_.tree.selection, taken_paths(tree.records, named.kernels), reply_);
    count_sources(tree.records, report_);
    count_outputs(named, outputs, report_);
    tell_failures(plan, named.kernels);
    if (cache_) {
      for (const std::string& warning : cache_->warnings()) reply_.warn(warning);
    }
    if (outputs.outputs.empty()) {
      if (report_.failed == 0) refuse_empty(options_.input, report_.ignored, report_.unselected);
      return;
    }

    // The manifest belongs to the outputs: an interruption waits until both are there.
    std::optional<io::InterruptsBlocked> whole(std::in_place);
    publish(outputs);
    write_manifest(tree.records, named.kernels, outputs, std::move(objects.hashes));
    whole.reset();
    finish(named.kernels, outputs);
  }

 private:
  void read_previous_manifest() {
    if (!options_.tree.prune) return;
    std::error_code missing;
    const fs::path path = io::OutputFile(options_.tree.manifest, "manifest.json").path();
    if (fs::exists(path, missing)) previous_ = archive::read_manifest(path);
  }

  ProcessedTree reduce(const archive::KernelReducer& reducer, const std::vector<archive::ManifestObject>& objects) {
    const TreeInput input = {.path = options_.input,
                             .is_tar = is_tar_,
                             .follow_directory_links = options_.tree.follow_directory_links,
                             .left_out = options_.output};
    return process_tree(input, reducer, selection_, options_.tree, options_.quiet,
                        {.cache = cache_ ? &*cache_ : nullptr,
                         .plan = plan_hash(objects, options_.tree.limits),
                         .hashes = !options_.tree.manifest.empty()});
  }

  void tell_failures(const Plan& plan, const std::vector<archive::NamedKernel>& kernels) {
    report_.failures = failures_of(plan, kernels);
    const std::size_t shown =
        options_.verbose ? report_.failures.size() : std::min(report_.failures.size(), max_listed);
    for (std::size_t i = 0; i < shown; ++i) {
      reply_.warn(failure_line(report_.failures[i], kernels.size()));
    }
    if (shown < report_.failures.size()) {
      reply_.warn(fmt::format("and {} more; -v lists them", report_.failures.size() - shown));
    }
  }

  void publish(const archive::TreeOutputs& outputs) {
    archive::PublishReport published = tree_.publish(outputs.outputs, time_);
    report_.published = true;
    reply_.on_interrupt(options_.tree.manifest.empty() ? "all outputs are written"
                                                       : "all outputs are written, and the manifest is not");
    report_.unchanged = published.unchanged;
    report_.stale = std::move(published.stale);
    for (const std::string& warning : published.warnings) reply_.warn(warning);
    if (options_.tree.removes_stale) previous_ = reduced_files(report_.stale);
    if (!previous_.empty()) report_.pruned = tree_.prune(previous_);
    std::erase_if(report_.stale, [&](const std::string& path) {
      std::error_code error;
      return !fs::exists(fs::symlink_status(tree_.root() / path, error));
    });
    if (report_.stale.empty()) return;
    const std::size_t shown = options_.verbose ? report_.stale.size() : std::min(report_.stale.size(), max_listed);
    for (std::size_t i = 0; i < shown; ++i) {
      reply_.warn(fmt::format("{}: not from this run, and left alone", (tree_.root() / report_.stale[i]).string()));
    }
    if (shown < report_.stale.size()) {
      reply_.warn(fmt::format("and {} more; -v lists them", report_.stale.size() - shown));
    }
  }

  /// Those in a directory that are BTF: what btfgen.sh leaves of earlier runs, and removes before it starts.
  std::vector<archive::ManifestOutput> reduced_files(const std::vector<std::string>& paths) const {
    std::vector<archive::ManifestOutput> files;
    for (const std::string& path : paths) {
      const fs::path location = tree_.root() / path;
      std::error_code error;
      if (path.find('/') == std::string::npos || !fs::is_regular_file(fs::symlink_status(location, error))) continue;
      io::InputFile file(location);
      if (io::is_raw_btf(file.head())) {
        files.push_back({.path = path, .content_hash = archive::hash_of(file.read_all()), .link = ""});
      }
    }
    return files;
  }

  void write_manifest(const std::vector<archive::SourceRecord>& records,
                      const std::vector<archive::NamedKernel>& kernels, const archive::TreeOutputs& outputs,
                      std::vector<archive::ManifestObject> objects) {
    if (options_.tree.manifest.empty()) return;
    const archive::Manifest manifest =
        archive::manifest_of(MINBTF_VERSION, std::move(objects), records, kernels, outputs);
    const io::OutputFile file(options_.tree.manifest, "manifest.json");
    const std::string text = archive::to_json(manifest);
    try {
      file.publish(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    } catch (const Error& error) {
      throw Error(error.kind(), error.file(), error.where(), error.reason() + "; all outputs are written");
    }
    reply_.on_interrupt("all outputs and the manifest are written");
    report_.manifest = file.path().string();
    reply_.stdout_is_taken = file.is_stdout();
  }

  void finish(const std::vector<archive::NamedKernel>& kernels, const archive::TreeOutputs& outputs) {
    if (options_.verbose) {
      for (std::size_t i = 0; i < kernels.size(); ++i)
        reply_.text += printable(kernel_line(kernels, outputs, i)) + "\n";
    }
    if (!options_.quiet) reply_.text += printable(summary_line(report_)) + "\n";
    for (const Condition condition : options_.fail_on) {
      if (is_met(condition)) report_.conditions.push_back(to_string(condition));
    }
    if (report_.conditions.empty()) return;
    if (reply_.exit_status == exit_done) reply_.exit_status = exit_condition;
    print_message("error", fmt::format("a condition of --fail-on is met: {}", fmt::join(report_.conditions, ", ")));
  }

  [[nodiscard]] bool is_met(Condition condition) const {
    switch (condition) {
      case Condition::ambiguous:
        return std::ranges::any_of(report_.failures, [](const TreeFailure& failure) {
          return is_ambiguous(failure.facts.resolution.failure);
        });
      case Condition::fails:
        return report_.failing > 0;
      case Condition::poisoned:
        return report_.poisoned > 0;
      case Condition::no_relocations:
        return std::ranges::any_of(report_.objects, [](const ObjectFacts& object) { return object.relocations == 0; });
      case Condition::unguarded:
        break;  // only `check` tells
    }
    return false;
  }

  const GenOptions& options_;
  bool is_tar_;
  Reply& reply_;
  TreeReport& report_;
  std::int64_t time_;
  archive::PathSelection selection_;
  archive::OutputTree tree_;
  std::optional<archive::Cache> cache_;
  std::vector<archive::ManifestOutput> previous_;
};

}  // namespace

void gen_tree(const GenOptions& options, bool is_tar, Reply& reply) { TreeRun(options, is_tar, reply).run(); }

}  // namespace minbtf::cli
