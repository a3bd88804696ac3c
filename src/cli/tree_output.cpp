#include "cli/tree_output.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "archive/tree_manifest.hpp"
#include "cli/console.hpp"
#include "cli/gen_text.hpp"
#include "cli/tree_checks.hpp"
#include "io/file_type.hpp"
#include "io/input_file.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

TreeOutput::TreeOutput(const GenOptions& options, GenReport& report, Reply& reply)
    : GenOutput(options, report, reply), time_(output_time()), tree_(options.output) {
  report.tree.finds_equal = options.tree.dedupe == archive::Dedupe::content;
  report.tree.has_cache = !options.tree.cache.empty();
  reply.on_interrupt(report.tree.has_cache ? "nothing was written but the cache" : "nothing was written");
}

void TreeOutput::check(const std::vector<fs::path>& objects) {
  check_places(options_, objects);
  read_previous_manifest();
}

void TreeOutput::read_previous_manifest() {
  if (!options_.tree.prune) return;
  std::error_code missing;
  const fs::path path = io::OutputFile(options_.tree.manifest, "manifest.json").path();
  if (fs::exists(path, missing)) previous_ = archive::read_manifest(path);
}

void TreeOutput::publish(const archive::Batch& batch, std::vector<archive::ManifestObject> objects) {
  const archive::TreeOutputs outputs = archive::plan_outputs(batch.kernels, options_.tree.dedupe, options_.tree.equal);
  count_outputs(batch, outputs, report_.tree);
  std::optional<io::InterruptsBlocked> whole(std::in_place);
  write_outputs(outputs);
  write_manifest(batch, outputs, std::move(objects));
  whole.reset();
  if (!options_.verbose) return;
  for (std::size_t i = 0; i < batch.kernels.size(); ++i) {
    reply_.text += printable(kernel_line(batch, outputs, i)) + "\n";
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
    lines.push_back(fmt::format("{}: not from this run, and left alone", (tree_.root() / path).string()));
  }
  reply_.warn_of_many(lines, options_.verbose);
}

/// Those in a directory that are BTF: what btfgen.sh leaves of earlier runs, and removes before it starts.
std::vector<archive::ManifestOutput> TreeOutput::reduced_files(const std::vector<std::string>& paths) const {
  std::vector<archive::ManifestOutput> files;
  for (const std::string& path : paths) {
    const fs::path location = tree_.root() / path;
    std::error_code error;
    if (path.find('/') == std::string::npos || !fs::is_regular_file(fs::symlink_status(location, error))) continue;
    io::InputFile file(location);
    if (io::is_raw_btf(file.head())) {
      files.push_back({.path = path, .content_hash = archive::hash_of(file.read_all()), .link = ""});
    }
  }
  return files;
}

void TreeOutput::write_manifest(const archive::Batch& batch, const archive::TreeOutputs& outputs,
                                std::vector<archive::ManifestObject> objects) {
  if (options_.tree.manifest.empty()) return;
  const archive::Manifest manifest =
      archive::manifest_of(MINBTF_VERSION, std::move(objects), batch.records, batch.kernels, outputs);
  const io::OutputFile file(options_.tree.manifest, "manifest.json");
  const std::string text = archive::to_json(manifest);
  try {
    file.publish(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  } catch (const Error& error) {
    throw Error(error.kind(), error.file(), error.where(), error.reason() + "; all outputs are written");
  }
  reply_.on_interrupt("all outputs and the manifest are written");
  report_.tree.manifest = file.path().string();
  reply_.stdout_is_taken = file.is_stdout();
}

}  // namespace minbtf::cli
