// SPDX-License-Identifier: BSD-2-Clause
#include "commands/check/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "archive/input/object_list.hpp"
#include "archive/input/path_selection.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/conditions.hpp"
#include "cli/console.hpp"
#include "cli/module_options.hpp"
#include "cli/object_options.hpp"
#include "cli/objects.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/check/check_json.hpp"
#include "commands/check/check_result.hpp"
#include "commands/check/check_task.hpp"
#include "commands/check/check_text.hpp"
#include "object/kernel_needs.hpp"
#include "object/object_data.hpp"

namespace minbtf::cli {

namespace {

struct CheckOptions {
  bool verbose = false;
  bool quiet = false;
  std::vector<Condition> fail_on;
  std::string input;
  std::vector<std::string> objects;
  archive::ObjectSelection object_selection{};
  archive::ModuleOptions modules{};
  TreeOptions tree;
};

constexpr std::array conditions = {Condition::fails,     Condition::unguarded,      Condition::poisoned,
                                   Condition::ambiguous, Condition::no_relocations, Condition::kernel_btf};

}  // namespace

const CommandLine& check_command_line() {
  // clang-format off
  static const CommandLine line("check", {
      {"Options", {
          help_option(),
          {"verbose,v", "", "print every instruction, guarded ones too, and long lists completely"},
          {"quiet,q", "", "print errors only"},
          json_option(),
          {"fail-on", list_of("LIST", condition_words(conditions)),
           "exit with status 3 if a condition in LIST is met on at least one kernel\n"
           "(separated by commas; repeatable):\n"
           "  fails: a relocation fails, or object and kernel differ in byte order\n"
           "  unguarded: an instruction is poisoned, and not guarded\n"
           "  poisoned: an instruction is poisoned, guarded or not\n"
           "  ambiguous: a relocation fails because candidates disagree\n"
           "  no-relocations: an object has no relocations\n"
           "  kernel-btf: an object needs the kernel's own BTF: without it, libbpf\n"
           "    loads no program of the object as it is (programs in SEC(\"?...\") do\n"
           "    not count), or the object uses ids of the kernel's types", true},
          include_object_option(),
          exclude_object_option()}},
      module_option_group(),
      tree_option_group("Options if INPUT is a directory or an archive of kernels")},
      {{file("INPUT")}, {file("OBJECT"), true}});
  // clang-format on
  return line;
}

std::string check_help() {
  std::ostringstream text;
  text << "Usage: min-btf check [OPTION...] INPUT OBJECT...\n"
          "\n"
          "Prints for each kernel in INPUT which programs of the OBJECTs libbpf relocates, and why it does\n"
          "not relocate the others:\n"
          "\n"
          "  relocates   every relocation of the program resolves\n"
          "  poisoned    libbpf replaces an instruction with an invalid one, because its relocation has no\n"
          "              target. The instruction is guarded if the kernel's verifier cannot reach it, or if\n"
          "              the program checks that the access exists, and it does not. An instruction that is\n"
          "              not guarded is expected to keep the program from loading.\n"
          "  fails       libbpf does not load the object unless the program is switched off. A failure in\n"
          "              .text fails all programs, because libbpf relocates .text with each of them. An\n"
          "              object also fails if its byte order is not that of the kernel.\n"
          "\n"
          "Relocating is not loading: the kernel's verifier decides the rest.\n"
          "\n"
          "  INPUT   one kernel: raw BTF, or an ELF file with a .BTF section (vmlinux); may be compressed\n"
          "          (xz, gzip, zstd, bzip2, lz4) or in a tar. Or many kernels: a directory of such\n"
          "          files, such as BTFHub's archive, or a tar or pack ('min-btf help pack') of them.\n"
          "          A directory that has the BTF of one kernel and that of modules, such as\n"
          "          /sys/kernel/btf, is one kernel. With -B: a module or a directory of modules.\n"
          "  OBJECT  a BPF ELF object, or a directory: all BPF objects (*.o) in it and below it;\n"
          "          {bpfarch} is the architecture of the kernel: 'build/{bpfarch}/tool.bpf.o'\n"
          "  -       standard input as INPUT or as one OBJECT; a file named - is given as ./-\n"
          "\n"
       << check_command_line().options_help()
       << "\n"
          "Exit status: 0 done; 1 an input failed (the others were done); 2 wrong usage; 3 done, and a\n"
          "condition of --fail-on is met; 130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf check /sys/kernel/btf/vmlinux opensnoop.bpf.o\n"
          "  min-btf check --arch=x86_64 --fail-on=fails,unguarded btfhub-archive/ dist/\n";
  return text.str();
}

namespace {

/// The input of add_check(). The reply shares it, and writes the JSON document at the end of the run.
struct CheckReport {
  explicit CheckReport(Plan made) : plan(std::move(made)) {}

