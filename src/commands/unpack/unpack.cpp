// SPDX-License-Identifier: BSD-2-Clause
#include "commands/unpack/unpack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "archive/input/pack_input.hpp"
#include "archive/output/output_tree.hpp"
#include "archive/tree_path.hpp"
#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/output_time.hpp"
#include "cli/progress.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/unpack/kernel_files.hpp"
#include "commands/unpack/unpack_report.hpp"
#include "io/interrupt.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

using archive::Compression;

constexpr std::array compress_words = {OptionWord<Compression>{"none", Compression::none},
                                       OptionWord<Compression>{"xz", Compression::xz},
                                       OptionWord<Compression>{"zst", Compression::zstd}};

}  // namespace

const CommandLine& unpack_command_line() {
  // clang-format off
  static const CommandLine line("unpack", {
      {"Options", {
          help_option(),
          {"compress", one_of("HOW", words_of(compress_words)),
           "form of the files: none (default), raw BTF in X.btf; xz, a tar with this\n"
           "file in X.btf.tar.xz, as in BTFHub; zst, compressed BTF in X.btf.zst"},
          {"verbose,v", "", "print a line for each kernel"},
          {"quiet,q", "", "print neither the summary nor warnings"},
          json_option()}},
      tree_option_group("Options for the kernels in PACK")},
      {{file("PACK")}, {directory("OUTPUT")}});
  // clang-format on
  return line;
}

std::string unpack_help() {
  return "Usage: min-btf unpack [OPTION...] PACK OUTPUT\n"
         "\n"
         "Writes the kernels of PACK to the directory OUTPUT, as whole BTF again. A kernel has the path\n"
         "that it had before it was packed, without the suffixes of compression and tars, and with those\n"
         "of --compress. Its BTF has all that libbpf can ask for, in another order of types and strings. A\n"
         "kernel that was packed with --types-only has types only, and a warning is printed.\n"
         "\n"
         "  PACK    the file that 'min-btf pack' wrote\n"
         "  OUTPUT  a directory; it is created if it does not exist. Other files in it stay as they are. An\n"
         "          interrupted run leaves no file half-written.\n"
         "\n" +
         unpack_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 a kernel failed (the others are written), or OUTPUT could not be written;\n"
         "2 wrong usage; 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf unpack all.pack kernels/\n"
         "  min-btf unpack --compress=xz --include 'debian/12/**' all.pack btfhub-archive/\n";
}

namespace {

struct UnpackOptions {
  bool verbose = false;
  bool quiet = false;
  Compression compression = Compression::none;
  std::string compress;
  std::string input;
  std::string output;
  TreeOptions tree;
};

/// Returns OUTPUT as a directory. Throws UsageError if it has the name of another kind of file, is one, or contains
/// PACK.
fs::path root_of(const UnpackOptions& options) {
  fs::path root = options.output;
  std::error_code error;
  const bool exists = fs::exists(root, error);
  if (exists && !fs::is_directory(root, error)) {
    throw UsageError(fmt::format("OUTPUT {} is not a directory", shown_path(options.output)));
  }
  if (!exists && !options.output.ends_with('/') && archive::promises_package(options.output)) {
    throw UsageError(
        fmt::format("OUTPUT {}: the name is that of an archive or a compressed file; name a directory, or {}/",
                    options.output, options.output));
  }
  if (io::is_inside(io::real_path(options.input), io::real_path(root))) {
    throw UsageError(fmt::format("PACK {} is in OUTPUT {}", options.input, options.output));
  }
  return root;
}

class UnpackRun {
 public:
  UnpackRun(const UnpackOptions& options, Reply& reply)
      : options_(options), reply_(reply), time_(output_time()), tree_(root_of(options), [&options] {
          if (!options.quiet)
            print_message("note", options.output + ": another run is writing there; this one waits for it");
        }) {
    report_->input = options.input;
    report_->output = options.output;
    report_->compress = options.compress;
    reply_.body = [report = report_](Json& document) { add_unpack(*report, document); };
    reply_.on_interrupt("nothing was written");
  }

  void run() {
    archive::PackInput input(options_.input, open_pack());
    const archive::PathSelection selection(options_.tree.selection);
    const UnpackTask task;
    const archive::Batch batch = run_batch(
        input, {.task = task, .selection = selection, .limits = options_.tree.limits, .jobs = options_.tree.jobs},
        options_.quiet);
    report_batch(batch);
    if (batch.kernels.empty()) {
      if (batch.faults.empty()) {
        refuse_empty(options_.input, options_.tree.selection, {batch.ignored, batch.modules, batch.unselected});
      }
      return;
    }
    publish(input.pack(), batch);
    report_end();
  }

