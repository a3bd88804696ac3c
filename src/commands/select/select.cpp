// SPDX-License-Identifier: BSD-2-Clause
#include "commands/select/select.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

#include "archive/ship/kernel_path.hpp"
#include "btf/view.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"
#include "commands/select/lookup.hpp"
#include "commands/select/nearest_releases.hpp"
#include "commands/select/select_options.hpp"
#include "commands/select/select_report.hpp"
#include "commands/select/stored_kernels.hpp"
#include "commands/select/target_system.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

/// Most paths of one nearest release.
constexpr std::size_t most_nearest = 3;

ReportedSystem reported(const TargetSystem& target) {
  const minbtf_system& system = target.system;
  return {.machine = system.machine,
          .release = system.release,
          .build = system.build,
          .id = system.id,
          .version_id = system.version_id,
          .id_like = system.id_like,
          .os_release = target.os_release,
          .os_release_note = target.note};
}

std::string architecture_name(const StoredKernel& kernel) {
  if (kernel.path.architecture == nullptr) return "unknown";
  return std::string(archive::names_of(*kernel.path.architecture).btfhub);
}

ReportedKernel reported(const StoredKernel& kernel) {
  return {.path = kernel.path.path,
          .architecture = architecture_name(kernel),
          .release = kernel.path.release,
          .id = kernel.path.id,
          .version_id = kernel.path.version,
          .build = kernel.build};
}

/// Returns "ID is debian, VERSION_ID is 12", with the build if the kernel has one.
std::string names_text(const StoredKernel& kernel) {
  if (kernel.path.id.empty()) return "its ID is unknown";
  std::string text = fmt::format("ID is {}", kernel.path.id);
  if (!kernel.path.version.empty()) text += fmt::format(", VERSION_ID is {}", kernel.path.version);
  if (!kernel.build.empty()) text += fmt::format(", build is {}", kernel.build);
  return text;
}

/// Returns the file of -o. Throws UsageError if the BTF cannot be written there. Changes nothing.
io::OutputFile output_file(const SelectOptions& options) {
  std::error_code error;
  if (fs::is_directory(options.output, error) || options.output.ends_with('/')) {
    throw UsageError(fmt::format("the output {} is a directory, not a file", options.output));
  }
  const io::OutputFile output(options.output, "");
  if (output.is_stdout() && options.json) {
    throw UsageError("--json and the BTF cannot both go to standard output; name another file");
  }
  if (output.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError("BTF is not written to a terminal; redirect standard output, or name a file");
  }
  if (options.reduced == io::standard_input_name) return output;
  if (output.is_same_file(options.reduced)) {
    throw UsageError(fmt::format("the output {} is REDUCED {}", options.output, options.reduced));
  }
  if (fs::is_directory(options.reduced, error) &&
      io::is_inside(io::real_path(output.path()), io::real_path(options.reduced))) {
    throw UsageError(fmt::format("the output {} would be in REDUCED {}", options.output, options.reduced));
  }
  return output;
}

class SelectRun {
 public:
  SelectRun(const SelectOptions& options, Reply& reply) : options_(options), reply_(reply) {
    report_->reduced = options.reduced;
    reply_.body = [report = report_](Json& document) { add_selection(*report, document); };
    reply_.on_interrupt("nothing was written");
  }

  void run() {
    std::optional<io::OutputFile> output;
    if (!options_.output.empty()) {
      output.emplace(output_file(options_));
      reply_.stdout_is_taken = output->is_stdout();
    }
    const TargetSystem target = target_system(options_, reply_);
    report_->system = reported(target);
    const StoredKernels stored = stored_kernels(options_.reduced);
    report_->form = stored.form;
    const unsigned flags =
        (options_.strict ? unsigned{MINBTF_STRICT} : 0U) | (options_.nearest ? unsigned{MINBTF_NEAREST} : 0U);
    const LookupAnswer answer = look_up(stored, target.system, flags, options_.reduced);
    if (answer.btf && stored.bundle) check_content(stored.kernels[answer.kernels.front()], *answer.btf);
    if (answer.btf && output) write(*output, *answer.btf);
    report(stored, answer, target.system);
    if (!answer.btf) reply_.exit_status = exit_condition;
    if (options_.quiet) return;
    for (const std::string& line : select_lines(*report_)) reply_.text += line + "\n";
  }

