// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/tree_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "archive/output/tree_outputs.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/output_time.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/gen_text.hpp"
#include "commands/gen/go_embed.hpp"
#include "commands/gen/manifest_file.hpp"
#include "commands/gen/output_name.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"
#include "minbtf/version.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

using io::is_inside;
using io::real_path;

/// Throws UsageError or Error if writing OUTPUT or the manifest would damage an input or the cache, or cannot succeed.
void check_places(const GenOptions& options, const std::vector<fs::path>& objects) {
  const fs::path input = real_path(options.input);
  const fs::path output = real_path(options.output);
  if (is_inside(output, input) || is_inside(input, output)) {
    throw UsageError(
        fmt::format("OUTPUT {} and INPUT {} must not contain each other: the next run would read what this run writes",
                    options.output, options.input));
  }
  check_manifest(options, objects, options.output);
}

}  // namespace

TreeOutput::TreeOutput(const GenOptions& options, GenReport& report, Reply& reply)
    : GenOutput(options, report, reply),
      time_(output_time()),
      tree_(tree_root(options.output, options.input), note_of_waiting(options.output, options.quiet)) {
  report.tree.finds_equal = options.tree.dedupe != archive::Dedupe::off;
  report.tree.has_cache = !options.tree.cache.empty();
  reply.on_interrupt(report.tree.has_cache ? "nothing was written except to the cache" : "nothing was written");
}

void TreeOutput::check(const std::vector<fs::path>& objects) {
  check_places(options_, objects);
  read_previous_manifest();
}

void TreeOutput::read_previous_manifest() {
  if (!options_.tree.prune) return;
  std::error_code missing;
  const fs::path path = manifest_file(options_).path();
  missing_manifest_ = fs::exists(path, missing) ? "" : path.string();
  if (missing_manifest_.empty()) previous_ = archive::read_manifest(path);
}

void TreeOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) {
  const archive::TreeOutputs outputs = archive::plan_outputs(batch.kernels, options_.tree.dedupe, options_.tree.equal);
  count_outputs(batch, outputs, report_.tree);
  std::optional<io::InterruptsBlocked> whole(std::in_place);
  write_outputs(outputs);
  report_.tree.manifest = write_manifest(options_, batch, outputs, std::move(objects), reply_);
  whole.reset();
  for (std::size_t i = 0; options_.verbose && i < batch.kernels.size(); ++i) {
    reply_.text += printable(kernel_line(batch, outputs, i)) + "\n";
  }
  report_links();
  if (!missing_manifest_.empty() && !options_.quiet) {
    reply_.text += printable(nothing_pruned_note(missing_manifest_)) + "\n";
  }
}

/// Adds a note that some tools leave links out without an error. If a Go file embeds the outputs, links are certain to
/// be left out: then it is a warning, printed also with `quiet`.
void TreeOutput::report_links() {
  if (report_.tree.links == 0) return;
  if (const auto go_file = embedding_go_file(tree_.root())) {
    const std::string warning = embedding_warning(report_, go_file->string());
    if (options_.quiet) print_message("warning", warning);
    reply_.warn(warning);
  } else if (!options_.quiet) {
    reply_.text += links_note(report_) + "\n";
  }
}

void TreeOutput::write_outputs(const archive::TreeOutputs& outputs) {
  archive::PublishReport published = tree_.publish(outputs.outputs, time_);
  report_.tree.published = true;
  reply_.on_interrupt(options_.tree.manifest.empty() ? "all outputs are written"
                                                     : "all outputs are written, and the manifest is not");
  report_.tree.unchanged = published.unchanged;
  report_.tree.stale = std::move(published.stale);
  for (const std::string& warning : published.warnings) reply_.warn(warning);
  // Again: another run that this one waited for may have written a new manifest.
  read_previous_manifest();
  if (options_.tree.removes_stale) previous_ = reduced_files(report_.tree.stale);
  if (!previous_.empty()) report_.tree.pruned = tree_.prune(previous_);
  warn_of_stale_files();
}

void TreeOutput::warn_of_stale_files() {
  std::vector<std::string> lines;
  std::erase_if(report_.tree.stale, [&](const std::string& path) {
    std::error_code error;
    return !fs::exists(fs::symlink_status(tree_.root() / path, error));
  });
  for (const std::string& path : report_.tree.stale) {
    lines.push_back(fmt::format("{}: not an output of this run; not changed", (tree_.root() / path).string()));
  }
  reply_.warn_of_many(lines, options_.verbose);
}

/// Returns those of `paths` that are raw BTF in a subdirectory of OUTPUT: reduced BTF of earlier runs, which btfgen.sh
/// removes before it starts.
std::vector<archive::ManifestOutput> TreeOutput::reduced_files(const std::vector<std::string>& paths) const {
  std::vector<archive::ManifestOutput> files;
  for (const std::string& path : paths) {
    const fs::path location = tree_.root() / path;
    std::error_code error;
    if (path.find('/') == std::string::npos || !fs::is_regular_file(fs::symlink_status(location, error))) continue;
    io::InputFile file(location);
    if (io::is_raw_btf(file.head())) {
      files.push_back({.path = path, .content_hash = io::hash_of(file.read_all()), .link = ""});
    }
  }
  return files;
}

}  // namespace minbtf::cli
