// SPDX-License-Identifier: BSD-2-Clause
#include "cli/batch_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/short_text.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "cli/reply.hpp"
#include "cli/standard_streams.hpp"
#include "cli/tree_options.hpp"

namespace minbtf::cli {

archive::Batch run_batch(archive::Input& input, archive::ProcessRequest request, bool quiet) {
  std::optional<Progress> progress;
  request.begin = [&](std::uint64_t bytes) { progress.emplace(bytes, !quiet); };
  request.progress = [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
    if (progress) progress->update(bytes, kernels, path);
  };
  return archive::run_batch(input, request);
}

void report_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply,
                   const std::set<std::string>& frequent) {
  constexpr std::size_t most = 3;
  std::map<std::string, std::size_t> times;  // by reason
  std::ranges::stable_sort(faults, {}, &archive::SourceFault::path);
  for (const archive::SourceFault& fault : faults) {
    reply.errors.push_back(facts_of(input, fault));
    const bool is_frequent = frequent.contains(fault.problem.reason);
    if (is_frequent && ++times[fault.problem.reason] > most) continue;
    print_message("error", reply.errors.back().message);
  }
  for (const auto& [reason, count] : times) {
    if (count <= most) continue;
    print_message("error", fmt::format("{}: {}", base::counted(count - most, "more kernel"), reason));
  }
  if (faults.empty()) return;
  reply.exit_status = exit_failed;
  const std::size_t modules = archive::module_faults(faults);
  const std::size_t kernels = faults.size() - modules;
  std::string text = kernels == 0 ? "" : base::counted(kernels, "kernel") + " failed";
  if (modules != 0) text += (kernels == 0 ? "" : ", ") + base::counted(modules, "module") + " left out";
  reply.error = ErrorFacts{.kind = "kernels", .message = text};
}

void warn_unmatched_filters(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply) {
  const auto look_at = [&](const char* option, const std::string& word, const archive::SelectionRules& alone) {
    const archive::PathSelection selection(alone);
    if (std::ranges::any_of(paths, [&](const std::string& path) { return selection.takes(path); })) return;
    reply.warn(fmt::format("{}={}: matches no selected kernel", option, word));
  };
  for (const std::string& word : rules.include) look_at("--include", word, {.include = {word}});
  for (const std::string& word : rules.architectures) {
    look_at("--arch", word, {.architectures = {word}, .input_architecture = rules.input_architecture});
  }
}

void refuse_tree_option(const std::string& option, const archive::Input& input, const char* role) {
  if (option.empty() || !input.is_one_kernel()) return;
  throw UsageError(fmt::format("{} is for a directory or an archive of kernels, and {} {} is one kernel", option, role,
                               shown_path(input.path())));
}

void warn_of_missed_i386(std::size_t kernels, Reply& reply) {
  if (kernels == 0) return;
  reply.warn(fmt::format("--arch=x86 is x86_64; {} of i386 {} not selected (--arch=i386)",
                         base::counted(kernels, "kernel"), kernels == 1 ? "is" : "are"));
}

std::string size_text(std::uint64_t bytes) {
  constexpr double step = 1000;
  auto value = static_cast<double>(bytes);
  if (value < step) return fmt::format("{} bytes", bytes);
  for (const char* unit : {"kB", "MB"}) {
    value /= step;
    if (value < step) return fmt::format("{:.1f} {}", value, unit);
  }
  return fmt::format("{:.1f} GB", value / step);
}

std::string ignored_text(std::size_t ignored, std::size_t modules) {
  std::string text = base::counted(ignored, "other file") + " ignored";
  if (modules > 0) text += fmt::format(" ({} of kernel modules)", modules);
  return text;
}

std::string modules_text(std::size_t modules) {
  if (modules == 0) return {};
  return fmt::format("; {} of kernel modules ignored", base::counted(modules, "file"));
}

void refuse_empty(const std::string& input, const archive::SelectionRules& rules, const LeftOut& left_out) {
  std::string why;
  const auto place = archive::architecture_place_of(input);
  const bool is_other = place && !rules.architectures.empty() &&
                        std::ranges::find(rules.architectures, place->architecture, archive::find_architecture) ==
                            rules.architectures.end();
  if (left_out.unselected > 0 && is_other) {
    why = fmt::format("; {} is a directory of {}, and --arch is {}", place->directory, place->architecture->name,
                      fmt::join(rules.architectures, ","));
  }
  std::string reason = fmt::format("no kernel's BTF in it ({}, {} not selected{})",
                                   base::counted(left_out.ignored, "other file"), left_out.unselected, why);
  if (left_out.modules > 0) {
    reason += fmt::format("; {} of kernel modules, which cannot be read without the BTF of their kernel (vmlinux)",
                          base::counted(left_out.modules, "file"));
  }
  throw Error(ErrorKind::wrong_file, input, "", reason);
}

}  // namespace minbtf::cli
