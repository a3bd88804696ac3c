#include "cli/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "archive/kernel_source.hpp"
#include "archive/named_kernels.hpp"
#include "archive/object_list.hpp"
#include "archive/path_selection.hpp"
#include "archive/tree_path.hpp"
#include "cli/check_options.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/objects.hpp"
#include "cli/process_tree.hpp"
#include "cli/usage_error.hpp"
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
    std::error_code error;  // left to the opening of the file, which says it better
    const bool is_directory = std::filesystem::is_directory(options_.input, error);
    archive::KernelMemory memory;
    std::optional<std::span<const std::uint8_t>> kernel;
    if (!is_directory) kernel = archive::read_kernel(options_.input, options_.tree.limits, memory);
    if (kernel && !options_.tree_word.empty()) {
      throw UsageError(fmt::format("{} is for many kernels, and INPUT {} is one", options_.tree_word, options_.input));
    }
    const archive::ObjectList list = archive::find_objects(options_.objects);
    Reply unheard(reply_.json);  // what has no relocations is among the answers
    unheard.quiet = true;
    LoadedObjects loaded = load_objects(list.paths, unheard, Images::kept);
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
    std::vector<report::CheckedKernel> kernels;
    if (kernel) {
      const archive::KernelPlace place = {.source = "", .member = "", .name = options_.input};
      const bool is_packed = archive::is_packed_name(options_.input);
      kernels.push_back({.path = is_packed ? archive::output_path(options_.input) : options_.input,
                         .outcome = archive::value_of<report::CheckOutcome>(*task.run(place, *kernel))});
    } else {
      kernels = check_tree({.path = options_.input, .is_tar = !is_directory}, task);
    }
    report_->result.emplace(report_->plan, std::move(kernels));
    // All that is known is known.

    print();
    judge();
  }

 private:
  std::vector<report::CheckedKernel> check_tree(const TreeInput& input, const report::CheckTask& task) {
    const archive::PathSelection selection(options_.tree.selection);
    ProcessedTree tree = process_tree(input, task, selection, options_.tree, options_.quiet);
    const archive::NamedKernels named =
        archive::name_kernels(tree.records, selection, task, options_.tree.limits.members);
    tree.faults.insert(tree.faults.end(), named.faults.begin(), named.faults.end());
    const bool is_good = tree.faults.empty();
    tell_faults(options_.input, std::move(tree.faults), reply_);
    report_->facts.ignored = tree.ignored;
    report_->facts.unselected = tree.unselected;
    for (const archive::NamedKernel& each : named.repeated) report_->facts.repeated.push_back(each.path);
    warn_of_idle_words(options_.tree.selection, taken_paths(tree.records, named.kernels), reply_);
    if (named.kernels.empty() && is_good) refuse_empty(options_.input, tree.ignored, tree.unselected);
    std::vector<report::CheckedKernel> kernels;
    for (const archive::NamedKernel& each : named.kernels) {
      kernels.push_back({.path = each.path, .outcome = archive::value_of<report::CheckOutcome>(*each.result)});
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
    if (report_->facts.conditions.empty()) return;
    if (reply_.exit_status == exit_done) reply_.exit_status = exit_condition;
    std::vector<std::string> met;
    for (const auto& [word, extent] : report_->facts.conditions) {
      std::string where = counted(extent.objects, "object");
      if (extent.kernels > 0) {
        where = fmt::format("{} of {} on {}", counted(extent.programs, "program"), where,
                            counted(extent.kernels, "kernel"));
      }
      met.push_back(fmt::format("{} ({})", word, where));
    }
    print_message("error", fmt::format("a condition of --fail-on is met: {}", fmt::join(met, ", ")));
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

void check(const std::vector<std::string>& arguments, Reply& reply) {
  const CheckOptions options = parse_check_options(arguments);
  if (options.help) {
    reply.text = check_help();
    return;
  }
  reply.quiet = options.quiet;
  CheckRun(options, reply).run();
}

}  // namespace minbtf::cli
