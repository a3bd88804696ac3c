// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/gen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "archive/batch/kernel_reducer.hpp"
#include "archive/batch/reduced_kernel.hpp"
#include "archive/batch/shared_answers.hpp"
#include "archive/cache/cache.hpp"
#include "archive/input/object_list.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/keep_options.hpp"
#include "cli/object_options.hpp"
#include "cli/objects.hpp"
#include "commands/gen/file_output.hpp"
#include "commands/gen/gen_json.hpp"
#include "commands/gen/gen_report.hpp"
#include "commands/gen/gen_text.hpp"
#include "commands/gen/output_form.hpp"
#include "commands/gen/package_output.hpp"
#include "commands/gen/tree_output.hpp"
#include "minbtf/version.hpp"

namespace minbtf::cli {

namespace {

/// Returns the hash of everything that the outcome of a source depends on, except the source and the selection. The
/// version represents the code.
io::Hash plan_hash(const std::vector<archive::ManifestObject>& objects, const GenOptions& options) {
  const archive::UnpackLimits& limits = options.tree.limits;
  io::Hasher hasher;
  hasher.add(std::string_view(version()));
  hasher.add(fmt::format("{} {} {}", limits.kernel_bytes, limits.members, limits.path_bytes));
  hasher.add(options.layout == Layout::kernel ? "layout: kernel" : "layout: normal");
  for (const archive::ManifestObject& object : objects) {
    hasher.add(object.hash.hex());
    if (!object.architectures) continue;
    for (const std::string& architecture : *object.architectures) hasher.add(" " + architecture);
  }
  for (const Keep& keep : options.keeps) hasher.add("keep " + keep.text());
  return hasher.hash();
}

class GenRun {
 public:
  GenRun(const GenOptions& options, Reply& reply) : options_(options), reply_(reply) {}

  void run() {
    const auto input =
        archive::open_input(options_.input, {.limits = options_.tree.limits,
                                             .takes_packs = true,
                                             .follow_directory_links = options_.tree.follow_directory_links,
                                             .modules = options_.modules,
                                             .left_out = options_.output});
    const archive::ObjectList list = prepare_output(*input);
    refuse_tree_option(options_.tree.only_for_many, *input, "INPUT");
    if (!options_.tree.cache.empty()) cache_.emplace(options_.tree.cache);
    if (cache_ && std::string_view(input->noun()) == "pack" && !options_.quiet) {
      print_message("note", options_.input + ": --cache is not needed for a pack");
    }
    if (!report_->is_tree) begin_report();
    LoadedObjects objects =
        load_objects(list.paths, reply_, {.digests = options_.tree.manifest_sha256, .verbose = options_.verbose});
    report_->objects = std::move(objects.facts);
    report_->keeps = texts_of(options_.keeps);
    report_->keeps_layout = options_.layout == Layout::kernel;
    const Plan plan(std::move(objects.objects), options_.keeps, options_.layout);
    const archive::Plans plans = plans_of(plan, list, options_.input);
    for (std::size_t i = 0; i < objects.hashes.size(); ++i) {
      objects.hashes[i].architectures = architectures_of(plans, i);
    }
    archive::Batch batch = reduce(*input, plans, objects.hashes);
    if (options_.tree.dedupe == archive::Dedupe::answers) {
      report_->tree.shared = archive::share_answers(batch.kernels, batch.records, plans);
    }
    // Every kernel is done, and nothing is published yet.
    report_batch(plans, batch);
    if (batch.kernels.empty()) {
      if (batch.faults.empty()) {
        refuse_empty(options_.input, options_.tree.selection, {batch.ignored, batch.modules, batch.unselected});
      }
      return;
    }
    output_->publish(batch, std::move(objects.hashes));
    report_end();
  }

 private:
  /// Decides where the result goes, and reads INPUT if it is one kernel. After the call no output can destroy an input
  /// that has not been read yet.
  archive::ObjectList prepare_output(archive::Input& input) {
    form_ = package_form(options_.output, options_.format);
    if (input.is_one_kernel()) {
      output_ = std::make_unique<FileOutput>(options_, input, form_, *report_, reply_);
    } else {
      take_tree();
    }
    archive::ObjectList list = find_selected_objects(options_.objects, options_.object_selection, reply_);
    report_->skipped_objects = list.skipped;
    report_->unselected_objects = list.unselected;
    output_->check(list.paths);
    input.load();
    if (!report_->is_tree && !input.is_one_kernel()) {
      take_tree();
      output_->check(list.paths);
    }
    return list;
  }

  void take_tree() {
    report_->is_tree = true;
    begin_report();
    if (form_) {
      output_ = std::make_unique<PackageOutput>(options_, *form_, *report_, reply_);
    } else {
      output_ = std::make_unique<TreeOutput>(options_, *report_, reply_);
    }
    report_->input = options_.input;
    report_->output = options_.output;
  }