  Plan plan;
  std::optional<archive::Plans> plans{};
  CheckFacts facts;
  std::optional<CheckResult> result{};
};

/// Number of objects for which --fail-on=kernel-btf holds. check_notes() has a note about each of them.
std::size_t objects_that_need_kernel_btf(const CheckFacts& facts) {
  std::size_t objects = 0;
  for (std::size_t i = 0; i < facts.without_btf.size(); ++i) {
    if (facts.without_btf[i] != WithoutBtf::loads || facts.takes_type_ids[i]) ++objects;
  }
  return objects;
}

class CheckRun {
 public:
  CheckRun(const CheckOptions& options, Reply& reply) : options_(options), reply_(reply) {}

  void run() {
    const auto input = archive::open_input(
        options_.input, {.limits = options_.tree.limits, .takes_packs = true, .modules = options_.modules});
    input->load();
    refuse_tree_option(options_.tree.only_for_many, *input, "INPUT");
    const archive::ObjectList list = find_selected_objects(options_.objects, options_.object_selection, reply_);
    Reply silent_reply;  // no warnings about objects without relocations: the result lists them
    silent_reply.quiet = true;
    LoadedObjects loaded = load_objects(list.paths, silent_reply, {.keeps_images = true});
    std::vector<WithoutBtf> without_btf;
    std::vector<bool> takes_type_ids;
    for (std::size_t i = 0; i < loaded.objects.size(); ++i) {
      const BpfObject& object = loaded.objects[i];
      const object::Facts facts = object::read_facts(loaded.images[i], object);
      without_btf.push_back(object::without_btf(facts, object::data_of(object)));
      takes_type_ids.push_back(object::takes_type_ids(facts, object::data_of(object)));
    }
    report_ = std::make_shared<CheckReport>(Plan(std::move(loaded.objects)));
    for (const BpfObject& object : report_->plan.objects()) report_->facts.names.push_back(object.name());
    report_->facts.without_btf = std::move(without_btf);
    report_->facts.takes_type_ids = std::move(takes_type_ids);
    report_->facts.input = options_.input;
    report_->facts.skipped_objects = list.skipped;
    report_->facts.unselected_objects = list.unselected;
    reply_.body = [done = report_](Json& document) {
      add_check(done->facts, done->result ? &*done->result : nullptr, document);
    };

    report_->plans.emplace(plans_of(report_->plan, list, options_.input));
    if (report_->plans->are_by_architecture()) {
      for (std::size_t i = 0; i < report_->plan.objects().size(); ++i) {
        report_->facts.architectures.push_back(architectures_of(*report_->plans, i));
      }
    }
    CheckOutcomeStore store(report_->plan.objects().size());
    const CheckTask task(*report_->plans, store);
    report_->result.emplace(report_->plan, check_all(*input, task));

    print();
    judge();
  }

