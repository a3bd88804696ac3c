// SPDX-License-Identifier: BSD-2-Clause
#include "commands/pack/pack.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "archive/input/architecture.hpp"
#include "archive/tree_path.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/pack/kernel_packer.hpp"
#include "commands/pack/pack_report.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"
#include "pack/pack.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

const CommandLine& pack_command_line() {
  // clang-format off
  static const CommandLine line("pack", {
      {"Options", {
          help_option(),
          {"list", "", "list the kernels of PACK, and the sizes of its parts"},
          {"types-only", "", "store types only: no functions, no variables, and no types without a name\n"
                             "to which no other type refers (default, and the only kind)"},
          {"verbose,v", "", "print why kernels are kept verbatim"},
          {"quiet,q", "", "print neither the summary nor warnings"},
          json_option()}},
      tree_option_group("Options for the kernels in INPUT")},
      {{file("PACK")}, {file("INPUT"), true}});
  // clang-format on
  return line;
}

std::string pack_help() {
  return "Usage: min-btf pack [OPTION...] PACK INPUT...\n"
         "       min-btf pack --list [--json] PACK\n"
         "\n"
         "Writes the kernels in all INPUTs to PACK, one small file that stores each distinct type once.\n"
         "'gen', 'check', 'verify' and 'dump' read PACK as INPUT, with the results that the INPUTs give.\n"
         "\n"
         "  PACK   the file to write; replaced only if it is a pack or empty\n"
         "  INPUT  a directory of kernels, such as BTFHub's archive; a tar of kernels; or one kernel: raw\n"
         "         BTF or an ELF file with a .BTF section (vmlinux), compressed (xz, gzip, zstd, bzip2,\n"
         "         lz4) or not. A kernel keeps its path in the directory or tar. A file has its own name\n"
         "         as path, and so has a tar that is not the only INPUT.\n"
         "\n"
         "A kernel whose BTF does not fit the format is kept verbatim, compressed.\n"
         "\n" +
         pack_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 a kernel failed (nothing is written), or PACK could not be read or written;\n"
         "2 wrong usage; 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf pack all.pack btfhub-archive/\n"
         "  min-btf pack --arch=x86_64 --include 'ubuntu/**' ubuntu.pack btfhub-archive/\n"
         "  min-btf gen all.pack btfs/ opensnoop.bpf.o\n"
         "  min-btf pack --list all.pack\n";
}

namespace {

struct PackOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  std::string output;
  std::vector<std::string> inputs;
  TreeOptions tree;
};

class PackRun {
 public:
  PackRun(const PackOptions& options, Reply& reply) : options_(options), reply_(reply) {
    report_->inputs = options.inputs;
    report_->output = options.output;
    reply_.body = [report = report_](Json& document) { add_pack(*report, document); };
    reply_.on_interrupt("nothing was written");
  }

  void run() {
    std::error_code error;
    if (fs::is_directory(options_.output, error) || options_.output.ends_with('/')) {
      throw UsageError(fmt::format("PACK {} is a directory, not a file", options_.output));
    }
    const io::OutputFile output(options_.output, "");
    check_places(output);
    check_replaced(output);
    KernelPacker packer({.limits = options_.tree.limits,
                         .jobs = options_.tree.jobs,
                         .begin = [this](std::uint64_t bytes) { progress_.emplace(bytes, !options_.quiet); },
                         .progress =
                             [this](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
                               if (progress_) progress_->update(bytes, kernels, path);
                             }});
    read_inputs(packer);
    report_->figures = packer.figures();
    report_->has_figures = true;
    warn_of_filters(packer.paths());
    warn_of_missed_i386(report_->figures.missed_i386, reply_);
    if (report_->failed != 0) {
      // A pack without some kernels would take the place of a complete one.
      reply_.warn(fmt::format("{} is not written, because {} failed; --exclude leaves a kernel out", options_.output,
                              base::counted(report_->failed, "kernel")));
      return;
    }
    if (report_->figures.kernels == 0) {
      refuse_empty(options_.inputs.front(), options_.tree.selection,
                   {report_->figures.ignored, report_->figures.modules, report_->figures.unselected});
    }
    write(output, packer.finish());
    report_end(output);
  }

 private:
  /// Throws UsageError if PACK cannot be the output of this run.
  void check_places(const io::OutputFile& output) const {
    if (output.is_stdout() && options_.json) {
      throw UsageError("--json and the pack cannot both go to standard output; name another file");
    }
    if (output.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
      throw UsageError("a pack is not written to a terminal; redirect standard output, or name a file");
    }
    if (archive::promises_package(output.path().string())) {
      throw UsageError(
          fmt::format("PACK {} has the name of an archive or a compressed file; choose another name", options_.output));
    }
    const fs::path place = io::real_path(output.path());
    for (const std::string& input : options_.inputs) {
      std::error_code error;
      const bool is_directory = fs::is_directory(input, error);
      if (output.is_same_file(input) || (is_directory && io::is_inside(place, io::real_path(input)))) {
        throw UsageError(
            fmt::format("PACK {} {} INPUT {}", options_.output, is_directory ? "would be in" : "is", input));
      }
    }
  }