  /// From this call on the JSON document has the facts that are in the report.
  void begin_report() {
    reply_.body = [report = report_](Json& document) { add_gen(*report, document); };
  }

  archive::Batch reduce(archive::Input& input, const archive::Plans& plans,
                        const std::vector<archive::ManifestObject>& objects) {
    const bool explains = options_.verbose && !report_->is_tree;
    archive::ContentStore store(options_.tree.dedupe != archive::Dedupe::off);
    const archive::KernelReducer reducer(plans, store, {.verifies = options_.verify, .explains = explains});
    const archive::PathSelection selection(options_.tree.selection);
    if (!report_->is_tree) {
      report_->kernel = {.path = options_.input, .bytes = input.one_kernel().size(), .types = {}};
    }
    return run_batch(input,
                     {.task = reducer,
                      .selection = selection,
                      .limits = options_.tree.limits,
                      .jobs = options_.tree.jobs,
                      .cache = cache_ ? &*cache_ : nullptr,
                      .hashes = !options_.tree.manifest.empty(),
                      .digests = options_.tree.manifest_sha256,
                      .plan = plan_hash(objects, options_)},
                     options_.quiet);
  }

  void report_batch(const archive::Plans& plans, const archive::Batch& batch) {
    report_faults(options_.input, batch.faults, reply_, plans.error_reasons());
    if (options_.tree.names_filters) {
      warn_unmatched_filters(options_.tree.selection, batch.all_paths(), reply_);
    }
    warn_of_missed_i386(batch.missed_i386, reply_);
    for (const std::string& warning : batch.warnings) reply_.warn(warning);
    if (!batch.kernels.empty()) warn_unmatched_keeps(options_.keeps, found_keeps(plans.all(), batch), reply_);
    count_batch(plans, batch, *report_);
    warn_of_byte_order(plans, kernels_by_plan(plans, batch), reply_);
    report_->verified = options_.verify && !batch.kernels.empty();
    if (!report_->is_tree) {
      report_kernel(plans.all(), batch.kernels.front());
      report_->kernel->modules = batch.modules_read;
    }
    std::vector<std::string> failures;
    for (const FailureFacts& failure : report_->failures) failures.push_back(failure_line(failure, *report_));
    reply_.warn_of_many(failures, options_.verbose);
    if (cache_) {
      for (const std::string& warning : cache_->warnings()) reply_.warn(warning);
    }
  }

  void report_kernel(const Plan& plan, const archive::NamedKernel& kernel) {
    const auto& reduced = archive::value_of<archive::ReducedKernel>(*kernel.result);
    report_->kernel->bytes = reduced.figures.source_bytes;
    report_->kernel->types = reduced.figures.source_types;
    if (!reduced.explained) return;
    report_->resolutions = resolutions_of(plan, *reduced.explained);
    for (const ResolutionFacts& facts : report_->resolutions) {
      if (facts.why && facts.why->reason == Reason::cut_value) reply_.warn(resolution_line(facts));
    }
  }

  void report_end() {
    for (const ResolutionFacts& facts : report_->resolutions) {
      reply_.text += printable(resolution_line(facts)) + "\n";
    }
    if (!options_.quiet) reply_.text += printable(summary_line(*report_)) + "\n";
    for (const Condition condition : options_.fail_on) {
      if (is_met(condition)) report_->conditions.push_back(to_string(condition));
    }
    report_met_conditions(report_->conditions, reply_);
  }

  [[nodiscard]] bool is_met(Condition condition) const {
    switch (condition) {
      case Condition::ambiguous:
        return report_->relocations->ambiguous > 0;
      case Condition::fails:
        return report_->relocations->failed > 0;
      case Condition::poisoned:
        return report_->relocations->poisoned > 0;
      case Condition::no_relocations:
        return std::ranges::any_of(report_->objects, [](const ObjectFacts& object) { return object.relocations == 0; });
      case Condition::unguarded:
      case Condition::kernel_btf:
        break;  // conditions of `check`
    }
    return false;
  }

  const GenOptions& options_;
  Reply& reply_;
  std::shared_ptr<GenReport> report_ = std::make_shared<GenReport>();
  std::optional<PackageForm> form_;
  std::unique_ptr<GenOutput> output_;
  std::optional<archive::Cache> cache_;
};

}  // namespace

void gen(const ParsedLine& line, Reply& reply) {
  const GenOptions options = gen_options(line);
  run_gen(options, reply);
}

void run_gen(const GenOptions& options, Reply& reply) { GenRun(options, reply).run(); }

}  // namespace minbtf::cli
