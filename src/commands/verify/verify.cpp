// SPDX-License-Identifier: BSD-2-Clause
#include "commands/verify/verify.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/input/object_list.hpp"
#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/keep_options.hpp"
#include "cli/module_options.hpp"
#include "cli/object_options.hpp"
#include "cli/objects.hpp"
#include "cli/progress.hpp"
#include "cli/reply.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/verify/verify_json.hpp"
#include "commands/verify/verify_text.hpp"
#include "commands/verify/verify_tree.hpp"
#include "io/read/input_file.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

constexpr std::array loaders_words = {OptionWord<Loaders>{"native", Loaders::native},
                                      OptionWord<Loaders>{"all", Loaders::all}};

/// The only value of --oracle.
constexpr const char* libbpf_oracle = "libbpf";

}  // namespace

const CommandLine& verify_command_line() {
  // clang-format off
  static const CommandLine line("verify", {
      {"Options", {
          help_option(),
          {"verbose,v", "", "print a line for each kernel, and all differences"},
          {"quiet,q", "", "print errors only; the exit status is the result"},
          json_option(),
          {"loaders", one_of("WHICH", words_of(loaders_words)),
           "count a difference that 32-bit loaders alone have on a 64-bit kernel\n"
           "  native: as a note (default)\n"
           "  all: as a difference"},
          {"oracle", one_of("libbpf", {libbpf_oracle}),
           "also relocate with libbpf's loader, with FULL and with REDUCED, and compare\n"
           "its log; loads programs without attaching them (needs root, and BPF)"},
          include_object_option(),
          exclude_object_option(),
          keep_option("also compare what 'min-btf gen --keep' keeps: REDUCED must have it as FULL\n"
                      "does; repeatable; with --keep, there may be no OBJECT")}},
      module_option_group(),
      tree_option_group("Options if FULL is a directory or an archive of kernels")},
      {{file("FULL")}, {file("REDUCED")}, {file("OBJECT"), true}});
  // clang-format on
  return line;
}

std::string verify_help() {
  std::ostringstream text;
  text << "Usage: min-btf verify [OPTION...] FULL REDUCED OBJECT...\n"
          "       min-btf verify --keep=KIND:NAME [OPTION...] FULL REDUCED [OBJECT...]\n"
          "\n"
          "Checks that libbpf resolves every relocation of every subset of the OBJECTs' programs with\n"
          "REDUCED as with FULL. Prints one line for each difference. REDUCED may come from any tool.\n"
          "\n"
          "  FULL     one kernel: raw BTF, or an ELF file with a .BTF section (vmlinux); may be compressed\n"
          "           (xz, gzip, zstd, bzip2, lz4) or in a tar. Or many kernels: a directory of such\n"
          "           files, or a tar or pack ('min-btf help pack') of them. A directory with the BTF of\n"
          "           one kernel and of modules is one kernel. With -B: a module or a directory of them.\n"
          "  REDUCED  the reduced BTF. For many kernels: a directory with the paths that\n"
          "           'min-btf gen FULL REDUCED' writes to, or a tar of it; its files may be compressed\n"
          "           or in a tar.\n"
          "  OBJECT   a BPF ELF object, or a directory: all BPF objects (*.o) in it and below it;\n"
          "           {bpfarch} is the architecture of the kernel: 'build/{bpfarch}/tool.bpf.o'\n"
          "  -        standard input as FULL, REDUCED or one OBJECT; a file named - is given as ./-\n"
          "\n"
       << verify_command_line().options_help()
       << "\n"
          "Exit status: 0 no difference; 1 a file could not be read (the others were compared), or nothing\n"
          "was compared; 2 wrong usage; 3 a difference, or a file that is missing in REDUCED;\n"
          "130 interrupted.\n"
          "\n"
          "Examples:\n"
          "  min-btf verify 5.4.0-42-generic.btf min.btf opensnoop.bpf.o execsnoop.bpf.o\n"
          "  min-btf verify --arch=x86_64 btfhub-archive/ btfs/ dist/tool.bpf.o\n";
  return text.str();
}

namespace {

struct VerifyOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool loader = false;  ///< --oracle=libbpf
  Loaders loaders = Loaders::native;
  std::string full;
  std::string reduced;
  std::vector<std::string> objects;
  archive::ObjectSelection object_selection{};
  std::vector<Keep> keeps{};
  archive::ModuleOptions modules{};
  TreeOptions tree;
};

