// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/ship.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "archive/package/package_name.hpp"
#include "archive/ship/alias_file.hpp"
#include "archive/ship/bundle_kernel.hpp"
#include "archive/ship/kernel_byte_order.hpp"
#include "archive/ship/kernel_path.hpp"
#include "archive/ship/reduced_files.hpp"
#include "archive/ship/shipment.hpp"
#include "base/short_text.hpp"
#include "cli/batch_run.hpp"
#include "cli/console.hpp"
#include "cli/output_time.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"
#include "commands/ship/manifest_diff.hpp"
#include "commands/ship/preset_list.hpp"
#include "commands/ship/ship_options.hpp"
#include "commands/ship/ship_report.hpp"
#include "commands/ship/ship_writer.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"

namespace minbtf::cli {

const CommandLine& ship_command_line() {
  // clang-format off
  static const CommandLine line("ship", {
      {"Options", {
          help_option(),
          {"path", "TEMPLATE",
           "the path of each kernel in OUTPUT, in place of NAME, such as\n"
           "'{id}/{version}/{machine}/{release}.btf'"},
          {"arch", list_of("LIST", architecture_names()),
           "ship only kernels of the architectures in LIST (separated by commas):\n"
           "x86_64 (or amd64), arm64 (or aarch64), ...; with one architecture, kernels\n"
           "whose paths have none count as its kernels; several need paths or an\n"
           "OUTPUT with the architecture", true},
          {"alias", file("FILE"),
           "give kernels further names: lines 'ID/VERSION = ID/VERSION' in FILE, without\n"
           "quotes; refused where paths have neither ID nor VERSION (boot)"},
          {"no-alias", "",
           "give kernels no further names because of their releases; refused where there\n"
           "are none (boot, bundle, datadog)"},
          {"format", one_of("FORM", archive::archive_forms()),
           "make OUTPUT an archive of this form, whatever its name: tar, tar.gz, tar.xz\n"
           "or tar.zst, and for bundle: bundle, bundle.gz, bundle.xz or bundle.zst;\n"
           "needed for --path with OUTPUT -"},
          {"jobs,j", "N", "pack N files at a time (default: the number of usable CPUs)"},
          {"list", "", "explain the presets: consumer, form, paths, aliases"},
          {"diff", "", "compare two manifests of gen: which kernels are new, changed and removed"},
          {"verbose,v", "", "print a line for each name; print all warnings of a long list"},
          {"quiet,q", "", "print neither the summary nor warnings"},
          json_option()}}},
      {{one_of("NAME", preset_names()), false, {"path", "list", "diff"}}, {file("REDUCED")}, {file("OUTPUT")}});
  // clang-format on
  return line;
}

std::string ship_help() {
  return "Usage: min-btf ship [OPTION...] NAME REDUCED OUTPUT\n"
         "       min-btf ship [OPTION...] --path TEMPLATE REDUCED OUTPUT\n"
         "       min-btf ship --list\n"
         "       min-btf ship --diff OLD NEW\n"
         "\n"
         "Makes what a product embeds or installs from reduced BTF: the paths that its lookup reads, in the\n"
         "directory or archive that it takes. The bytes of the BTF do not change; BTF of more than 1 MiB is\n"
         "probably not reduced, and a warning names it.\n"
         "\n"
         "  NAME     the product: bcc, tracee, kyanos, ig, ig-oci, datadog, bpf-compatible, btfhub or boot; or\n"
         "           bundle: one file in which a program finds its BTF (include/minbtf/bundle.h)\n"
         "  REDUCED  reduced BTF of many kernels, as gen, bpftool or btfgen.sh makes them: a directory, an archive\n"
         "           or a bundle, with the paths ID/VERSION/ARCHITECTURE/RELEASE.btf or ID/VERSION/RELEASE.btf\n"
         "  OUTPUT   a directory or an archive (x.tar.gz), as the product needs it; with --path a name that\n"
         "           ends in .tar, .tar.gz, .tar.xz or .tar.zst is an archive. {arch}, {machine} or {bpfarch}\n"
         "           in OUTPUT makes one OUTPUT for each architecture.\n"
         "  OLD NEW  manifests of gen (--manifest)\n"
         "\n"
         "Fields of TEMPLATE: {id}, {version}, {arch} (BTFHub's word: arm64), {machine} (uname -m: aarch64),\n"
         "{bpfarch} (bpf2go's word: x86) and {release}. A file name that ends in .tar.xz, .gz, ... is packed\n"
         "in this form. ./ at the start is part of the names in an archive.\n"
         "\n"
         "A kernel has further names (aliases) if its release shows under which VERSION_ID it runs:\n"
         "4.18.0-305.el8 of centos/8 is also named rhel/8.4, rocky/8.4, ...\n"
         "\n" +
         ship_command_line().options_help() +
         "\n"
         "Exit status: 0 done; 1 a file failed (nothing is written), or OUTPUT could not be written; 2 wrong\n"
         "usage; 130 interrupted.\n"
         "\n"
         "Examples:\n"
         "  min-btf ship bcc btfs/ min_core_btfs.tar.gz\n"
         "  min-btf ship bundle btfs/ btfs.bundle.gz\n"
         "  min-btf ship --arch=x86_64 tracee btfs.tar dist/btfhub\n"
         "  min-btf ship ig btfs/ 'pkg/btfgen/btfs/{bpfarch}'\n"
         "  min-btf ship --path 'vmlinux-{release}' --arch=arm64 btfs/ var/lib/product/btf\n";
}

namespace {

using archive::ShippedKernel;

/// BTF of more bytes is probably not reduced: full BTF has several MB, and reduced BTF at most some 100 kB.
constexpr std::size_t max_reduced_size = std::size_t{1} << 20U;

class ShipRun {
 public:
  ShipRun(const ShipOptions& options, Reply& reply) : options_(options), reply_(reply), time_(output_time()) {
    report_->preset = options.preset != nullptr ? std::string(options.preset->name) : "";
    report_->reduced = options.reduced;
    report_->verbose = options.verbose;
    reply_.body = [report = report_](Json& document) { add_ship(*report, document); };
    reply_.on_interrupt("nothing was written");
  }

