// SPDX-License-Identifier: BSD-2-Clause
// The manifest of a run over many kernels (--manifest): where it may be, and writing it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "archive/batch/batch.hpp"
#include "archive/output/manifest.hpp"
#include "archive/output/tree_outputs.hpp"
#include "cli/reply.hpp"
#include "commands/gen/gen_options.hpp"
#include "io/output_file.hpp"

namespace minbtf::cli {

/// Returns the file of --manifest, which must be given. Changes nothing on disk. Throws Error (io).
[[nodiscard]] io::OutputFile manifest_file(const GenOptions& options);

/// Does nothing without --manifest. Throws UsageError or Error if writing the manifest would damage INPUT, an object or
/// the cache, or cannot succeed. `tree` is the directory of the outputs, which the run creates; empty if there is none.
void check_manifest(const GenOptions& options, const std::vector<std::filesystem::path>& objects,
                    const std::filesystem::path& tree);

/// Writes the manifest, and takes standard output if it goes there. Returns its path; an empty text without --manifest.
/// Throws Error.
[[nodiscard]] std::string write_manifest(const GenOptions& options, const archive::Batch& batch,
                                         const archive::TreeOutputs& outputs,
                                         std::vector<archive::ManifestObject> objects, Reply& reply);

}  // namespace minbtf::cli