  /// Throws Error (wrong_file) if PACK is a file that must not be lost.
  void check_replaced(const io::OutputFile& output) const {
    std::error_code error;
    if (!fs::is_regular_file(output.destination(), error) || output.is_stdout()) return;
    const io::InputFile old(output.destination());
    if (old.size() == 0 || io::is_pack(old.head())) return;
    throw Error(ErrorKind::wrong_file, options_.output, "",
                fmt::format("not replaced, because it is not a pack, but {}", io::describe_contents(old.head())));
  }

  void read_inputs(KernelPacker& packer) {
    std::vector<archive::SourceFault> faults;
    for (const std::string& input : options_.inputs) {
      archive::SelectionRules rules = options_.tree.selection;
      const auto place = archive::architecture_place_of(input);
      rules.input_architecture = place ? place->architecture : nullptr;
      std::vector<archive::SourceFault> more = packer.add(input, rules, options_.inputs.size() == 1);
      progress_.reset();
      faults.insert(faults.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    report_->failed = faults.size();
    report_faults("", std::move(faults), reply_);
  }

  void warn_of_filters(const std::vector<std::string>& paths) {
    archive::SelectionRules rules = options_.tree.selection;
    for (const std::string& input : options_.inputs) {
      const auto place = archive::architecture_place_of(input);
      if (!place) continue;
      // A word that an INPUT's own path has is not mistyped.
      std::erase_if(rules.architectures,
                    [&](const std::string& word) { return archive::find_architecture(word) == place->architecture; });
    }
    warn_unmatched_filters(rules, paths, reply_);
  }

  void write(const io::OutputFile& output, const std::vector<std::uint8_t>& bytes) {
    check_replaced(output);
    // A file is either replaced or not: an interruption waits until that is certain. A reader of a pipe may never come.
    std::optional<io::InterruptsBlocked> until_certain;
    if (output.is_replaced()) {
      until_certain.emplace();
    } else {
      reply_.on_interrupt("PACK may be incomplete");
    }
    output.publish(bytes);
    reply_.on_interrupt("PACK is written");
    report_->pack_bytes = bytes.size();
  }

  void report_end(const io::OutputFile& output) {
    reply_.stdout_is_taken = output.is_stdout();
    if (options_.quiet) return;
    if (options_.verbose) {
      for (const VerbatimKernel& each : report_->figures.verbatim) {
        reply_.text += printable(fmt::format("{}: kept verbatim: {}", each.path, each.reason)) + "\n";
      }
    }
    reply_.text += printable(summary_line(*report_)) + "\n";
  }

  const PackOptions& options_;
  Reply& reply_;
  std::shared_ptr<PackReport> report_ = std::make_shared<PackReport>();
  std::optional<Progress> progress_;
};

/// A pack and its list. The reply shares it until the output is written.
struct ListedPack {
  explicit ListedPack(const std::string& path) : pack(bytes_of(path), path), list(list_of(pack)) {}

  std::span<const std::uint8_t> bytes_of(const std::string& path) {
    io::InputFile file(path);
    if (!io::is_pack(file.head())) {
      throw Error(ErrorKind::wrong_file, path, "", "not a pack, but " + io::describe_contents(file.head()));
    }
    return file.read_all(memory);
  }

  io::Buffer memory;
  pack::Pack pack;
  PackList list;
};

void list_pack(const std::string& path, Reply& reply) {
  const auto listed = std::make_shared<const ListedPack>(path);
  for (const std::string& line : list_lines(listed->list)) reply.text += line + "\n";
  reply.body = [listed](Json& document) { add_list(listed->list, document); };
}

PackOptions pack_options(const ParsedLine& line) {
  PackOptions options;
  options.verbose = line.has("verbose");
  options.quiet = line.has("quiet");
  options.json = line.has("json");
  line.refuse_both("quiet", "verbose");
  options.tree = tree_options_of(line);
  options.tree.selection.input_architecture = nullptr;  // each INPUT has its own
  const std::vector<std::string>& words = line.words();
  line.check_files(words, 2, "PACK and at least one INPUT");
  options.output = output_word(words.front());
  options.inputs.assign(words.begin() + 1, words.end());
  for (const std::string& input : options.inputs) {
    if (input == "-" || input == io::standard_input_name) {
      throw UsageError(fmt::format("standard input cannot be packed; name a file{}", line.see_help()));
    }
  }
  return options;
}

std::string list_options(const ParsedLine& line) {
  const std::string other = line.first_of({"types-only", "verbose", "quiet", "jobs", "include", "exclude", "arch",
                                           "max-kernel-size", "max-members", "max-path"});
  if (!other.empty()) throw UsageError(fmt::format("{} is not for --list{}", other, line.see_help()));
  line.check_files(line.words(), 1, "a PACK");
  if (line.words().size() != 1) throw UsageError(fmt::format("--list takes one PACK{}", line.see_help()));
  return InputWords(line).file(line.words().front());
}

}  // namespace

void pack(const ParsedLine& line, Reply& reply) {
  if (line.has("list")) {
    list_pack(list_options(line), reply);
  } else {
    const PackOptions options = pack_options(line);
    PackRun(options, reply).run();
  }
}

}  // namespace minbtf::cli