  void run() {
    if (!options_.alias_file.empty()) read_aliases();
    const archive::PathTemplate output(options_.output);
    if (!output.has_architecture()) check_output(options_, options_.output);
    std::map<std::string, std::vector<ShippedKernel>> groups = grouped(output, read_kernels());
    if (is_failed()) return;
    std::vector<ReadyArtifact> artifacts = planned(groups);
    if (is_failed()) return;
    warn_of_large();
    warn_of_architectures();
    warn_of_refused();
    warn_without_id();
    if (aliases_) reply_.warn_of_many(aliases_->unused(), options_.verbose);
    write(std::move(artifacts));
  }

 private:
  void read_aliases() {
    constexpr std::size_t max_bytes = std::size_t{1} << 20U;
    const std::vector<std::uint8_t> bytes = io::InputFile(options_.alias_file).read_all(max_bytes);
    aliases_.emplace(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), options_.alias_file);
  }

  /// Notes a fault of a kernel. `path` is in REDUCED, unless REDUCED is itself the kernel.
  void fault(const std::string& path, ErrorKind kind, std::string reason) {
    faults_.push_back({.path = is_single_ ? "" : path,
                       .problem = {.kind = kind, .member = "", .where = "", .reason = std::move(reason)}});
  }

  /// Reports the faults found so far. Returns true if there are any: nothing is written then.
  bool is_failed() {
    if (faults_.empty()) return false;
    report_faults(options_.reduced, std::move(faults_), reply_);
    reply_.warn("nothing is written");
    return true;
  }

  /// Returns the selected kernels.
  std::vector<ShippedKernel> read_kernels() {
    archive::ReducedFiles reduced = archive::read_reduced(options_.reduced, {.size_option = "for one file"});
    refuse_other_files(reduced);
    faults_ = std::move(reduced.faults);
    std::vector<std::string> paths;
    std::map<std::string, archive::Content> contents;
    for (archive::ReducedFile& file : reduced.files) {
      paths.push_back(file.path);
      contents.emplace(std::move(file.path), std::move(file.content));
    }
    archive::KernelPaths parsed = archive::kernel_paths_of(paths);
    is_nameless_ = reduced.is_nameless;
    is_single_ = reduced.is_single;
    for (const auto& each : parsed.faults) fault(each.path, ErrorKind::wrong_file, each.reason);
    std::vector<ShippedKernel> kernels;
    report_->kernels = paths.size();
    for (archive::KernelPath& path : parsed.kernels) {
      if (is_nameless_) path = {.path = path.path, .id = {}, .version = {}, .release = {}};
      if (!is_selected(path)) continue;
      // Paths of one kernel, R.btf and vmlinux-R.btf, are one name in a bundle.
      if (options_.package && options_.package->is_bundle) path = archive::bundle_names(std::move(path));
      archive::Content content = contents.at(path.path);
      note_size(path.path, content->size());
      const std::string bad_order = archive::byte_order_fault(path.architecture, *content);
      if (path.id.empty()) without_id_.push_back(path.path);
      if (!bad_order.empty()) fault(path.path, ErrorKind::wrong_file, bad_order);
      kernels.push_back({.path = std::move(path), .content = std::move(content)});
    }
    if (kernels.empty() && faults_.empty()) refuse_empty_reduced();
    return kernels;
  }

