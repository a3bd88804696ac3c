#include "cli/process_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "archive/tree_path.hpp"
#include "cli/console.hpp"
#include "cli/exit_status.hpp"
#include "cli/progress.hpp"
#include "report/words.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

archive::SourceTree find_sources(const TreeInput& input, const archive::PathSelection& selection,
                                 const TreeOptions& options) {
  if (!input.is_tar) {
    return archive::find_sources(input.path, selection,
                                 {.follow_directory_links = input.follow_directory_links,
                                  .max_entries = options.limits.members,
                                  .max_path_bytes = options.limits.path_bytes,
                                  .left_out = input.left_out});
  }
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(input.path, error);
  if (error) throw Error(ErrorKind::io, input.path, "", "a tar of many kernels has to be a regular file");
  archive::SourceTree sources;
  sources.files.push_back({.path = "", .location = input.path, .bytes = bytes});
  return sources;
}

}  // namespace

ProcessedTree process_tree(const TreeInput& input, const archive::KernelTask& task,
                           const archive::PathSelection& selection, const TreeOptions& options, bool quiet,
                           const KnownResults& known) {
  archive::SourceTree sources = find_sources(input, selection, options);
  std::uint64_t total = 0;
  for (const archive::SourceFile& file : sources.files) total += file.bytes;
  Progress progress(total, !quiet);
  const archive::ProcessRequest request{
      .input = input.path,
      .task = task,
      .selection = selection,
      .limits = options.limits,
      .jobs = options.jobs,
      .cache = known.cache,
      .hashes = known.hashes,
      .plan = known.plan,
      .progress = [&](std::uint64_t bytes, std::size_t kernels, const std::string& path) {
        progress.update(bytes, kernels, path);
      }};
  ProcessedTree tree;
  if (input.is_tar) {
    tree.records.push_back(archive::process_tar(sources.files.front(), request));
  } else {
    tree.records = archive::process_sources(sources.files, request);
  }
  tree.faults = std::move(sources.faults);
  tree.ignored = sources.ignored;
  tree.unselected = sources.unselected;
  for (const archive::SourceRecord& record : tree.records) {
    tree.ignored += record.outcome.ignored;
    tree.unselected += record.outcome.unselected;
    for (const archive::Problem& problem : record.outcome.problems) tree.faults.push_back({record.path, problem});
  }
  return tree;
}

void tell_faults(const std::string& input, std::vector<archive::SourceFault> faults, Reply& reply) {
  std::ranges::stable_sort(faults, {}, &archive::SourceFault::path);
  for (const archive::SourceFault& fault : faults) {
    reply.errors.push_back(facts_of(input, fault));
    print_message("error", reply.errors.back().message);
  }
  if (faults.empty()) return;
  reply.exit_status = exit_failed;
  reply.error = ErrorFacts{.kind = "kernels", .message = report::counted(faults.size(), "kernel") + " failed"};
}

void warn_of_idle_words(const archive::SelectionRules& rules, const std::vector<std::string>& paths, Reply& reply) {
  const auto look_at = [&](const char* option, const std::string& word, archive::SelectionRules alone) {
    const archive::PathSelection selection(std::move(alone));
    if (std::ranges::any_of(paths, [&](const std::string& path) { return selection.takes(path); })) return;
    reply.warn(fmt::format("{}={}: fits no kernel that was taken", option, word));
  };
  for (const std::string& word : rules.include) look_at("--include", word, {.include = {word}});
  for (const std::string& word : rules.architectures) look_at("--arch", word, {.architectures = {word}});
}

std::vector<std::string> taken_paths(const std::vector<archive::SourceRecord>& records,
                                     const std::vector<archive::NamedKernel>& kernels) {
  std::vector<std::string> paths;
  for (const archive::NamedKernel& kernel : kernels) {
    const std::string& source = records[kernel.record].path;
    paths.push_back(kernel.path);
    paths.push_back(archive::joined_path(source, kernel.member));
    paths.push_back(source);
  }
  return paths;
}

void refuse_empty(const std::string& input, std::size_t ignored, std::size_t unselected) {
  throw Error(
      ErrorKind::wrong_file, input, "",
      fmt::format("no kernel's BTF in it ({}, {} not selected)", report::counted(ignored, "other file"), unselected));
}

}  // namespace minbtf::cli