 private:
  [[nodiscard]] io::InputFile open_pack() const {
    io::InputFile file(options_.input);
    if (!io::is_pack(file.head())) {
      throw Error(ErrorKind::wrong_file, options_.input, "", "not a pack, but " + io::describe_contents(file.head()));
    }
    return file;
  }

  void report_batch(const archive::Batch& batch) {
    report_faults(options_.input, batch.faults, reply_);
    warn_unmatched_filters(options_.tree.selection, batch.all_paths(), reply_);
    warn_of_missed_i386(batch.missed_i386, reply_);
    report_->has_kernels = true;
    report_->failed = batch.faults.size();
    report_->repeated = batch.repeated.size();
    report_->unselected = batch.unselected;
    for (const archive::NamedKernel& kernel : batch.kernels) {
      const auto& unpacked = archive::value_of<UnpackedKernel>(*kernel.result);
      report_->files.push_back({.path = kernel.path + suffix_of(options_.compression),
                                .bytes = unpacked.bytes,
                                .types = unpacked.types,
                                .is_complete = unpacked.is_complete});
      report_->bytes += unpacked.bytes;
      if (!unpacked.is_complete) ++report_->incomplete;
    }
    if (report_->incomplete > 0) {
      reply_.warn(fmt::format(
          "{}: {} with types only: no functions, variables, sections and declaration tags, and no types without a name "
          "to which nothing refers",
          shown_path(options_.input), base::counted(report_->incomplete, "kernel")));
    }
  }

  void publish(const pack::Pack& pack, const archive::Batch& batch) {
    Progress progress(report_->bytes, !options_.quiet);
    KernelFiles files(pack, batch.kernels,
                      {.compression = options_.compression,
                       .time = time_,
                       .jobs = options_.tree.jobs,
                       .most_bytes = options_.tree.limits.kernel_bytes,
                       .progress = [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
                         progress.update(bytes, kernels, path);
                       }});
    std::vector<std::pair<std::string, std::size_t>> paths;
    for (std::size_t i = 0; i < report_->files.size(); ++i) paths.emplace_back(report_->files[i].path, i);
    // The suffix can change the order.
    std::ranges::sort(paths);
    std::vector<archive::Output> outputs;
    for (const auto& [path, index] : paths)
      outputs.push_back({.path = path, .content = nullptr, .make = [&files, i = index] { return files.file(i); }});
    const std::optional<io::InterruptsBlocked> whole(std::in_place);
    const archive::PublishReport published = tree_.publish(outputs, time_);
    report_->is_written = true;
    report_->unchanged = published.unchanged;
    reply_.on_interrupt("all outputs are written");
    for (const std::string& warning : published.warnings) reply_.warn(warning);
  }

  void report_end() {
    if (options_.quiet) return;
    for (const UnpackedFile& each : report_->files) {
      if (!options_.verbose) break;
      reply_.text += printable(fmt::format("{}: {} bytes, {} types{}", each.path, each.bytes, each.types,
                                           each.is_complete ? "" : ", types only")) +
                     "\n";
    }
    reply_.text += printable(summary_line(*report_)) + "\n";
  }

  const UnpackOptions& options_;
  Reply& reply_;
  std::int64_t time_;
  archive::OutputTree tree_;
  std::shared_ptr<UnpackReport> report_ = std::make_shared<UnpackReport>();
};

}  // namespace

void unpack(const ParsedLine& line, Reply& reply) {
  UnpackOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  line.refuse_both("quiet", "verbose");
  options.compression = line.choice("compress", compress_words);
  const auto* const word = std::ranges::find(compress_words, options.compression, &OptionWord<Compression>::value);
  options.compress = word->word;
  options.tree = tree_options_of(line);
  line.check_files(line.words(), 2, "PACK and OUTPUT");
  if (line.words().size() != 2) throw UsageError(fmt::format("unpack takes PACK and OUTPUT{}", line.see_help()));
  options.input = InputWords(line).file(line.words()[0]);
  options.output = line.words()[1];
  if (options.output == "-")
    throw UsageError(fmt::format("OUTPUT is a directory, not standard output{}", line.see_help()));
  UnpackRun(options, reply).run();
}

}  // namespace minbtf::cli
