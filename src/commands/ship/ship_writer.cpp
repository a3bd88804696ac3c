// SPDX-License-Identifier: BSD-2-Clause
#include "commands/ship/ship_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <system_error>

#include "archive/output/output_tree.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/package/compression.hpp"
#include "archive/package/tar_writer.hpp"
#include "archive/ship/bundle_kernel.hpp"
#include "archive/ship/path_template.hpp"
#include "archive/tree_path.hpp"
#include "cli/console.hpp"
#include "cli/standard_streams.hpp"
#include "commands/ship/boot_elf.hpp"
#include "io/interrupt.hpp"
#include "io/output_file.hpp"
#include "io/parallel.hpp"
#include "io/read/input_file.hpp"
#include "io/real_path.hpp"
#include "minbtf/error.hpp"

namespace fs = std::filesystem;

namespace minbtf::cli {

namespace {

/// Returns the contents of one file: packed, or wrapped into ELF.
std::vector<std::uint8_t> made(const archive::ShippedKernel& kernel, const std::string& name,
                               const std::optional<archive::PackageName>& packing, std::int64_t time) {
  if (!packing) return boot_elf(*kernel.content, *kernel.path.architecture, kernel.path.path);
  if (!packing->is_tar) return archive::compressed(*kernel.content, packing->compression);
  const std::string member = archive::package_name_of(name)->stem;
  return archive::compressed(archive::ustar_of({{.path = member, .contents = *kernel.content}}, time),
                             packing->compression);
}

/// Returns the contents of all names of a shipment. Names of one kernel share a file, which is made once.
std::vector<archive::Content> contents_of(const std::vector<archive::ShippedKernel>& kernels,
                                          const archive::Shipment& shipment, const ShipOptions& options,
                                          std::int64_t time) {
  std::vector<archive::Content> contents;
  if (!shipment.packing && (options.preset == nullptr || !options.preset->is_elf)) {
    for (const archive::ShippedName& name : shipment.names) contents.push_back(kernels[name.kernel].content);
    return contents;
  }
  struct File {
    std::size_t kernel;
    std::string name;
    archive::Content content{};
  };
  std::vector<File> files;
  std::vector<std::size_t> file_of_name;
  std::map<std::pair<const void*, std::string>, std::size_t> known;
  for (const archive::ShippedName& name : shipment.names) {
    std::string file_name(archive::file_name_of(name.path));
    const auto [entry, is_new] = known.try_emplace({kernels[name.kernel].content.get(), file_name}, files.size());
    if (is_new) files.push_back({.kernel = name.kernel, .name = std::move(file_name)});
    file_of_name.push_back(entry->second);
  }
  std::size_t next = 0;
  io::run_tasks(options.jobs, [&]() -> std::optional<io::Task> {
    if (next == files.size()) return std::nullopt;
    File& file = files[next++];
    return [&] {
      file.content = std::make_shared<const std::vector<std::uint8_t>>(
          made(kernels[file.kernel], file.name, shipment.packing, time));
    };
  });
  for (const std::size_t file : file_of_name) contents.push_back(files[file].content);
  return contents;
}

io::OnWait note_of_waiting(const std::string& path, bool quiet) {
  return [path, quiet] {
    if (!quiet) print_message("note", path + ": another run is writing there; this one waits for it");
  };
}

std::string_view suffix_of(archive::Compression compression) {
  switch (compression) {
    case archive::Compression::gzip:
      return ".gz";
    case archive::Compression::xz:
      return ".xz";
    case archive::Compression::zstd:
      return ".zst";
    case archive::Compression::none:
      break;
  }
  return {};
}

/// Returns the file of an archive. check_output() refuses a directory for --path.
io::OutputFile output_file(const ShipOptions& options, const std::string& output) {
  std::string name(options.preset != nullptr ? options.preset->file_name : std::string_view("archive"));
  if (options.package->is_bundle) name += suffix_of(options.package->compression);
  return {output, name};
}

void write_directory(ReadyArtifact& artifact, const ShipOptions& options, std::int64_t time, Reply& reply) {
  std::vector<archive::Output> outputs;
  for (std::size_t i = 0; i < artifact.contents.size(); ++i) {
    outputs.push_back(
        {.path = archive::cleaned_path(artifact.facts.files[i].path), .content = artifact.contents[i], .link_to = {}});
  }
  archive::OutputTree tree(artifact.output, note_of_waiting(artifact.output, options.quiet));
  const std::string_view pattern = options.preset != nullptr ? options.preset->path : std::string_view(options.path);
  const archive::PathTemplate names(pattern.starts_with("./") ? pattern.substr(2) : pattern);
  const archive::PublishReport report = tree.publish(
      outputs, time, [&](std::string_view path) { return archive::is_output_path(path) || names.matches(path); });
  for (const std::string& warning : report.warnings) reply.warn(warning);
  std::vector<std::string> stale;
  for (const std::string& path : report.stale) {
    stale.push_back(fmt::format("{}: not an output of this run; not changed", (tree.root() / path).string()));
  }
  reply.warn_of_many(stale, options.verbose);
  artifact.facts.path = artifact.output;
  artifact.facts.is_directory = true;
  artifact.facts.bytes = artifact.facts.file_bytes;
}

/// Returns the bytes of the archive or bundle. Throws Error (unsupported) that names a path which does not fit.
std::vector<std::uint8_t> archive_of(const ReadyArtifact& artifact, const ShipOptions& options, std::int64_t time) {
  if (options.package->is_bundle) {
    return archive::compressed(archive::bundle_of(artifact.bundled), options.package->compression);
  }
  std::vector<archive::TarMember> members;
  for (std::size_t i = 0; i < artifact.contents.size(); ++i) {
    members.push_back({.path = artifact.facts.files[i].path, .contents = *artifact.contents[i]});
  }
  const bool name_field_only = options.preset != nullptr && options.preset->limit == archive::NameLimit::name_field;
  return archive::compressed(archive::ustar_of(std::move(members), time, name_field_only),
                             options.package->compression);
}

/// Writes the artifact atomically; `archive` are its bytes, empty for a directory. Sets its path and size. From the
/// moment when it is written, an interrupted run reports `done`.
void write_artifact(ReadyArtifact& artifact, const std::vector<std::uint8_t>& archive, const ShipOptions& options,
                    std::int64_t time, const std::string& done, Reply& reply) {
  // OUTPUT is either replaced or not: an interruption waits until that is certain, and until the message of an
  // interrupted run states it. A reader of a pipe may never come.
  std::optional<io::InterruptsBlocked> until_certain;
  if (!options.package) {
    until_certain.emplace();
    write_directory(artifact, options, time, reply);
    reply.on_interrupt(done);
    return;
  }
  const io::OutputFile file = output_file(options, artifact.output);
  reply.stdout_is_taken = file.is_stdout();
  if (file.is_replaced()) {
    until_certain.emplace();
  } else {
    reply.on_interrupt("OUTPUT may be incomplete");
  }
  file.publish(archive, note_of_waiting(file.path().string(), options.quiet));
  reply.on_interrupt(done);
  artifact.facts.path = file.path().string();
  artifact.facts.bytes = archive.size();
}

}  // namespace

namespace {

/// Makes the names of the shipment to kernels of a bundle, and counts their bytes.
void add_bundled(const std::vector<archive::ShippedKernel>& kernels, const archive::Shipment& shipment,
                 ReadyArtifact& artifact) {
  constexpr std::uint64_t alias_bytes = 32;
  std::set<archive::Content> contents;
  for (const archive::ShippedName& name : shipment.names) {
    const archive::ShippedKernel& kernel = kernels[name.kernel];
    archive::KernelPath path = kernel.path;
    path.id = name.distribution.id;
    path.version = name.distribution.version;
    artifact.bundled.push_back(archive::bundle_kernel(path, *kernel.content));
    contents.insert(kernel.content);
  }
  artifact.facts.contents = contents.size();
  artifact.facts.file_bytes = 0;
  for (const archive::Content& content : contents) artifact.facts.file_bytes += content->size();
  artifact.facts.alias_bytes = alias_bytes * artifact.facts.aliases;
}

}  // namespace

ReadyArtifact ready_artifact(const std::vector<archive::ShippedKernel>& kernels, const archive::Shipment& shipment,
                             const ShipOptions& options, std::string output, std::int64_t time) {
  ReadyArtifact artifact{.output = std::move(output), .contents = {}, .facts = {}};
  artifact.contents = contents_of(kernels, shipment, options, time);
  std::set<std::size_t> used;
  std::set<std::string> architectures;
  for (std::size_t i = 0; i < shipment.names.size(); ++i) {
    const archive::ShippedName& name = shipment.names[i];
    const archive::ShippedKernel& kernel = kernels[name.kernel];
    const std::uint64_t bytes = artifact.contents[i]->size();
    artifact.facts.files.push_back(
        {.path = name.path, .kernel = kernel.path.path, .is_alias = name.is_alias, .bytes = bytes});
    artifact.facts.file_bytes += bytes;
    if (name.is_alias) {
      ++artifact.facts.aliases;
      artifact.facts.alias_bytes += bytes;
    }
    used.insert(name.kernel);
    if (kernel.path.architecture != nullptr) {
      architectures.emplace(archive::names_of(*kernel.path.architecture).btfhub);
    }
  }
  if (options.package && options.package->is_bundle) add_bundled(kernels, shipment, artifact);
  artifact.facts.kernels = used.size();
  artifact.facts.architectures.assign(architectures.begin(), architectures.end());
  return artifact;
}

void check_output(const ShipOptions& options, const std::string& output) {
  const std::string text = fmt::format("OUTPUT {}", shown_path(output));
  const fs::path reduced = io::real_path(options.reduced);
  std::error_code error;
  if (!options.package) {
    const fs::file_type type = fs::status(output, error).type();
    if (type != fs::file_type::not_found && type != fs::file_type::none && type != fs::file_type::directory) {
      throw UsageError(text + " is not a directory");
    }
    const fs::path place = io::real_path(output);
    if (options.reduced != io::standard_input_name &&
        (io::is_inside(place, reduced) || io::is_inside(reduced, place))) {
      throw UsageError(fmt::format("{} and REDUCED {} must not contain each other", text, options.reduced));
    }
    return;
  }
  const io::OutputFile file = output_file(options, output);
  if (options.preset == nullptr && file.is_in_directory()) {
    throw UsageError(text +
                     " is a directory, and the archive is one file, whose name --path does not state; name a file");
  }
  if (file.is_stdout() && options.json) {
    throw UsageError("--json and the archive cannot both go to standard output; name another OUTPUT");
  }
  if (file.is_stdout() && ::isatty(STDOUT_FILENO) == 1) {
    throw UsageError("an archive is not written to a terminal; redirect standard output, or name a file");
  }
  if (options.reduced == io::standard_input_name) return;
  if (file.is_same_file(options.reduced)) {
    throw UsageError(fmt::format("{} is REDUCED {}", text, options.reduced));
  }
  if (fs::is_directory(options.reduced, error) && io::is_inside(io::real_path(file.path()), reduced)) {
    throw UsageError(fmt::format("{} would be in REDUCED {}", text, options.reduced));
  }
}

void write_artifacts(std::vector<ReadyArtifact> artifacts, const ShipOptions& options, std::int64_t time,
                     std::vector<Artifact>& written, Reply& reply) {
  // All archives are made before the first is written: a name that does not fit is then an error without a trace.
  std::vector<std::vector<std::uint8_t>> archives(artifacts.size());
  for (std::size_t i = 0; options.package && i < artifacts.size(); ++i) {
    archives[i] = archive_of(artifacts[i], options, time);
  }
  for (std::size_t i = 0; i < artifacts.size(); ++i) {
    const std::string done = i + 1 == artifacts.size()
                                 ? "all outputs are written"
                                 : fmt::format("{} of {} outputs are written", i + 1, artifacts.size());
    try {
      write_artifact(artifacts[i], archives[i], options, time, done, reply);
    } catch (const Error& error) {
      if (written.empty()) throw;
      std::vector<std::string> paths;
      for (const Artifact& each : written) paths.push_back(shown_path(each.path));
      throw Error(error.kind(), error.file(), error.where(),
                  fmt::format("{}; written before: {} ({} of {} outputs)", error.reason(), fmt::join(paths, ", "),
                              paths.size(), artifacts.size()));
    }
    written.push_back(std::move(artifacts[i].facts));
  }
}

}  // namespace minbtf::cli
