#include "commands/gen/tree_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "archive/output/tree_outputs.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/gen_text.hpp"
#include "commands/gen/go_embed.hpp"
#include "commands/gen/output_name.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/read/file_type.hpp"
#include "io/read/input_file.hpp"
#include "minbtf/error.hpp"
#include "minbtf/version.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

bool is_inside(const fs::path& inner, const fs::path& outer) {
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

fs::path real_path(const fs::path& path) {
  std::error_code error;
  // weakly_canonical() resolves nothing of a relative path whose first part does not exist.
  fs::path real = fs::weakly_canonical(fs::absolute(path), error);
  if (error) real = fs::absolute(path).lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

/// Returns the modification time of everything in the output, in seconds since 1970: SOURCE_DATE_EPOCH
/// (reproducible-builds.org/specs/source-date-epoch), or 0. Throws UsageError if SOURCE_DATE_EPOCH is not a number.
std::int64_t output_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr || *text == '\0') return 0;
  const std::string_view word(text);
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), time);
  if (error != std::errc() || end != word.data() + word.size() || time < 0) {
    throw UsageError(fmt::format("SOURCE_DATE_EPOCH: '{}' is not a number of seconds", word));
  }
  return time;
}

/// Throws UsageError or Error if writing OUTPUT or the manifest would damage an input or the cache, or cannot succeed.
void check_places(const GenOptions& options, const std::vector<fs::path>& objects) {
  const fs::path input = real_path(options.input);
  const fs::path output = real_path(options.output);
  if (is_inside(output, input) || is_inside(input, output)) {
    throw UsageError(
        fmt::format("OUTPUT {} and INPUT {} must not contain each other: the next run would read what this run writes",
                    options.output, options.input));
  }
  if (options.tree.manifest.empty()) return;
  const io::OutputFile manifest(options.tree.manifest, "manifest.json");
  if (manifest.is_stdout() && options.json) {
    throw UsageError("--json and the manifest cannot both go to standard output; name another file");
  }
  if (manifest.is_stdout() && options.tree.prune) {
    throw UsageError("--prune needs the manifest of the last run in a file, and standard output is not a file");
  }
  const fs::path place = real_path(manifest.path());
  if (is_inside(place, input) || manifest.is_same_file(options.input)) {
    throw UsageError(
        fmt::format("the manifest {} would be in INPUT {}", manifest.path().string(), shown_path(options.input)));
  }
  refuse_package_name(manifest, "the manifest", "JSON");
  if (!options.tree.cache.empty() && is_inside(place, real_path(options.tree.cache))) {
    throw UsageError(fmt::format("the manifest {} would be in the cache", manifest.path().string()));
  }
  std::error_code missing;
  if (!is_inside(place, output) && !fs::is_directory(place.parent_path(), missing) &&
      !options.tree.manifest.ends_with('/')) {
    throw Error(ErrorKind::io, manifest.path().string(), "", "the directory of the manifest does not exist");
  }
  for (const fs::path& object : objects) {
    if (manifest.is_same_file(object)) {
      throw UsageError(
          fmt::format("the manifest {} is OBJECT {}", manifest.path().string(), shown_path(object.string())));
    }
  }
  if (is_inside(place, output) && manifest.path().extension() == ".btf") {
    throw UsageError(
        fmt::format("the manifest {} has the name of an output; choose another name", manifest.path().string()));
  }
}

}  // namespace

TreeOutput::TreeOutput(const GenOptions& options, GenReport& report, Reply& reply)
    : GenOutput(options, report, reply),
      time_(output_time()),
      tree_(tree_root(options.output, options.input), note_of_waiting(options.output, options.quiet)) {
  report.tree.finds_equal = options.tree.dedupe == archive::Dedupe::content;
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
  const fs::path path = io::OutputFile(options_.tree.manifest, "manifest.json").path();
  missing_manifest_ = fs::exists(path, missing) ? "" : path.string();
  if (missing_manifest_.empty()) previous_ = archive::read_manifest(path);
}

void TreeOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) {
  const archive::TreeOutputs outputs = archive::plan_outputs(batch.kernels, options_.tree.dedupe, options_.tree.equal);
  count_outputs(batch, outputs, report_.tree);
  std::optional<io::InterruptsBlocked> whole(std::in_place);
  write_outputs(outputs);
  write_manifest(batch, outputs, std::move(objects));
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

void TreeOutput::write_manifest(const archive::Batch& batch, const archive::TreeOutputs& outputs,
                                std::vector<archive::ManifestObject> objects) {
  if (options_.tree.manifest.empty()) return;
  const archive::Manifest manifest =
      archive::manifest_of(version(), std::move(objects), batch.records, batch.kernels, outputs);
  const io::OutputFile file(options_.tree.manifest, "manifest.json");
  const std::string text = archive::to_json(manifest);
  try {
    // A run with another OUTPUT may write the same manifest.
    file.publish(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()),
                 note_of_waiting(file.path().string(), options_.quiet));
  } catch (const Error& error) {
    throw Error(error.kind(), error.file(), error.where(), error.reason() + "; all outputs are written");
  }
  reply_.on_interrupt("all outputs and the manifest are written");
  report_.tree.manifest = file.path().string();
  reply_.stdout_is_taken = file.is_stdout();
}

}  // namespace minbtf::cli
