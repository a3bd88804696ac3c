// SPDX-License-Identifier: BSD-2-Clause
#include "commands/gen/manifest_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <system_error>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/keep_options.hpp"
#include "cli/standard_streams.hpp"
#include "commands/gen/gen_output.hpp"
#include "commands/gen/output_name.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"
#include "minbtf/version.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

using io::is_inside;
using io::real_path;

io::OutputFile manifest_file(const GenOptions& options) { return {options.tree.manifest, "manifest.json"}; }

void check_manifest(const GenOptions& options, const std::vector<fs::path>& objects, const fs::path& tree) {
  if (options.tree.manifest.empty()) return;
  const io::OutputFile manifest = manifest_file(options);
  const fs::path input = real_path(options.input);
  if (manifest.is_stdout() && options.json) {
    throw UsageError("--json and the manifest cannot both go to standard output; name another file");
  }
  if (manifest.is_stdout() && options.tree.prune) {
    throw UsageError("--prune needs the manifest of the last run in a file, and standard output is not a file");
  }
  const fs::path place = real_path(manifest.path());
  const bool is_in_tree = !tree.empty() && is_inside(place, real_path(tree));
  if (is_inside(place, input) || manifest.is_same_file(options.input)) {
    throw UsageError(
        fmt::format("the manifest {} would be in INPUT {}", manifest.path().string(), shown_path(options.input)));
  }
  refuse_package_name(manifest, "the manifest", "JSON");
  if (!options.tree.cache.empty() && is_inside(place, real_path(options.tree.cache))) {
    throw UsageError(fmt::format("the manifest {} would be in the cache", manifest.path().string()));
  }
  std::error_code missing;
  if (!is_in_tree && !fs::is_directory(place.parent_path(), missing) && !options.tree.manifest.ends_with('/')) {
    throw Error(ErrorKind::io, manifest.path().string(), "", "the directory of the manifest does not exist");
  }
  for (const fs::path& object : objects) {
    if (manifest.is_same_file(object)) {
      throw UsageError(
          fmt::format("the manifest {} is OBJECT {}", manifest.path().string(), shown_path(object.string())));
    }
  }
  if (is_in_tree && manifest.path().extension() == ".btf") {
    throw UsageError(
        fmt::format("the manifest {} has the name of an output; choose another name", manifest.path().string()));
  }
}

std::string write_manifest(const GenOptions& options, const archive::Batch& batch, const archive::TreeOutputs& outputs,
                           std::vector<archive::ManifestObject> objects, Reply& reply) {
  if (options.tree.manifest.empty()) return {};
  archive::Manifest manifest =
      archive::manifest_of(version(), std::move(objects), batch.records, batch.kernels, outputs);
  manifest.keeps = texts_of(options.keeps);
  manifest.keeps_layout = options.layout == Layout::kernel;
  manifest.shares_answers = options.tree.dedupe == archive::Dedupe::answers;
  const io::OutputFile file = manifest_file(options);
  const std::string text = archive::to_json(manifest);
  try {
    // A run with another OUTPUT may write the same manifest.
    file.publish(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()),
                 note_of_waiting(file.path().string(), options.quiet));
  } catch (const Error& error) {
    throw Error(error.kind(), error.file(), error.where(), error.reason() + "; all outputs are written");
  }
  reply.on_interrupt("all outputs and the manifest are written");
  if (file.is_stdout()) reply.stdout_is_taken = true;
  return file.path().string();
}

}  // namespace minbtf::cli
