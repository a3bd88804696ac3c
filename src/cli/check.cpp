#include "cli/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "archive/object_list.hpp"
#include "archive/path_selection.hpp"
#include "archive/tree_path.hpp"
#include "cli/batch_run.hpp"
#include "cli/check_options.hpp"
#include "cli/console.hpp"
#include "cli/objects.hpp"
#include "report/check_json.hpp"
#include "report/check_notes.hpp"
#include "report/check_result.hpp"
#include "report/check_task.hpp"
#include "report/check_text.hpp"
#include "report/inspect.hpp"
#include "report/words.hpp"

namespace minbtf::cli {

namespace {

using report::counted;

/// What the JSON document is made of when the run is over.
struct CheckReport {
  explicit CheckReport(Plan made) : plan(std::move(made)) {}

  Plan plan;
  report::CheckFacts facts;
  std::optional<report::CheckResult> result{};
};

class CheckRun {
 public:
  CheckRun(const CheckOptions& options, Reply& reply) : options_(options), reply_(reply) {}

  void run() {
    const auto input = archive::open_input(options_.input, {.limits = options_.tree.limits});
    input->load();
    refuse_tree_option(options_.tree_word, *input, "INPUT");
    const archive::ObjectList list = archive::find_objects(options_.objects);
    Reply silent_reply;  // what has no relocations is among the answers
    silent_reply.quiet = true;
    LoadedObjects loaded = load_objects(list.paths, silent_reply, Images::kept);
    std::vector<report::WithoutBtf> without_btf;
    for (std::size_t i = 0; i < loaded.objects.size(); ++i) {
      without_btf.push_back(report::inspect(loaded.objects[i], loaded.images[i]).without_btf);
    }
    report_ = std::make_shared<CheckReport>(Plan(std::move(loaded.objects)));
    for (const BpfObject& object : report_->plan.objects()) report_->facts.names.push_back(object.name());
    report_->facts.without_btf = std::move(without_btf);
    report_->facts.input = options_.input;
    report_->facts.skipped_objects = list.skipped;
    reply_.body = [done = report_](report::Json& document) {
      report::add_check(done->facts, done->result ? &*done->result : nullptr, document);
    };

    report::CheckOutcomeStore store(report_->plan.objects().size());
    const report::CheckTask task(report_->plan, store);
    report_->result.emplace(report_->plan, check_all(*input, task));
    // All that is known is known.

    print();
    judge();
  }

 private:
  std::vector<report::CheckedKernel> check_all(archive::Input& input, const report::CheckTask& task) {
    const archive::PathSelection selection(options_.tree.selection);
    archive::Batch batch = run_batch(
        input, {.task = task, .selection = selection, .limits = options_.tree.limits, .jobs = options_.tree.jobs},
        options_.quiet);
    const bool is_good = batch.faults.empty();
    report_faults(options_.input, std::move(batch.faults), reply_);
    report_->facts.ignored = batch.ignored;
    report_->facts.unselected = batch.unselected;
    for (const archive::NamedKernel& each : batch.repeated) report_->facts.repeated.push_back(each.path);
    warn_unmatched_filters(options_.tree.selection, batch.all_paths(), reply_);
    if (batch.kernels.empty() && is_good) refuse_empty(options_.input, batch.ignored, batch.unselected);
    std::vector<report::CheckedKernel> kernels;
    for (const archive::NamedKernel& each : batch.kernels) {
      // A packed kernel is called as its output would be.
      const bool is_packed = archive::is_packed_name(each.path);
      kernels.push_back({.path = is_packed ? archive::output_path(each.path) : each.path,
                         .outcome = archive::value_of<report::CheckOutcome>(*each.result)});
    }
    return kernels;
  }

  void print() {
    if (options_.quiet || reply_.json || report_->result->kernels().size() == 0) return;
    std::vector<std::string> lines = report::check_text(*report_->result, {.verbose = options_.verbose});
    std::vector<std::string> notes = report::check_notes(report_->facts);
    // The figures are the last line.
    lines.insert(std::prev(lines.end()), notes.begin(), notes.end());
    for (const std::string& line : lines) reply_.text += printable(line) + "\n";
  }

  void judge() {
    for (const Condition condition : options_.fail_on) {
      if (const report::Extent extent = extent_of(condition); extent.objects > 0) {
        report_->facts.conditions.push_back({.word = to_string(condition), .extent = extent});
      }
    }
    std::vector<std::string> met;
    for (const auto& [word, extent] : report_->facts.conditions) {
      std::string where = counted(extent.objects, "object");
      if (extent.kernels > 0) {
        where = fmt::format("{} of {} on {}", counted(extent.programs, "program"), where,
                            counted(extent.kernels, "kernel"));
      }
      met.push_back(fmt::format("{} ({})", word, where));
    }
    report_met_conditions(met, reply_);
  }

  /// In no-relocations no kernel and no program has a part.
  [[nodiscard]] report::Extent extent_of(Condition condition) const {
    const report::CheckResult& result = *report_->result;
    switch (condition) {
      case Condition::ambiguous:
        return report::extent_of(result, [](const Trouble& trouble) { return is_ambiguous(trouble.failure); });
      case Condition::fails:
        return report::extent_of(result, [](const Trouble& trouble) { return trouble.status == Status::failed; });
      case Condition::poisoned:
        return report::extent_of(result, [](const Trouble& trouble) { return trouble.status == Status::poisoned; });
      case Condition::unguarded:
        return report::extent_of(
            result, [](const Trouble& trouble) { return report::standing_of(trouble) == report::Standing::poisoned; });
      case Condition::no_relocations:
        break;
    }
    const auto has_none = [](const BpfObject& object) { return object.relocation_count() == 0; };
    return {.objects = static_cast<std::size_t>(std::ranges::count_if(result.objects(), has_none))};
  }

  const CheckOptions& options_;
  Reply& reply_;
  std::shared_ptr<CheckReport> report_;
};

}  // namespace

void check(const ParsedLine& line, Reply& reply) {
  const CheckOptions options = check_options(line);
  CheckRun(options, reply).run();
}

}  // namespace minbtf::cli