// Differences of one kernel that are printed without -v, and that are kept in memory.
constexpr std::size_t max_listed = 20;
constexpr std::size_t max_kept = 1000;

/// Returns the number of differences to keep of one kernel.
std::size_t kept_differences(const VerifyOptions& options) {
  if (options.json || options.verbose) return max_kept;
  return options.quiet ? 0 : max_listed;
}

class VerifyRun {
 public:
  VerifyRun(const VerifyOptions& options, Reply& reply)
      : options_(options),
        reply_(reply),
        report_{.full = options.full, .reduced = options.reduced, .loaders = options.loaders} {}

  void run() {
    const archive::ObjectList list = find_selected_objects(options_.objects, options_.object_selection, reply_);
    report_.skipped_objects = list.skipped;
    report_.unselected_objects = list.unselected;
    LoadedObjects loaded =
        load_objects(list.paths, reply_, {.keeps_images = options_.loader, .verbose = options_.verbose});
    std::optional<libbpf::LoaderOracle> loader;
    if (options_.loader) loader.emplace(loaded.objects, std::exchange(loaded.images, {}));
    const Plan plan(std::move(loaded.objects), options_.keeps);
    const archive::Plans plans = plans_of(plan, list, options_.full);
    DifferenceStore differences(kept_differences(options_));
    const VerifyContext context = {
        .plans = plans, .differences = differences, .loader = loader ? &*loader : nullptr, .loaders = options_.loaders};

    const auto full = archive::open_input(options_.full, {.limits = options_.tree.limits,
                                                          .takes_packs = true,
                                                          .modules = options_.modules,
                                                          .left_out = options_.reduced});
    full->load();
    ReducedTree reduced = open_reduced(*full);
    refuse_tree_option(options_.tree.only_for_many, *full, "FULL");
    compare(context, *full, std::move(reduced));
    report(plans, full->is_one_kernel());
  }

 private:
  /// Opens REDUCED: a file if FULL is one kernel, else a directory or a tar. Throws UsageError if the kinds of FULL and
  /// REDUCED do not match, and Error if REDUCED cannot be read.
  [[nodiscard]] ReducedTree open_reduced(const archive::Input& full) const {
    const archive::UnpackLimits& limits = options_.tree.limits;
    std::error_code error;  // ignored: opening the file reports the error
    const fs::file_type type = fs::status(options_.reduced, error).type();
    if (full.is_one_kernel() && type == fs::file_type::directory) {
      throw UsageError(fmt::format("FULL {} is one kernel, and REDUCED {} is a directory; name a file in it",
                                   shown_path(options_.full), options_.reduced));
    }
    const bool is_unknown = type == fs::file_type::not_found || type == fs::file_type::none;
    if (!full.is_one_kernel() && (is_unknown || type == fs::file_type::directory)) {
      return ReducedTree(options_.reduced, limits);
    }
    const auto input =
        archive::open_input(options_.reduced, {.limits = limits, .tars_are_many = !full.is_one_kernel()});
    if (full.is_one_kernel()) return one_kernel_of(*input);
    load_tar(*input, full);
    return ReducedTree::of_tar(*input, limits, options_.tree.jobs);
  }

  /// Opens REDUCED for one kernel. A tar with directories is opened as an archive, but may contain only one kernel.
  [[nodiscard]] ReducedTree one_kernel_of(archive::Input& reduced) const {
    if (!reduced.is_one_kernel()) {
      reduced.load();
      ReducedTree tree = ReducedTree::of_tar(reduced, options_.tree.limits, options_.tree.jobs);
      if (tree.take_only_kernel()) return tree;
    }
    if (options_.reduced == io::standard_input_name) {
      return ReducedTree::of_standard_input(reduced, options_.tree.limits);
    }
    return ReducedTree::of_file(options_.reduced, options_.tree.limits);
  }