  /// Applies --arch to a kernel: sets its architecture, counts it, or notes a fault.
  bool is_selected(archive::KernelPath& path) {
    const auto& wanted = options_.architectures;
    if (wanted.empty()) return true;
    if (path.architecture == nullptr && wanted.size() > 1) {
      fault(path.path, ErrorKind::wrong_file, "the path has no architecture, and --arch has more than one; state one");
      return false;
    }
    if (path.architecture == nullptr) path.architecture = wanted.front();
    if (std::ranges::find(wanted, path.architecture) == wanted.end()) {
      ++report_->unselected;
      return false;
    }
    found_.insert(path.architecture);
    return true;
  }

  /// Throws Error if REDUCED has several files and none of them is BTF: one line in place of one for each file.
  void refuse_other_files(const archive::ReducedFiles& reduced) const {
    if (!reduced.files.empty() || reduced.other_files < 2 || reduced.other_files != reduced.faults.size()) return;
    const archive::SourceFault& first = reduced.faults.front();
    throw Error(ErrorKind::wrong_file, options_.reduced, "",
                fmt::format("none of its {} files is BTF; the first is {}: {}", reduced.other_files, first.path,
                            first.problem.reason));
  }

  void note_size(const std::string& path, std::size_t bytes) {
    if (bytes <= max_reduced_size) return;
    ++large_;
    if (bytes <= largest_bytes_) return;
    largest_bytes_ = bytes;
    largest_path_ = path;
  }

  [[noreturn]] void refuse_empty_reduced() const {
    std::vector<std::string_view> names;
    for (const auto* architecture : options_.architectures) names.push_back(architecture->name);
    const std::string reason = report_->unselected == 0
                                   ? "has no BTF"
                                   : fmt::format("has {}, and none of them is for {}",
                                                 base::counted(report_->kernels, "kernel"), fmt::join(names, " or "));
    throw Error(ErrorKind::wrong_file, options_.reduced, "", reason);
  }

  /// Returns the kernels of each OUTPUT, by its path.
  std::map<std::string, std::vector<ShippedKernel>> grouped(const archive::PathTemplate& output,
                                                            std::vector<ShippedKernel> kernels) {
    std::map<std::string, std::vector<ShippedKernel>> groups;
    for (ShippedKernel& kernel : kernels) {
      archive::FieldValues values;
      if (kernel.path.architecture != nullptr) values.set_architecture(*kernel.path.architecture);
      const bool needs_one = output.has_architecture() || (options_.preset != nullptr && options_.preset->is_elf);
      if (needs_one && kernel.path.architecture == nullptr) {
        fault(kernel.path.path, ErrorKind::wrong_file, "the path has no architecture; state it with --arch");
      } else {
        groups[output.expand(values)].push_back(std::move(kernel));
      }
    }
    for (const auto& [path, members] : groups) {
      if (output.has_architecture()) check_output(options_, path);
      check_architectures(members);
    }
    return groups;
  }