 private:
  /// Throws Error unless `btf` is valid BTF. The files of a tree are checked when they are read.
  void check_content(const StoredKernel& kernel, const std::vector<std::uint8_t>& btf) const {
    if (!io::is_raw_btf(btf)) {
      throw Error(ErrorKind::wrong_file, options_.reduced, kernel.path.path, "its content in the bundle is not BTF");
    }
    static_cast<void>(btf::View::parse_in_place(btf, options_.reduced, btf::Index()));
  }

  void write(const io::OutputFile& output, const std::vector<std::uint8_t>& btf) {
    // A file is either replaced or not: an interruption waits until that is certain. A reader of a pipe may never come.
    std::optional<io::InterruptsBlocked> until_certain;
    if (output.is_replaced()) {
      until_certain.emplace();
    } else {
      reply_.on_interrupt("the output may be incomplete");
    }
    output.publish(btf);
    reply_.on_interrupt("the output is written");
    report_->output = options_.output;
  }

  void report(const StoredKernels& stored, const LookupAnswer& answer, const minbtf_system& system) {
    report_->has_answer = true;
    report_->is_found = answer.btf != nullptr;
    report_->reason = minbtf_reason_name(answer.reason);
    report_->reason_text = minbtf_reason_text(answer.reason);
    report_->is_x86_64_for_i386 = answer.is_x86_64_for_i386;
    report_->is_same_build = answer.is_same_build;
    for (const std::size_t number : answer.kernels) report_->kernels.push_back(reported(stored.kernels[number]));
    for (const std::size_t number : answer.others) refuse(stored.kernels[number], names_text(stored.kernels[number]));
    for (const auto& [number, reason] : answer.wrong_order) refuse(stored.kernels[number], reason);
    if (answer.btf) {
      report_->bytes = answer.btf->size();
      report_->is_original = stored.kernels[answer.kernels.front()].is_original;
      return;
    }
    if (options_.nearest) report_->nearest_text = minbtf_nearest_text(answer.nearest);
    refuse_other_machines(stored, answer, system);
    report_->nearest = nearest_releases(stored.kernels, system, most_nearest);
  }

  void refuse(const StoredKernel& kernel, std::string reason) {
    report_->refused.push_back({.path = kernel.path.path, .reason = std::move(reason)});
  }

  /// Adds the kernels of the release that the lookup did not consider.
  void refuse_other_machines(const StoredKernels& stored, const LookupAnswer& answer, const minbtf_system& system) {
    std::vector<std::size_t> considered = answer.kernels;
    considered.insert(considered.end(), answer.others.begin(), answer.others.end());
    for (const auto& [number, reason] : answer.wrong_order) considered.push_back(number);
    const std::uint32_t machine = minbtf_machine(static_cast<const char*>(system.machine));
    for (std::size_t i = 0; i < stored.kernels.size(); ++i) {
      const StoredKernel& kernel = stored.kernels[i];
      if (kernel.path.release != static_cast<const char*>(system.release)) continue;
      if (kernel.machines.empty()) {
        refuse(kernel, "its path states no architecture (ID/VERSION/ARCHITECTURE/RELEASE.btf)");
      } else if (std::ranges::find(kernel.machines, machine) == kernel.machines.end() &&
                 std::ranges::find(considered, i) == considered.end()) {
        refuse(kernel, fmt::format("a kernel of {}", architecture_name(kernel)));
      }
    }
    const std::string name = std::string(static_cast<const char*>(system.release)) + ".btf";
    for (const archive::KernelPaths::Fault& fault : stored.faults) {
      if (fault.path == name || fault.path.ends_with("/" + name)) {
        report_->refused.push_back({.path = fault.path, .reason = fault.reason});
      }
    }
  }

  const SelectOptions& options_;
  Reply& reply_;
  std::shared_ptr<SelectReport> report_ = std::make_shared<SelectReport>();
};

}  // namespace

void select(const ParsedLine& line, Reply& reply) {
  const SelectOptions options = select_options(line);
  SelectRun(options, reply).run();
}

}  // namespace minbtf::cli
