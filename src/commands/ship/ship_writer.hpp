// SPDX-License-Identifier: BSD-2-Clause
// Writes the artifacts of `ship`: a directory, or an archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/batch/reduced_kernel.hpp"
#include "archive/package/bundle_writer.hpp"
#include "archive/ship/shipment.hpp"
#include "cli/reply.hpp"
#include "commands/ship/ship_options.hpp"
#include "commands/ship/ship_report.hpp"

namespace minbtf::cli {

/// The contents of one artifact, ready to be written.
struct ReadyArtifact {
  std::string output;                            ///< OUTPUT
  std::vector<archive::Content> contents;        ///< of Artifact::files
  Artifact facts;                                ///< Artifact::bytes and Artifact::path are set when it is written
  std::vector<archive::BundleKernel> bundled{};  ///< of a bundle: the kernels; their BTF is in `contents`
};

/// Returns the files of a shipment without conflicts: packed, wrapped into ELF, or as the kernels of a bundle, as the
/// preset or the template says.
/// `time` is for the tars among them. Throws Error (unsupported) for a name that does not fit into a tar.
[[nodiscard]] ReadyArtifact ready_artifact(const std::vector<archive::ShippedKernel>& kernels,
                                           const archive::Shipment& shipment, const ShipOptions& options,
                                           std::string output, std::int64_t time);

/// Throws UsageError if OUTPUT cannot be written without damage to REDUCED. Changes nothing.
void check_output(const ShipOptions& options, const std::string& output);

/// Writes the artifacts, each atomically, and appends the facts of each to `written` when it is written. An interrupted
/// run reports how many are written. Throws Error: unsupported, before anything is written, for a path that does not
/// fit into an archive; otherwise the message names the artifacts that are written already.
void write_artifacts(std::vector<ReadyArtifact> artifacts, const ShipOptions& options, std::int64_t time,
                     std::vector<Artifact>& written, Reply& reply);

}  // namespace minbtf::cli
