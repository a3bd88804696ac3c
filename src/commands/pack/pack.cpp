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
#include "archive/output/directories.hpp"
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
#include "pack/stored_pack.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

const CommandLine& pack_command_line() {
  // clang-format off
  static const CommandLine line("pack", {
      {"Options", {
          help_option(),
          {"list", "", "list the kernels of PACK, and the sizes of its parts"},
          {"replace", "", "replace files that are in PACK with other contents"},
          {"remove", "GLOB", "remove the files of PACK whose path matches GLOB; repeatable", true},
          {"rebuild", "", "write PACK anew: smaller, and as if it were made of all its kernels at once"},
          {"types-only", "", "store types only: no functions, variables, sections and declaration tags,\n"
                             "and no types without a name to which no other type refers"},
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
         "       min-btf pack --remove GLOB... [--rebuild] PACK\n"
         "       min-btf pack --rebuild PACK [INPUT...]\n"
         "       min-btf pack --list [--json] PACK\n"
         "\n"
         "Writes the kernels in all INPUTs to PACK, one small file that stores each distinct type once. If\n"
         "PACK is there, they are added. 'gen', 'check' and 'verify' read PACK as INPUT, with the results\n"
         "that the INPUTs give. 'dump' reads PACK, too; its C declarations can differ in the suffixes\n"
         "(___2) of types and enumerators with the same name.\n"
         "\n"
         "  PACK   the file to write: a new or empty file, or a pack\n"
         "  INPUT  a directory of kernels, such as BTFHub's archive; a tar of kernels; or one kernel: raw\n"
         "         BTF or an ELF file with a .BTF section (vmlinux), compressed (xz, gzip, zstd, bzip2,\n"
         "         lz4) or not; or another pack. A kernel keeps its path in the directory, tar or pack.\n"
         "         A file has its own name as path, and so has a tar unless it is all that PACK has.\n"
         "\n"
         "A file that is in PACK with the same contents is not added again. A file that is in PACK with other\n"
         "contents is an error, unless --replace is given. What no kernel needs any more stays in PACK until\n"
         "--rebuild. A damaged PACK is not changed.\n"
         "\n"
         "A kernel whose BTF does not fit the format is kept verbatim, compressed.\n"
         "\n" +
         pack_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 a kernel failed (the others are in PACK), or PACK could not be read or\n"
         "written; 2 wrong usage; 3 no file to remove; 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf pack all.pack btfhub-archive/\n"
         "  min-btf pack all.pack new-kernels/\n"
         "  min-btf pack --arch=x86_64 --include 'ubuntu/**' ubuntu.pack btfhub-archive/\n"
         "  min-btf gen all.pack btfs/ opensnoop.bpf.o\n"
         "  min-btf pack --list all.pack\n";
}

namespace {

struct PackOptions {
  bool verbose = false;
  bool quiet = false;
  bool json = false;
  bool types_only = false;
  std::string output;
  std::vector<std::string> inputs;
  UpdateOptions update;
  TreeOptions tree;
};

/// The pack that is there.
struct OldPack {
  explicit OldPack(const fs::path& path, const std::string& name)
      : bytes(io::InputFile(path).read_all(memory)), pack(bytes, name) {}

  io::Buffer memory;
  std::span<const std::uint8_t> bytes;
  pack::StoredPack pack;
};

/// Segments for which a warning recommends --rebuild.
constexpr std::size_t many_segments = 64;

class PackRun {
 public:
  PackRun(const PackOptions& options, Reply& reply) : options_(options), reply_(reply) {
    report_->inputs = options.inputs;
    report_->output = options.output;
    report_->is_types_only = options.types_only;
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
    const OldFacts old = old_facts(output);
    if (!old.is_there && options_.inputs.empty()) {
      std::error_code unreadable;
      const bool is_empty = fs::is_regular_file(output.destination(), unreadable);
      throw Error(ErrorKind::io, options_.output, "",
                  fmt::format("{}; --remove and --rebuild change a pack that is there",
                              is_empty ? "an empty file" : "no such pack"));
    }
    if (old.is_there && options_.types_only && !old.is_types_only) {
      throw UsageError(fmt::format("--types-only is for a new PACK, but {} has everything", options_.output));
    }
    report_->is_types_only = options_.types_only || old.is_types_only;
    KernelPacker packer({.limits = options_.tree.limits,
                         .jobs = options_.tree.jobs,
                         .contents = contents(),
                         .old = old.catalog,
                         .begin = [this](std::uint64_t bytes) { progress_.emplace(bytes, !options_.quiet); },
                         .progress =
                             [this](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
                               if (progress_) progress_->update(bytes, kernels, path);
                             }});
    if (!options_.inputs.empty()) {
      read_inputs(packer, !old.is_there || old.has_one_tar);
      report_->figures = packer.figures();
      report_->has_figures = true;
      warn_of_filters(packer.paths());
      warn_of_missed_i386(report_->figures.missed_i386, reply_);
    }
    if (report_->figures.kernels != 0 || options_.inputs.empty()) {
      const auto lock = locked(output);
      // Another run may have written PACK in the meantime.
      const io::OutputFile now(options_.output, "");
      if (is_pack_there(now)) {
        update(packer, now);
      } else {
        report_->update.added = report_->figures.sources;
        if (old.is_there) throw Error(ErrorKind::io, options_.output, "", "another run has removed it");
        write(now, packer.finish());
      }
    } else if (report_->failed == 0) {
      refuse_empty(options_.inputs.front(), options_.tree.selection,
                   {report_->figures.ignored, report_->figures.modules, report_->figures.unselected});
    }
    if (report_->pack_bytes != 0) report_end(output);
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

  /// Returns true if PACK is a pack that can be changed. A device is written to.
  [[nodiscard]] static bool is_pack_there(const io::OutputFile& output) {
    std::error_code error;
    if (!output.is_replaced() || !fs::is_regular_file(output.destination(), error)) return false;
    return io::is_pack(io::InputFile(output.destination()).head());
  }

  struct OldFacts {
    bool is_there = false;
    bool is_types_only = false;
    std::shared_ptr<const pack::Catalog> catalog{};
    bool has_one_tar = false;  ///< it was made of one tar, whose members have the paths in the tar
  };
  [[nodiscard]] OldFacts old_facts(const io::OutputFile& output) const {
    if (!is_pack_there(output)) return {};
    const OldPack old(output.destination(), options_.output);
    const std::vector<pack::PackedSource>& sources = old.pack.catalog().sources;
    return {.is_there = true,
            .is_types_only = is_types_only(old.pack),
            .catalog = std::make_shared<const pack::Catalog>(old.pack.catalog()),
            .has_one_tar = sources.size() == 1 && sources.front().path.empty()};
  }

  static bool is_types_only(const pack::StoredPack& pack) { return (pack.file().flags() & pack::flag_types_only) != 0; }

  [[nodiscard]] pack::PackContents contents() const {
    return report_->is_types_only ? pack::PackContents::types_only : pack::PackContents::everything;
  }

  /// Returns a lock on the directory of PACK: two runs must not read the same pack and then write one after the other.
  [[nodiscard]] std::optional<io::FileDescriptor> locked(const io::OutputFile& output) const {
    if (!output.is_replaced()) return std::nullopt;
    const fs::path parent = output.destination().parent_path();
    std::optional<io::FileDescriptor> lock;
    {
      const io::InterruptsBlocked blocked;
      lock = archive::lock_root(parent.empty() ? fs::path(".") : parent, [this] {
        if (!options_.quiet) {
          print_message("note", options_.output + ": another run is writing there; this one waits for it");
        }
      });
    }  // an interruption during the wait ends the run here
    return lock;
  }

  void update(KernelPacker& packer, const io::OutputFile& output) {
    const OldPack old(output.destination(), options_.output);
    if (is_types_only(old.pack) != report_->is_types_only) {
      throw Error(ErrorKind::io, options_.output, "", "another run has replaced it by another kind of pack");
    }
    UpdatedPack updated = packer.update(old.pack, options_.update);
    for (const std::string& glob : updated.unmatched)
      reply_.warn(fmt::format("--remove={}: matches no file in {}", glob, options_.output));
    report_->was_there = true;
    report_->is_rebuilt = options_.update.rebuilds;
    report_->is_removal = !options_.update.removed.empty();
    report_->update = updated.figures;
    report_->failed += updated.faults.size();
    report_faults("", std::move(updated.faults), reply_);
    if (!options_.update.removed.empty() && updated.figures.removed == 0) reply_.exit_status = exit_condition;
    if (updated.bytes.empty()) {
      set_pack(*report_, old.bytes);
    } else {
      write(output, updated.bytes);
    }
    if (report_->segments >= many_segments) {
      reply_.warn(fmt::format("{} was added to {} times; --rebuild makes it smaller and faster to read",
                              options_.output, report_->segments - 1));
    }
  }

  void read_inputs(KernelPacker& packer, bool tar_may_be_all) {
    std::vector<archive::SourceFault> faults;
    for (const std::string& input : options_.inputs) {
      archive::SelectionRules rules = options_.tree.selection;
      const auto place = archive::architecture_place_of(input);
      rules.input_architecture = place ? place->architecture : nullptr;
      std::vector<archive::SourceFault> more = packer.add(input, rules, tar_may_be_all && options_.inputs.size() == 1);
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
    report_->is_written = true;
    set_pack(*report_, bytes);
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
  options.types_only = line.has("types-only");
  line.refuse_both("quiet", "verbose");
  options.tree = tree_options_of(line);
  options.tree.selection.input_architecture = nullptr;  // each INPUT has its own
  const std::vector<std::string>& words = line.words();
  options.update = {.replaces = line.has("replace"), .removed = line.all("remove"), .rebuilds = line.has("rebuild")};
  const bool needs_input = options.update.removed.empty() && !options.update.rebuilds;
  line.check_files(words, needs_input ? 2 : 1, needs_input ? "PACK and at least one INPUT" : "a PACK");
  if (!options.update.removed.empty() && words.size() > 1) {
    throw UsageError(fmt::format("--remove takes one PACK, and no INPUT{}", line.see_help()));
  }
  if (words.size() == 1) {
    const std::string selects =
        line.first_of({"include", "exclude", "arch", "replace", "types-only", "max-members", "max-path"});
    if (!selects.empty()) {
      throw UsageError(
          fmt::format("{} is for the kernels in INPUT, and there is no INPUT{}", selects, line.see_help()));
    }
  }
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
  const std::string other = line.first_of({"replace", "remove", "rebuild", "types-only", "verbose", "quiet", "jobs",
                                           "include", "exclude", "arch", "max-kernel-size", "max-members", "max-path"});
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