 private:
  std::vector<CheckedKernel> check_all(archive::Input& input, const CheckTask& task) {
    const archive::PathSelection selection(options_.tree.selection);
    archive::Batch batch = run_batch(
        input, {.task = task, .selection = selection, .limits = options_.tree.limits, .jobs = options_.tree.jobs},
        options_.quiet);
    const bool is_good = batch.faults.empty();
    report_faults(options_.input, std::move(batch.faults), reply_, report_->plans->error_reasons());
    report_->facts.ignored = batch.ignored;
    report_->facts.modules = batch.modules;
    report_->facts.unselected = batch.unselected;
    for (const archive::NamedKernel& each : batch.repeated) report_->facts.repeated.push_back(each.path);
    warn_unmatched_filters(options_.tree.selection, batch.all_paths(), reply_);
    warn_of_missed_i386(batch.missed_i386, reply_);
    for (const std::string& warning : batch.warnings) reply_.warn(warning);
    if (batch.kernels.empty() && is_good) {
      refuse_empty(options_.input, options_.tree.selection, {batch.ignored, batch.modules, batch.unselected});
    }
    std::vector<CheckedKernel> kernels;
    for (const archive::NamedKernel& each : batch.kernels) {
      // A compressed kernel is listed under the name of its output.
      const bool is_packed = archive::is_packed_name(each.path);
      const auto& [outcome, module_roots] = archive::value_of<KernelOutcome>(*each.result);
      kernels.push_back({.path = is_packed ? archive::output_path(each.path) : each.path,
                         .outcome = outcome,
                         .module_roots = module_roots});
    }
    return kernels;
  }

  void add_byte_order_note(std::vector<std::string>& lines) const {
    if (!has_both_orders(*report_->plans)) return;
    lines.emplace_back("note: the objects have both byte orders. An object fails on a kernel of the other byte order:");
    lines.emplace_back("      leave out the objects for other machines (bpf2go: *_bpfeb.o or *_bpfel.o)");
  }

  void print() {
    if (options_.quiet || reply_.json || report_->result->kernels().size() == 0) return;
    std::vector<std::string> lines = check_text(*report_->result, {.verbose = options_.verbose});
    std::vector<std::string> notes = check_notes(report_->facts);
    add_byte_order_note(notes);
    lines.back() += modules_text(report_->facts.modules);
    // The notes come before the summary, which stays the last line.
    lines.insert(std::prev(lines.end()), notes.begin(), notes.end());
    for (const std::string& line : lines) reply_.text += printable(line) + "\n";
  }

  void judge() {
    for (const Condition condition : options_.fail_on) {
      if (const Extent extent = extent_of(condition); extent.objects > 0) {
        report_->facts.conditions.push_back({.word = to_string(condition), .extent = extent});
      }
    }
    std::vector<std::string> met;
    for (const auto& [word, extent] : report_->facts.conditions) {
      std::string where = base::counted(extent.objects, "object");
      if (extent.kernels > 0) {
        where = fmt::format("{} of {} on {}", base::counted(extent.programs, "program"), where,
                            base::counted(extent.kernels, "kernel"));
      }
      met.push_back(fmt::format("{} ({})", word, where));
    }
    report_met_conditions(met, reply_);
  }

  /// Returns the objects, programs and kernels for which `condition` holds. no-relocations and kernel-btf depend on the
  /// object alone: their extents have no programs and no kernels.
  [[nodiscard]] Extent extent_of(Condition condition) const {
    const CheckResult& result = *report_->result;
    switch (condition) {
      case Condition::ambiguous:
        return cli::extent_of(result,
                              [](const UnresolvedRelocation& failing) { return is_ambiguous(failing.failure); });
      case Condition::fails:
        return cli::extent_of(result,
                              [](const UnresolvedRelocation& failing) { return failing.status == Status::failed; });
      case Condition::poisoned:
        return cli::extent_of(result,
                              [](const UnresolvedRelocation& failing) { return failing.status == Status::poisoned; });
      case Condition::unguarded:
        return cli::extent_of(
            result, [](const UnresolvedRelocation& failing) { return standing_of(failing) == Standing::poisoned; });
      case Condition::kernel_btf:
        return {.objects = objects_that_need_kernel_btf(report_->facts)};
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

CheckOptions check_options(const ParsedLine& line) {
  CheckOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  line.refuse_both("quiet", "verbose");
  options.fail_on = parse_conditions(line, conditions);
  options.object_selection = object_selection_of(line);
  options.tree = tree_options_of(line);
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 2, "INPUT and at least one OBJECT");
  InputWords inputs(line);
  options.input = inputs.file(words.front());
  options.modules = module_options_of(line, inputs);
  options.objects = inputs.files({words.begin() + 1, words.end()});
  return options;
}

}  // namespace

void check(const ParsedLine& line, Reply& reply) {
  const CheckOptions options = check_options(line);
  CheckRun(options, reply).run();
}

}  // namespace minbtf::cli
