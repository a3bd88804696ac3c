#include "cli/batch_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/short_text.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/progress.hpp"
#include "cli/reply.hpp"

namespace minbtf::cli {

archive::Batch run_batch(archive::Input& input, archive::ProcessRequest request, bool quiet) {
  std::optional<Progress> progress;
  request.begin = [&](std::uint64_t bytes) { progress.emplace(bytes, !quiet); };
  request.progress = [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
    if (progress) progress->update(bytes, kernels, path);
  };
  return archive::run_batch(input, request);
}

void report_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply) {
  std::ranges::stable_sort(faults, {}, &archive::SourceFault::path);
  for (const archive::SourceFault& fault : faults) {
    reply.errors.push_back(facts_of(input, fault));
    print_message("error", reply.errors.back().message);
  }
  if (faults.empty()) return;
  reply.exit_status = exit_failed;
  reply.error = ErrorFacts{.kind = "kernels", .message = base::counted(faults.size(), "kernel") + " failed"};
}

void warn_unmatched_filters(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply) {
  const auto look_at = [&](const char* option, const std::string& word, archive::SelectionRules alone) {
    const archive::PathSelection selection(std::move(alone));
    if (std::ranges::any_of(paths, [&](const std::string& path) { return selection.takes(path); })) return;
    reply.warn(fmt::format("{}={}: fits no kernel that was taken", option, word));
  };
  for (const std::string& word : rules.include) look_at("--include", word, {.include = {word}});
  for (const std::string& word : rules.architectures) look_at("--arch", word, {.architectures = {word}});
}

void refuse_tree_option(const std::string& option, const archive::Input& input, const char* role) {
  if (option.empty() || !input.is_one_kernel()) return;
  throw UsageError(fmt::format("{} is for many kernels, and {} {} is one", option, role, input.path()));
}

void refuse_empty(const std::string& input, std::size_t ignored, std::size_t unselected) {
  throw Error(
      ErrorKind::wrong_file, input, "",
      fmt::format("no kernel's BTF in it ({}, {} not selected)", base::counted(ignored, "other file"), unselected));
}

}  // namespace minbtf::cli