  void load_tar(archive::Input& reduced, const archive::Input& full) const {
    bool is_tar = false;
    try {
      reduced.load();
      is_tar = !reduced.is_one_kernel();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::wrong_file) throw;
    }
    if (is_tar) return;
    throw UsageError(fmt::format("FULL {} is a {} of kernels, but REDUCED {} is neither a directory nor a tar",
                                 shown_path(options_.full), full.noun(), shown_path(options_.reduced)));
  }

  void compare(const VerifyContext& context, archive::Input& full, ReducedTree reduced) {
    std::optional<Progress> progress;
    VerifiedTree verified =
        verify_tree(context, full, std::move(reduced),
                    {.selection = options_.tree.selection,
                     .limits = options_.tree.limits,
                     .jobs = options_.tree.jobs,
                     .begin = [&](std::uint64_t bytes) { progress.emplace(bytes, !options_.quiet); },
                     .progress =
                         [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
                           if (progress) progress->update(bytes, kernels, path);
                         }});
    progress.reset();
    report_.kernels = std::move(verified.kernels);
    report_.extra = std::move(verified.extra);
    report_.ignored = verified.ignored;
    report_.modules = verified.modules;
    report_.unselected = verified.unselected;
    report_.failed = verified.faults.size();
    for (const std::string& warning : verified.warnings) reply_.warn(warning);
    report_faults(options_.full, std::move(verified.faults), reply_, context.plans.error_reasons());
    std::vector<std::string> paths;
    for (const VerifiedKernel& kernel : report_.kernels) paths.push_back(kernel.kernel);
    // Not for --include: its globs are matched with the paths of sources, and only paths of kernels are known here.
    warn_unmatched_filters({.architectures = options_.tree.selection.architectures,
                            .input_architecture = options_.tree.selection.input_architecture},
                           paths, reply_);
    warn_of_missed_i386(verified.missed_i386, reply_);
    if (report_.kernels.empty() && report_.failed == 0) {
      refuse_empty(options_.full, options_.tree.selection, {report_.ignored, report_.modules, report_.unselected});
    }
  }

  void report_error(ErrorFacts facts) {
    print_message("error", facts.message);
    reply_.errors.push_back(std::move(facts));
  }

  /// Reports an error that many kernels share, such as a directory that cannot be read, only once.
  void report_error_once(ErrorFacts facts) {
    if (reported_.insert(facts.message).second) report_error(std::move(facts));
  }

  void report(const archive::Plans& plans, bool is_one_kernel) {
    const Plan& plan = plans.all();
    for (const VerifiedKernel& kernel : report_.kernels) {
      if (kernel.error) report_error_once(facts_of(*kernel.error));
      if (kernel.comparison && !kernel.comparison->same_byte_order) {
        reply_.warn(
            fmt::format("{}: REDUCED is written in the other byte order; libbpf reads it, other loaders may not",
                        shown_path(kernel.kernel)));
      }
    }
    const KernelsByPlan kernels = kernels_by_plan(report_);
    warn_of_extra();
    warn_of_stops(plan);
    warn_of_byte_order(plans, kernels, reply_);
    warn_of_keeps(plan);
    const VerifyFigures figures = figures_of(report_);
    if (figures.larger != 0 && figures.larger == figures.compared) {
      reply_.warn(fmt::format("REDUCED {} is larger than FULL {}; are the two arguments swapped?",
                              shown_path(options_.reduced), shown_path(options_.full)));
    }
    // Exit status 0 would be taken for a proof.
    const bool is_void =
        figures.relocations == 0 && figures.kept == 0 && figures.compared != 0 && reply_.errors.empty();
    if (!options_.quiet && !reply_.json) {
      for (const VerifiedKernel& kernel : report_.kernels) add_lines(plan, kernel);
      const std::string note = note_line(report_);
      if (!note.empty()) reply_.text += note + "\n";
      // The summary of one kernel would only repeat the error.
      const bool is_in_error = is_one_kernel && (is_void || figures.compared == 0);
      if (!is_in_error) {
        reply_.text +=
            printable(summary_line(report_, objects_in_use(plans, kernels)) + modules_text(report_.modules)) + "\n";
      }
    }
    if (figures.different != 0 || figures.missing != 0) reply_.exit_status = exit_condition;
    if (is_void) {
      reply_.exit_status = exit_failed;
      reply_.error = ErrorFacts{.kind = "objects", .message = void_message(plan)};
      print_message("error", reply_.error->message);
    }
    if (!reply_.errors.empty()) {
      reply_.exit_status = exit_failed;
      const std::size_t failed = figures.failed + figures.without_loader_result;
      // Many kernels have an error each, in `errors`.
      reply_.error = is_one_kernel ? reply_.errors.front()
                                   : ErrorFacts{.kind = "kernels",
                                                .message = base::counted(failed, "kernel") + " could not be compared"};
      if (is_one_kernel) reply_.errors.clear();
    }
    if (reply_.json) reply_.body = verify_json(report_, plans);
  }

  void add_lines(const Plan& plan, const VerifiedKernel& kernel) {
    for (const std::string& line : difference_lines(plan, kernel, options_.verbose)) {
      reply_.text += printable(line) + "\n";
    }
    if (options_.verbose) reply_.text += printable(kernel_line(kernel)) + "\n";
  }

  static std::string void_message(const Plan& plan) {
    if (plan.keeps().empty()) return "nothing was compared: no OBJECT has CO-RE relocations";
    return plan.objects().empty() ? "nothing was compared: FULL has nothing that --keep names"
                                  : "nothing was compared: no OBJECT has CO-RE relocations, and FULL has nothing that "
                                    "--keep names";
  }

  void warn_of_keeps(const Plan& plan) {
    std::vector<bool> found(plan.keeps().size());
    bool is_compared = false;
    for (const VerifiedKernel& kernel : report_.kernels) {
      if (!kernel.comparison) continue;
      is_compared = true;
      for (const std::size_t keep : kernel.comparison->kept) found[keep] = true;
    }
    if (is_compared) warn_unmatched_keeps(plan.keeps(), found, reply_);
  }

  /// Warns once of each object that libbpf's loader does not relocate, with the reason on the first kernel. A kernel on
  /// which the loader relocates no object was not compared as requested: that is an error.
  void warn_of_stops(const Plan& plan) {
    std::map<std::size_t, std::pair<std::string, std::size_t>> stops;  // by object: reason, kernels
    std::size_t kernels = 0;
    for (const VerifiedKernel& kernel : report_.kernels) {
      if (!kernel.loader) continue;
      if (kernel.loader_gave_no_result()) {
        const libbpf::LoaderStop& first = kernel.loader->stops.front();
        const Error error(ErrorKind::unsupported, kernel.kernel, "",
                          fmt::format("libbpf's loader compared nothing: it stops before it relocates {}: {}",
                                      shown_path(plan.objects()[first.object].name()), first.reason));
        report_error(facts_of(error));
        continue;
      }
      ++kernels;
      for (const libbpf::LoaderStop& stop : kernel.loader->stops) {
        ++stops.try_emplace(stop.object, stop.reason, 0).first->second.second;
      }
    }
    std::vector<std::string> lines;
    for (const auto& [object, stop] : stops) {
      lines.push_back(fmt::format("{}: libbpf's loader stops before it relocates, on {} of {}: {}",
                                  shown_path(plan.objects()[object].name()), stop.second,
                                  base::counted(kernels, "kernel"), stop.first));
    }
    reply_.warn_of_many(lines, options_.verbose);
  }

  void warn_of_extra() {
    std::vector<std::string> lines;
    for (const std::string& path : report_.extra) {
      lines.push_back(
          fmt::format("{}: FULL has no kernel with this path", (fs::path(options_.reduced) / path).string()));
    }
    reply_.warn_of_many(lines, options_.verbose);
  }

  const VerifyOptions& options_;
  Reply& reply_;
  VerifyReport report_;
  std::set<std::string> reported_;  ///< messages of report_error_once()
};

VerifyOptions verify_options(const ParsedLine& line) {
  VerifyOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  line.refuse_both("quiet", "verbose");
  if (const auto oracle = line.word("oracle")) {
    if (*oracle != libbpf_oracle) {
      throw UsageError(fmt::format("--oracle: '{}' is not {}{}{}", *oracle, libbpf_oracle,
                                   did_you_mean(*oracle, {libbpf_oracle}), line.see_help()));
    }
    options.loader = true;
  }
  options.loaders = line.choice("loaders", loaders_words);
  options.object_selection = object_selection_of(line);
  options.tree = tree_options_of(line);
  const std::vector<std::string>& words = line.words();
  options.keeps = keeps_of(line);
  line.check_files(words, options.keeps.empty() ? 3 : 2, "FULL, REDUCED and at least one OBJECT");
  InputWords inputs(line);
  options.full = inputs.file(words[0]);
  options.modules = module_options_of(line, inputs);
  options.reduced = inputs.file(words[1]);
  options.objects = inputs.files({words.begin() + 2, words.end()});
  return options;
}

}  // namespace

void verify(const ParsedLine& line, Reply& reply) {
  const VerifyOptions options = verify_options(line);
  VerifyRun(options, reply).run();
}

}  // namespace minbtf::cli