  void check_architectures(const std::vector<ShippedKernel>& kernels) const {
    if (options_.preset == nullptr || !options_.preset->one_architecture) return;
    std::vector<std::string> names;
    for (const ShippedKernel& kernel : kernels) {
      const auto* const architecture = kernel.path.architecture;
      std::string name = architecture == nullptr ? "kernels whose paths have no architecture"
                                                 : std::string(archive::names_of(*architecture).btfhub);
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    if (names.size() < 2) return;
    std::ranges::sort(names);
    throw UsageError(fmt::format(
        "{} makes one OUTPUT for each architecture, and REDUCED has {}: choose one with --arch, or write {{arch}} into "
        "OUTPUT",
        options_.preset->name, fmt::join(names, ", ")));
  }

  std::vector<ReadyArtifact> planned(const std::map<std::string, std::vector<ShippedKernel>>& groups) {
    std::vector<ReadyArtifact> artifacts;
    for (const auto& [path, kernels] : groups) {
      const archive::Shipment shipment = archive::plan_shipment(kernels, {.preset = options_.preset,
                                                                          .path = options_.path,
                                                                          .release_aliases = options_.release_aliases,
                                                                          .aliases = aliases_ ? &*aliases_ : nullptr});
      add_faults(kernels, shipment);
      if (faults_.empty()) artifacts.push_back(ready_artifact(kernels, shipment, options_, path, time_));
    }
    return artifacts;
  }

  void add_faults(const std::vector<ShippedKernel>& kernels, const archive::Shipment& shipment) {
    for (const auto& [kernel, field] : shipment.incomplete) {
      const bool is_architecture = field == archive::PathField::arch || field == archive::PathField::machine ||
                                   field == archive::PathField::bpfarch;
      if (is_nameless_ && !is_architecture) {
        fault(
            kernels[kernel].path.path, ErrorKind::wrong_file,
            fmt::format("the {{{}}} of the kernel is not known from a pipe or standard input; name a file, {}",
                        archive::to_string(field),
                        field == archive::PathField::release ? "RELEASE.btf" : "ID/VERSION/ARCHITECTURE/RELEASE.btf"));
        continue;
      }
      fault(kernels[kernel].path.path, ErrorKind::wrong_file,
            fmt::format("the path has no {{{}}}{}", archive::to_string(field),
                        is_architecture ? "; state the architecture with --arch"
                                        : "; the layout is ID/VERSION/ARCHITECTURE/RELEASE.btf"));
    }
    for (const archive::NameConflict& conflict : shipment.conflicts) {
      fault(kernels[conflict.kernel].path.path, ErrorKind::wrong_file,
            fmt::format("its {} {} in OUTPUT is also that of {}, which has different contents{}",
                        conflict.is_alias ? "alias" : "name", conflict.path, kernels[conflict.other].path.path,
                        conflict.is_alias ? "; --no-alias makes no aliases" : ""));
    }
    for (const archive::RefusedName& name : shipment.refused) {
      report_->refused.push_back({.path = name.path, .kernel = kernels[name.kernel].path.path, .reason = name.reason});
    }
    for (const std::size_t kernel : shipment.nameless) nameless_.insert(kernels[kernel].path.path);
    for (const std::size_t kernel : shipment.major_only) major_only_.push_back(kernels[kernel].path.path);
    yielded_ += shipment.yielded;
  }

  /// Returns a line for each refused name of kernels that have other names; without --verbose, a line for each reason
  /// that names the first.
  [[nodiscard]] std::vector<std::string> refused_lines() const {
    std::vector<std::string> lines;
    std::map<std::string, std::vector<const RefusedFile*>> by_reason;
    for (const RefusedFile& file : report_->refused) {
      if (!nameless_.contains(file.kernel)) by_reason[file.reason].push_back(&file);
    }
    for (const auto& [reason, files] : by_reason) {
      const std::size_t shown = options_.verbose ? files.size() : 1;
      for (std::size_t i = 0; i < shown; ++i) {
        lines.push_back(fmt::format("{}: this name is left out: {}", files[i]->path, reason));
      }
      if (shown < files.size()) lines.back() += fmt::format("; and {} more (-v lists them)", files.size() - shown);
    }
    return lines;
  }

  /// Returns a line for each kernel without a name.
  [[nodiscard]] std::vector<std::string> nameless_lines() const {
    std::vector<std::string> lines;
    std::set<std::string> done;
    for (const RefusedFile& file : report_->refused) {
      if (nameless_.contains(file.kernel) && done.insert(file.kernel).second) {
        lines.push_back(fmt::format("{}: not in OUTPUT: {}", file.kernel, file.reason));
      }
    }
    return lines;
  }

  void warn_of_large() {
    if (large_ == 0) return;
    const std::string others =
        large_ == 1
            ? ""
            : fmt::format("; {} more than 1 MiB, too", large_ == 2 ? std::string("1 other kernel has")
                                                                   : fmt::format("{} other kernels have", large_ - 1));
    reply_.warn(fmt::format("{}: {} of BTF, which is probably not reduced; gen reduces it, ship does not{}",
                            largest_path_, size_text(largest_bytes_), others));
  }

  void warn_of_architectures() {
    for (const auto* architecture : options_.architectures) {
      if (found_.contains(architecture)) continue;
      reply_.warn(fmt::format("--arch={}: REDUCED has no kernel of this architecture", architecture->name));
    }
  }

  void warn_of_refused() {
    reply_.warn_of_many(nameless_lines(), options_.verbose);
    reply_.warn_of_many(refused_lines(), options_.verbose);
    if (!major_only_.empty()) {
      reply_.warn(fmt::format(
          "{} named by the major version only, which no os-release of the distribution has, because the release does "
          "not show the minor version: {}{}; --alias can add names, such as ol/7.* = ol/7",
          major_only_.size() == 1 ? "1 kernel is" : fmt::format("{} kernels are", major_only_.size()), major_only_[0],
          major_only_.size() == 1 ? "" : ", ..."));
    }
    if (yielded_ != 0) {
      reply_.warn(fmt::format("{} not made: another kernel, whose own path is nearer to the name, has other contents",
                              yielded_ == 1 ? "1 alias is" : fmt::format("{} aliases are", yielded_)));
    }
  }

  /// A bundle takes kernels without ID and VERSION.
  void warn_without_id() {
    if (without_id_.empty() || !options_.package || !options_.package->is_bundle) return;
    reply_.warn(archive::without_id_text(without_id_));
  }

  void write(std::vector<ReadyArtifact> artifacts) {
    std::erase_if(artifacts, [](const ReadyArtifact& artifact) { return artifact.contents.empty(); });
    if (artifacts.empty()) {
      throw Error(ErrorKind::wrong_file, options_.reduced, "",
                  "nothing to ship: the consumer would find none of the kernels");
    }
    write_artifacts(std::move(artifacts), options_, time_, report_->artifacts, reply_);
    if (options_.quiet) return;
    for (const std::string& line : ship_lines(*report_)) reply_.text += line + "\n";
  }

  const ShipOptions& options_;
  Reply& reply_;
  std::int64_t time_;
  std::shared_ptr<ShipReport> report_ = std::make_shared<ShipReport>();
  std::optional<archive::AliasFile> aliases_;
  std::vector<archive::SourceFault> faults_;
  bool is_single_ = false;                        ///< REDUCED is one BTF, not an archive or directory
  bool is_nameless_ = false;                      ///< the path of the only kernel states nothing
  std::set<const archive::Architecture*> found_;  ///< those of --arch with a kernel
  std::size_t large_ = 0;                         ///< selected kernels with more than max_reduced_size
  std::size_t largest_bytes_ = 0;
  std::string largest_path_;
  std::set<std::string> nameless_;  ///< paths of kernels that are not in OUTPUT
  std::vector<std::string> major_only_;
  std::vector<std::string> without_id_;  ///< paths of kernels
  std::size_t yielded_ = 0;
};

void refuse_options(const ParsedLine& line, const char* option, const std::string& other) {
  if (!other.empty()) throw UsageError(fmt::format("{} is not for {}{}", other, option, line.see_help()));
}

void list_presets(const ParsedLine& line, Reply& reply) {
  refuse_options(line, "--list",
                 line.first_of({"path", "arch", "alias", "no-alias", "format", "jobs", "diff", "verbose", "quiet"}));
  if (!line.words().empty()) throw UsageError(fmt::format("--list takes no arguments{}", line.see_help()));
  for (const std::string& text : preset_lines()) reply.text += text + "\n";
  reply.body = add_presets;
}

void diff(const ParsedLine& line, Reply& reply) {
  refuse_options(line, "--diff",
                 line.first_of({"path", "arch", "alias", "no-alias", "format", "jobs", "verbose", "quiet"}));
  line.check_files(line.words(), 2, "OLD and NEW");
  if (line.words().size() > 2) throw UsageError(fmt::format("--diff takes OLD and NEW{}", line.see_help()));
  const auto result = std::make_shared<const ManifestDiff>(diff_manifests(line.words()[0], line.words()[1]));
  for (const std::string& text : diff_lines(*result)) reply.text += text + "\n";
  reply.body = [result](Json& document) { add_diff(*result, document); };
}

}  // namespace

void ship(const ParsedLine& line, Reply& reply) {
  if (line.has("list")) return list_presets(line, reply);
  if (line.has("diff")) return diff(line, reply);
  const ShipOptions options = ship_options(line);
  ShipRun(options, reply).run();
}

}  // namespace minbtf::cli
